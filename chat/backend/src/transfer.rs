//! Moves everything that a deployment stores, through one file, between any two drivers of the ports: from SQLite and files
//! to MongoDB, for example, or back.
//!
//! Each line of the file is one JSON value. First comes a header, then GIFs, sessions, rooms each with its entries, and
//! shelves. The last line has the counts of all these, and the SHA-256 of everything before it (`line` has the format). The
//! file contains the hashes of passwords and the ids that open sessions, so it is as secret as the store itself.
//!
//! [`export`] writes the file, while nobody else writes to the store. [`import`] checks the whole file first, and writes
//! nothing when something is wrong with it. After that it adds what is missing, changes nothing that is there, and reads back
//! what it has written. Both can be run again when they were interrupted.

mod exclusive;
mod export;
mod file;
mod import;
mod line;
mod read;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use export::export;
pub use file::{export_to, import_from};
pub use import::import;

use chat::error::Error;
use chat::id::RoomId;

/// How many of each kind are in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub gifs: u64,
    pub sessions: u64,
    pub rooms: u64,
    pub entries: u64,
    /// GIFs on shelves. (Files before version 6 have none.)
    #[serde(default)]
    pub items: u64,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { gifs, sessions, rooms, entries, items } = self;
        write!(f, "{rooms} rooms with {entries} entries, {gifs} GIFs, {items} on shelves, {sessions} sessions")
    }
}

/// Why a transfer did not succeed, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("cannot {what} {path}: {error}")]
    File { what: &'static str, path: PathBuf, error: io::Error },
    #[error("{0} is there already: name another file, or remove that one first")]
    Exists(PathBuf),
    #[error("a server is running on this store: stop it first, and all others that share it")]
    Served,
    #[error("the export could not be written: {0}")]
    Write(io::Error),
    #[error("line {line} could not be read: {error}")]
    Read { line: u64, error: io::Error },
    #[error("this file is not an export of gifchat: its first line does not say so")]
    NotAnExport,
    #[error("this export has version {found}, and this gifchat reads versions {} to {}", line::OLDEST, line::VERSION)]
    Version { found: u64 },
    #[error("line {line} is wrong: {what}; nothing was written")]
    Line { line: u64, what: String },
    #[error("the export was cut off: its last line is missing after line {line}; nothing was written")]
    Cut { line: u64 },
    #[error(
        "line {line} is wrong: the SHA-256 of all before it is another, so the file was changed; nothing was written"
    )]
    Changed { line: u64 },
    #[error("the file was changed while it was being imported: run it again")]
    Meanwhile,
    #[error("the {port} could not {what}: {error} (the log says more); run it again when that is mended")]
    Port { port: &'static str, what: String, error: Error },
    #[error("{what} came back from the {port} otherwise than it was written")]
    ReadBack { port: &'static str, what: String },
    #[error(
        "all was moved but for {count} rooms that are there already with another log, or have ended there; \
         they were left as they are: {}", list(rooms, *count)
    )]
    Different { count: u64, rooms: Vec<RoomId> },
}

fn list(rooms: &[RoomId], count: u64) -> String {
    let named: Vec<_> = rooms.iter().map(RoomId::to_string).collect();
    let more = if count > rooms.len() as u64 { ", …" } else { "" };
    named.join(", ") + more
}

/// The error when the store failed to do `what`.
fn store(what: impl Into<String>) -> impl FnOnce(Error) -> TransferError {
    let what = what.into();
    move |error| TransferError::Port { port: "store", what, error }
}

/// The error when the media store failed to do `what`.
fn media(what: impl Into<String>) -> impl FnOnce(Error) -> TransferError {
    let what = what.into();
    move |error| TransferError::Port { port: "media store", what, error }
}

/// Logs the progress every few seconds.
struct Progress {
    what: &'static str,
    logged: Instant,
}

impl Progress {
    const EVERY: Duration = Duration::from_secs(5);

    fn new(what: &'static str) -> Self {
        Self { what, logged: Instant::now() }
    }

    fn log(&mut self, counts: &Counts) {
        if self.logged.elapsed() >= Self::EVERY {
            self.logged = Instant::now();
            tracing::info!("{} so far: {counts}", self.what);
        }
    }
}
