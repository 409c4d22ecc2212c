use corpus::blocks::{TRAILER, image, looping, screen, whole_then};

use super::*;

const NETSCAPE: &[u8] = b"NETSCAPE2.0";
const ANIMEXTS: &[u8] = b"ANIMEXTS1.0";

/// The loop count of the accepted GIF, which is written in the form that all browsers read.
fn times(blocks: &[u8]) -> Option<u16> {
    let checked = accepted(&[&screen(b"GIF89a", 2, 2), blocks, &image([0, 0, 2, 2]), TRAILER].concat());
    assert_eq!(accepted(&checked.bytes), checked);
    times_in(&checked.bytes)
}

fn times_in(bytes: &[u8]) -> Option<u16> {
    let form = b"\x21\xff\x0bNETSCAPE2.0\x03\x01";
    let found: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(form)).collect();
    assert!(found.len() <= 1, "it is written once");
    let at = found.first()? + form.len();
    assert_eq!((at, bytes[at + 2]), (13 + 12 + form.len(), 0), "it is the first extension");
    Some(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

#[rstest]
#[case::none(&[], None)]
#[case::for_ever(&[looping(NETSCAPE, &[&[1, 0, 0]])], Some(0))]
#[case::some_times(&[looping(NETSCAPE, &[&[1, 7, 1]])], Some(263))]
#[case::animexts(&[looping(ANIMEXTS, &[&[1, 5, 0]])], Some(5))]
#[case::higher_bits(&[looping(NETSCAPE, &[&[0x41, 3, 0]])], Some(3))]
#[case::one_higher_bit(&[looping(ANIMEXTS, &[&[9, 0, 0]])], Some(0))]
#[case::longer(&[looping(NETSCAPE, &[&[1, 4, 0, 9, 9]])], Some(4))]
#[case::too_short(&[looping(NETSCAPE, &[&[1, 4]])], None)]
#[case::buffering(&[looping(NETSCAPE, &[&[2, 1, 2, 3, 4]])], None)]
#[case::after_buffering(&[looping(NETSCAPE, &[&[2, 1, 2, 3, 4], &[1, 7, 0]])], Some(7))]
#[case::another_kind(&[looping(NETSCAPE, &[&[3, 1, 0]])], None)]
#[case::nothing(&[looping(NETSCAPE, &[])], None)]
#[case::twice_in_one(&[looping(NETSCAPE, &[&[1, 1, 0], &[1, 2, 0]])], Some(2))]
#[case::twice(&[looping(NETSCAPE, &[&[1, 1, 0]]), looping(ANIMEXTS, &[&[1, 2, 0]])], Some(2))]
#[case::another_version(&[looping(b"NETSCAPE3.0", &[&[1, 1, 0]])], None)]
#[case::a_short_name(&[looping(b"NETSCAPE2.", &[&[1, 1, 0]])], None)]
#[case::a_long_name(&[looping(b"NETSCAPE2.00", &[&[1, 1, 0]])], None)]
fn it_is_read_as_firefox_does(#[case] extensions: &[Vec<u8>], #[case] expected: Option<u16>) {
    assert_eq!(times(&extensions.concat()), expected);
}

#[test]
fn it_counts_wherever_it_stands_if_it_is_whole() {
    let extension = looping(NETSCAPE, &[&[1, 2, 0]]);
    assert_eq!(times_in(&accepted(&whole_then(&extension)).bytes), Some(2));
    for len in 0..extension.len() {
        assert_eq!(times_in(&accepted(&whole_then(&extension[..len])).bytes), None, "cut at {len}");
    }
}
