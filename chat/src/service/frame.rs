//! The one place that encodes socket frames.

use bytes::Bytes;
use serde::Serialize;

use crate::bus::Framed;
use crate::entry::{Entry, What};
use crate::event::{Down, PROTOCOL};

/// A frame as JSON.
pub fn encode(frame: &Down) -> Bytes {
    to_json(frame)
}

/// The frame of [`Down::Entry`], without taking or copying the entry.
pub fn encode_entry(entry: &Entry) -> Bytes {
    #[derive(Serialize)]
    enum Borrowed<'a> {
        Entry(&'a Entry),
    }
    to_json(&Borrowed::Entry(entry))
}

/// An entry with what a node needs to know of it.
pub fn framed(entry: &Entry) -> Framed {
    Framed {
        seq: entry.seq,
        frame: encode_entry(entry),
        leaver: matches!(entry.what, What::Left | What::ThrownOut { .. }).then_some(entry.person.id),
        audience: entry.audience(),
        empties: matches!(entry.what, What::Removal { .. }),
        is_new: entry.protocol() >= PROTOCOL,
    }
}

fn to_json(frame: &impl Serialize) -> Bytes {
    // Our own types have no map with keys that are not strings, and a Vec takes any bytes: this cannot fail.
    serde_json::to_vec(frame).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, Person, Timestamp, VisitorId};

    #[test]
    fn a_borrowed_entry_is_the_same_frame() {
        let entry = Entry {
            seq: 1,
            at: Timestamp(2),
            person: Person::new(VisitorId([3; 16])),
            client: ClientId([4; 16]),
            what: What::Entered,
            to: None,
            reply: None,
            reactions: Vec::new(),
        };
        assert_eq!(encode_entry(&entry), encode(&Down::Entry(entry)));
    }
}
