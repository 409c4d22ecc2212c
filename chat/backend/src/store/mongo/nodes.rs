//! The nodes that share this database, the id of their deployment, and the test whether writing works.

use futures_util::TryStreamExt;
use mongodb::bson::{Binary, doc};
use serde::Deserialize;

use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Id, binary};
use crate::store::Beats;
use chat::error::Error;
use chat::id::NodeId;

/// How often a beat is tried while other callers add and remove its node.
const ATTEMPTS: usize = 10;

pub async fn beat(db: &Db, node: NodeId) -> Result<Beats, Error> {
    let known = doc! { "_id": node.bson() };
    let count = doc! { "$inc": { "beat": 1_i64 } };
    let mut attempts = 0..ATTEMPTS;
    let was_known = loop {
        attempts.next().ok_or(Error::Unavailable)?;
        if db.run("nodes.beat", db.nodes.update_one(known.clone(), count.clone())).await?.matched_count == 1 {
            break true;
        }
        match db.run("nodes.add", db.nodes.insert_one(doc! { "_id": node.bson(), "beat": 1_i64 })).await {
            Ok(_) => break false,
            // Another beat has added the node at the same moment.
            Err(Failure::DuplicateKey { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
    };
    Ok(Beats { was_known, counters: all(db).await? })
}

/// All nodes, with their heartbeat counters.
pub async fn all(db: &Db) -> Result<Vec<(NodeId, u64)>, Error> {
    #[derive(Deserialize)]
    struct Beat {
        #[serde(rename = "_id")]
        node: Id,
        beat: u64,
    }
    let nodes = db.nodes.clone_with_type::<Beat>();
    let all = async { nodes.find(doc! {}).await?.try_collect::<Vec<_>>().await };
    Ok(db.run("nodes.list", all).await?.into_iter().map(|beat| (NodeId(beat.node.0), beat.beat)).collect())
}

pub async fn forget(db: &Db, node: NodeId) -> Result<(), Error> {
    db.run("nodes.forget", db.nodes.delete_one(doc! { "_id": node.bson() })).await?;
    Ok(())
}

/// The id of this deployment, made once. It has only hexadecimal digits, because it becomes part of the NATS subjects.
pub async fn deployment_id(db: &Db) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Deployment {
        #[serde(rename = "house")]
        id: NodeId,
    }
    let this = doc! { "_id": "house" };
    // (A node's id is used only because it is random.)
    let make = doc! { "$setOnInsert": { "house": NodeId::generate().to_string() } };
    match db.run("house.make", db.deployment.update_one(this.clone(), make).upsert(true)).await {
        Ok(_) | Err(Failure::DuplicateKey { .. }) => {}
        Err(failure) => return Err(failure.into()),
    }
    let deployments = db.deployment.clone_with_type::<Deployment>();
    let found = db.run("house.find", deployments.find_one(this)).await?;
    found.map(|deployment| deployment.id.to_string()).ok_or(Error::Unavailable)
}

/// Writes as much as a few long messages take, to see whether writing works.
pub async fn heartbeat(db: &Db) -> Result<(), Error> {
    const BYTES: usize = 32 * 1024;
    let beat: Binary = match binary(&vec![0; BYTES]) {
        mongodb::bson::Bson::Binary(beat) => beat,
        _ => return Err(Error::Internal),
    };
    let write = doc! { "$set": { "beat": beat }, "$inc": { "count": 1_i64 } };
    match db.run("pulse.write", db.heartbeat.update_one(doc! { "_id": "pulse" }, write).upsert(true)).await {
        Ok(_) | Err(Failure::DuplicateKey { .. }) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}
