//! The readiness check: anybody may ask, and the store is tried seldom.

use tokio::task::JoinSet;

use super::*;

impl Fixture {
    /// The size of SQLite's write-ahead log. A try adds more than 32 KiB, and the log starts over only after 1,000 pages.
    fn log_size(&self) -> u64 {
        std::fs::metadata(self.dir.path().join("chat.db-wal")).map_or(0, |file| file.len())
    }
}

#[tokio::test]
async fn many_who_ask_share_one_try() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.chat.ready().await, Ok(()));
    let (after_one, mut asking) = (fixture.log_size(), JoinSet::new());
    for n in 0..200_u64 {
        let chat = fixture.chat.clone();
        asking.spawn(async move { chat.ready().await });
        fixture.clock.0.store(n * 4_999 / 199, Ordering::SeqCst);
    }
    assert!(asking.join_all().await.iter().all(|answer| *answer == Ok(())));
    assert_eq!(fixture.log_size(), after_one, "nothing was written");
    fixture.clock.0.store(5_000, Ordering::SeqCst);
    assert_eq!(fixture.chat.ready().await, Ok(()));
    assert!(fixture.log_size() > after_one, "tried once more");
}

#[tokio::test]
async fn who_asks_and_hangs_up_leaves_the_answer_to_the_next() {
    let fixture = Fixture::new().await;
    for _ in 0..50 {
        let mut asked = Box::pin(fixture.chat.ready());
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(asked.as_mut().poll(context).is_pending())).await;
    }
    assert_eq!(fixture.chat.ready().await, Ok(()));
    let after = fixture.log_size();
    assert!(after < 8 * 32 * 1024, "{after} bytes: one try, and the tables");
}

#[tokio::test]
async fn an_error_is_shared_too() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.chat.ready().await, Ok(()));
    fixture.chat.store.close().await;
    assert_eq!(fixture.chat.ready().await, Ok(()), "as it was some seconds ago");
    fixture.clock.0.store(5_000, Ordering::SeqCst);
    assert_eq!(fixture.chat.ready().await, Err(Error::Unavailable));
    assert_eq!(fixture.chat.ready().await, Err(Error::Unavailable));
}
