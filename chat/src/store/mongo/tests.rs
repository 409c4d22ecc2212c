//! What is special about this driver: several nodes on one database, and a server that goes away.

mod changes;
mod cuts;
pub mod engine;
mod leftovers;
mod manners;
mod nodes;
mod outages;
mod starting;

use mongodb::bson::doc;

use super::*;
use crate::store::cases::*;

/// A database of its own, dropped at the end.
pub struct Scratch {
    uri: MongoUri,
}

impl Scratch {
    fn new() -> Self {
        let server = std::env::var("GIFCHAT_TEST_MONGODB");
        Self::on(&server.expect("GIFCHAT_TEST_MONGODB is not set: run the tests by bin/test"))
    }

    fn on(server: &str) -> Self {
        let uri = MongoUri::parse(server).expect("a connection string");
        Self { uri: uri.with_database(&format!("test-{}", NodeId::generate())) }
    }

    /// As a node opens it.
    async fn open(&self) -> Arc<MongoStore> {
        Arc::new(MongoStore::open(&self.uri, Duration::from_secs(30)).await.expect("a database"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let uri = self.uri.clone();
        let drop = async move {
            // (Its server may be gone already, with all it had.)
            if let Ok(store) = MongoStore::open(&uri, Duration::ZERO).await {
                let _ = store.database().drop().await;
            }
        };
        // A runtime of its own: the test's may have ended.
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _ = std::thread::spawn(move || runtime().block_on(drop)).join();
    }
}

/// An empty store in a database of its own.
pub async fn fresh() -> Fresh {
    let place = Scratch::new();
    let store = place.open().await;
    Fresh { store, keep: Box::new(place) }
}

/// So many times, or ten times as often in a long run.
fn rounds(few: usize) -> usize {
    if std::env::var_os("GIFCHAT_LONG").is_some() { few * 10 } else { few }
}

#[tokio::test]
async fn opening_again_finds_everything_and_the_same_house() {
    let place = Scratch::new();
    let first = place.open().await;
    let store = Arc::clone(&first) as AnyStore;
    let id = room_of(&store, &[1, 2]).await;
    say(&store, id, 1, "기억해?").await;
    show(&store, id, 2, 1).await;
    let (room, lines, house) = (store.room(id).await, log(&store, id).await, first.house().await);
    store.close().await;
    assert_eq!(first.house().await, Err(Error::Unavailable));

    let again = place.open().await;
    let store = Arc::clone(&again) as AnyStore;
    assert_eq!((store.room(id).await, log(&store, id).await, again.house().await), (room, lines, house.clone()));
    assert_eq!(house.map(|house| house.len()), Ok(32));
    let other = Scratch::new();
    assert_ne!(other.open().await.house().await, again.house().await);
}

#[tokio::test]
async fn indexes_are_made_once() {
    let place = Scratch::new();
    let first = place.open().await;
    let second = place.open().await;
    for store in [first, second] {
        for (collection, expected) in [
            ("rooms", &["by_end", "by_node", "by_unattended"][..]),
            ("entries", &["by_about", "by_client", "by_gif", "by_seq"]),
            ("gifs", &["by_hold"]),
            ("sessions", &["by_expiry", "expiry"]),
            ("passes", &["by_end", "by_visitor"]),
        ] {
            let collection = store.database().collection::<mongodb::bson::Document>(collection);
            let mut names = collection.list_index_names().await.expect("indexes");
            names.retain(|name| name != "_id_");
            names.sort();
            assert_eq!(names, expected);
        }
    }
}
