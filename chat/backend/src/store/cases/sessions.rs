//! Sessions are found by their ids until they expire.

use tokio::task::JoinSet;

use super::*;
use crate::store::SessionRecord;

/// The time `ms` milliseconds after one far in the future, because a store may remove expired sessions by its own clock.
const fn at(ms: u64) -> Timestamp {
    Timestamp(4_000_000_000_000 + ms)
}

fn session(data: &str, expires_at: u64) -> SessionRecord {
    SessionRecord { data: data.as_bytes().to_vec(), expires_at: at(expires_at) }
}

pub async fn a_session_comes_back_until_it_expires(store: AnyStore) {
    assert_eq!(store.load_session("a", at(0)).await, Ok(None));
    assert_eq!(store.create_session("a", session("one", 100)).await, Ok(true));
    assert_eq!(store.load_session("a", at(99)).await, Ok(Some(session("one", 100))));
    assert_eq!(store.load_session("a", at(100)).await, Ok(None));
    assert_eq!(store.load_session("A", at(0)).await, Ok(None), "ids are what they are, letter by letter");
}

pub async fn an_id_that_is_taken_is_not_given_twice(store: AnyStore) {
    assert_eq!(store.create_session("a", session("one", 100)).await, Ok(true));
    assert_eq!(store.create_session("a", session("two", 200)).await, Ok(false));
    assert_eq!(store.load_session("a", at(0)).await, Ok(Some(session("one", 100))));
}

pub async fn saving_replaces_and_makes(store: AnyStore) {
    store.save_session("a", session("one", 100)).await.expect("saved");
    store.save_session("a", session("two", 200)).await.expect("saved");
    assert_eq!(store.load_session("a", at(150)).await, Ok(Some(session("two", 200))));
}

pub async fn deleting_a_session_twice_is_no_error(store: AnyStore) {
    store.save_session("a", session("one", 100)).await.expect("saved");
    assert_eq!(store.delete_session("a").await, Ok(()));
    assert_eq!(store.delete_session("a").await, Ok(()));
    assert_eq!(store.load_session("a", at(0)).await, Ok(None));
}

pub async fn sweeping_removes_the_expired_only(store: AnyStore) {
    for expires_at in 1..=10 {
        store.save_session(&format!("{expires_at}"), session("", expires_at)).await.expect("saved");
    }
    assert_eq!(store.sweep(at(4)).await.map(|swept| swept.sessions), Ok(4));
    assert_eq!(store.sweep(at(4)).await.map(|swept| swept.sessions), Ok(0));
    assert_eq!(store.load_session("4", at(0)).await, Ok(None));
    assert_eq!(store.load_session("5", at(0)).await, Ok(Some(session("", 5))));
}

pub async fn of_many_who_create_one_id_one_does(store: AnyStore) {
    let mut creating = JoinSet::new();
    for n in 0..20 {
        let store = Arc::clone(&store);
        creating.spawn(async move { store.create_session("a", session(&format!("{n}"), 100)).await });
    }
    let created = creating.join_all().await;
    assert_eq!(created.iter().filter(|created| **created == Ok(true)).count(), 1);
}

pub async fn a_session_is_bytes(store: AnyStore) {
    let record = SessionRecord { data: (0..=255).collect(), expires_at: Timestamp(u64::MAX >> 1) };
    store.save_session("a", record.clone()).await.expect("saved");
    assert_eq!(store.load_session("a", NOW).await, Ok(Some(record)));
}
