//! How an event of a room is written for other nodes: version, kind, and what belongs to the kind.
//!
//! | bytes | entry | gone | passing |
//! |---|---|---|---|
//! | 1 | version 1 | version 1 | version 1 |
//! | 1 | kind 1 | kind 2 | kind 3 |
//! | 8 | `seq`, big-endian | | |
//! | 1 | flags: 1 somebody leaves, 2 for two only, 4 empties an entry, 8 new in this protocol | | |
//! | 16 | with flag 1: the leaver's id | | whose it is |
//! | 32 | with flag 2: the ids of the two | | |
//! | the rest | the frame | | the frame |
//!
//! Whatever else comes makes its reader ask the store. So a new version or kind may be spoken at any time.

use bytes::{BufMut, Bytes, BytesMut};

use crate::bus::{Framed, RoomEvent};
use crate::id::VisitorId;

const VERSION: u8 = 1;
const ENTRY: u8 = 1;
const GONE: u8 = 2;
const PASSING: u8 = 3;

const LEAVES: u8 = 1;
const FOR_TWO: u8 = 2;
const EMPTIES: u8 = 4;
const IS_NEW: u8 = 8;

/// A message that says nothing, so that its readers ask the store.
pub const DOUBT: Bytes = Bytes::from_static(&[VERSION, 0]);

/// Smaller frames are copied out of the connection's buffer (64 KiB), which a frame in a room's ring would keep alive.
const WORTH_KEEPING_A_BUFFER: usize = 32 * 1024;

/// NATS takes a message in one piece: this is the one time that a frame is copied here.
pub fn write(event: &RoomEvent) -> Bytes {
    match event {
        RoomEvent::Gone => Bytes::from_static(&[VERSION, GONE]),
        RoomEvent::Passing { from, frame } => Bytes::from([&[VERSION, PASSING], &from.0[..], frame].concat()),
        RoomEvent::Entry(Framed { seq, frame, leaver, audience, empties, is_new }) => {
            let mut message = BytesMut::with_capacity(2 + 8 + 1 + 3 * 16 + frame.len());
            message.put_slice(&[VERSION, ENTRY]);
            message.put_u64(*seq);
            let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
            message.put_u8(
                flag(leaver.is_some(), LEAVES)
                    | flag(audience.is_some(), FOR_TWO)
                    | flag(*empties, EMPTIES)
                    | flag(*is_new, IS_NEW),
            );
            for VisitorId(id) in leaver.iter().chain(audience.iter().flatten()) {
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
        (VERSION, PASSING) => {
            let (from, frame) = read_id(rest)?;
            Some(RoomEvent::Passing { from, frame: read_frame(message, frame)? })
        }
        _ => None,
    }
}

fn read_entry(message: &Bytes, rest: &[u8]) -> Option<RoomEvent> {
    let (&seq, rest) = rest.split_first_chunk()?;
    let (&flags, mut rest) = rest.split_first()?;
    let seq = u64::from_be_bytes(seq);
    if seq == 0 || flags & !(LEAVES | FOR_TWO | EMPTIES | IS_NEW) != 0 {
        return None;
    }
    let mut id = || {
        let (id, after) = read_id(rest)?;
        rest = after;
        Some(id)
    };
    let leaver = if flags & LEAVES != 0 { Some(id()?) } else { None };
    let audience = if flags & FOR_TWO != 0 { Some([id()?, id()?]) } else { None };
    let frame = read_frame(message, rest)?;
    let (empties, is_new) = (flags & EMPTIES != 0, flags & IS_NEW != 0);
    Some(RoomEvent::Entry(Framed { seq, frame, leaver, audience, empties, is_new }))
}

fn read_id(bytes: &[u8]) -> Option<(VisitorId, &[u8])> {
    bytes.split_first_chunk().map(|(&id, rest)| (VisitorId(id), rest))
}

/// A frame goes out as it is, and a socket's text is UTF-8.
fn read_frame(message: &Bytes, frame: &[u8]) -> Option<Bytes> {
    if frame.is_empty() || std::str::from_utf8(frame).is_err() {
        return None;
    }
    let is_large = frame.len() >= WORTH_KEEPING_A_BUFFER;
    Some(if is_large { message.slice_ref(frame) } else { Bytes::copy_from_slice(frame) })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn an_event() -> impl Strategy<Value = RoomEvent> {
        let id = || any::<[u8; 16]>().prop_map(VisitorId);
        let marks = (proptest::option::of(id()), proptest::option::of([id(), id()]), any::<bool>(), any::<bool>());
        let entry = (1_u64.., ".{1,300}", marks).prop_map(|(seq, text, (leaver, audience, empties, is_new))| {
            RoomEvent::Entry(Framed { seq, frame: Bytes::from(text), leaver, audience, empties, is_new })
        });
        let passing = (id(), ".{1,30}").prop_map(|(from, text)| RoomEvent::Passing { from, frame: Bytes::from(text) });
        prop_oneof![8 => entry, 1 => Just(RoomEvent::Gone), 1 => passing]
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
        fn the_same_of_what_looks_like_an_entry(flags in 0..20_u8, bytes in vec(any::<u8>(), 0..64)) {
            let head = [&[VERSION, ENTRY, 0, 0, 0, 0, 0, 0, 0, 7, flags], &bytes[..]].concat();
            let message = Bytes::from(head);
            if let Some(event) = read(&message) {
                prop_assert_eq!(write(&event), message);
            }
        }

        #[test]
        fn other_versions_and_kinds_are_not_understood(version in any::<u8>(), kind in any::<u8>(), rest in ".{0,40}") {
            prop_assume!(version != VERSION || ![ENTRY, GONE, PASSING].contains(&kind));
            prop_assert_eq!(read(&Bytes::from([&[version, kind], rest.as_bytes()].concat())), None);
        }

        #[test]
        fn a_head_that_is_cut_is_not_understood(event in an_event(), at in 0..59_usize) {
            let message = write(&event);
            let head = match &event {
                RoomEvent::Entry(Framed { leaver, audience, .. }) => {
                    11 + 16 * usize::from(leaver.is_some()) + 32 * usize::from(audience.is_some())
                }
                RoomEvent::Passing { .. } => 18,
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
            let frame = Bytes::from(vec![b'x'; len]);
            let message = write(&RoomEvent::Passing { from: VisitorId([1; 16]), frame });
            let Some(RoomEvent::Passing { frame, .. }) = read(&message) else { unreachable!() };
            assert_eq!(!message.as_ptr_range().contains(&frame.as_ptr()), is_copied, "{len} bytes");
        }
    }
}
