//! Files in which no frame is whole.

use super::{Case, cut, second};
use crate::Right::Refused;
use crate::Why::{Broken, CutOff, Empty, NoFrame, NotAGif};
use crate::blocks::{
    TRAILER, bare_screen, control, data, descriptor, descriptor_with_table, extension, packed, plain_codes, screen,
    whole_then,
};

pub(super) fn kinds() -> Vec<Case> {
    let start = screen(b"GIF89a", 4, 4);
    let then = |rest: &[u8]| [&start, rest].concat();
    let first = |head: Vec<u8>, rest: Vec<u8>| then(&[&head, &rest, &second()[..], TRAILER].concat());
    let full = || descriptor([0, 0, 4, 4]);
    let plain = || data(2, &packed(2, &plain_codes(16)), 255);
    vec![
        ("nothing", Vec::new(), Refused(Empty)),
        ("a-png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on".to_vec(), Refused(NotAGif)),
        ("a-page", b"<!doctype html><script>alert(1)</script>".to_vec(), Refused(NotAGif)),
        ("half-a-name", b"GIF89".to_vec(), Refused(NotAGif)),
        ("another-version", b"GIF90a and so on".to_vec(), Refused(NotAGif)),
        ("small-letters", b"gif89a and so on".to_vec(), Refused(NotAGif)),
        ("a-gif-further-in", [b" ", &whole_then(TRAILER)[..]].concat(), Refused(NotAGif)),
        ("a-name-alone", b"GIF89a".to_vec(), Refused(CutOff)),
        ("half-a-screen", start[..9].to_vec(), Refused(CutOff)),
        ("half-a-table", start[..20].to_vec(), Refused(CutOff)),
        ("a-screen-alone", start.clone(), Refused(CutOff)),
        ("a-control-alone", then(&control(9)), Refused(CutOff)),
        ("half-a-control", then(&cut(&control(9), 3)), Refused(CutOff)),
        ("half-a-comment", then(b"\x21\xfe\x09hi"), Refused(CutOff)),
        ("half-a-descriptor", then(&cut(&full(), 3)), Refused(CutOff)),
        ("half-a-table-of-its-own", then(&cut(&descriptor_with_table([0, 0, 4, 4]), 3)), Refused(CutOff)),
        ("no-data", then(&[full(), vec![2]].concat()), Refused(CutOff)),
        ("half-its-data", then(&[full(), cut(&plain(), 4)].concat()), Refused(CutOff)),
        ("no-frame", then(TRAILER), Refused(NoFrame)),
        ("a-comment-alone", then(&[&extension(0xfe, &[b"a"]), TRAILER].concat()), Refused(NoFrame)),
        ("a-control-and-no-frame", then(&[&control(9), TRAILER].concat()), Refused(NoFrame)),
        ("zeros", then(&[0; 40]), Refused(Broken)),
        ("an-unknown-block", then(&[b"\x7f", &second()[..], TRAILER].concat()), Refused(Broken)),
        ("a-broken-control", first(b"\x21\xf9\x03\0\x07\0\0".to_vec(), second()), Refused(Broken)),
        ("a-first-code-that-is-unknown", first(full(), data(2, &packed(2, &[4, 7, 1, 5]), 255)), Refused(Broken)),
        ("an-unknown-code", first(full(), data(2, &packed(2, &[4, 1, 1, 9, 5]), 255)), Refused(Broken)),
        ("an-early-end-code", first(full(), data(2, &packed(2, &[4, 1, 5]), 255)), Refused(Broken)),
        ("one-pixel-too-few", first(full(), data(2, &packed(2, &plain_codes(15)), 255)), Refused(Broken)),
        ("no-codes", first(full(), data(2, &[], 255)), Refused(Broken)),
        ("code-size-0", first(full(), data(0, &packed(1, &plain_codes(16)), 255)), Refused(Broken)),
        ("code-size-9", first(full(), data(9, &packed(8, &plain_codes(16)), 255)), Refused(Broken)),
        ("no-table", [&bare_screen(4, 4), &full(), &plain()[..], TRAILER].concat(), Refused(Broken)),
    ]
}
