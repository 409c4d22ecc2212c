//! Reads the lines of a file, and checks them.

use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};

use super::export::{hex, sha_of};
use super::line::{self, Header, Line};
use super::{Counts, TransferError};
use chat::entry::{Entry, What};
use chat::room::Capacity;

/// The lines of a file between its first and its last. The file is whole when all of them could be read.
pub struct Lines<R> {
    file: R,
    /// The line that was read last, counted from 1.
    number: u64,
    buffer: Vec<u8>,
    hash: Sha256,
    /// The counts of what was read so far.
    pub counts: Counts,
    /// The last `seq` of the room that is being read.
    room: Option<u64>,
}

impl<R: BufRead> Lines<R> {
    /// Reads and checks the first line.
    pub fn new(file: R) -> Result<Self, TransferError> {
        let (buffer, hash, counts) = (Vec::new(), Sha256::new(), Counts::default());
        let mut lines = Self { file, number: 0, buffer, hash, counts, room: None };
        // Another kind of file may be one endless line.
        lines.read(Header::MAX_BYTES).map_err(|error| match error {
            TransferError::Line { .. } => TransferError::NotAnExport,
            error => error,
        })?;
        let header: Header = serde_json::from_slice(&lines.buffer).map_err(|_| TransferError::NotAnExport)?;
        match header {
            Header { format, .. } if format != line::FORMAT => Err(TransferError::NotAnExport),
            Header { version: line::OLDEST..=line::VERSION, .. } => {
                lines.hash.update(&lines.buffer);
                Ok(lines)
            }
            Header { version, .. } => Err(TransferError::Version { found: version }),
        }
    }

    /// The next line. `None` after the last one, if everything is as that one says.
    pub fn next_line(&mut self) -> Result<Option<Line>, TransferError> {
        self.read(line::MAX_BYTES)?;
        if self.buffer.last() != Some(&b'\n') {
            return Err(TransferError::Cut { line: self.number - 1 });
        }
        // The parser's own words are left out, because they may quote secrets.
        let line = serde_json::from_slice(&self.buffer)
            .map_err(|error| self.wrong(format!("it cannot be understood from column {} on", error.column())))?;
        if let Line::End { counts, sha256 } = &line {
            return self.end(counts, sha256).map(|()| None);
        }
        self.check(&line).map_err(|what| self.wrong(what))?;
        self.hash.update(&self.buffer);
        Ok(Some(line))
    }

    fn read(&mut self, max: u64) -> Result<(), TransferError> {
        self.number += 1;
        self.buffer.clear();
        match self.file.by_ref().take(max).read_until(b'\n', &mut self.buffer) {
            Ok(len) if len as u64 == max => Err(self.wrong("it is longer than any that is written")),
            Ok(_) => Ok(()),
            Err(error) => Err(TransferError::Read { line: self.number, error }),
        }
    }

    fn end(&mut self, counts: &Counts, sha256: &str) -> Result<(), TransferError> {
        if hex(self.hash.clone()) != sha256 {
            return Err(TransferError::Changed { line: self.number });
        }
        if self.counts != *counts {
            return Err(self.wrong(format!("it counts {counts}, but before it are {}", self.counts)));
        }
        self.read(line::MAX_BYTES)?;
        if self.buffer.is_empty() { Ok(()) } else { Err(self.wrong("it comes after the last")) }
    }

    /// Counts a line that may come at this place, or says what is wrong with it.
    fn check(&mut self, line: &Line) -> Result<(), String> {
        match line {
            Line::Gif(gif) => {
                if sha_of(&gif.gif) != gif.sha {
                    return Err(format!("its bytes are not those of GIF {}", gif.sha));
                }
                self.counts.gifs += 1;
            }
            Line::Session(_) => self.counts.sessions += 1,
            Line::Shelf(shelf) => {
                if !shelf.items.iter().all(|line| line.item.can_be()) {
                    return Err("it names a GIF on a shelf as none can be named".to_owned());
                }
                self.counts.items += shelf.items.len() as u64;
            }
            Line::Room(room) => {
                if !room.title.can_be() || Capacity::new(room.capacity.get().into()).is_err() || room.seats.is_empty() {
                    return Err(format!("room {} cannot be: its title, its capacity or its seats are wrong", room.id));
                }
                self.room = Some(0);
                self.counts.rooms += 1;
            }
            Line::Entries(entries) => {
                let last = self.room.as_mut().ok_or("entries without a room")?;
                for entry in entries {
                    if entry.seq != *last + 1 {
                        return Err(format!("entry {} follows entry {last}", entry.seq));
                    }
                    if !is_valid(entry) {
                        return Err(format!("entry {} has a text that cannot be", entry.seq));
                    }
                    *last = entry.seq;
                }
                self.counts.entries += entries.len() as u64;
            }
            Line::End { .. } => {}
        }
        Ok(())
    }

    fn wrong(&self, what: impl Into<String>) -> TransferError {
        TransferError::Line { line: self.number, what: what.into() }
    }
}

fn is_valid(entry: &Entry) -> bool {
    match &entry.what {
        What::Text(text) => text.can_be(),
        _ => true,
    }
}
