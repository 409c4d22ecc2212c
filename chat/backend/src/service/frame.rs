//! Encodes socket frames. No other module does.

use bytes::Bytes;
use serde::Serialize;

use crate::bus::{Framed, Notice};
use chat::entry::{Entry, What};
use chat::event::{Down, PROTOCOL};
use chat::id::VisitorId;

/// Encodes a frame as JSON.
pub fn encode(frame: &Down) -> Bytes {
    to_json(frame)
}

/// Encodes [`Down::Entry`] without taking or copying the entry.
pub fn encode_entry(entry: &Entry) -> Bytes {
    #[derive(Serialize)]
    enum Borrowed<'a> {
        Entry(&'a Entry),
    }
    to_json(&Borrowed::Entry(entry))
}

/// An encoded entry, with what a node has to know to deliver it.
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

/// The frame of an entry for one visitor. Only here and in [`for_others`] is an entry hidden from those who are not in its
/// audience. `is_old`: the page speaks the protocol before this one.
pub fn for_visitor(entry: &Framed, visitor: VisitorId, is_old: bool) -> Bytes {
    if is_for(entry.audience, visitor) { for_page(entry, is_old) } else { skip(entry) }
}

/// The frame of a notice for one visitor, if it is for them and their page knows it.
pub fn notice_for(notice: &Notice, visitor: VisitorId, is_old: bool) -> Option<Bytes> {
    (!is_old && is_for(notice.audience, visitor)).then(|| notice.frame.clone())
}

fn is_for(audience: Option<[VisitorId; 2]>, visitor: VisitorId) -> bool {
    audience.is_none_or(|audience| audience.contains(&visitor))
}

/// The frame of an entry for everybody who is not in its audience, if it has one.
pub fn for_others(entry: &Framed, is_old: bool) -> Bytes {
    if entry.audience.is_none() { for_page(entry, is_old) } else { skip(entry) }
}

fn for_page(entry: &Framed, is_old: bool) -> Bytes {
    if is_old && entry.is_new { skip(entry) } else { entry.frame.clone() }
}

fn skip(entry: &Framed) -> Bytes {
    encode(&Down::Skip { seq: entry.seq })
}

/// Appends a text message as a server's WebSocket sends it (RFC 6455, section 5.2): the same bytes for every socket.
pub fn put_text(frames: &mut Vec<u8>, text: &[u8]) {
    const FINAL_TEXT: u8 = 0x81;
    const TWO_BYTES: u8 = 126;
    const EIGHT_BYTES: u8 = 127;
    frames.push(FINAL_TEXT);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length), _) if length < TWO_BYTES => frames.push(length),
        (_, Ok(length)) => {
            frames.push(TWO_BYTES);
            frames.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frames.push(EIGHT_BYTES);
            frames.extend_from_slice(&(text.len() as u64).to_be_bytes());
        }
    }
    frames.extend_from_slice(text);
}

fn to_json(frame: &impl Serialize) -> Bytes {
    // This cannot fail: our types have no maps with keys other than strings, and a `Vec` accepts any bytes.
    serde_json::to_vec(frame).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::{ClientId, Person, Timestamp, VisitorId};

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        let head = |length: usize| {
            let mut frames = Vec::new();
            put_text(&mut frames, &vec![b'a'; length]);
            assert!(frames.ends_with(&vec![b'a'; length]));
            frames.truncate(frames.len() - length);
            frames
        };
        assert_eq!(head(0), [0x81, 0]);
        assert_eq!(head(125), [0x81, 125]);
        assert_eq!(head(126), [0x81, 126, 0, 126]);
        assert_eq!(head(65_535), [0x81, 126, 0xff, 0xff]);
        assert_eq!(head(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

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
            showing: chat::entry::Showing::default(),
            reactions: Vec::new(),
            gif_reactions: Vec::new(),
        };
        assert_eq!(encode_entry(&entry), encode(&Down::Entry(entry)));
    }
}
