//! The shelves of visitors: a document for each item, and one for each visitor who has some.
//!
//! As with entries, a GIF is in use from the moment a kept item is stored. Code that removes a kept item puts its GIF in
//! doubt before and after the removal: before, because after a crash nothing else would do so, and after, because a sweep
//! may have found the item in between and ended the doubt.

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use mongodb::options::ReturnDocument;
use serde::{Deserialize, Serialize};

use super::entry_doc::EntryDoc;
use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Bytes, Id, Sha, int, unwritable};
use super::{entries, gifs, lookup};
use crate::store::{Load, LoadOf, Origin, ShelfRecord, Shelved};
use chat::error::Error;
use chat::gif::{Gif, GifHash};
use chat::id::{RoomId, VisitorId};
use chat::record::AddressTag;
use chat::shelf::{Item, Label, RECORD_WEIGHT, weight};
use chat::time::Timestamp;

/// How often storing an item is tried while another tab of its visitor stores it too.
const ATTEMPTS: usize = 10;

/// An item as a document.
#[derive(Serialize, Deserialize)]
struct ItemDoc {
    visitor: Id,
    sha: Sha,
    /// With `seq`: the entry that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    whispered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<u16>,
    kept: bool,
    used_at: Timestamp,
    /// As they are counted: see [`weight`].
    bytes: u64,
    item: Item,
}

impl ItemDoc {
    fn new(visitor: VisitorId, shelved: Shelved) -> Self {
        let Shelved { item, origin, whispered, address } = shelved;
        Self {
            visitor: Bytes(visitor.0),
            sha: Bytes(item.gif.sha.0),
            room: origin.map(|origin| Bytes(origin.room.0)),
            seq: origin.map(|origin| origin.seq),
            whispered,
            address: address.map(|tag| tag.0),
            kept: item.kept,
            used_at: item.used_at,
            bytes: weight(&item.gif),
            item,
        }
    }

    fn shelved(self) -> Shelved {
        let origin = self.room.zip(self.seq).map(|(room, seq)| Origin { room: RoomId(room.0), seq });
        Shelved { item: self.item, origin, whispered: self.whispered, address: self.address.map(AddressTag) }
    }
}

/// Finds up to `limit` items, or all for 0.
async fn find(
    db: &Db,
    name: &'static str,
    filter: Document,
    order: Document,
    limit: u32,
) -> Result<Vec<ItemDoc>, Failure> {
    let items = db.items.clone_with_type::<ItemDoc>();
    db.run(name, async { items.find(filter).sort(order).limit(limit.into()).await?.try_collect().await }).await
}

fn of(visitor: VisitorId, sha: GifHash) -> Document {
    doc! { "visitor": visitor.bson(), "sha": sha.bson() }
}

pub async fn items(db: &Db, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut filter = doc! { "visitor": visitor.bson() };
    if let Some(after) = after {
        filter.insert("sha", doc! { "$gt": after.bson() });
    }
    let found = find(db, "items.find", filter, doc! { "sha": 1 }, limit).await?;
    Ok(found.into_iter().map(|found| found.item).collect())
}

pub async fn item(db: &Db, visitor: VisitorId, sha: GifHash) -> Result<Option<Shelved>, Error> {
    let items = db.items.clone_with_type::<ItemDoc>();
    let found = db.run("items.one", items.find_one(of(visitor, sha))).await?;
    Ok(found.map(ItemDoc::shelved))
}

/// Whether any visitor keeps this GIF.
pub async fn is_kept(db: &Db, sha: GifHash) -> Result<bool, Failure> {
    let found = db.items.find_one(doc! { "sha": sha.bson(), "kept": true }).projection(doc! { "_id": 1 });
    Ok(db.run("items.with_gif", found).await?.is_some())
}

/// A GIF, if the visitor sees it now: in a room where they sit, or on their shelf.
pub async fn seen(db: &Db, visitor: VisitorId, sha: GifHash) -> Result<Gif, Error> {
    // The rooms and the shelf are both read in any case, and the entries are looked for only in the visitor's rooms, so
    // that the time of the answer does not tell what other visitors have.
    let rooms: Vec<Bson> = lookup::rooms_of(db, visitor).await?.into_iter().map(|room| room.bson()).collect();
    let shown = doc! { "$or": entries::showing(sha, doc! { "$in": rooms }, visitor).to_vec() };
    let entry = entries::read(entries::find(db, "entries.seen", shown, Document::new(), 1).await?)?.pop();
    let kept = item(db, visitor, sha).await?;
    let shown = entry.and_then(|entry| entry.what.gif().copied());
    shown.or(kept.map(|kept| kept.item.gif)).ok_or(Error::NotFound)
}

pub async fn put(db: &Db, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Error> {
    let (sha, at, origin) = (shelved.item.gif.sha, shelved.item.used_at, shelved.origin);
    if !is_shown(db, visitor, origin, sha).await? {
        return Err(Error::NotFound);
    }
    let touch = gifs::touch(db, sha).await?;
    let item = store(db, visitor, shelved).await?;
    // The entry or its room may have been removed while the item was stored. Then nothing else removes the item.
    match is_shown(db, visitor, origin, sha).await {
        Ok(true) => {}
        Err(error @ (Error::Unavailable | Error::Internal)) => return Err(error),
        Ok(false) | Err(_) => {
            remove(db, of(visitor, sha)).await?;
            return Err(Error::NotFound);
        }
    }
    // (If this fails, the hold expires by itself.)
    let _ = gifs::end_hold(db, sha, touch).await;
    let seen = doc! { "$max": { "seen_at": at.bson() } };
    db.run("shelves.seen", db.shelves.update_one(doc! { "_id": visitor.bson() }, seen).upsert(true)).await?;
    remove_old_sent(db, visitor, most_sent).await?;
    Ok(item)
}

async fn is_shown(db: &Db, visitor: VisitorId, origin: Option<Origin>, sha: GifHash) -> Result<bool, Error> {
    let Some(Origin { room, seq }) = origin else { return Ok(true) };
    Ok(entries::seen_by(db, room, visitor, seq).await?.what.gif().is_some_and(|gif| gif.sha == sha))
}

async fn store(db: &Db, visitor: VisitorId, shelved: Shelved) -> Result<Item, Error> {
    let sha = shelved.item.gif.sha;
    for _ in 0..ATTEMPTS {
        let merged = match item(db, visitor, sha).await? {
            None => shelved.clone(),
            Some(before) => before.put_again(shelved.clone()),
        };
        let item = merged.item.clone();
        let items = db.items.clone_with_type::<ItemDoc>();
        let replace = items.replace_one(of(visitor, sha), ItemDoc::new(visitor, merged)).upsert(true);
        match db.run("items.put", replace).await {
            Ok(_) => return Ok(item),
            // Another tab has stored it at the same moment, so there is one to replace now.
            Err(Failure::DuplicateKey { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Error::Unavailable)
}

pub async fn label(db: &Db, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Error> {
    let label = serialize_to_bson(&label).map_err(unwritable)?;
    let mut update = doc! { "item.label": label };
    if kept {
        gifs::touch(db, sha).await?;
        update.extend(doc! { "kept": true, "item.kept": true });
    }
    let items = db.items.clone_with_type::<ItemDoc>();
    let update = items.find_one_and_update(of(visitor, sha), doc! { "$set": update });
    let updated = db.run("items.label", update.return_document(ReturnDocument::After)).await?.ok_or(Error::NotFound)?;
    // The item's message may have been the last use of the GIF, and a sweep that found no use may have condemned the GIF
    // meanwhile. A sweep that begins after this touch finds the item.
    if kept && let Err(error) = gifs::touch(db, sha).await {
        remove(db, of(visitor, sha)).await?;
        return Err(error);
    }
    Ok(updated.item)
}

async fn remove_old_sent(db: &Db, visitor: VisitorId, most: u32) -> Result<(), Error> {
    let sent = doc! { "visitor": visitor.bson(), "kept": false };
    let sent = find(db, "items.sent", sent, doc! { "used_at": -1 }, 0).await?;
    let old: Vec<Bson> = sent.into_iter().skip(most as usize).map(|old| GifHash(old.sha.0).bson()).collect();
    if old.is_empty() {
        return Ok(());
    }
    let old = doc! { "visitor": visitor.bson(), "kept": false, "sha": { "$in": old } };
    Ok(db.run("items.remove_sent", db.items.delete_many(old)).await.map(drop)?)
}

/// Removes the items that were only sent in a gone room's entries up to `upto`, before these entries are removed.
pub async fn remove_sent_in(db: &Db, room: RoomId, upto: u64) -> Result<(), Failure> {
    let sent = doc! { "room": room.bson(), "seq": { "$lte": int(upto) }, "kept": false };
    db.run("items.remove_sent", db.items.delete_many(sent)).await.map(drop)
}

pub async fn unshelve(db: &Db, visitor: VisitorId, shas: &[GifHash]) -> Result<(), Error> {
    for sha in shas {
        remove(db, of(visitor, *sha)).await?;
    }
    Ok(())
}

/// Removes the items that came from an entry, which no longer shows its GIF. May be repeated.
pub async fn remove_from(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    remove(db, doc! { "room": room.bson(), "seq": int(seq) }).await
}

/// Removes the items that match.
async fn remove(db: &Db, items: Document) -> Result<(), Error> {
    let found = find(db, "items.to_remove", items.clone(), Document::new(), 0).await?;
    if found.is_empty() {
        return Ok(());
    }
    let shas: Vec<GifHash> = found.into_iter().map(|found| GifHash(found.sha.0)).collect();
    gifs::doubt_all(db, &shas).await?;
    db.run("items.remove", db.items.delete_many(items)).await?;
    Ok(gifs::doubt_all(db, &shas).await?)
}

pub async fn load(db: &Db, of: LoadOf) -> Result<Load, Error> {
    #[derive(Deserialize)]
    struct Sums {
        items: u64,
        bytes: u64,
    }
    let of_each = doc! { "_id": null, "items": { "$sum": 1_i64 }, "bytes": { "$sum": "$bytes" } };
    let pipeline = match of {
        LoadOf::Visitor(visitor) => {
            vec![doc! { "$match": { "visitor": visitor.bson(), "kept": true } }, doc! { "$group": of_each }]
        }
        LoadOf::Address(tag) => {
            vec![doc! { "$match": { "address": i32::from(tag.0), "kept": true } }, doc! { "$group": of_each }]
        }
        LoadOf::Everyone => {
            let once = doc! { "_id": "$sha", "items": { "$sum": 1_i64 }, "bytes": { "$max": "$bytes" } };
            let records = doc! { "$multiply": [int(RECORD_WEIGHT), "$items"] };
            let bytes = doc! { "$sum": { "$add": ["$bytes", records] } };
            let of_all = doc! { "_id": null, "items": { "$sum": "$items" }, "bytes": bytes };
            vec![doc! { "$match": { "kept": true } }, doc! { "$group": once }, doc! { "$group": of_all }]
        }
    };
    let sums = async { db.items.aggregate(pipeline).with_type::<Sums>().await?.try_next().await };
    let sums = db.run("items.load", sums).await?;
    Ok(sums.map_or_else(Load::default, |Sums { items, bytes }| Load { items, bytes }))
}

pub async fn renew(db: &Db, visitor: VisitorId, at: Timestamp) -> Result<(), Error> {
    let stale = doc! { "_id": visitor.bson(), "seen_at": { "$lt": at.bson() } };
    let renew = doc! { "$set": { "seen_at": at.bson() } };
    Ok(db.run("shelves.renew", db.shelves.update_one(stale, renew)).await.map(drop)?)
}

#[derive(Deserialize)]
struct ShelfDoc {
    #[serde(rename = "_id")]
    visitor: Id,
    seen_at: Timestamp,
}

async fn shelves(db: &Db, name: &'static str, filter: Document, limit: u32) -> Result<Vec<ShelfDoc>, Failure> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let shelves = db.shelves.clone_with_type::<ShelfDoc>();
    let found = async { shelves.find(filter).sort(doc! { "_id": 1 }).limit(limit.into()).await?.try_collect().await };
    db.run(name, found).await
}

pub async fn sweep(db: &Db, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let stale = shelves(db, "shelves.stale", doc! { "seen_at": { "$lt": before.bson() } }, limit).await?;
    let mut swept = 0;
    for ShelfDoc { visitor, seen_at } in stale {
        let visitor = VisitorId(visitor.0);
        remove(db, doc! { "visitor": visitor.bson() }).await?;
        // The shelf of a visitor who was here meanwhile stays, empty, and is removed when it is stale again.
        let as_read = doc! { "_id": visitor.bson(), "seen_at": seen_at.bson() };
        swept += db.run("shelves.remove", db.shelves.delete_one(as_read)).await?.deleted_count;
    }
    Ok(swept)
}

pub async fn after(db: &Db, after: Option<VisitorId>, limit: u32) -> Result<Vec<ShelfRecord>, Error> {
    let filter = after.map_or_else(Document::new, |after| doc! { "_id": { "$gt": after.bson() } });
    let mut records = Vec::new();
    for ShelfDoc { visitor, seen_at } in shelves(db, "shelves.after", filter, limit).await? {
        let visitor = VisitorId(visitor.0);
        let items = find(db, "items.whole", doc! { "visitor": visitor.bson() }, doc! { "sha": 1 }, 0).await?;
        records.push(ShelfRecord { visitor, seen_at, items: items.into_iter().map(ItemDoc::shelved).collect() });
    }
    Ok(records)
}

pub async fn restore(db: &Db, shelf: ShelfRecord) -> Result<(), Error> {
    let seen = doc! { "$max": { "seen_at": shelf.seen_at.bson() } };
    db.run("shelves.seen", db.shelves.update_one(doc! { "_id": shelf.visitor.bson() }, seen).upsert(true)).await?;
    for shelved in shelf.items {
        let sha = shelved.item.gif.sha;
        let touch = match shelved.item.kept {
            true => Some(gifs::touch(db, sha).await?),
            false if is_entry(db, shelved.origin, sha).await? => None,
            false => continue,
        };
        let stored = ItemDoc::new(shelf.visitor, shelved);
        let stored = serialize_to_bson(&stored).map_err(unwritable)?;
        let add = db.items.update_one(of(shelf.visitor, sha), doc! { "$setOnInsert": stored }).upsert(true);
        db.run("items.restore", add).await?;
        if let Some(touch) = touch {
            let _ = gifs::end_hold(db, sha, touch).await;
        }
    }
    Ok(())
}

/// Whether the entry that an item came from still shows its GIF.
async fn is_entry(db: &Db, origin: Option<Origin>, sha: GifHash) -> Result<bool, Error> {
    let Some(Origin { room, seq }) = origin else { return Ok(false) };
    let entry = entries::find_one(db, room, seq).await?.map(EntryDoc::entry).transpose()?;
    Ok(entry.is_some_and(|entry| entry.what.gif().is_some_and(|gif| gif.sha == sha)))
}
