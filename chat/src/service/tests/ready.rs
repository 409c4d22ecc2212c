//! Whether the house is ready: asked by anybody, tried by nobody too often.

use tokio::task::JoinSet;

use super::*;

impl House {
    /// Bytes in SQLite's log of writes: a try adds more than 32 KiB, and 1,000 of its pages come before it begins anew.
    fn log_size(&self) -> u64 {
        std::fs::metadata(self.dir.path().join("chat.db-wal")).map_or(0, |file| file.len())
    }
}

#[tokio::test]
async fn many_who_ask_share_one_try() {
    let house = House::new().await;
    assert_eq!(house.chat.ready().await, Ok(()));
    let (after_one, mut asking) = (house.log_size(), JoinSet::new());
    for n in 0..200_u64 {
        let chat = house.chat.clone();
        asking.spawn(async move { chat.ready().await });
        house.clock.0.store(n * 4_999 / 199, Ordering::SeqCst);
    }
    assert!(asking.join_all().await.iter().all(|answer| *answer == Ok(())));
    assert_eq!(house.log_size(), after_one, "nothing was written");
    house.clock.0.store(5_000, Ordering::SeqCst);
    assert_eq!(house.chat.ready().await, Ok(()));
    assert!(house.log_size() > after_one, "tried once more");
}

#[tokio::test]
async fn who_asks_and_hangs_up_leaves_the_answer_to_the_next() {
    let house = House::new().await;
    for _ in 0..50 {
        let mut asked = Box::pin(house.chat.ready());
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(asked.as_mut().poll(context).is_pending())).await;
    }
    assert_eq!(house.chat.ready().await, Ok(()));
    let after = house.log_size();
    assert!(after < 6 * 32 * 1024, "{after} bytes: one try, and the tables");
}

#[tokio::test]
async fn an_error_is_shared_too() {
    let house = House::new().await;
    assert_eq!(house.chat.ready().await, Ok(()));
    house.chat.store.close().await;
    assert_eq!(house.chat.ready().await, Ok(()), "as it was some seconds ago");
    house.clock.0.store(5_000, Ordering::SeqCst);
    assert_eq!(house.chat.ready().await, Err(Error::Unavailable));
    assert_eq!(house.chat.ready().await, Err(Error::Unavailable));
}
