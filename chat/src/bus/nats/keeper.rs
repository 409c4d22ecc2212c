//! Watches over the line: says when it is lost and when it is back, and mends what was lost meanwhile.

use std::sync::Arc;
use std::time::Duration;

use super::ears::Ears;
use super::line::Line;

/// Who cannot keep up is not told so more often than this.
const SLOW_PAUSE: Duration = Duration::from_millis(500);

/// Runs until it is aborted. `is_up`: the line was made before.
pub async fn keep(line: Arc<Line>, ears: Arc<Ears>, mut is_up: bool) {
    let mut connects = u64::from(is_up);
    let mut complaint = None;
    loop {
        line.pulse.raised.notified().await;
        let told = line.pulse.take();
        if told.was_lost && is_up {
            is_up = false;
            tracing::warn!("NATS is away");
        }
        // The client drops events when there are too many; its count of connections is right.
        let now = line.connects();
        let is_back = now > connects || (told.is_up && !is_up);
        connects = now;
        if is_back {
            if !is_up {
                tracing::info!("NATS is back");
            }
            (is_up, complaint) = (true, None);
            line.was_lost();
        }
        if told.complaint.is_some() && told.complaint != complaint {
            complaint = told.complaint;
            tracing::warn!(reason = complaint, "NATS refuses something");
        }
        if is_up {
            mend(&line, &ears, is_back || told.was_slow).await;
        }
        if told.was_slow {
            tokio::time::sleep(SLOW_PAUSE).await;
        }
    }
}

async fn mend(line: &Line, ears: &Ears, everything: bool) {
    if !line.repay().await {
        line.pulse.raised.notify_one();
    }
    let fresh = ears.take_fresh();
    if !everything && fresh.is_empty() {
        return;
    }
    // Until the server has the subscriptions, more may be missed.
    line.round_trip().await;
    if everything {
        ears.doubt_all();
    } else {
        ears.doubt(fresh);
    }
}
