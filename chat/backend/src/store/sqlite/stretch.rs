//! Stretches of a room's log, of which pages are made.

use rusqlite::{Connection, params};

use super::entries::{last_seq, read_many};
use super::sql;
use super::values::{Count, Failure};
use crate::store::shown;
use chat::entry::{Entry, LogPage};
use chat::id::{RoomId, VisitorId};

/// A stretch of the log, with the entries that some visitors may not see.
pub struct Stretch {
    entries: Vec<Entry>,
    /// The entries about messages in the stretch, ordered as [`shown`] needs them.
    changes: Vec<Entry>,
    first: u64,
    /// The number of the log's last entry.
    pub seq: u64,
    /// The number of messages that were asked for.
    pub messages: u32,
}

impl Stretch {
    /// The stretch of the page before the entry `before`. A page begins with a message, so that each system line is on
    /// exactly one page. Two pages may begin otherwise: the oldest one, at the start of the log, and one that is cut at
    /// its greatest length.
    pub fn before(db: &Connection, room: RoomId, before: u64, messages: u32) -> Result<Self, Failure> {
        let seq = last_seq(db, room)?;
        let before = before.min(seq + 1);
        // The numbers of entries have no gaps, so subtracting counts entries.
        let longest = before.saturating_sub(LogPage::MAX_LINES).max(1);
        let starts: Vec<Count> = db
            .prepare_cached(sql::PAGE_STARTS)?
            .query_map(params![room.0, Count(before), messages.saturating_sub(1), Count(longest)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let first = match starts[..] {
            [Count(first), _] => first,
            _ => longest,
        };
        let range = params![room.0, Count(first), Count(before)];
        let entries = read_many(db, sql::ENTRIES_BETWEEN, range)?;
        let changes = read_many(db, sql::CHANGES_BETWEEN, range)?;
        Ok(Self { entries, changes, first, seq, messages })
    }

    pub fn newest(db: &Connection, room: RoomId, messages: u32) -> Result<Self, Failure> {
        Self::before(db, room, u64::MAX, messages)
    }

    /// What this visitor sees of it.
    pub fn page(&self, visitor: VisitorId) -> LogPage {
        let entries = shown(&self.entries, &self.changes, visitor);
        LogPage { entries, more: self.first > 1, first: self.first, seq: self.seq, gifs: Vec::new() }
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.entries.len() + self.changes.len()
    }
}
