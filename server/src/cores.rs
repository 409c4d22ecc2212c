//! Turns for work that keeps a worker's core for some tenths of a millisecond: rendering a page, and compressing it.

use backend::background;
use tokio::sync::{Semaphore, SemaphorePermit};

/// As many turns at once as there are cores. The others wait in the order in which they came.
///
/// Without turns, each step in delivering a message would wait for all pages that are ready to be rendered, however
/// many strangers request them. So this work waits in a queue of its own, and other tasks that are ready go before each
/// piece of it.
pub struct Cores(Semaphore);

impl Cores {
    pub fn new() -> Self {
        Self(Semaphore::new(background::at_once(usize::MAX)))
    }

    /// Waits for a turn, which ends when the returned value is dropped.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed. If it were, this work would go on without turns.
        let turn = self.0.acquire().await.ok();
        background::give_way().await;
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn whatever_is_ready_goes_before_the_second_piece() {
        let cores = Arc::new(Cores(Semaphore::new(1)));
        let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let piece = |name: &'static str| {
            let (cores, order) = (Arc::clone(&cores), Arc::clone(&order));
            tokio::spawn(async move {
                let _turn = cores.turn().await;
                order.lock().push(name);
            })
        };
        let pieces = [piece("a page"), piece("another page")];
        let message = {
            let order = Arc::clone(&order);
            tokio::spawn(async move { order.lock().push("a message") })
        };
        for task in pieces.into_iter().chain([message]) {
            task.await.expect("no panic");
        }
        assert_eq!(*order.lock(), ["a message", "a page", "another page"]);
    }
}
