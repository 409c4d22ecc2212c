//! Whatever changes is drawn, and little else.

use super::samples::{B, G, N, R, W};
use crate::canvas::{Pixel, Rect, Size};
use crate::delta::{Drawn, Patch};

/// Eight blocks of 8 × 8 pixels: four in each of two rows.
const SIZE: Size = Size { width: 32, height: 16 };

/// A clear pixel above red.
const CLEAR_R: Pixel = [R[0], R[1], R[2], 0];

/// A picture of these blocks, row by row.
fn picture(blocks: [Pixel; 8]) -> Vec<Pixel> {
    let row = |row: &[Pixel]| row.iter().flat_map(|colour| [*colour; 8]).collect::<Vec<_>>().repeat(8);
    blocks.chunks(4).flat_map(row).collect()
}

/// What has to be drawn to get from one picture to another.
fn part(from: [Pixel; 8], to: [Pixel; 8]) -> Option<Patch> {
    let mut drawn = Drawn::new(SIZE);
    drawn.update(&picture(from));
    let part = drawn.update(&picture(to));
    assert!(drawn.update(&picture(to)).is_none(), "it is drawn now");
    part
}

#[test]
fn the_first_frame_is_drawn_whole() {
    let first = picture([R, G, N, N, N, N, N, N]);
    let part = Drawn::new(SIZE).update(&first).expect("there is something to draw");
    assert_eq!((part.at, part.replaces), (SIZE.all(), true));
    assert_eq!(part.pixels, first);
}

#[test]
fn a_change_is_drawn_where_it_is() {
    let part = part([R; 8], [R, G, B, R, R, R, R, R]).expect("it changes");
    assert_eq!((part.at, part.replaces), (Rect { left: 8, top: 0, right: 24, bottom: 8 }, true));
    assert_eq!((part.pixels[0], part.pixels[15]), (G, B));
}

#[test]
fn blocks_between_changes_are_left_out() {
    let part = part([R; 8], [G, R, R, R, R, R, R, B]).expect("it changes");
    assert_eq!((part.at, part.replaces), (SIZE.all(), false));
    assert_eq!(part.pixels, picture([G, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, B]));
}

#[test]
fn what_is_clear_has_the_colour_of_what_lies_below_next_to_what_is_drawn() {
    let clear = |[red, green, blue, _]: Pixel| [red, green, blue, 0];
    let part = part([W, R, G, B, W, R, G, R], [B, R, G, B, W, R, G, R]).map(|part| part.at);
    assert_eq!(part, Some(Rect { left: 0, top: 0, right: 8, bottom: 8 }), "nothing of it is clear");
    let part = self::part([W, R, G, B, W, R, G, R], [B, R, G, B, W, R, G, W]).expect("it changes");
    assert_eq!(part.pixels, picture([B, clear(R), clear(G), clear(B), clear(W), clear(R), clear(G), W]));
}

#[test]
fn a_few_blocks_between_changes_are_drawn_again() {
    let part = part([R; 8], [G, G, G, R, G, G, G, G]).expect("it changes");
    assert_eq!((part.at, part.replaces), (SIZE.all(), true));
    assert_eq!(part.pixels, picture([G, G, G, R, G, G, G, G]));
}

#[test]
fn what_vanishes_takes_the_place_of_what_was_there() {
    let part = part([R, R, R, R, W, W, W, W], [R, N, R, R, W, W, B, W]).expect("it changes");
    assert_eq!((part.at, part.replaces), (Rect { left: 8, top: 0, right: 24, bottom: 16 }, true));
    assert_eq!(part.pixels[0], N);
}

#[test]
fn what_can_be_seen_through_is_not_drawn_twice() {
    let half = [90, 90, 90, 128];
    let part = part([half; 8], [R, half, half, half, half, half, half, G]).expect("it changes");
    assert!(!part.replaces);
    assert_eq!(part.pixels, picture([R, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, CLEAR_R, G]));
}

#[test]
fn colours_of_what_is_clear_do_not_matter() {
    assert!(part([N; 8], [[200, 100, 0, 0]; 8]).is_none());
}

#[test]
fn steps_that_are_too_small_to_draw_are_drawn_when_they_add_up() {
    let mut drawn = Drawn::new(SIZE);
    let grey = |value: u8| picture([[value, value, value, 255]; 8]);
    let steps = (100..130).step_by(3).filter(|value| drawn.update(&grey(*value)).is_some());
    assert_eq!(steps.collect::<Vec<_>>(), [100, 109, 118, 127]);
}
