//! How those fare who have nothing to do with it.

use std::time::{Duration, Instant};

use super::house::House;
use super::is_long;

/// What is measured, and how often.
const PAIRS: usize = 5;
/// Enough for a hundredth of them to be more than the few that meet the attackers' first requests, which come all at once.
const SENDS: usize = 500;

/// How many times longer somebody's sends take while an attack runs than at rest: the 99th percentile of each, in turn,
/// and the median of five such pairs. `attack` begins it; it ends when what it gives is dropped.
#[allow(dead_code)]
pub async fn slowdown<A>(house: &House, mut attack: impl AsyncFnMut() -> A) -> f64 {
    let ann = house.visitor_from(200);
    let room = ann.create_room("다른 방", "10", "").await;
    let send = async || {
        let began = Instant::now();
        ann.say_well(room, "안녕").await;
        began.elapsed()
    };
    let measure = async || {
        let sends = if is_long() { 2 * SENDS } else { SENDS };
        let mut times = Vec::with_capacity(sends);
        for _ in 0..sends {
            times.push(send().await);
        }
        (percentile(times.clone(), 99), percentile(times, 100))
    };
    let mut ratios = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        let (at_rest, _) = measure().await;
        let under_way = attack().await;
        let (attacked, worst) = measure().await;
        drop(under_way);
        println!("p99 of a send: {at_rest:?} at rest, {attacked:?} under attack, the longest {worst:?}");
        ratios.push(attacked.as_secs_f64() / at_rest.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    ratios.get(PAIRS / 2).copied().expect("five")
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort();
    let last = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(last).copied().expect("some")
}
