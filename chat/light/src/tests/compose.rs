//! Frames are composed as browsers do. The canvas is compared exactly, and encoded pictures within a tolerance.

use gif::{DisposalMethod, Frame, Repeat};

use super::samples::*;
use crate::canvas::{Canvas, Pixel};

/// What the canvas shows after each frame, with the milliseconds.
fn canvases(gif: &[u8]) -> Vec<(u32, Vec<Pixel>)> {
    let mut canvas = Canvas::open(gif, 1 << 20).expect("it is a GIF");
    let mut all = Vec::new();
    while let Some(shown) = canvas.next().expect("the frame is whole") {
        all.push((shown.ms, canvas.pixels().to_vec()));
    }
    all
}

/// 48 × 16 pixels: three blocks, the first frame of which is red, green and white.
fn three(second: Frame<'static>) -> Vec<u8> {
    let first = drawn(48, 16, 10, |x, _| [RED, GREEN, WHITE][usize::from(x / 16)]);
    let third = placed(plain(16, 16, BLACK, 10), 32, 0, DisposalMethod::Keep);
    gif(48, 16, Some(Repeat::Infinite), &[first, second, third])
}

#[test]
fn a_frame_leaves_itself_or_nothing_or_what_was_before_it() {
    for (dispose, third) in [
        (DisposalMethod::Any, [B, G, K]),
        (DisposalMethod::Keep, [B, G, K]),
        (DisposalMethod::Background, [N, G, K]),
        (DisposalMethod::Previous, [R, G, K]),
    ] {
        let gif = three(placed(plain(16, 16, BLUE, 10), 0, 0, dispose));
        let expected = [[R, G, W], [B, G, W], third].map(|row| blocks(&row));
        let canvases = canvases(&gif);
        assert_eq!(canvases.len(), 3, "{dispose:?}");
        for (index, ((_, seen), expected)) in canvases.iter().zip(&expected).enumerate() {
            assert_eq!(seen, expected, "frame {index} after {dispose:?}");
        }
    }
}

#[test]
fn what_is_transparent_leaves_what_is_there() {
    let mut hole = plain(32, 16, BLUE, 10);
    hole.buffer.to_mut().iter_mut().step_by(2).for_each(|index| *index = WHITE);
    hole.transparent = Some(WHITE);
    let (_, seen) = &canvases(&three(placed(hole, 0, 0, DisposalMethod::Keep)))[1];
    assert_eq!(seen[0], R, "there is a hole");
    assert_eq!(seen[1], B);
    assert_eq!(seen[16], G, "there is a hole");
    assert_eq!(seen[32], W, "the frame does not reach that far");
}

#[test]
fn the_canvas_is_clear_before_the_first_frame() {
    let only = placed(plain(16, 16, BLUE, 0), 16, 0, DisposalMethod::Keep);
    let gif = gif(48, 16, None, &[only]);
    assert_eq!(canvases(&gif)[0].1, blocks(&[N, B, N]));
    assert!(shows(&read(&made(&gif).still.expect("there is a frame")), &[N, B, N]));
}

#[test]
fn a_frame_that_hangs_over_is_cut() {
    let over = placed(plain(32, 32, BLUE, 10), 32, 8, DisposalMethod::Background);
    let canvases = canvases(&three(over));
    assert_eq!(canvases[1].1[7 * 48 + 32], W);
    assert_eq!(canvases[1].1[8 * 48 + 32], B);
    assert_eq!(canvases[1].1[8 * 48 + 31], G);
    assert_eq!(canvases[2].1[15 * 48 + 31], G, "only the frame's own place was cleared");
    let beside = placed(plain(4, 4, BLUE, 10), 100, 100, DisposalMethod::Previous);
    assert_eq!(self::canvases(&three(beside))[1].1, blocks(&[R, G, W]));
}

#[test]
fn interlaced_rows_are_put_in_order() {
    // The rows of the file in the order of the passes: 0 and 8, then 4 and 12, then 2, 6, 10 and 14, then the odd rows.
    let order: Vec<u16> =
        (0..16).step_by(8).chain((4..16).step_by(8)).chain((2..16).step_by(4)).chain((1..16).step_by(2)).collect();
    let mut frame = drawn(16, 16, 0, |_, y| GREYS + order[usize::from(y)] as u8);
    frame.interlaced = true;
    let (_, seen) = &canvases(&gif(16, 16, None, &[frame]))[0];
    for y in 0..16 {
        assert_eq!(seen[y * 16][0], 16 * y as u8, "row {y}");
    }
}

#[test]
fn frames_have_tables_of_their_own_and_what_these_lack_is_black() {
    let mut frame = drawn(32, 16, 0, |x, _| if x < 16 { 1 } else { 3 });
    frame.palette = Some(vec![9, 9, 9, 1, 2, 3]);
    assert_eq!(canvases(&gif(32, 16, None, &[frame]))[0].1, blocks(&[[1, 2, 3, 255], K]));
}

#[test]
fn times_are_those_of_browsers() {
    let delays = [0, 1, 2, 10, 65535];
    let frames: Vec<Frame> = delays.iter().map(|delay| plain(4, 4, RED, *delay)).collect();
    let seen: Vec<u32> = canvases(&gif(4, 4, None, &frames)).iter().map(|(ms, _)| *ms).collect();
    assert_eq!(seen, [100, 100, 20, 100, 655_350]);
}

#[test]
fn the_place_that_changed_covers_all_that_did() {
    let corner = |dispose| placed(plain(16, 16, BLUE, 10), 0, 0, dispose);
    for dispose in [DisposalMethod::Keep, DisposalMethod::Background, DisposalMethod::Previous] {
        let gif = three(corner(dispose));
        let mut canvas = Canvas::open(&gif, 1 << 20).expect("it is a GIF");
        let mut before = canvas.pixels().to_vec();
        while let Some(shown) = canvas.next().expect("the frame is whole") {
            for (index, (before, now)) in before.iter().zip(canvas.pixels()).enumerate() {
                let (x, y) = (index % 48, index / 48);
                let part = shown.changed;
                let inside = (part.left..part.right).contains(&x) && (part.top..part.bottom).contains(&y);
                assert!(inside || before == now, "{x}, {y} changed outside {part:?}");
            }
            before = canvas.pixels().to_vec();
        }
    }
}
