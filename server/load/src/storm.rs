//! A reconnect storm: a thousand sockets are lost at once, by a cut or by a restart, and come back with their
//! cursors.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{error, io};

use chat::RoomId;
use chat::event::backoff;
use tokio::task::JoinSet;

use crate::deliveries::{SOCKETS, sender, settle};
use crate::messages::{Sender, seated};
use crate::report::{Goal, Report, Times};
use crate::run::Outcome;
use crate::server::Server;
use crate::socket::{Ended, Socket};

/// The number of messages sent while nobody is connected.
const MISSED: u64 = 41;
/// The sockets lose their connection at this many different entries.
const CURSORS: u64 = 10;
const BACK: Goal = Goal::Below { original: None, required: 10.0 };

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let mut server = Server::start().await?;
    let (room, cookies) = seated(&[server.address], SOCKETS).await?;
    let mut speaker = sender(server.address, &cookies[0], room).await?;
    let cursor = speak(&mut speaker, CURSORS).await?;
    let people = (0..).zip(cookies).map(|(number, cookie)| {
        let jitter = 0.5 + number as f64 / SOCKETS as f64 / 2.0;
        Page { address: server.address, cookie, room, after: cursor - number % CURSORS, jitter }
    });
    let (watching, _) = all_back(Instant::now(), people.map(|page| page.come_back(0, cursor))).await?;

    // This drops all sockets at once.
    let pages: Vec<Page> = watching.into_iter().map(|(page, _)| page).collect();
    let last = speak(&mut speaker, MISSED).await?;
    let (cpu, start) = (server.cpu()?, Instant::now());
    let (watching, times) = all_back(start, pages.into_iter().map(|page| page.come_back(0, last))).await?;
    let (cpu, wall) = (server.cpu()?.saturating_sub(cpu), start.elapsed());
    let name = "storm, all cut at once";
    report.add(name, wall.as_secs_f64(), "s", BACK);
    report.note(name, format!("{times}; {:.2} s of CPU", cpu.as_secs_f64()));

    settle().await;
    let start = Instant::now();
    let coming = watching.into_iter().map(move |(page, socket)| page.outlast(socket, last + MISSED));
    let coming = tokio::spawn(all_back(start, coming));
    server.restart().await?;
    let ready = start.elapsed().as_secs_f64();
    speak(&mut sender(server.address, &speaker.http.cookie, room).await?, MISSED).await?;
    let (watching, times) = coming.await??;
    let (cpu, wall) = (server.cpu()?.as_secs_f64(), start.elapsed());
    drop(watching);
    let name = "storm, server restarted";
    report.add(name, wall.as_secs_f64(), "s", BACK);
    report.note(name, format!("ready after {ready:.2} s; {times}; {cpu:.2} s of CPU, its start too"));
    Ok(())
}

/// Sends messages, and returns the number of the last entry. Nobody else adds entries.
async fn speak(speaker: &mut Sender, count: u64) -> Outcome<u64> {
    let mut last = 0;
    for number in 0..count {
        last =
            speaker.say(&format!("{number} 어제 본 고양이 GIF 다시 보여 줄래? The one with the cucumber.")).await?.seq;
    }
    Ok(last)
}

type Watching = (Page, Socket);

/// Waits for all pages. Returns them, and the time at which each had everything.
async fn all_back(
    start: Instant,
    coming: impl Iterator<Item = impl Future<Output = Outcome<Watching>> + Send + 'static>,
) -> Outcome<(Vec<Watching>, Times)> {
    let mut coming: JoinSet<_> = coming.collect();
    let (mut back, mut times) = (Vec::with_capacity(SOCKETS), Times::default());
    while let Some(page) = coming.join_next().await {
        back.push(page??);
        times.add(start.elapsed());
    }
    Ok((back, times))
}

/// A visitor's browser.
struct Page {
    address: SocketAddr,
    cookie: String,
    room: RoomId,
    after: u64,
    /// A factor on the page's waiting times. The browser draws it at random, and here each page has a different one.
    jitter: f64,
}

impl Page {
    /// Reads until the socket ends, then comes back after the first wait.
    async fn outlast(mut self, mut socket: Socket, last: u64) -> Outcome<Watching> {
        loop {
            match socket.step().await {
                Ok(_) => self.after = socket.seq,
                Err(error) if is_lost(&*error) => break,
                Err(error) => return Err(error),
            }
        }
        drop(socket);
        self.come_back(1, last).await
    }

    /// Reconnects as a page in a browser does, until it has everything up to `last`.
    async fn come_back(self, mut tries: u32, last: u64) -> Outcome<Watching> {
        loop {
            if let Some(before) = tries.checked_sub(1) {
                tokio::time::sleep(Duration::from_millis(backoff(before).into()).mul_f64(self.jitter)).await;
            }
            match self.catch_up(last).await {
                Err(error) if is_lost(&*error) => tries += 1,
                socket => return Ok((self, socket?)),
            }
        }
    }

    async fn catch_up(&self, last: u64) -> Outcome<Socket> {
        let mut socket = Socket::watch(self.address, &self.cookie, self.room, self.after).await?;
        while socket.seq < last {
            socket.step().await?;
        }
        Ok(socket)
    }
}

/// A lost connection is retried, and a wrong answer is not.
fn is_lost(error: &(dyn error::Error + Send + Sync + 'static)) -> bool {
    error.is::<Ended>() || error.is::<io::Error>()
}
