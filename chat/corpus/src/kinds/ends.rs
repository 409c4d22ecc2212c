//! How a GIF may end.

use super::{Case, ONE, TWO, cut, second};
use crate::blocks::{TRAILER, control, descriptor_with_table, extension, image, image_of, whole_then};

pub(super) fn kinds() -> Vec<Case> {
    let (two, glued) = (whole_then(&second()), whole_then(TRAILER));
    let twenty = [control(9), image_of([0, 0, 4, 4], 2, &[4, 1, 7, 7, 7, 5])].concat().repeat(20);
    vec![
        ("a-whole-one", whole_then(TRAILER), ONE),
        ("two-frames", [&two, TRAILER].concat(), TWO),
        ("no-trailer", whole_then(&[]), ONE),
        ("two-frames-no-trailer", two.clone(), TWO),
        ("nor-a-terminator", cut(&two, 1), TWO),
        ("cut-in-the-data", cut(&two, 3), ONE),
        ("cut-before-the-data", cut(&two, 5), ONE),
        ("cut-before-the-code-size", cut(&two, 6), ONE),
        ("cut-in-the-descriptor", cut(&two, 10), ONE),
        ("cut-in-the-table", whole_then(&cut(&descriptor_with_table([0, 0, 4, 4]), 5)), ONE),
        ("cut-after-a-control", whole_then(&control(7)), ONE),
        ("cut-in-a-control", whole_then(&cut(&control(7), 2)), ONE),
        ("cut-in-a-comment", whole_then(b"\x21\xfe\x09hi"), ONE),
        ("cut-after-an-introducer", whole_then(b"\x21"), ONE),
        ("zero-for-a-trailer", whole_then(b"\0"), ONE),
        ("zeros-then-a-frame", whole_then(&[&[0, 0], &second()[..], TRAILER].concat()), ONE),
        ("an-unknown-block", whole_then(&[b"\x7f", &second()[..], TRAILER].concat()), ONE),
        ("a-second-gif-without-a-trailer-before", [&whole_then(&[])[..], &glued].concat(), ONE),
        ("a-second-gif", [&glued[..], &glued].concat(), ONE),
        ("an-archive", [&glued[..], b"PK\x03\x04"].concat(), ONE),
        ("a-control-that-does-not-end", whole_then(b"\x21\xf9\x04\0\x07\0\0\x05\x2c\0"), ONE),
        ("a-control-of-three-bytes", whole_then(&[b"\x21\xf9\x03\0\x07\0\0", &image([0; 4])[..]].concat()), ONE),
        ("a-control-of-five-bytes", whole_then(&[b"\x21\xf9\x05\0\x07\0\0\0\0", &second()[..]].concat()), ONE),
        ("an-extension-that-does-not-end", whole_then(&[b"\x21\x77\xff", &second()[..], TRAILER].concat()), ONE),
        ("an-application-without-end", whole_then(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\x3b"), ONE),
        ("twenty-broken-frames", whole_then(&[&twenty, TRAILER].concat()), ONE),
        ("a-broken-frame-between", whole_then(&[&twenty[..], &second(), TRAILER].concat()), ONE),
        ("a-control-for-nothing", whole_then(&[&control(7), TRAILER].concat()), ONE),
        ("two-controls", whole_then(&[&control(99), &second()[..], TRAILER].concat()), TWO),
        ("a-comment-between", whole_then(&[&extension(0xfe, &[b"a", b"b"]), &second()[..], TRAILER].concat()), TWO),
        ("text-between", whole_then(&[&extension(1, &[&[0; 12], b"b"]), &second()[..], TRAILER].concat()), TWO),
        ("an-empty-extension", whole_then(&[&extension(0, &[]), &second()[..], TRAILER].concat()), TWO),
    ]
}
