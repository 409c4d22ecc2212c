//! How an event of a room is written for other nodes: version, kind, and what belongs to the kind.
//!
//! | bytes | entry | gone |
//! |---|---|---|
//! | 1 | version 1 | version 1 |
//! | 1 | kind 1 | kind 2 |
//! | 8 | `seq`, big-endian | |
//! | 1 or 17 | 0, or 1 and the leaver's id | |
//! | the rest | the frame | |
//!
//! Whatever else comes makes its reader ask the store. So a new version or kind may be spoken at any time.

use bytes::{BufMut, Bytes, BytesMut};

use crate::bus::RoomEvent;
use crate::id::VisitorId;

const VERSION: u8 = 1;
const ENTRY: u8 = 1;
const GONE: u8 = 2;

/// A message that says nothing, so that its readers ask the store.
pub const DOUBT: Bytes = Bytes::from_static(&[VERSION, 0]);

/// Smaller frames are copied out of the connection's buffer (64 KiB), which a frame in a room's ring would keep alive.
const WORTH_KEEPING_A_BUFFER: usize = 32 * 1024;

/// NATS takes a message in one piece: this is the one time that a frame is copied here.
pub fn write(event: &RoomEvent) -> Bytes {
    match event {
        RoomEvent::Gone => Bytes::from_static(&[VERSION, GONE]),
        RoomEvent::Entry { seq, frame, leaver } => {
            let mut message = BytesMut::with_capacity(2 + 8 + 17 + frame.len());
            message.put_slice(&[VERSION, ENTRY]);
            message.put_u64(*seq);
            message.put_u8(u8::from(leaver.is_some()));
            if let Some(VisitorId(id)) = leaver {
                message.put_slice(id);
            }
            message.put_slice(frame);
            message.freeze()
        }
    }
}

/// `None` when this is nothing that this version understands, or not whole.
pub fn read(message: &Bytes) -> Option<RoomEvent> {
    let (&[version, kind], rest) = message.split_first_chunk()?;
    match (version, kind) {
        (VERSION, ENTRY) => read_entry(message, rest),
        (VERSION, GONE) => rest.is_empty().then_some(RoomEvent::Gone),
        _ => None,
    }
}

fn read_entry(message: &Bytes, rest: &[u8]) -> Option<RoomEvent> {
    let (&seq, rest) = rest.split_first_chunk()?;
    let (leaver, frame) = match rest.split_first()? {
        (0, frame) => (None, frame),
        (1, rest) => rest.split_first_chunk().map(|(&id, frame)| (Some(VisitorId(id)), frame))?,
        _ => return None,
    };
    let seq = u64::from_be_bytes(seq);
    // A frame goes out as it is, and a socket's text is UTF-8.
    if seq == 0 || frame.is_empty() || std::str::from_utf8(frame).is_err() {
        return None;
    }
    let is_large = frame.len() >= WORTH_KEEPING_A_BUFFER;
    let frame = if is_large { message.slice_ref(frame) } else { Bytes::copy_from_slice(frame) };
    Some(RoomEvent::Entry { seq, frame, leaver })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn an_event() -> impl Strategy<Value = RoomEvent> {
        let leaver = proptest::option::of(any::<[u8; 16]>().prop_map(VisitorId));
        let entry = (1_u64.., ".{1,300}", leaver).prop_map(|(seq, text, leaver)| RoomEvent::Entry {
            seq,
            frame: Bytes::from(text),
            leaver,
        });
        prop_oneof![9 => entry, 1 => Just(RoomEvent::Gone)]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(event in an_event()) {
            prop_assert_eq!(read(&write(&event)), Some(event));
        }

        #[test]
        fn anything_is_either_read_exactly_or_not_at_all(bytes in vec(any::<u8>(), 0..64)) {
            let message = Bytes::from(bytes);
            if let Some(event) = read(&message) {
                prop_assert_eq!(write(&event), message);
            }
        }

        #[test]
        fn the_same_of_what_looks_like_an_entry(leaves in 0..3_u8, bytes in vec(any::<u8>(), 0..64)) {
            let head = [&[VERSION, ENTRY, 0, 0, 0, 0, 0, 0, 0, 7, leaves], &bytes[..]].concat();
            let message = Bytes::from(head);
            if let Some(event) = read(&message) {
                prop_assert_eq!(write(&event), message);
            }
        }

        #[test]
        fn other_versions_and_kinds_are_not_understood(version in any::<u8>(), kind in any::<u8>(), rest in ".{0,40}") {
            prop_assume!(version != VERSION || (kind != ENTRY && kind != GONE));
            prop_assert_eq!(read(&Bytes::from([&[version, kind], rest.as_bytes()].concat())), None);
        }

        #[test]
        fn a_head_that_is_cut_is_not_understood(event in an_event(), at in 0..27_usize) {
            let message = write(&event);
            let head = match &event {
                RoomEvent::Entry { leaver: Some(_), .. } => 27,
                RoomEvent::Entry { .. } => 11,
                RoomEvent::Gone => 1,
            };
            prop_assert_eq!(read(&message.slice(..at.min(head))), None);
        }
    }

    #[test]
    fn a_doubt_is_never_an_event() {
        assert_eq!(read(&DOUBT), None);
    }

    #[test]
    fn large_frames_are_not_copied_and_small_ones_keep_no_buffer() {
        for (len, is_copied) in [(200, true), (900 * 1024, false)] {
            let event = RoomEvent::Entry { seq: 1, frame: Bytes::from(vec![b'x'; len]), leaver: None };
            let message = write(&event);
            let Some(RoomEvent::Entry { frame, .. }) = read(&message) else { unreachable!() };
            assert_eq!(!message.as_ptr_range().contains(&frame.as_ptr()), is_copied, "{len} bytes");
        }
    }
}
