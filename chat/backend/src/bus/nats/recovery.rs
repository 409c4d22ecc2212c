//! Watches the connection. It logs when the connection is lost and when it is back, and makes nodes read what they missed.

use std::sync::Arc;
use std::time::Duration;

use super::connection::{Connection, Report};
use super::subscriptions::Subscriptions;

/// The shortest time between two reports of missing events, to this node or to the others. After each one, a node reads the
/// state of all its rooms from the store.
const MIN_INTERVAL: Duration = Duration::from_millis(500);

/// Runs until it is aborted. `is_up` says whether the connection was made before the call.
pub async fn run(connection: Arc<Connection>, subscriptions: Arc<Subscriptions>, mut is_up: bool) {
    let mut connects = u64::from(is_up);
    let mut last_error = None;
    loop {
        connection.status.changed.notified().await;
        let changes = connection.status.take();
        if changes.was_lost && is_up {
            is_up = false;
            tracing::warn!("NATS is away");
        }
        // The client drops events when there are too many, but its count of connections is always right.
        let now = connection.connects();
        let is_back = now > connects || (changes.is_up && !is_up);
        connects = now;
        if is_back {
            if !is_up {
                tracing::info!("NATS is back");
            }
            (is_up, last_error) = (true, None);
            connection.note_loss();
        }
        if changes.error.is_some() && changes.error != last_error {
            last_error = changes.error;
            tracing::warn!(reason = last_error, "NATS refuses something");
        }
        let report = if is_up { connection.report_loss().await } else { Report::NotNeeded };
        if is_up {
            raise_doubts(&connection, &subscriptions, is_back || changes.was_slow).await;
        }
        if report == Report::Failed {
            connection.status.changed.notify_one();
        }
        if changes.was_slow || report == Report::Sent {
            tokio::time::sleep(MIN_INTERVAL).await;
        }
    }
}

/// Tells the inbox what may be missing: `everything`, or only events of rooms with new subscriptions.
async fn raise_doubts(connection: &Connection, subscriptions: &Subscriptions, everything: bool) {
    let unconfirmed = subscriptions.take_unconfirmed();
    if !everything && unconfirmed.is_empty() {
        return;
    }
    // Until the server has made the subscriptions, more events may be missed.
    connection.round_trip().await;
    if everything {
        subscriptions.doubt_all();
    } else {
        subscriptions.doubt(unconfirmed);
    }
}
