//! The light copy plays as the GIF does.

use std::time::Duration;

use gif::{DisposalMethod, Frame, Repeat};
use image_webp::LoopCount;
use rstest::rstest;

use super::samples::*;
use crate::canvas::Canvas;
use crate::fit::Fit;
use crate::{Limits, make};

/// A moving picture of many colours, which is larger as a GIF than as a copy.
fn film(width: u16, height: u16, frames: u16, repeat: Option<Repeat>) -> Vec<u8> {
    let frame = |time: u16| {
        painted(width, height, [0, 1, 2, 7][usize::from(time) % 4], move |x, y| {
            let at = |x: u16, speed: f32| (f32::from(x) / 20.0 + f32::from(time) * speed).sin() * 60.0 + 128.0;
            [at(x, 0.3), at(y, 0.5), at(x + y, 0.2)].map(|value| value as u8)
        })
    };
    let frames: Vec<Frame> = (0..frames).map(frame).collect();
    gif(width, height, repeat, &frames)
}

/// What the GIF shows at the size of a copy, with the milliseconds.
fn shown(gif: &[u8]) -> Vec<(u32, Vec<crate::canvas::Pixel>)> {
    let mut canvas = Canvas::open(gif, 1 << 24).expect("it is a GIF");
    let mut fit = Fit::new(canvas.size());
    let (mut all, mut pixels) = (Vec::new(), Vec::new());
    while let Some(shown) = canvas.next().expect("the frame is whole") {
        fit.apply(canvas.pixels(), &mut pixels).expect("the size is right");
        all.push((shown.ms, pixels.clone()));
    }
    all
}

fn mean_distance(a: &[crate::canvas::Pixel], b: &[crate::canvas::Pixel]) -> f64 {
    let of = |a: &[u8; 4], b: &[u8; 4]| {
        let visible = a[3].max(b[3]) > 0;
        a.iter().zip(b).map(|(a, b)| if visible { f64::from(a.abs_diff(*b)) } else { 0.0 }).sum::<f64>() / 4.0
    };
    a.iter().zip(b).map(|(a, b)| of(a, b)).sum::<f64>() / a.len() as f64
}

#[test]
fn a_copy_has_the_frames_and_times_of_the_gif() {
    let gif = film(160, 120, 12, Some(Repeat::Infinite));
    let light = made(&gif).light.expect("a copy is smaller");
    assert!(light.len() < gif.len() * 8 / 10, "{} of {} bytes", light.len(), gif.len());
    let (copy, shown) = (read(&light), shown(&gif));
    assert_eq!((copy.size.width, copy.size.height), (160, 120));
    let times = |frames: &[(u32, Vec<_>)]| frames.iter().map(|(ms, _)| *ms).collect::<Vec<_>>();
    assert_eq!(times(&copy.frames), times(&shown));
    assert_eq!(times(&copy.frames)[..4], [100, 100, 20, 70]);
    for (index, ((_, copy), (_, shown))) in copy.frames.iter().zip(&shown).enumerate() {
        let distance = mean_distance(copy, shown);
        assert!(distance < 4.0, "frame {index} is {distance} away");
    }
}

#[rstest]
#[case::once(None, LoopCount::Times(1.try_into().expect("not 0")))]
#[case::for_ever(Some(Repeat::Infinite), LoopCount::Forever)]
#[case::once_more(Some(Repeat::Finite(1)), LoopCount::Times(2.try_into().expect("not 0")))]
#[case::often(Some(Repeat::Finite(65535)), LoopCount::Times(u16::MAX.try_into().expect("not 0")))]
fn a_copy_plays_as_often_as_the_gif(#[case] repeat: Option<Repeat>, #[case] expected: LoopCount) {
    let light = made(&film(96, 64, 3, repeat)).light.expect("a copy is smaller");
    assert_eq!(read(&light).loops, expected);
}

#[test]
fn a_copy_is_fitted() {
    let gif = film(960, 480, 2, Some(Repeat::Infinite));
    let copy = read(&made(&gif).light.expect("a copy is smaller"));
    assert_eq!((copy.size.width, copy.size.height), (640, 320));
    assert!(mean_distance(&copy.frames[1].1, &shown(&gif)[1].1) < 4.0);
}

/// A background of many colours on which a red block moves and leaves something behind.
fn moving(dispose: DisposalMethod, is_clear: bool) -> Vec<u8> {
    let mut noise = noise();
    let mut frames = vec![painted(128, 64, 10, |x, y| [x as u8 + noise() % 32, y as u8 * 2, noise() % 64])];
    if is_clear {
        let mut ground = plain(128, 64, WHITE, 10);
        ground.transparent = Some(WHITE);
        frames = vec![ground];
    }
    for step in 0..6 {
        let block = painted(32, 32, 10, |x, y| [200 + (noise() % 32), x as u8 + noise() % 16, y as u8]);
        frames.push(placed(block, step * 16, step * 5, dispose));
    }
    gif(128, 64, Some(Repeat::Infinite), &frames)
}

#[rstest]
fn what_moves_is_where_it_should_be(
    #[values(DisposalMethod::Keep, DisposalMethod::Background, DisposalMethod::Previous)] dispose: DisposalMethod,
    #[values(false, true)] is_clear: bool,
) {
    let gif = moving(dispose, is_clear);
    let (copy, shown) = (read(&made(&gif).light.expect("a copy is smaller")), shown(&gif));
    assert_eq!(copy.frames.len(), shown.len());
    for (index, ((_, copy), (_, shown))) in copy.frames.iter().zip(&shown).enumerate() {
        let alpha = copy.iter().zip(shown).filter(|(a, b)| a[3] != b[3]).count();
        assert_eq!(alpha, 0, "frame {index} is clear where it should be");
        let distance = mean_distance(copy, shown);
        assert!(distance < 6.0, "frame {index} is {distance} away");
    }
}

#[test]
fn frames_that_change_nothing_are_shown_as_one_for_the_time_of_all() {
    let mut noise = noise();
    let ground = painted(96, 96, 5, |_, _| [noise(), noise(), noise()]);
    let same = ground.clone();
    let other = painted(96, 96, 7, |x, y| [x as u8, y as u8, 0]);
    let gif = gif(96, 96, Some(Repeat::Infinite), &[ground, same, other]);
    let copy = read(&made(&gif).light.expect("a copy is smaller"));
    assert_eq!(copy.frames.iter().map(|(ms, _)| *ms).collect::<Vec<_>>(), [100, 70]);
}

#[test]
fn many_small_steps_are_drawn_in_the_end() {
    // Each step is too small to be drawn, and all together go from dark to bright.
    let frame = |time: u16| painted(96, 96, 4, move |x, y| [(x / 2 + time * 2) as u8, (y / 2 + time * 2) as u8, 60]);
    let frames: Vec<Frame> = (0..60).map(frame).collect();
    let gif = gif(96, 96, Some(Repeat::Infinite), &frames);
    let (copy, shown) = (read(&made(&gif).light.expect("a copy is smaller")), shown(&gif));
    let distance = mean_distance(&copy.frames.last().expect("it moves").1, &shown.last().expect("it moves").1);
    assert!(distance < 6.0, "the last frame is {distance} away");
}

#[test]
fn a_gif_that_does_not_move_has_no_copy() {
    let made = made(&film(160, 120, 1, Some(Repeat::Infinite)));
    assert!(made.still.is_some());
    assert_eq!(made.light, None);
}

#[test]
fn noise_has_no_copy() {
    // Two colours at random take a bit for each pixel in the GIF, and much more in a copy.
    let mut noise = noise();
    let frames: Vec<Frame> = (0..20).map(|_| drawn(128, 128, 5, |_, _| noise() % 2)).collect();
    let made = made(&gif(128, 128, Some(Repeat::Infinite), &frames));
    assert_eq!(made.light, None);
    assert!(made.still.is_some() && made.flashes.is_some());
}

#[test]
fn without_time_there_is_a_still_and_no_more() {
    let limits = Limits { cpu: Duration::ZERO, ..Limits::default() };
    let made = make(&film(96, 64, 12, None), &limits).expect("the GIF is whole");
    assert!(made.still.is_some());
    assert_eq!((made.light, made.flashes), (None, None));
}
