//! What the child writes is read again, and nothing else is.

use rstest::rstest;

use crate::frame::{Damaged, MAX_STILL, Progress, Reader, decode, first, second};
use crate::{Flashes, Made};

const GIF: usize = 4000;

/// Bytes that begin as a WebP of their length.
fn webp(length: usize) -> Vec<u8> {
    let said = u32::try_from(length - 8).expect("small").to_le_bytes();
    [b"RIFF", &said[..], b"WEBP", &vec![7; length - 12]].concat()
}

fn all(made: &Made) -> Vec<u8> {
    [first(made), second(made.light.as_deref())].concat()
}

fn full() -> Made {
    Made { still: Some(webp(100)), light: Some(webp(3000)), flashes: Some(Flashes { general: 2, red: 255 }) }
}

#[rstest]
#[case::all(full())]
#[case::nothing(Made::default())]
#[case::no_still(Made { still: None, ..full() })]
#[case::no_light(Made { light: None, ..full() })]
#[case::no_flashes(Made { flashes: None, ..full() })]
fn what_is_written_is_read(#[case] made: Made) {
    assert_eq!(decode(&all(&made), GIF), Ok(made));
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let made = full();
    let (bytes, first) = (all(&made), first(&made).len());
    let mut reader = Reader::new(GIF);
    for (index, byte) in bytes.iter().enumerate() {
        let expected = match index + 1 {
            read if read < first => Progress::Begun,
            read if read < bytes.len() => Progress::First,
            _ => Progress::Done,
        };
        assert_eq!(reader.push(&[*byte]), Ok(expected), "after {} bytes", index + 1);
    }
    assert_eq!(reader.made(), made);
}

#[test]
fn an_answer_that_is_cut_is_refused_but_its_first_message_is_good() {
    let made = full();
    let (bytes, first) = (all(&made), first(&made).len());
    for length in 0..bytes.len() {
        assert_eq!(decode(&bytes[..length], GIF), Err(Damaged), "{length} bytes");
    }
    let mut reader = Reader::new(GIF);
    assert_eq!(reader.push(&bytes[..first + 50]), Ok(Progress::First));
    assert_eq!(reader.made(), Made { light: None, ..made });
}

#[test]
fn damaged_answers_are_refused() {
    let made = full();
    let good = all(&made);
    let second = first(&made).len();
    let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        assert_ne!(bytes, good);
        decode(&bytes, GIF)
    };
    // The first name and the byte after it, then the length and the beginning of the still, then the second name with
    // the length and the beginning of the light copy.
    for at in (0..4).chain([4]).chain(7..23).chain(second..second + 20) {
        assert_eq!(damaged(&|bytes| bytes[at] ^= 0x80), Err(Damaged), "byte {at}");
    }
    assert_eq!(damaged(&|bytes| bytes.push(0)), Err(Damaged), "trailing");
    assert_eq!(damaged(&|bytes| bytes.extend_from_slice(&good)), Err(Damaged), "twice");
    assert_eq!(damaged(&|bytes| drop(bytes.drain(..second))), Err(Damaged), "without the first message");
}

#[test]
fn flashes_that_were_not_measured_are_nothing() {
    let mut bytes = all(&Made::default());
    bytes[5] = 1;
    assert_eq!(decode(&bytes, GIF), Err(Damaged));
}

#[test]
fn lengths_are_refused_before_the_bytes_come() {
    let head = |name: &[u8], length: usize| [name, &u32::try_from(length).expect("small").to_le_bytes()].concat();
    let mut reader = Reader::new(GIF);
    assert_eq!(reader.push(&head(b"gcl1\0\0\0", MAX_STILL)), Ok(Progress::Begun));
    assert_eq!(Reader::new(GIF).push(&head(b"gcl1\0\0\0", MAX_STILL + 1)), Err(Damaged));
    let first = first(&Made::default());
    assert_eq!(Reader::new(GIF).push(&[first.clone(), head(b"gcl2", GIF)].concat()), Ok(Progress::First));
    assert_eq!(Reader::new(GIF).push(&[first, head(b"gcl2", GIF + 1)].concat()), Err(Damaged));
}

#[test]
fn a_still_that_is_too_long_is_left_out() {
    let made = Made { still: Some(webp(MAX_STILL + 1)), ..full() };
    assert_eq!(decode(&all(&made), GIF), Ok(Made { still: None, ..made }));
}
