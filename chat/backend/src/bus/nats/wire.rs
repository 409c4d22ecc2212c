//! An event of a room as a NATS message. The payload is the frame, and the headers say what a node needs to know of it.
//!
//! | header | entry | passing | gone | GIF |
//! |---|---|---|---|---|
//! | `Kind` | `entry` | `passing` | `gone` | `gif` |
//! | `Seq` | the entry's number | | |
//! | `Leaver` | the visitor whose seat ended with it, if one did | | |
//! | `Audience` | the only two visitors who may receive it, separated by a space, if it is not for everybody | | | the same |
//! | `Empties` | `1` if it empties an earlier entry | | |
//! | `New` | `1` if pages of the previous protocol do not understand it | | |
//! | `From` | | the visitor who caused it | |
//!
//! A node that receives any other message reads the store instead. So new kinds can be added at any time, and messages of nodes
//! of another version do no harm. Unknown headers are ignored.

use async_nats::{HeaderMap, Message};
use bytes::Bytes;

use crate::bus::{Framed, Notice, RoomEvent};
use chat::id::VisitorId;

const KIND: &str = "Kind";
const SEQ: &str = "Seq";
const LEAVER: &str = "Leaver";
const AUDIENCE: &str = "Audience";
const EMPTIES: &str = "Empties";
const NEW: &str = "New";
const FROM: &str = "From";

const ENTRY: &str = "entry";
const PASSING: &str = "passing";
const GONE: &str = "gone";
const GIF: &str = "gif";
const YES: &str = "1";

/// Smaller frames are copied. A frame that is shared keeps the connection's buffer (64 KiB) alive as long as a room's ring
/// holds it.
const MIN_SHARED_FRAME: usize = 32 * 1024;

/// The headers and the payload of an event. The frame is shared, not copied.
pub fn write(event: &RoomEvent) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    let payload = match event {
        RoomEvent::Gone => {
            headers.insert(KIND, GONE);
            Bytes::new()
        }
        RoomEvent::Gif(Notice { frame, audience }) => {
            headers.insert(KIND, GIF);
            put_audience(&mut headers, *audience);
            frame.clone()
        }
        RoomEvent::Passing { from, frame } => {
            headers.insert(KIND, PASSING);
            headers.insert(FROM, from.to_string());
            frame.clone()
        }
        RoomEvent::Entry(Framed { seq, frame, leaver, audience, empties, is_new }) => {
            headers.insert(KIND, ENTRY);
            headers.insert(SEQ, seq.to_string());
            if let Some(leaver) = leaver {
                headers.insert(LEAVER, leaver.to_string());
            }
            put_audience(&mut headers, *audience);
            for (header, is_so) in [(EMPTIES, *empties), (NEW, *is_new)] {
                if is_so {
                    headers.insert(header, YES);
                }
            }
            frame.clone()
        }
    };
    (headers, payload)
}

/// Reads an event. `None` when this version does not understand the message, or the message is incomplete.
pub fn read(message: &Message) -> Option<RoomEvent> {
    let headers = message.headers.as_ref()?;
    match text(headers, KIND)? {
        GONE => message.payload.is_empty().then_some(RoomEvent::Gone),
        PASSING => Some(RoomEvent::Passing { from: id(text(headers, FROM)?)?, frame: frame(&message.payload)? }),
        GIF => Some(RoomEvent::Gif(Notice { frame: frame(&message.payload)?, audience: audience(headers)? })),
        ENTRY => Some(RoomEvent::Entry(Framed {
            seq: text(headers, SEQ)?.parse().ok().filter(|seq| *seq > 0)?,
            frame: frame(&message.payload)?,
            leaver: optional(text(headers, LEAVER), id)?,
            audience: audience(headers)?,
            empties: flag(headers, EMPTIES)?,
            is_new: flag(headers, NEW)?,
        })),
        _ => None,
    }
}

fn put_audience(headers: &mut HeaderMap, audience: Option<[VisitorId; 2]>) {
    if let Some([one, other]) = audience {
        headers.insert(AUDIENCE, format!("{one} {other}"));
    }
}

fn audience(headers: &HeaderMap) -> Option<Option<[VisitorId; 2]>> {
    optional(text(headers, AUDIENCE), pair)
}

fn text<'a>(headers: &'a HeaderMap, header: &str) -> Option<&'a str> {
    headers.get(header).map(|value| value.as_str())
}

/// Reads an optional header. `None` when it is invalid, so that an entry for two is never taken as one for everybody.
fn optional<T>(text: Option<&str>, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    text.map_or(Some(None), |text| read(text).map(Some))
}

fn flag(headers: &HeaderMap, header: &str) -> Option<bool> {
    optional(text(headers, header), |text| (text == YES).then_some(())).map(|is_so| is_so.is_some())
}

fn id(text: &str) -> Option<VisitorId> {
    text.parse().ok()
}

fn pair(text: &str) -> Option<[VisitorId; 2]> {
    let (one, other) = text.split_once(' ')?;
    Some([id(one)?, id(other)?])
}

/// A message's frame, if it is UTF-8 and not empty. It will be sent unchanged, and text on a WebSocket must be UTF-8.
fn frame(payload: &Bytes) -> Option<Bytes> {
    if payload.is_empty() || std::str::from_utf8(payload).is_err() {
        return None;
    }
    let is_large = payload.len() >= MIN_SHARED_FRAME;
    Some(if is_large { payload.clone() } else { Bytes::copy_from_slice(payload) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn message(headers: Option<HeaderMap>, payload: Bytes) -> Message {
        Message {
            subject: "subject".into(),
            reply: None,
            length: payload.len(),
            payload,
            headers,
            status: None,
            description: None,
        }
    }

    fn read_back(event: &RoomEvent) -> Option<RoomEvent> {
        let (headers, payload) = write(event);
        read(&message(Some(headers), payload))
    }

    fn an_event() -> impl Strategy<Value = RoomEvent> {
        let id = || any::<[u8; 16]>().prop_map(VisitorId);
        let marks = (proptest::option::of(id()), proptest::option::of([id(), id()]), any::<bool>(), any::<bool>());
        let entry = (1_u64.., ".{1,300}", marks).prop_map(|(seq, text, (leaver, audience, empties, is_new))| {
            RoomEvent::Entry(Framed { seq, frame: Bytes::from(text), leaver, audience, empties, is_new })
        });
        let passing = (id(), ".{1,30}").prop_map(|(from, text)| RoomEvent::Passing { from, frame: Bytes::from(text) });
        let gif = (".{1,30}", proptest::option::of([id(), id()]))
            .prop_map(|(text, audience)| RoomEvent::Gif(Notice { frame: Bytes::from(text), audience }));
        prop_oneof![8 => entry, 1 => Just(RoomEvent::Gone), 1 => passing, 1 => gif]
    }

    fn whisper() -> RoomEvent {
        RoomEvent::Entry(Framed {
            seq: 7,
            frame: Bytes::from_static(b"{}"),
            leaver: Some(VisitorId([3; 16])),
            audience: Some([VisitorId([1; 16]), VisitorId([2; 16])]),
            empties: true,
            is_new: true,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(event in an_event()) {
            prop_assert_eq!(read_back(&event), Some(event));
        }

        /// A wrong header makes the message unreadable, or leaves it an entry that is not for everybody.
        #[test]
        fn a_wrong_header_never_makes_another_event(header in 0..6_usize, value in "[ -~]{0,40}") {
            let (mut headers, payload) = write(&whisper());
            headers.insert([KIND, SEQ, LEAVER, AUDIENCE, EMPTIES, NEW][header], value);
            if let Some(event) = read(&message(Some(headers), payload)) {
                let RoomEvent::Entry(entry) = event else { return Err(TestCaseError::fail("another kind")) };
                prop_assert!(entry.audience.is_some());
            }
        }
    }

    #[rstest]
    #[case::no_headers(None, "{}")]
    #[case::no_kind(Some(vec![(SEQ, "1")]), "{}")]
    #[case::another_kind(Some(vec![(KIND, "reaction")]), "{}")]
    #[case::no_seq(Some(vec![(KIND, ENTRY)]), "{}")]
    #[case::seq_0(Some(vec![(KIND, ENTRY), (SEQ, "0")]), "{}")]
    #[case::no_frame(Some(vec![(KIND, ENTRY), (SEQ, "1")]), "")]
    #[case::nobodys(Some(vec![(KIND, PASSING)]), "{}")]
    #[case::for_one(Some(vec![(KIND, ENTRY), (SEQ, "1"), (AUDIENCE, "01010101010101010101010101010101")]), "{}")]
    #[case::for_somebody(Some(vec![(KIND, ENTRY), (SEQ, "1"), (AUDIENCE, "")]), "{}")]
    #[case::perhaps(Some(vec![(KIND, ENTRY), (SEQ, "1"), (EMPTIES, "yes")]), "{}")]
    #[case::gif_for_one(Some(vec![(KIND, GIF), (AUDIENCE, "01010101010101010101010101010101")]), "{}")]
    #[case::gone_with_something(Some(vec![(KIND, GONE)]), "{}")]
    fn what_is_not_whole_is_not_understood(#[case] headers: Option<Vec<(&str, &str)>>, #[case] payload: &'static str) {
        let headers = headers.map(|all| {
            let mut headers = HeaderMap::new();
            all.into_iter().for_each(|(header, value)| headers.insert(header, value));
            headers
        });
        assert_eq!(read(&message(headers, Bytes::from_static(payload.as_bytes()))), None);
    }

    #[test]
    fn text_that_is_none_is_not_understood() {
        let (headers, _) = write(&whisper());
        assert_eq!(read(&message(Some(headers), Bytes::from_static(b"\xff"))), None);
    }

    #[test]
    fn large_frames_are_not_copied_and_small_ones_keep_no_buffer() {
        for (len, is_copied) in [(200, true), (900 * 1024, false)] {
            let payload = Bytes::from(vec![b'x'; len]);
            let event = RoomEvent::Passing { from: VisitorId([1; 16]), frame: payload.clone() };
            let Some(RoomEvent::Passing { frame, .. }) = read_back(&event) else { unreachable!() };
            assert_eq!(frame.as_ptr() != payload.as_ptr(), is_copied, "{len} bytes");
        }
    }
}
