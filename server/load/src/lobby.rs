//! Pages: the lobby with 300 rooms, a room with 50 entries, plain and compressed, and what a first visit to each takes
//! on the wire.

use std::time::Instant;

use tokio::task::JoinSet;

use crate::http::{Answer, Http, Packing};
use crate::messages::{Sender, enter, new_room};
use crate::report::{Goal, Report, Times};
use crate::run::{LOAD, Outcome, WARM_UP};
use crate::server::Server;

pub const ROOMS: usize = 300;
pub const READERS: usize = 16;
const PAGES: Goal = Goal::AtLeast { original: Some(118.0), required: 1180.0 };
/// The original sent plain pages, so there is nothing to compare this with.
const COMPRESSED_PAGES: Goal = Goal::AtLeast { original: None, required: 590.0 };
/// The number of messages in the room whose page is read, besides the entries that tell who came.
const ENTRIES: usize = 60;
const ROOM_PAGES: Goal = Goal::AtLeast { original: None, required: 2500.0 };
const FIRST_LOAD: Goal = Goal::Below { original: None, required: 240.0 };

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    let mut http = Http::connect(server.address, "").await?;
    let mut readers = Vec::with_capacity(READERS);
    for number in 0..ROOMS {
        http.become_somebody().await?;
        new_room(&mut http, &format!("금요일 밤 GIF 모임 {number}")).await?;
        if readers.len() < READERS {
            readers.push(Http::connect(server.address, &http.cookie).await?);
        }
    }

    pages(&server, &mut readers, "/", Packing::Plain, ("lobby pages, 300 rooms", PAGES), report).await?;
    pages(&server, &mut readers, "/", Packing::Compressed, ("lobby pages, compressed", COMPRESSED_PAGES), report)
        .await?;

    let room = new_room(&mut http, "금요일 밤 GIF 모임").await?;
    let mut speaker = Sender::new(http, room);
    for number in 0..ENTRIES {
        speaker.say(&format!("{number} 어제 본 고양이 GIF 다시 보여 줄래? The one with the cucumber.")).await?;
    }
    for reader in &mut readers {
        enter(reader, room).await?;
    }
    let path = format!("/room/{room}");
    pages(&server, &mut readers, &path, Packing::Plain, ("room pages, 50 entries", ROOM_PAGES), report).await?;

    first_load(&mut Http::connect(server.address, "").await?, "/", ("first load, lobby", FIRST_LOAD), report).await?;
    // The reader is in the room, and its browser has cached nothing of the site.
    let reader = readers.first_mut().ok_or("nobody is in the room")?;
    first_load(reader, &path, ("first load, room", FIRST_LOAD), report).await
}

async fn pages(
    server: &Server,
    readers: &mut Vec<Http>,
    path: &str,
    packing: Packing,
    (name, goal): (&'static str, Goal),
    report: &mut Report,
) -> Outcome<()> {
    read_until(readers, path, packing, Instant::now() + WARM_UP).await?;
    let (cpu, start) = (server.cpu()?, Instant::now());
    let times = read_until(readers, path, packing, start + LOAD).await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    report.add(name, times.len() as f64 / cpu.as_secs_f64(), "per CPU-second", goal);
    report.note(name, format!("{:.0} per second; {times}", times.len() as f64 / start.elapsed().as_secs_f64()));
    Ok(())
}

/// Each reader requests the page at `path` again and again until `end`.
pub async fn read_until(readers: &mut Vec<Http>, path: &str, packing: Packing, end: Instant) -> Outcome<Times> {
    let mut tasks = JoinSet::new();
    for mut http in readers.drain(..) {
        let path = path.to_owned();
        tasks.spawn(async move {
            let mut times = Times::default();
            while Instant::now() < end {
                let start = Instant::now();
                http.get_as(&path, packing).await?.ok()?;
                times.add(start.elapsed());
            }
            Outcome::Ok((http, times))
        });
    }
    let mut all = Times::default();
    while let Some(task) = tasks.join_next().await {
        let (http, times) = task??;
        readers.push(http);
        all.append(times);
    }
    Ok(all)
}

/// Measures the bytes that a browser without a cache receives: the page, and the files of /pkg that the page names. (A
/// build may have left older files beside them.) The functions and the style that a page loads once it is live are only noted.
async fn first_load(
    http: &mut Http,
    path: &str,
    (name, goal): (&'static str, Goal),
    report: &mut Report,
) -> Outcome<()> {
    let page = http.get_as(path, Packing::Compressed).await?.ok()?;
    let html = String::from_utf8(decoded(&page)?)?;
    let mut parts = vec![("html", page.received)];
    let mut entry = "";
    for ending in ["css", "js", "wasm"] {
        let path = pkg_files(&html).find(|path| has_ending(path, ending));
        let path = path.ok_or_else(|| format!("the page names no .{ending} file of /pkg"))?;
        entry = path.split('.').next().unwrap_or_default();
        parts.push((ending, http.get_as(path, Packing::Compressed).await?.ok()?.received));
    }
    let bytes: usize = parts.iter().map(|(_, size)| size).sum();
    report.add(name, bytes as f64 / 1024.0, "KiB", goal);
    let later = [format!("{entry}.deferred."), "/pkg/later.".to_owned()];
    let mut received = 0;
    for path in later.iter().filter_map(|start| pkg_files(&html).find(|path| path.starts_with(start))) {
        received += http.get_as(path, Packing::Compressed).await?.ok()?.received;
    }
    if received > 0 {
        parts.push(("and later", received));
    }
    let parts: Vec<String> = parts.iter().map(|(part, size)| format!("{part} {:.1}", *size as f64 / 1024.0)).collect();
    report.note(name, parts.join(", "));
    Ok(())
}

/// The paths under /pkg that the page names.
fn pkg_files(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices("/pkg/").filter_map(|(start, _)| html[start..].split(['"', '\'', ' ', '>', '`', ')']).next())
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.strip_suffix(ending).is_some_and(|path| path.ends_with('.'))
}

fn decoded(page: &Answer) -> Outcome<Vec<u8>> {
    match page.header("content-encoding") {
        None => Ok(page.body.clone()),
        Some("br") => {
            let mut plain = Vec::new();
            brotli::BrotliDecompress(&mut page.body.as_slice(), &mut plain)?;
            Ok(plain)
        }
        Some(other) => Err(format!("a page in {other}, though brotli is accepted").into()),
    }
}
