//! The collections and their indexes.
//!
//! Indexes on entries begin with the room where they are unique, so that the collection can be sharded by room.

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
    pub sessions: Collection<Document>,
    pub nodes: Collection<Document>,
    pub pulse: Collection<Document>,
    pub house: Collection<Document>,
}

impl Db {
    pub fn new(database: Database) -> Self {
        Self {
            health: Health::new(database.clone()),
            rooms: database.collection("rooms"),
            entries: database.collection("entries"),
            gifs: database.collection("gifs"),
            sessions: database.collection("sessions"),
            nodes: database.collection("nodes"),
            pulse: database.collection("pulse"),
            house: database.collection("house"),
            database,
        }
    }

    /// One operation.
    pub async fn run<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Failure> {
        self.health.attempt(name, operation).await
    }

    /// Makes the indexes that are not there yet.
    pub async fn make_indexes(&self) -> Result<(), MongoError> {
        let unique = || IndexOptions::builder().unique(true);
        let plain = IndexOptions::builder;
        let there = |field: &str| doc! { field: { "$exists": true } };

        self.rooms
            .create_indexes([
                index(doc! { "seats.nodes": 1 }, plain().name("by_node".to_owned()).build()),
                index(
                    doc! { "unattended": 1 },
                    plain()
                        .name("by_unattended".to_owned())
                        .partial_filter_expression(doc! { "unattended": { "$gt": 0 } })
                        .build(),
                ),
                index(
                    doc! { "gone_at": 1 },
                    plain().name("by_end".to_owned()).partial_filter_expression(there("gone_at")).build(),
                ),
            ])
            .await?;
        self.entries
            .create_indexes([
                index(doc! { "room": 1, "seq": 1 }, unique().name("by_seq".to_owned()).build()),
                index(doc! { "room": 1, "author": 1, "client": 1 }, unique().name("by_client".to_owned()).build()),
                index(
                    doc! { "what.gif.sha": 1, "room": 1 },
                    plain().name("by_gif".to_owned()).partial_filter_expression(there("what.gif.sha")).build(),
                ),
                index(
                    doc! { "room": 1, "what.about": 1 },
                    plain().name("by_about".to_owned()).partial_filter_expression(there("what.about")).build(),
                ),
            ])
            .await?;
        self.gifs
            .create_index(index(
                doc! { "held_until": 1 },
                plain().name("by_hold".to_owned()).partial_filter_expression(there("held_until")).build(),
            ))
            .await?;
        // The first removes sessions when we do not, the second finds them when we do.
        self.sessions
            .create_indexes([
                index(doc! { "expires": 1 }, plain().name("expiry".to_owned()).expire_after(Duration::ZERO).build()),
                index(doc! { "expires_at": 1 }, plain().name("by_expiry".to_owned()).build()),
            ])
            .await?;
        Ok(())
    }
}

fn index(keys: Document, options: IndexOptions) -> IndexModel {
    IndexModel::builder().keys(keys).options(options).build()
}
