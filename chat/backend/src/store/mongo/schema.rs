//! The collections and their indexes.
//!
//! Unique indexes on entries begin with the room, so that the collection can be sharded by room.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::Error as MongoError;
use mongodb::options::IndexOptions;
use mongodb::{Collection, Database, IndexModel};

use super::entry_doc::EntryDoc;
use super::failure::Failure;
use super::health::Health;
use super::room_doc::RoomDoc;

/// The database with its collections.
pub struct Db {
    pub database: Database,
    pub health: Health,
    pub rooms: Collection<RoomDoc>,
    pub entries: Collection<EntryDoc>,
    pub gifs: Collection<Document>,
    pub items: Collection<Document>,
    pub shelves: Collection<Document>,
    pub sessions: Collection<Document>,
    pub passes: Collection<Document>,
    pub nodes: Collection<Document>,
    pub heartbeat: Collection<Document>,
    pub deployment: Collection<Document>,
}

impl Db {
    pub fn new(database: Database) -> Self {
        Self {
            health: Health::new(database.clone()),
            rooms: database.collection("rooms"),
            entries: database.collection("entries"),
            gifs: database.collection("gifs"),
            items: database.collection("items"),
            shelves: database.collection("shelves"),
            sessions: database.collection("sessions"),
            passes: database.collection("passes"),
            nodes: database.collection("nodes"),
            heartbeat: database.collection("pulse"),
            deployment: database.collection("house"),
            database,
        }
    }

    /// Runs one operation of an open call. `name` is for the log.
    pub async fn run<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Failure> {
        self.health.attempt(name, operation).await
    }

    /// The indexes that the store needs.
    pub fn indexes(&self) -> Vec<(Collection<Document>, IndexModel)> {
        let unique = |name: &str| IndexOptions::builder().unique(true).name(name.to_owned()).build();
        let plain = |name: &str| IndexOptions::builder().name(name.to_owned()).build();
        let partial = |name: &str, filter| {
            IndexOptions::builder().name(name.to_owned()).partial_filter_expression(filter).build()
        };
        let there = |field: &str| doc! { field: { "$exists": true } };
        let expiry = IndexOptions::builder().name("expiry".to_owned()).expire_after(Duration::ZERO).build();

        let (rooms, entries) = (self.rooms.clone_with_type(), self.entries.clone_with_type());
        let (gifs, items, shelves) = (&self.gifs, &self.items, &self.shelves);
        let (sessions, passes) = (&self.sessions, &self.passes);
        [
            (&rooms, doc! { "seats.nodes": 1 }, plain("by_node")),
            (&rooms, doc! { "seats.id": 1 }, plain("by_visitor")),
            (&rooms, doc! { "unattended": 1 }, partial("by_unattended", doc! { "unattended": { "$gt": 0 } })),
            (&rooms, doc! { "gone_at": 1 }, partial("by_end", there("gone_at"))),
            (&entries, doc! { "room": 1, "seq": 1 }, unique("by_seq")),
            (&entries, doc! { "room": 1, "client": 1, "author": 1 }, unique("by_client_and_author")),
            // With these two, a GIF that a visitor may see is found without reading the whispers of others that show it.
            (
                &entries,
                doc! { "what.gif.sha": 1, "room": 1, "what.to.id": 1 },
                partial("by_gif_and_target", there("what.gif.sha")),
            ),
            (
                &entries,
                doc! { "what.gif.sha": 1, "room": 1, "author": 1 },
                partial("by_gif_and_author", there("what.gif.sha")),
            ),
            (&entries, doc! { "room": 1, "what.about": 1 }, partial("by_about", there("what.about"))),
            (gifs, doc! { "held_until": 1 }, partial("by_hold", there("held_until"))),
            (items, doc! { "visitor": 1, "sha": 1 }, unique("by_visitor")),
            // Sums are read from these indexes alone.
            (items, doc! { "sha": 1, "kept": 1, "bytes": 1 }, partial("kept_by_gif", doc! { "kept": true })),
            (items, doc! { "visitor": 1, "kept": 1, "bytes": 1 }, partial("kept_by_visitor", doc! { "kept": true })),
            (items, doc! { "address": 1, "kept": 1, "bytes": 1 }, partial("kept_by_address", doc! { "kept": true })),
            (items, doc! { "room": 1, "seq": 1 }, partial("by_entry", there("room"))),
            (items, doc! { "visitor": 1, "used_at": -1 }, partial("sent_by_use", doc! { "kept": false })),
            (shelves, doc! { "seen_at": 1 }, plain("by_time")),
            // With the first, MongoDB removes expired sessions by itself. The second is for our own sweep.
            (sessions, doc! { "expires": 1 }, expiry),
            (sessions, doc! { "expires_at": 1 }, plain("by_expiry")),
            (passes, doc! { "room": 1, "visitor": 1 }, unique("by_visitor")),
            (passes, doc! { "until": 1 }, plain("by_end")),
        ]
        .map(|(collection, keys, options)| {
            (collection.clone(), IndexModel::builder().keys(keys).options(options).build())
        })
        .into()
    }

    /// The indexes of earlier versions that others have replaced.
    pub fn replaced_indexes(&self) -> [(Collection<Document>, &'static str); 2] {
        ["by_gif", "by_client"].map(|name| (self.entries.clone_with_type(), name))
    }
}
