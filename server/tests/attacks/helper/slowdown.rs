//! How much an attack delays a visitor who is not part of it.

use std::time::{Duration, Instant};

use super::is_long;
use super::test_server::TestServer;

/// The number of pairs of measurements, at rest and under attack.
const PAIRS: usize = 5;
/// Messages in each measurement: enough for five percent of them to outnumber those that meet the attackers' first
/// requests, which all come at once.
const SENDS: usize = 500;
/// The percentile that is compared. Between one and four of a hundred messages, depending on the hour and the machine,
/// meet a thread that keeps the core until the scheduler's tick of 4 ms, so the 99th percentile would measure the tick.
const PERCENT: usize = 95;

/// How many times longer another visitor's sends take under attack than at rest: the ratio of the 95th percentiles, as the
/// median of five pairs. `attack` starts an attack, which ends when the returned value is dropped.
pub async fn slowdown<A>(server: &TestServer, mut attack: impl AsyncFnMut() -> A) -> f64 {
    let ann = server.visitor_from(200);
    let room = ann.create_room("다른 방", "10", "").await;
    let send = async || {
        let began = Instant::now();
        ann.say_ok(room, "안녕").await;
        began.elapsed()
    };
    let measure = async || {
        let sends = if is_long() { 2 * SENDS } else { SENDS };
        let mut times = Vec::with_capacity(sends);
        for _ in 0..sends {
            times.push(send().await);
        }
        (percentile(times.clone(), PERCENT), percentile(times, 100))
    };
    let mut ratios = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        let (at_rest, _) = measure().await;
        let under_way = attack().await;
        let (attacked, worst) = measure().await;
        drop(under_way);
        println!("p{PERCENT} of a send: {at_rest:?} at rest, {attacked:?} under attack, the longest {worst:?}");
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
