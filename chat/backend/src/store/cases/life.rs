//! Starting and stopping a store.

use tokio::task::JoinSet;

use super::*;
use crate::store::SessionRecord;

pub async fn a_store_that_works_is_ready(store: AnyStore) {
    assert_eq!(store.ready().await, Ok(()));
    assert_eq!(store.ready().await, Ok(()));
}

pub async fn what_was_sent_before_closing_is_answered(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let mut sending = JoinSet::new();
    for n in 0..500 {
        let store = Arc::clone(&store);
        sending.spawn(async move { send(&store, id, 1, text(&format!("{n}"))).await });
    }
    let first = sending.join_next().await.expect("a sender").expect("no panic");
    assert!(first.is_ok());
    store.close().await;
    // Every sender gets an answer: the message is stored, or it is refused.
    for answer in sending.join_all().await {
        assert!(matches!(answer, Ok(_) | Err(Error::Unavailable)), "{answer:?}");
    }
}

pub async fn a_closed_store_is_unavailable(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    store.close().await;
    store.close().await;
    assert_eq!(store.ready().await, Err(Error::Unavailable));
    assert_eq!(store.room(id).await, Err(Error::Unavailable));
    assert_eq!(store.seat(id, visitor(1)).await, Err(Error::Unavailable));
    assert_eq!(send(&store, id, 1, text("늦었나")).await, Err(Error::Unavailable));
    assert_eq!(store.load_session("a", NOW).await, Err(Error::Unavailable));
    assert_eq!(store.pass(id, visitor(1)).await, Err(Error::Unavailable));
    assert_eq!(store.end_pass(id, visitor(1)).await, Err(Error::Unavailable));
    let record = SessionRecord { data: Vec::new(), expires_at: NOW };
    assert_eq!(store.save_session("a", record).await, Err(Error::Unavailable));
}
