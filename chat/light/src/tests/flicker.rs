//! Flashes are counted as WCAG 2.3.1 says.

use gif::{Frame, Repeat};
use rstest::rstest;

use super::samples::*;
use crate::Flashes;

fn flashes(gif: &[u8]) -> Flashes {
    made(gif).flashes.expect("there was time")
}

/// Two frames that alternate for two seconds. The GIF does not loop, so that nothing else counts.
fn turns(width: u16, height: u16, delay: u16, draw: impl Fn(bool, u16, u16) -> u8) -> Vec<u8> {
    let frame = |index| drawn(width, height, delay, |x, y| draw(index % 2 == 1, x, y));
    let frames: Vec<Frame> = (0..200 / delay).map(frame).collect();
    gif(width, height, None, &frames)
}

#[rstest]
#[case::two_a_second(25, 2, false)]
#[case::three_a_second(16, 3, false)]
#[case::four_a_second(12, 4, true)]
#[case::ten_a_second(5, 10, true)]
fn black_and_white(#[case] delay: u16, #[case] general: u8, #[case] is_dangerous: bool) {
    let flashes = flashes(&turns(64, 48, delay, |is_odd, _, _| if is_odd { WHITE } else { BLACK }));
    assert_eq!(flashes, Flashes { general, red: 0 });
    assert_eq!(flashes.is_dangerous(), is_dangerous);
}

#[rstest]
#[case::a_tenth(6, false)]
#[case::a_fifth(12, false)]
#[case::a_quarter(16, true)]
#[case::a_half(32, true)]
fn a_part_of_the_area(#[case] columns: u16, #[case] is_dangerous: bool) {
    let gif = turns(64, 48, 12, |is_odd, x, _| if is_odd && x < columns { WHITE } else { BLACK });
    assert_eq!(flashes(&gif).is_dangerous(), is_dangerous);
}

/// The samples' greys: the tenth is brighter than the seventh by 0.16, and than the ninth by 0.06.
#[rstest]
#[case::little(9, 10, 0)]
#[case::enough(7, 10, 4)]
fn changes_of_luminance(#[case] dark: u8, #[case] bright: u8, #[case] general: u8) {
    let gif = turns(64, 48, 12, |is_odd, _, _| GREYS + if is_odd { bright } else { dark });
    assert_eq!(flashes(&gif).general, general);
}

#[test]
fn what_is_bright_in_both_states_does_not_flash() {
    // From 0.82 to 1 is a great change, but not a change from a dark state.
    let frame = |index: u16| painted(64, 48, 12, move |_, _| [if index.is_multiple_of(2) { 255 } else { 234 }; 3]);
    let frames: Vec<Frame> = (0..16).map(frame).collect();
    assert_eq!(flashes(&gif(64, 48, None, &frames)).general, 0);
}

#[test]
fn a_fine_pattern_that_turns_over_does_not_flash() {
    // Black and white change places at each pixel, which is finer than what is seen as light and dark.
    let gif = turns(256, 256, 5, |is_odd, x, y| if ((x + y) % 2 == 0) == is_odd { WHITE } else { BLACK });
    assert_eq!(flashes(&gif), Flashes::default());
}

#[test]
fn a_coarse_pattern_that_turns_over_flashes() {
    let gif = turns(256, 256, 12, |is_odd, x, y| if ((x / 64 + y / 64) % 2 == 0) == is_odd { WHITE } else { BLACK });
    assert_eq!(flashes(&gif).general, 4);
}

#[test]
fn red_flashes() {
    // Both are equally dark, so that only the colour flashes.
    let frame =
        |index: u16| painted(64, 48, 12, move |_, _| if index.is_multiple_of(2) { [180, 0, 0] } else { [86, 86, 86] });
    let frames: Vec<Frame> = (0..16).map(frame).collect();
    let flashes = flashes(&gif(64, 48, None, &frames));
    assert_eq!(flashes, Flashes { general: 0, red: 4 });
    assert!(flashes.is_dangerous());
}

#[test]
fn a_red_that_is_not_saturated_does_not_flash() {
    // Its red is 78 %, and the green is as far from it as other colours that flash.
    let frame =
        |index: u16| painted(64, 48, 12, move |_, _| if index.is_multiple_of(2) { [200, 80, 80] } else { [0, 130, 0] });
    let frames: Vec<Frame> = (0..16).map(frame).collect();
    assert_eq!(flashes(&gif(64, 48, None, &frames)), Flashes::default());
}

#[test]
fn a_red_that_is_nearly_black_does_not_flash() {
    let frame =
        |index: u16| painted(64, 48, 12, move |_, _| if index.is_multiple_of(2) { [12, 0, 0] } else { [0, 0, 12] });
    let frames: Vec<Frame> = (0..16).map(frame).collect();
    assert_eq!(flashes(&gif(64, 48, None, &frames)), Flashes::default());
}

#[test]
fn flashes_over_the_seam_count() {
    // Two flashes at the end and two at the beginning are four when it plays again, and two when it does not.
    let turns =
        [(WHITE, 10), (BLACK, 10), (WHITE, 10), (BLACK, 100), (WHITE, 10), (BLACK, 10), (WHITE, 10), (BLACK, 10)];
    let frames: Vec<Frame> = turns.iter().map(|(colour, delay)| plain(16, 16, *colour, *delay)).collect();
    let with = |repeat| flashes(&gif(16, 16, repeat, &frames)).general;
    assert_eq!(with(None), 2);
    assert_eq!(with(Some(Repeat::Infinite)), 4);
    assert_eq!(with(Some(Repeat::Finite(1))), 4);
}

#[test]
fn a_loop_shorter_than_a_second_flashes_each_time() {
    assert_eq!(flashes(&sequence(16, 16, &[(BLACK, 10), (WHITE, 10)])).general, 5);
    let once = gif(16, 16, None, &[plain(16, 16, BLACK, 10), plain(16, 16, WHITE, 10)]);
    assert_eq!(flashes(&once).general, 0);
}

#[test]
fn slow_fades_are_safe() {
    // Up in a second and down in a second, in 15 steps each.
    let grey = |step: u16| GREYS + if step < 15 { step } else { 30 - step } as u8;
    let frames: Vec<Frame> = (0..90).map(|step| plain(16, 16, grey(step % 30), 7)).collect();
    assert_eq!(flashes(&gif(16, 16, Some(Repeat::Infinite), &frames)).general, 1);
}

#[test]
fn fast_fades_flash() {
    // Up and down within 240 ms.
    let grey = |step: u16| GREYS + [0, 5, 10, 15, 10, 5][usize::from(step % 6)];
    let frames: Vec<Frame> = (0..60).map(|step| plain(16, 16, grey(step), 4)).collect();
    assert_eq!(flashes(&gif(16, 16, Some(Repeat::Infinite), &frames)).general, 4);
}

#[test]
fn small_steps_add_up() {
    // From 0 to 0.6 and back in 480 ms, in steps of 0.05 each.
    let frame = |step: u16| {
        let light = f32::from(if step % 24 < 12 { step % 24 } else { 24 - step % 24 }) * 0.05;
        painted(16, 16, 2, move |_, _| [(light.powf(1.0 / 2.2) * 255.0) as u8; 3])
    };
    let frames: Vec<Frame> = (0..120).map(frame).collect();
    assert_eq!(flashes(&gif(16, 16, None, &frames)).general, 2);
}

#[test]
fn changes_that_come_together_only_one_way_are_no_pairs() {
    // All becomes bright at once, and dark in fifths that are 100 ms apart.
    let frame = |step: u16| drawn(50, 20, 10, move |x, _| if x / 10 < step % 6 { BLACK } else { WHITE });
    let frames: Vec<Frame> = (0..60).map(frame).collect();
    assert_eq!(flashes(&gif(50, 20, None, &frames)).general, 0);
}

#[test]
fn a_wipe_flashes_as_a_whole() {
    // A fifth of the area at a time, in 20 ms each: no frame changes a quarter.
    let frame = |step: u16| {
        drawn(
            50,
            20,
            2,
            move |x, _| if (x / 10 < step % 5 + 1) == (step / 5).is_multiple_of(2) { WHITE } else { BLACK },
        )
    };
    let frames: Vec<Frame> = (0..100).map(frame).collect();
    assert_eq!(flashes(&gif(50, 20, None, &frames)).general, 5);
}

#[test]
fn what_is_clear_has_the_light_of_the_page() {
    // Black and nothing: on a white page that is black and white.
    let clear = |index: u16| {
        let mut frame = placed(
            plain(16, 16, if index.is_multiple_of(2) { BLACK } else { WHITE }, 12),
            0,
            0,
            gif::DisposalMethod::Background,
        );
        frame.transparent = Some(WHITE);
        frame
    };
    let frames: Vec<Frame> = (0..16).map(clear).collect();
    assert_eq!(flashes(&gif(16, 16, None, &frames)).general, 4);
}

#[test]
fn one_frame_does_not_flash() {
    assert_eq!(flashes(&sequence(16, 16, &[(WHITE, 1)])), Flashes::default());
}

#[test]
fn more_than_three_of_either_kind_are_dangerous() {
    for (general, red, is_dangerous) in [(3, 3, false), (4, 0, true), (0, 4, true), (255, 255, true)] {
        assert_eq!(Flashes { general, red }.is_dangerous(), is_dangerous, "{general} and {red}");
    }
}
