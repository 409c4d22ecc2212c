//! Whether anybody serves people from this store.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{MoveError, store};
use crate::id::NodeId;
use crate::store::Store;

/// A node whose heartbeat stands still for so long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(10);

/// A living node counts about twice as slowly.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Fails when another node is seen to live. Takes long only when one is listed that is dead.
pub async fn check(store: &dyn Store) -> Result<(), MoveError> {
    let me = NodeId::generate();
    let checked = look(store, me).await;
    store.forget_node(me).await.map_err(failed())?;
    checked
}

async fn look(store: &dyn Store, me: NodeId) -> Result<(), MoveError> {
    let mut first = HashMap::new();
    let deadline = Instant::now() + DEAD_AFTER;
    loop {
        let counters = store.beat(me).await.map_err(failed())?.counters;
        let others: Vec<_> = counters.into_iter().filter(|(node, _)| *node != me).collect();
        if others.iter().any(|(node, counter)| *first.entry(*node).or_insert(*counter) != *counter) {
            return Err(MoveError::Served);
        }
        if others.is_empty() || Instant::now() >= deadline {
            return Ok(());
        }
        sleep(LOOK_EVERY).await;
    }
}

fn failed() -> impl FnOnce(crate::error::Error) -> MoveError {
    store("say who uses it")
}
