//! The shelves of visitors.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{Count, Failure, Json, address, time};
use super::{entries, gifs, sql};
use crate::store::{Load, LoadOf, Origin, ShelfRecord, Shelved};
use chat::error::Error;
use chat::gif::{Gif, GifHash};
use chat::id::{RoomId, VisitorId};
use chat::shelf::{Item, Label, RECORD_WEIGHT, weight};
use chat::time::Timestamp;

pub fn items(db: &Connection, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Failure> {
    let after = after.as_ref().map_or(&[][..], |after| &after.0);
    let mut items = db.prepare_cached(sql::ITEMS)?;
    let items = items.query_map(params![visitor.0, after, limit], |row| row.get(0).map(|Json(item)| item))?;
    Ok(items.collect::<Result<_, _>>()?)
}

pub fn item(db: &Connection, visitor: VisitorId, sha: GifHash) -> Result<Option<Shelved>, Failure> {
    Ok(db.prepare_cached(sql::ITEM)?.query_row(params![visitor.0, sha.0], read).optional()?)
}

/// Reads an item from the columns of [`sql::ITEM`].
fn read(row: &Row<'_>) -> rusqlite::Result<Shelved> {
    let origin = match (row.get::<_, Option<_>>(1)?, row.get::<_, Option<Count>>(2)?) {
        (Some(room), Some(Count(seq))) => Some(Origin { room: RoomId(room), seq }),
        _ => None,
    };
    let Json(item) = row.get(0)?;
    Ok(Shelved { item, origin, whispered: row.get(3)?, address: address(row, 4)? })
}

/// A GIF, if the visitor sees it now: in a room where they sit, or on their shelf.
pub fn seen(db: &Connection, visitor: VisitorId, sha: GifHash) -> Result<Gif, Failure> {
    // The rooms and the shelf are both read in any case, so that the time of the answer tells nothing.
    let entry = entries::read_many(db, sql::GIF_SEEN_BY, params![visitor.0, sha.0])?.pop();
    let kept = item(db, visitor, sha)?;
    let shown = entry.and_then(|entry| entry.what.gif().copied());
    Ok(shown.or(kept.map(|kept| kept.item.gif)).ok_or(Error::NotFound)?)
}

pub fn put(db: &Connection, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Failure> {
    if let Some(Origin { room, seq }) = shelved.origin {
        let shown = entries::seen_by(db, room, visitor, seq)?;
        if shown.what.gif().is_none_or(|gif| gif.sha != shelved.item.gif.sha) {
            return Err(Error::NotFound.into());
        }
    }
    gifs::put_to_use(db, shelved.item.gif.sha)?;
    let shelved = match item(db, visitor, shelved.item.gif.sha)? {
        None => shelved,
        Some(before) => before.put_again(shelved),
    };
    db.prepare_cached(sql::ADD_SHELF)?.execute(params![visitor.0, Count(shelved.item.used_at.0)])?;
    store(db, visitor, &shelved)?;
    db.prepare_cached(sql::REMOVE_OLD_SENT)?.execute(params![visitor.0, most_sent])?;
    Ok(shelved.item)
}

fn store(db: &Connection, visitor: VisitorId, shelved: &Shelved) -> Result<(), Failure> {
    let Shelved { item, origin, whispered, address } = shelved;
    db.prepare_cached(sql::PUT_ITEM)?.execute(params![
        visitor.0,
        item.gif.sha.0,
        origin.map(|origin| origin.room.0),
        origin.map(|origin| Count(origin.seq)),
        whispered,
        address.map(|tag| tag.0),
        item.kept,
        Count(item.used_at.0),
        Count(weight(&item.gif)),
        Json(item),
    ])?;
    Ok(())
}

pub fn label(db: &Connection, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Failure> {
    let mut shelved = item(db, visitor, sha)?.ok_or(Error::NotFound)?;
    (shelved.item.kept, shelved.item.label) = (shelved.item.kept || kept, label);
    if kept {
        gifs::put_to_use(db, sha)?;
    }
    store(db, visitor, &shelved)?;
    Ok(shelved.item)
}

pub fn remove(db: &Connection, visitor: VisitorId, shas: &[GifHash]) -> Result<(), Failure> {
    for sha in shas {
        if db.prepare_cached(sql::REMOVE_ITEM)?.execute(params![visitor.0, sha.0])? > 0 {
            gifs::doubt(db, *sha)?;
        }
    }
    Ok(())
}

/// Removes the items that came from an entry, which no longer shows its GIF.
pub fn remove_from(db: &Connection, room: RoomId, seq: u64) -> Result<(), Failure> {
    db.prepare_cached(sql::REMOVE_ITEMS_FROM)?.execute(params![room.0, Count(seq)])?;
    Ok(())
}

pub fn load(db: &Connection, of: LoadOf) -> Result<Load, Failure> {
    let read = |row: &Row<'_>| Ok(Load { items: row.get::<_, Count>(0)?.0, bytes: row.get::<_, Count>(1)?.0 });
    Ok(match of {
        LoadOf::Visitor(visitor) => db.prepare_cached(sql::LOAD_OF_VISITOR)?.query_row([visitor.0], read)?,
        LoadOf::Address(tag) => db.prepare_cached(sql::LOAD_OF_ADDRESS)?.query_row([tag.0], read)?,
        LoadOf::Everyone => db.prepare_cached(sql::LOAD_OF_EVERYONE)?.query_row([Count(RECORD_WEIGHT)], read)?,
    })
}

pub fn seen_at(db: &Connection, visitor: VisitorId) -> Result<Option<Timestamp>, Failure> {
    Ok(db.prepare_cached(sql::SHELF_SEEN_AT)?.query_row([visitor.0], |row| time(row, 0)).optional()?)
}

pub fn renew(db: &Connection, visitor: VisitorId, at: Timestamp) -> Result<(), Failure> {
    db.prepare_cached(sql::RENEW_SHELF)?.execute(params![visitor.0, Count(at.0)])?;
    Ok(())
}

pub fn sweep(db: &Connection, before: Timestamp, limit: u32) -> Result<u64, Failure> {
    let stale: Vec<VisitorId> = db
        .prepare_cached(sql::STALE_SHELVES)?
        .query_map(params![Count(before.0), limit], |row| row.get(0).map(VisitorId))?
        .collect::<Result<_, _>>()?;
    for visitor in &stale {
        let shas: Vec<GifHash> = db
            .prepare_cached(sql::GIFS_OF_SHELF)?
            .query_map([visitor.0], |row| row.get(0).map(GifHash))?
            .collect::<Result<_, _>>()?;
        db.prepare_cached(sql::REMOVE_ITEMS_OF)?.execute([visitor.0])?;
        db.prepare_cached(sql::REMOVE_SHELF)?.execute([visitor.0])?;
        for sha in shas {
            gifs::doubt(db, sha)?;
        }
    }
    Ok(stale.len() as u64)
}

pub fn after(db: &Connection, visitor: Option<VisitorId>, limit: u32) -> Result<Vec<ShelfRecord>, Failure> {
    let after = visitor.as_ref().map_or(&[][..], |visitor| &visitor.0);
    let shelves: Vec<(VisitorId, Timestamp)> = db
        .prepare_cached(sql::SHELVES_AFTER)?
        .query_map(params![after, limit], |row| Ok((VisitorId(row.get(0)?), time(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    let mut items = db.prepare_cached(sql::WHOLE_ITEMS)?;
    let mut whole = |(visitor, seen_at): (VisitorId, Timestamp)| {
        let items = items.query_map([visitor.0], read)?.collect::<Result<_, _>>()?;
        Ok(ShelfRecord { visitor, seen_at, items })
    };
    shelves.into_iter().map(&mut whole).collect()
}

pub fn restore(db: &Connection, shelf: &ShelfRecord) -> Result<(), Failure> {
    db.prepare_cached(sql::ADD_SHELF)?.execute(params![shelf.visitor.0, Count(shelf.seen_at.0)])?;
    for shelved in &shelf.items {
        let sha = shelved.item.gif.sha;
        if shelved.item.kept {
            gifs::put_to_use(db, sha)?;
        }
        if item(db, shelf.visitor, sha)?.is_none() && (shelved.item.kept || is_shown(db, shelved)?) {
            store(db, shelf.visitor, shelved)?;
        }
    }
    Ok(())
}

/// Whether the entry that an item came from still shows its GIF.
fn is_shown(db: &Connection, shelved: &Shelved) -> Result<bool, Failure> {
    let Some(Origin { room, seq }) = shelved.origin else { return Ok(false) };
    let entry = entries::read_many(db, sql::ENTRY, params![room.0, Count(seq)])?.pop();
    Ok(entry.is_some_and(|entry| entry.what.gif().is_some_and(|gif| gif.sha == shelved.item.gif.sha)))
}
