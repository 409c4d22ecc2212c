//! A GIF that is cut at many places. The frames whose pixels are all there remain.

use crate::Right::Refused;
use crate::Why::CutOff;
use crate::blocks::{TRAILER, control, data, descriptor_with_table, looping, packed, plain_codes, screen};
use crate::{Right, Sample, shown};

/// The time of each frame (1/100 s).
const DELAYS: [u16; 3] = [5, 9, 20];

pub(crate) fn samples() -> Vec<Sample> {
    let pixels = packed(2, &plain_codes(48));
    let mut bytes = [screen(b"GIF89a", 8, 6), looping(b"NETSCAPE2.0", &[&[1, 0, 0]])].concat();
    let mut samples = vec![cut(&bytes, "in-the-screen", 9, 0), cut(&bytes, "in-the-loop", bytes.len() - 3, 0)];
    for (before, delay) in DELAYS.into_iter().enumerate() {
        let start = bytes.len();
        let head = [control(delay), descriptor_with_table([0, 0, 8, 6])].concat();
        let image = [&head[..], &data(2, &pixels, 16)].concat();
        bytes.extend_from_slice(&image);
        let number = before + 1;
        for (place, end, whole) in [
            ("before-frame", 0, before),
            ("in-the-control-of-frame", 4, before),
            ("after-the-control-of-frame", 8, before),
            ("in-the-place-of-frame", 12, before),
            ("in-the-table-of-frame", 22, before),
            ("before-the-data-of-frame", head.len(), before),
            ("in-the-data-of-frame", head.len() + 15, before),
            ("after-a-sub-block-of-frame", head.len() + 18, before),
            // Only the terminator is missing, so all pixels are there.
            ("at-the-end-of-frame", image.len() - 1, number),
        ] {
            samples.push(cut(&bytes, &format!("{place}-{number}"), start + end, whole));
        }
    }
    samples.push(cut(&bytes, "before-the-trailer", bytes.len(), DELAYS.len()));
    bytes.extend_from_slice(TRAILER);
    samples.push(cut(&bytes, "nowhere", bytes.len(), DELAYS.len()));
    samples
}

fn cut(bytes: &[u8], place: &str, end: usize, whole: usize) -> Sample {
    Sample { name: format!("cut-{place}"), bytes: bytes[..end].to_vec(), right: right(whole) }
}

fn right(whole: usize) -> Right {
    let duration_ms = DELAYS.into_iter().take(whole).map(|delay| u32::from(delay) * 10).sum();
    match whole {
        0 => Refused(CutOff),
        1 => shown(8, 6, 1, 0),
        frames => shown(8, 6, frames as u16, duration_ms),
    }
}
