//! Files of other kinds that are sent as GIFs, and GIFs that are something else, too.

use crate::Right::Refused;
use crate::Why::{CutOff, NotAGif, TooWide};
use crate::blocks::{TRAILER, control, extension, image, looping, screen, whole_then};
use crate::{Sample, named, shown};

pub(crate) fn samples() -> Vec<Sample> {
    [named("stranger", strangers()), named("both", both()), named("loop", loops())].concat()
}

type Case = (&'static str, Vec<u8>, crate::Right);

fn strangers() -> Vec<Case> {
    let gif = whole_then(TRAILER);
    let of = |name, bytes: &[u8]| (name, bytes.to_vec(), Refused(NotAGif));
    vec![
        of("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"),
        of(
            "apng",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x08acTL\0\0\0\x02",
        ),
        of("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0C\0"),
        of("webp", b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0"),
        of("mp4", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08free"),
        of("webm", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04"),
        of("avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
        of("bmp", b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0"),
        of("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        of("archive", b"PK\x03\x04\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.gif"),
        of("pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
        of("text", "움짤이 아니에요.\n".as_bytes()),
        of("link", b"https://example.com/cat.gif\n"),
        of("base64", b"R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="),
        of("after-a-line", &[b"\n", &gif[..]].concat()),
        of("after-a-mark-of-utf-8", &[b"\xef\xbb\xbf", &gif[..]].concat()),
        of("in-utf-16", &gif.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<_>>()),
        of("one-byte", b"G"),
        of("zeros", &[0; 512]),
        ("name-twice", [b"GIF89a", &gif[..]].concat(), Refused(TooWide)),
        ("name-and-zeros", [&b"GIF89a"[..], &[0; 6]].concat(), Refused(CutOff)),
    ]
}

/// Files that show a GIF when they are opened as one, and that may show something else when they are opened as that.
fn both() -> Vec<Case> {
    let one = shown(4, 4, 1, 0);
    let page = b"<!doctype html><script>alert(document.domain)</script>";
    let after = |bytes: &[u8]| [&whole_then(TRAILER), bytes].concat();
    let inside = |block: &[u8]| whole_then(&[block, TRAILER].concat());
    // Adobe writes XMP without the lengths of sub-blocks. A reader that takes the letters for lengths ends up somewhere
    // in the numbers after them, each of which leads to the zero at the end.
    let countdown: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
    let xmp = [&b"\x21\xff\x0bXMP DataXMP<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"[..], &countdown].concat();
    // In a script that begins with `GIF89a/*`, the bytes `/*` are the width of the canvas, which is too large.
    let script = [&b"GIF89a/*"[..], &whole_then(TRAILER)[8..], b"*/=1;alert(1)//"].concat();
    vec![
        ("an-archive-after", after(b"PK\x03\x04\x14\0\0\0\0\0PK\x05\x06\0\0\0\0\0\0\0\0"), one),
        ("a-page-after", after(page), one),
        ("a-program-after", after(b"<?php system($_GET['c']); ?>"), one),
        ("a-picture-after", after(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), one),
        ("a-gif-after", after(&whole_then(TRAILER)), one),
        ("a-page-in-a-comment", inside(&extension(0xfe, &[page])), one),
        ("a-page-in-a-text", inside(&extension(1, &[&[0; 12], page])), one),
        ("a-page-in-an-application", inside(&looping(b"XMP DataXMP", &[page])), one),
        ("a-page-in-an-unknown-block", inside(&extension(0x77, &[page])), one),
        ("xmp-as-adobe-writes-it", inside(&xmp), one),
        ("a-script", script, Refused(TooWide)),
    ]
}

/// Loop extensions in odd forms. Both frames of all these GIFs are shown.
fn loops() -> Vec<Case> {
    const NAME: &[u8] = b"NETSCAPE2.0";
    let of = |name, blocks: &[Vec<u8>]| {
        let frames = [control(9), image([0, 0, 4, 4]), control(7), image([1, 1, 2, 2])].concat();
        let gif = [&screen(b"GIF89a", 4, 4), &blocks.concat(), &frames, TRAILER].concat();
        (name, gif, shown(4, 4, 2, 160))
    };
    vec![
        of("none", &[]),
        of("for-ever", &[looping(NAME, &[&[1, 0, 0]])]),
        of("once-more", &[looping(NAME, &[&[1, 1, 0]])]),
        of("most", &[looping(NAME, &[&[1, 255, 255]])]),
        of("animexts", &[looping(b"ANIMEXTS1.0", &[&[1, 0, 0]])]),
        of("higher-bits", &[looping(NAME, &[&[0x41, 0, 0]])]),
        of("twice", &[looping(NAME, &[&[1, 1, 0]]), looping(NAME, &[&[1, 2, 0]])]),
        of("buffering", &[looping(NAME, &[&[2, 1, 2, 3, 4]])]),
        of("too-short", &[looping(NAME, &[&[1, 4]])]),
        of("without-data", &[looping(NAME, &[])]),
        of("of-another-version", &[looping(b"NETSCAPE3.0", &[&[1, 0, 0]])]),
        of("a-thousand", &[looping(NAME, &[&[1, 3, 0]]).repeat(1000)]),
    ]
}
