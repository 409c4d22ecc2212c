//! The port's traits. Each method calls the module that does the work.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use super::writer::Undo;
use super::{
    SqliteStore, entries, gifs, log, lookup, nodes, pages, passes, rooms, schema, sessions, shelves, slow, sql,
};
use crate::store::{
    Appended, Beats, Condemned, Gifs, Listed, Load, LoadOf, Log, Nodes, RoomChange, Rooms, SessionRecord, Sessions,
    ShelfRecord, Shelved, Shelves, Sight, SlowTurn, Snapshot, Store, Swept, Transfer, Unattended, Updated, WriteId,
};
use chat::entry::{Entry, LogPage, Saying, What};
use chat::error::Error;
use chat::gif::{Facts, Gif, GifFacts, GifHash};
use chat::id::{ClientId, NodeId, RoomId, VisitorId};
use chat::record::{NewEntry, Pass, Room};
use chat::shelf::{Item, Label, Seen};
use chat::time::Timestamp;
use chat::visitor::Person;

#[async_trait]
impl Rooms for SqliteStore {
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
        self.write(move |db| rooms::create(db, room, entries)).await
    }

    async fn room(&self, room: RoomId) -> Result<Room, Error> {
        self.read(move |db| lookup::load(db, room)).await
    }

    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error> {
        let cache = Arc::clone(&self.rooms);
        let update = move |db: &Connection| {
            let updated = rooms::update(db, &cache, room, &*change)?;
            // A visitor's entering removes no data. Any other change may remove or overwrite some, also one without an entry,
            // such as the end of a room.
            let entries = &updated.entries;
            let has_erased = entries.is_empty() || entries.iter().any(|entry| entry.what != What::Entered);
            Ok((updated, has_erased))
        };
        self.writer.erase(update).await
    }

    async fn cards(&self) -> Result<Vec<Listed>, Error> {
        self.read(rooms::cards).await
    }

    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error> {
        self.readers.run_here(|db| Ok(entries::seat_of(db, room, visitor)?.person))
    }

    async fn unattended(&self) -> Result<Vec<Unattended>, Error> {
        self.read(rooms::unattended).await
    }

    async fn give_pass(&self, pass: Pass) -> Result<(), Error> {
        self.write(move |db| passes::give(db, &pass)).await
    }

    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
        self.readers.run_here(|db| passes::load(db, room, visitor))
    }

    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        // Most people who leave an open room have no pass, so that nothing has to be committed.
        if self.pass(room, visitor).await?.is_none() {
            return Ok(());
        }
        self.erase(move |db| passes::end(db, room, visitor)).await
    }
}

#[async_trait]
impl Log for SqliteStore {
    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error> {
        self.writer.run(Undo::WholeBatch, move |db| log::append(db, room, author, client, saying, at)).await
    }

    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error> {
        // A read finds out first who has to wait, so that their attempts cost no write.
        if self.readers.run_here(|db| slow::has_taken(db, &turn))? {
            return Ok(false);
        }
        self.write(move |db| slow::take(db, &turn)).await
    }

    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error> {
        self.write(move |db| slow::give_back(db, &turn)).await
    }

    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
        let cache = Arc::clone(&self.snapshots);
        match self.readers.run_here(|db| pages::cached_snapshot(db, &cache, room, visitor, messages))? {
            Some(snapshot) => Ok(snapshot),
            None => self.read(move |db| pages::snapshot(db, &cache, room, visitor, messages)).await,
        }
    }

    async fn page_before(
        &self,
        room: RoomId,
        visitor: VisitorId,
        before: u64,
        messages: u32,
    ) -> Result<LogPage, Error> {
        self.read(move |db| {
            entries::seat_of(db, room, visitor)?;
            pages::page_before(db, room, visitor, before, messages)
        })
        .await
    }

    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error> {
        self.readers.run_here(|db| entries::sent(db, room, author, client))
    }

    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
        self.readers.run_here(|db| entries::seen_by(db, room, visitor, seq))
    }

    async fn gifs_of_room(&self, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Error> {
        self.read(move |db| log::gifs_of_room(db, room, visitor, limit)).await
    }

    async fn last_seq(&self, room: RoomId) -> Result<u64, Error> {
        self.readers.run_here(|db| entries::last_seq(db, room))
    }

    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
        self.read(move |db| entries::after(db, room, after, limit)).await
    }
}

#[async_trait]
impl Gifs for SqliteStore {
    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<Sight, Error> {
        self.readers.run_here(|db| {
            entries::seat_of(db, room, visitor)?;
            gifs::shown_to(db, room, visitor, sha)
        })
    }

    async fn may_send_gif(&self, visitor: VisitorId, sha: GifHash) -> Result<Gif, Error> {
        self.readers.run_here(|db| shelves::seen(db, visitor, sha))
    }

    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
        self.write(move |db| gifs::hold(db, sha, until)).await
    }

    async fn begin_write(&self, sha: GifHash, write: WriteId, until: Timestamp) -> Result<bool, Error> {
        let writes = Arc::clone(&self.writes);
        self.write(move |db| {
            let is_held = gifs::hold(db, sha, until)?;
            if is_held {
                writes.begin(sha, write, until);
            }
            Ok(is_held)
        })
        .await
    }

    async fn end_write(&self, sha: GifHash, write: WriteId) -> Result<(), Error> {
        self.writes.end(sha, write);
        Ok(())
    }

    async fn set_gif_facts(&self, sha: GifHash, facts: Facts) -> Result<(), Error> {
        self.write(move |db| gifs::set_facts(db, sha, facts)).await?;
        self.claims.end(sha, None);
        Ok(())
    }

    async fn forget_gif_facts(&self, sha: GifHash) -> Result<(), Error> {
        self.write(move |db| gifs::forget_facts(db, sha)).await
    }

    async fn claim_gif(&self, sha: GifHash, node: NodeId) -> Result<bool, Error> {
        let (is_known, living) = self.readers.run_here(|db| Ok((gifs::is_known(db, sha)?, nodes::all(db)?)))?;
        Ok(is_known && self.claims.claim(sha, node, &living))
    }

    async fn unclaim_gif(&self, sha: GifHash, node: NodeId) -> Result<(), Error> {
        self.claims.end(sha, Some(node));
        Ok(())
    }

    async fn gif_facts(&self, gifs: &[GifHash]) -> Result<Vec<GifFacts>, Error> {
        self.readers.run_here(|db| gifs::facts(db, gifs))
    }

    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
        let writes = Arc::clone(&self.writes);
        self.write(move |db| gifs::condemn(db, &writes, now, until, limit)).await
    }

    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error> {
        self.erase(move |db| gifs::forget(db, condemned)).await
    }
}

#[async_trait]
impl Shelves for SqliteStore {
    async fn shelf(&self, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Error> {
        self.read(move |db| shelves::items(db, visitor, after, limit)).await
    }

    async fn shelved(&self, visitor: VisitorId, sha: GifHash) -> Result<Shelved, Error> {
        self.readers.run_here(|db| Ok(shelves::item(db, visitor, sha)?.ok_or(Error::NotFound)?))
    }

    async fn shelve(&self, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Error> {
        self.write(move |db| shelves::put(db, visitor, shelved, most_sent)).await
    }

    async fn label_item(&self, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Error> {
        self.write(move |db| shelves::label(db, visitor, sha, kept, label)).await
    }

    async fn unshelve(&self, visitor: VisitorId, gifs: &[GifHash]) -> Result<(), Error> {
        let gifs = gifs.to_vec();
        self.erase(move |db| shelves::remove(db, visitor, &gifs)).await
    }

    async fn load(&self, of: LoadOf) -> Result<Load, Error> {
        self.read(move |db| shelves::load(db, of)).await
    }

    async fn renew_shelf(&self, visitor: VisitorId, at: Timestamp) -> Result<(), Error> {
        // Most visitors have no shelf, so that nothing has to be committed.
        if self.readers.run_here(|db| shelves::seen_at(db, visitor))?.is_none_or(|seen_at| seen_at >= at) {
            return Ok(());
        }
        self.write(move |db| shelves::renew(db, visitor, at)).await
    }

    async fn sweep_shelves(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let sweep = move |db: &Connection| {
            let swept = shelves::sweep(db, before, limit)?;
            Ok((swept, swept > 0))
        };
        self.writer.erase(sweep).await
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error> {
        self.write_session(id, move |db, id| Ok((sessions::create(db, id, &record)?, false))).await
    }

    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error> {
        self.write_session(id, move |db, id| Ok((sessions::save(db, id, &record)?, true))).await
    }

    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
        let read_start = match self.sessions.get(id) {
            Ok(record) => return Ok((record.expires_at > now).then_some(record)),
            Err(read_start) => read_start,
        };
        let record = self.readers.run_here(|db| sessions::load(db, id, now))?;
        if let Some(record) = &record {
            self.sessions.put(id, record, &read_start);
        }
        Ok(record)
    }

    async fn delete_session(&self, id: &str) -> Result<(), Error> {
        self.write_session(id, |db, id| Ok((sessions::delete(db, id)?, true))).await
    }
}

#[async_trait]
impl Nodes for SqliteStore {
    async fn beat(&self, node: NodeId) -> Result<Beats, Error> {
        self.write(move |db| nodes::beat(db, node)).await
    }

    async fn forget_node(&self, node: NodeId) -> Result<(), Error> {
        self.erase(move |db| nodes::forget(db, node)).await
    }

    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
        let known = known.to_vec();
        self.read(move |db| rooms::of_others(db, &known)).await
    }
}

#[async_trait]
impl Transfer for SqliteStore {
    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
        self.read(move |db| rooms::after(db, after, limit)).await
    }

    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
        let after = after.to_owned();
        self.read(move |db| sessions::after(db, &after, limit)).await
    }

    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
        self.read(move |db| gifs::after(db, after, limit)).await
    }

    async fn shelves_after(&self, after: Option<VisitorId>, limit: u32) -> Result<Vec<ShelfRecord>, Error> {
        self.read(move |db| shelves::after(db, after, limit)).await
    }

    async fn restore_shelf(&self, shelf: ShelfRecord) -> Result<(), Error> {
        self.write(move |db| shelves::restore(db, &shelf)).await
    }

    async fn restore_room(&self, room: Room) -> Result<bool, Error> {
        self.write(move |db| rooms::restore(db, &room)).await
    }

    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
        self.write(move |db| log::restore(db, room, &entries)).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn sweep(&self, now: Timestamp) -> Result<Swept, Error> {
        let sweep = move |db: &Connection| {
            slow::sweep(db, now)?;
            let swept = Swept { sessions: sessions::sweep(db, now)?, passes: passes::sweep(db, now)? };
            Ok((swept, swept != Swept::default()))
        };
        self.writer.erase(sweep).await
    }

    async fn ready(&self) -> Result<(), Error> {
        self.write(|db| {
            db.prepare_cached(sql::WRITE_PROBE)?.execute([])?;
            Ok(())
        })
        .await
    }

    async fn tidy(&self) -> Result<(), Error> {
        let path = self.path.clone();
        let copy = move || {
            if let Err(error) = schema::copy_log(&path) {
                tracing::debug!(%error, "the write-ahead log could not be copied beforehand");
            }
        };
        self.writer.tidy(copy).await
    }

    async fn close(&self) {
        self.readers.close();
        self.sessions.forget_all();
        self.writer.close().await;
    }
}
