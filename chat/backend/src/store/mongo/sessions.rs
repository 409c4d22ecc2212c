//! Sessions. MongoDB also removes expired ones by itself (the index `expiry`).

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};

use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, binary};
use crate::store::SessionRecord;
use chat::error::Error;
use chat::time::Timestamp;

/// How often saving a session is tried while other callers create and delete it.
const ATTEMPTS: usize = 10;

fn document(id: &str, record: &SessionRecord) -> Document {
    let expires_at = record.expires_at.bson();
    let expires = DateTime::from_millis(expires_at.as_i64().unwrap_or(i64::MAX));
    doc! { "_id": id, "data": binary(&record.data), "expires_at": expires_at, "expires": expires }
}

fn record(mut document: Document) -> Result<(String, SessionRecord), Error> {
    let fields = (document.remove("_id"), document.remove("data"), document.remove("expires_at"));
    match fields {
        (Some(Bson::String(id)), Some(Bson::Binary(data)), Some(Bson::Int64(expires_at))) => {
            let expires_at = Timestamp(expires_at.try_into().unwrap_or(0));
            Ok((id, SessionRecord { data: data.bytes, expires_at }))
        }
        _ => {
            tracing::error!("a session cannot be read");
            Err(Error::Internal)
        }
    }
}

pub async fn create(db: &Db, id: &str, record: &SessionRecord) -> Result<bool, Error> {
    match db.run("sessions.insert", db.sessions.insert_one(document(id, record))).await {
        Ok(_) => Ok(true),
        Err(Failure::DuplicateKey { .. }) => Ok(false),
        Err(failure) => Err(failure.into()),
    }
}

pub async fn save(db: &Db, id: &str, record: &SessionRecord) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let replace = db.sessions.replace_one(doc! { "_id": id }, document(id, record)).upsert(true);
        match db.run("sessions.save", replace).await {
            Ok(_) => return Ok(()),
            // Another caller has created the session at the same moment, so there is one to replace now.
            Err(Failure::DuplicateKey { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Error::Unavailable)
}

pub async fn load(db: &Db, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
    let living = doc! { "_id": id, "expires_at": { "$gt": now.bson() } };
    match db.run("sessions.find", db.sessions.find_one(living)).await? {
        Some(found) => Ok(Some(record(found)?.1)),
        None => Ok(None),
    }
}

pub async fn delete(db: &Db, id: &str) -> Result<(), Error> {
    db.run("sessions.delete", db.sessions.delete_one(doc! { "_id": id })).await?;
    Ok(())
}

pub async fn sweep(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let expired = doc! { "expires_at": { "$lte": now.bson() } };
    Ok(db.run("sessions.sweep", db.sessions.delete_many(expired)).await?.deleted_count)
}

pub async fn after(db: &Db, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let above = doc! { "_id": { "$gt": after } };
    let found = async {
        db.sessions.find(above).sort(doc! { "_id": 1 }).limit(limit.into()).await?.try_collect::<Vec<_>>().await
    };
    db.run("sessions.after", found).await?.into_iter().map(record).collect()
}
