//! Checks that no server runs on a store.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{TransferError, store};
use crate::service::DEAD_AFTER;
use crate::store::Store;
use chat::id::NodeId;

/// How often the counters are read. A living node increments its own about half as often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Fails when another node is alive. This takes long ([`DEAD_AFTER`]) only when a dead node is listed.
pub async fn check(store: &dyn Store) -> Result<(), TransferError> {
    let me = NodeId::generate();
    let checked = watch_counters(store, me).await;
    store.forget_node(me).await.map_err(failed())?;
    checked
}

async fn watch_counters(store: &dyn Store, me: NodeId) -> Result<(), TransferError> {
    let mut first = HashMap::new();
    let deadline = Instant::now() + DEAD_AFTER;
    loop {
        let counters = store.beat(me).await.map_err(failed())?.counters;
        let others: Vec<_> = counters.into_iter().filter(|(node, _)| *node != me).collect();
        if others.iter().any(|(node, counter)| *first.entry(*node).or_insert(*counter) != *counter) {
            return Err(TransferError::Served);
        }
        if others.is_empty() || Instant::now() >= deadline {
            return Ok(());
        }
        sleep(LOOK_EVERY).await;
    }
}

fn failed() -> impl FnOnce(chat::error::Error) -> TransferError {
    store("say who uses it")
}
