//! Everything that changes a room. Each method asks `policy`, changes the record, and returns the entries that the log
//! gets about it. A store applies the methods atomically, without knowing what they do.

mod people;
mod seats;

use crate::entry::What;
use crate::id::ClientId;
use crate::record::{NewEntry, Room};
use crate::time::Timestamp;
use crate::visitor::Person;

impl Room {
    /// The entry about a change of this room. Its id is made from the room's revision, so that the same change always
    /// gives the same entry.
    fn announce(&self, subject: Person, what: What, now: Timestamp) -> NewEntry {
        // The kind is part of the id, so that two facts about one person at one revision are not taken for the same entry.
        let kind: &[u8] = match what {
            What::Entered => b"entered",
            What::Left => b"left",
            What::NewOwner => b"owner",
            What::ThrownOut { .. } => b"thrown out",
            What::Renamed { .. } => b"renamed",
            What::Settings(_) => b"settings",
            What::Away(_) => b"away",
            What::Removal { .. } => b"removal",
            What::Showing { .. } => b"showing",
            // These come from people, whose browsers choose the id. They are never announced.
            What::Text(_) => b"text",
            What::Gif(_) => b"gif",
            What::Removed => b"removed",
            What::Reaction { .. } => b"reaction",
            What::GifReaction { .. } => b"GIF reaction",
        };
        let client = match what {
            // A message is removed only once, whether by its author or by the owner, so the id depends on the message alone.
            What::Removal { seq } => ClientId::from_cause(&[kind, &seq.to_be_bytes()]),
            What::Text(_)
            | What::Gif(_)
            | What::Removed
            | What::Entered
            | What::Left
            | What::NewOwner
            | What::ThrownOut { .. }
            | What::Renamed { .. }
            | What::Settings(_)
            | What::Reaction { .. }
            | What::GifReaction { .. }
            | What::Showing { .. }
            | What::Away(_) => ClientId::from_cause(&[kind, &subject.id.0, &self.rev.to_be_bytes()]),
        };
        NewEntry::fact(now, subject, client, what)
    }
}

#[cfg(test)]
mod tests;
