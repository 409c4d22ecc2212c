//! Lobby pages of 300 rooms, and what a first visit to them loads.

use std::time::Instant;

use tokio::task::JoinSet;

use crate::http::{Answer, Http};
use crate::messages::new_room;
use crate::report::{Goal, Report, Times};
use crate::server::Server;
use crate::{LOAD, Outcome, WARM_UP};

pub const ROOMS: usize = 300;
pub const READERS: usize = 16;
const PAGES: Goal = Goal::AtLeast { original: 118.0, required: 1180.0 };
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

    read_until(&mut readers, Instant::now() + WARM_UP).await?;
    let (cpu, start) = (server.cpu()?, Instant::now());
    let times = read_until(&mut readers, start + LOAD).await?;
    let cpu = server.cpu()? - cpu;
    let name = "lobby pages, 300 rooms";
    report.add(name, times.len() as f64 / cpu.as_secs_f64(), "per CPU-second", PAGES);
    report.note(name, format!("{:.0} per second; {times}", times.len() as f64 / start.elapsed().as_secs_f64()));

    first_load(&server, report).await
}

pub async fn read_until(readers: &mut Vec<Http>, end: Instant) -> Outcome<Times> {
    let mut tasks = JoinSet::new();
    for mut http in readers.drain(..) {
        tasks.spawn(async move {
            let mut times = Times::default();
            while Instant::now() < end {
                let start = Instant::now();
                http.get("/").await?.ok()?;
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

/// The page and the files of /pkg that it names: a build may have left older ones beside them.
async fn first_load(server: &Server, report: &mut Report) -> Outcome<()> {
    let mut http = Http::connect(server.address, "").await?;
    let page = http.get("/").await?.ok()?;
    let html = String::from_utf8(decoded(&page)?)?;
    let mut parts = vec![("html", brotli_size(&page)?)];
    for ending in ["css", "js", "wasm"] {
        let path = pkg_file(&html, ending).ok_or_else(|| format!("the page names no .{ending} file of /pkg"))?;
        parts.push((ending, brotli_size(&http.get(path).await?.ok()?)?));
    }
    let bytes: usize = parts.iter().map(|(_, size)| size).sum();
    let name = "first load, brotli";
    report.add(name, bytes as f64 / 1024.0, "KiB", FIRST_LOAD);
    let parts: Vec<String> = parts.iter().map(|(part, size)| format!("{part} {:.1}", *size as f64 / 1024.0)).collect();
    report.note(name, parts.join(", "));
    Ok(())
}

/// The first path under /pkg with this ending.
fn pkg_file<'a>(html: &'a str, ending: &str) -> Option<&'a str> {
    html.match_indices("/pkg/").find_map(|(start, _)| {
        let path = html[start..].split(['"', '\'', ' ', '>', '`', ')']).next()?;
        path.strip_suffix(ending)?.ends_with('.').then_some(path)
    })
}

/// As it came, if it came as brotli; else as brotli would have made it.
fn brotli_size(answer: &Answer) -> Outcome<usize> {
    if is_brotli(answer) {
        return Ok(answer.body.len());
    }
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut answer.body.as_slice(), &mut packed, &params)?;
    Ok(packed.len())
}

fn decoded(answer: &Answer) -> Outcome<Vec<u8>> {
    if !is_brotli(answer) {
        return Ok(answer.body.clone());
    }
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut answer.body.as_slice(), &mut plain)?;
    Ok(plain)
}

fn is_brotli(answer: &Answer) -> bool {
    answer.header("content-encoding") == Some("br")
}
