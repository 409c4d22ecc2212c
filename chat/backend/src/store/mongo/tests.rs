//! Tests of this driver alone: several nodes on one database, and a server that goes away.

mod behavior;
mod changes;
mod cuts;
pub mod engine;
mod leftovers;
mod nodes;
mod outages;
mod starting;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::*;
use crate::store::SessionRecord;
use crate::store::cases::*;
use chat::entry::Entry;
use chat::id::{ClientId, NodeId, RoomId, VisitorId};
use chat::record::{NewEntry, Room};
use chat::time::Timestamp;

/// A test's own database, which is dropped at the end.
pub struct TestDatabase {
    uri: MongoUri,
}

impl TestDatabase {
    fn new() -> Self {
        let server = std::env::var("GIFCHAT_TEST_MONGODB");
        Self::on(&server.expect("GIFCHAT_TEST_MONGODB is not set: run the tests by bin/test"))
    }

    fn on(server: &str) -> Self {
        let uri = MongoUri::parse(server).expect("a connection string");
        Self { uri: uri.with_database(&format!("test-{}", NodeId::generate())) }
    }

    /// Opens the store as a node does.
    async fn open(&self) -> Arc<MongoStore> {
        Arc::new(MongoStore::open(&self.uri, Duration::from_secs(30)).await.expect("a database"))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let uri = self.uri.clone();
        let drop = async move {
            // (The server may be gone already, with all its data.)
            if let Ok(store) = MongoStore::open(&uri, Duration::ZERO).await {
                let _ = store.database().drop().await;
            }
        };
        // This needs its own runtime, because the test's may have ended.
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _ = std::thread::spawn(move || runtime().block_on(drop)).join();
    }
}

/// An empty store in a database of its own.
pub async fn fresh() -> Fresh {
    let database = TestDatabase::new();
    let store = database.open().await;
    Fresh { store, keep: Box::new(database) }
}

/// How often a test repeats something: ten times as often in a long run.
fn rounds(few: usize) -> usize {
    if std::env::var_os("GIFCHAT_LONG").is_some() { few * 10 } else { few }
}

#[tokio::test]
async fn opening_again_finds_everything_and_the_same_deployment() {
    let database = TestDatabase::new();
    let first = database.open().await;
    let store = Arc::clone(&first) as AnyStore;
    let id = room_of(&store, &[1, 2]).await;
    say(&store, id, 1, "기억해?").await;
    show(&store, id, 2, 1).await;
    let (room, lines, deployment) = (store.room(id).await, log(&store, id).await, first.deployment_id().await);
    store.close().await;
    assert_eq!(first.deployment_id().await, Err(Error::Unavailable));

    let again = database.open().await;
    let store = Arc::clone(&again) as AnyStore;
    assert_eq!(
        (store.room(id).await, log(&store, id).await, again.deployment_id().await),
        (room, lines, deployment.clone())
    );
    assert_eq!(deployment.map(|id| id.len()), Ok(32));
    let other = TestDatabase::new();
    assert_ne!(other.open().await.deployment_id().await, again.deployment_id().await);
}

#[tokio::test]
async fn indexes_are_made_once_and_replaced_ones_dropped() {
    let database = TestDatabase::new();
    let first = database.open().await;
    let old = [
        ("by_gif", doc! { "what.gif.sha": 1, "room": 1 }),
        ("by_client", doc! { "room": 1, "author": 1, "client": 1 }),
    ];
    for (name, keys) in old {
        let options = IndexOptions::builder().name(name.to_owned()).build();
        let old = IndexModel::builder().keys(keys).options(options).build();
        first
            .database()
            .collection::<Document>("entries")
            .create_index(old)
            .await
            .expect("an index of an earlier version");
    }
    let second = database.open().await;
    for store in [first, second] {
        for (collection, expected) in [
            ("rooms", &["by_end", "by_node", "by_unattended", "by_visitor"][..]),
            ("entries", &["by_about", "by_client_and_author", "by_gif_and_author", "by_gif_and_target", "by_seq"]),
            ("gifs", &["by_hold"]),
            ("items", &["by_entry", "by_visitor", "kept_by_address", "kept_by_gif", "kept_by_visitor", "sent_by_use"]),
            ("shelves", &["by_time"]),
            ("sessions", &["by_expiry", "expiry"]),
            ("passes", &["by_end", "by_visitor"]),
        ] {
            let collection = store.database().collection::<Document>(collection);
            let mut names = collection.list_index_names().await.expect("indexes");
            names.retain(|name| name != "_id_");
            names.sort();
            assert_eq!(names, expected);
        }
    }
}
