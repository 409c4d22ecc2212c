//! The traits of the port. Each method is one call of the module that does the work.

use async_trait::async_trait;

use super::entry_doc::EntryDoc;
use super::values::Author;
use super::write_queue::{Append, Change};
use super::{MongoStore, condemning, entries, gifs, log, lookup, nodes, passes, rooms, sessions, shelves, slow};
use crate::store::{
    Appended, Beats, Condemned, Gifs, Listed, Load, LoadOf, Log, Nodes, RoomChange, Rooms, SessionRecord, Sessions,
    ShelfRecord, Shelved, Shelves, Sight, SlowTurn, Snapshot, Store, Swept, Transfer, Unattended, Updated, WriteId,
};
use chat::entry::{Entry, LogPage, Saying};
use chat::error::Error;
use chat::gif::{Facts, Gif, GifFacts, GifHash};
use chat::id::{ClientId, NodeId, RoomId, VisitorId};
use chat::record::{NewEntry, Pass, Room};
use chat::shelf::{Item, Label, Seen};
use chat::time::Timestamp;
use chat::visitor::Person;

#[async_trait]
impl Rooms for MongoStore {
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
        let _guard = self.db.health.enter()?;
        rooms::create(&self.db, room, entries).await
    }

    async fn room(&self, room: RoomId) -> Result<Room, Error> {
        let _guard = self.db.health.enter()?;
        lookup::load(&self.db, room).await
    }

    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error> {
        let guard = self.db.health.enter()?;
        self.write_queues.put(room, Change(change), guard).await
    }

    async fn cards(&self) -> Result<Vec<Listed>, Error> {
        let _guard = self.db.health.enter()?;
        rooms::listed(&self.db).await
    }

    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error> {
        let _guard = self.db.health.enter()?;
        lookup::seat(&self.db, room, visitor).await
    }

    async fn unattended(&self) -> Result<Vec<Unattended>, Error> {
        let _guard = self.db.health.enter()?;
        rooms::unattended(&self.db).await
    }

    async fn give_pass(&self, pass: Pass) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        passes::give(&self.db, &pass).await
    }

    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
        let _guard = self.db.health.enter()?;
        passes::load(&self.db, room, visitor).await
    }

    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        passes::end(&self.db, room, visitor).await
    }
}

#[async_trait]
impl Log for MongoStore {
    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error> {
        let guard = self.db.health.enter()?;
        self.write_queues.put(room, Append::new(author, client, saying, at), guard).await
    }

    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        slow::take(&self.db, turn).await
    }

    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        slow::give_back(&self.db, turn).await
    }

    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
        let _guard = self.db.health.enter()?;
        log::snapshot(&self.db, room, visitor, messages).await
    }

    async fn page_before(
        &self,
        room: RoomId,
        visitor: VisitorId,
        before: u64,
        messages: u32,
    ) -> Result<LogPage, Error> {
        let _guard = self.db.health.enter()?;
        log::page_before(&self.db, room, visitor, before, messages).await
    }

    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error> {
        let _guard = self.db.health.enter()?;
        let found = entries::by_clients(&self.db, room, [(Author(Some(author)), client)]).await?;
        found.into_iter().next().map(EntryDoc::entry).transpose()
    }

    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
        let _guard = self.db.health.enter()?;
        entries::seen_by(&self.db, room, visitor, seq).await
    }

    async fn gifs_of_room(&self, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Error> {
        let _guard = self.db.health.enter()?;
        log::gifs_of_room(&self.db, room, visitor, limit).await
    }

    async fn last_seq(&self, room: RoomId) -> Result<u64, Error> {
        let _guard = self.db.health.enter()?;
        log::last_seq(&self.db, room).await
    }

    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
        let _guard = self.db.health.enter()?;
        log::log(&self.db, room, after, limit).await
    }
}

#[async_trait]
impl Gifs for MongoStore {
    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<Sight, Error> {
        let _guard = self.db.health.enter()?;
        entries::sight(&self.db, room, visitor, sha).await
    }

    async fn may_send_gif(&self, visitor: VisitorId, sha: GifHash) -> Result<Gif, Error> {
        let _guard = self.db.health.enter()?;
        shelves::seen(&self.db, visitor, sha).await
    }

    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        gifs::hold(&self.db, sha, until).await
    }

    async fn begin_write(&self, sha: GifHash, write: WriteId, until: Timestamp) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        gifs::begin_write(&self.db, sha, write, until).await
    }

    async fn end_write(&self, sha: GifHash, write: WriteId) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        gifs::end_write(&self.db, sha, write).await
    }

    async fn set_gif_facts(&self, sha: GifHash, facts: Facts) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        gifs::set_facts(&self.db, sha, facts).await
    }

    async fn forget_gif_facts(&self, sha: GifHash) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        gifs::forget_facts(&self.db, sha).await
    }

    async fn claim_gif(&self, sha: GifHash, node: NodeId) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        gifs::claim(&self.db, sha, node).await
    }

    async fn unclaim_gif(&self, sha: GifHash, node: NodeId) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        gifs::unclaim(&self.db, sha, node).await
    }

    async fn gif_facts(&self, gifs: &[GifHash]) -> Result<Vec<GifFacts>, Error> {
        let _guard = self.db.health.enter()?;
        gifs::facts(&self.db, gifs).await
    }

    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
        let _guard = self.db.health.enter()?;
        condemning::condemn(&self.db, now, until, limit).await
    }

    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        condemning::forget(&self.db, condemned).await
    }
}

#[async_trait]
impl Shelves for MongoStore {
    async fn shelf(&self, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Error> {
        let _guard = self.db.health.enter()?;
        shelves::items(&self.db, visitor, after, limit).await
    }

    async fn shelved(&self, visitor: VisitorId, sha: GifHash) -> Result<Shelved, Error> {
        let _guard = self.db.health.enter()?;
        shelves::item(&self.db, visitor, sha).await?.ok_or(Error::NotFound)
    }

    async fn shelve(&self, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Error> {
        let _guard = self.db.health.enter()?;
        shelves::put(&self.db, visitor, shelved, most_sent).await
    }

    async fn label_item(&self, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Error> {
        let _guard = self.db.health.enter()?;
        shelves::label(&self.db, visitor, sha, kept, label).await
    }

    async fn unshelve(&self, visitor: VisitorId, gifs: &[GifHash]) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        shelves::unshelve(&self.db, visitor, gifs).await
    }

    async fn load(&self, of: LoadOf) -> Result<Load, Error> {
        let _guard = self.db.health.enter()?;
        shelves::load(&self.db, of).await
    }

    async fn renew_shelf(&self, visitor: VisitorId, at: Timestamp) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        shelves::renew(&self.db, visitor, at).await
    }

    async fn sweep_shelves(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        let _guard = self.db.health.enter()?;
        shelves::sweep(&self.db, before, limit).await
    }
}

#[async_trait]
impl Sessions for MongoStore {
    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        sessions::create(&self.db, id, &record).await
    }

    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        sessions::save(&self.db, id, &record).await
    }

    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
        let _guard = self.db.health.enter()?;
        sessions::load(&self.db, id, now).await
    }

    async fn delete_session(&self, id: &str) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        sessions::delete(&self.db, id).await
    }
}

#[async_trait]
impl Nodes for MongoStore {
    async fn beat(&self, node: NodeId) -> Result<Beats, Error> {
        let _guard = self.db.health.enter()?;
        nodes::beat(&self.db, node).await
    }

    async fn forget_node(&self, node: NodeId) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        nodes::forget(&self.db, node).await
    }

    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
        let _guard = self.db.health.enter()?;
        rooms::of_others(&self.db, known).await
    }
}

#[async_trait]
impl Transfer for MongoStore {
    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
        let _guard = self.db.health.enter()?;
        rooms::after(&self.db, after, limit).await
    }

    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
        let _guard = self.db.health.enter()?;
        sessions::after(&self.db, after, limit).await
    }

    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
        let _guard = self.db.health.enter()?;
        gifs::after(&self.db, after, limit).await
    }

    async fn shelves_after(&self, after: Option<VisitorId>, limit: u32) -> Result<Vec<ShelfRecord>, Error> {
        let _guard = self.db.health.enter()?;
        shelves::after(&self.db, after, limit).await
    }

    async fn restore_shelf(&self, shelf: ShelfRecord) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        shelves::restore(&self.db, shelf).await
    }

    async fn restore_room(&self, room: Room) -> Result<bool, Error> {
        let _guard = self.db.health.enter()?;
        rooms::restore(&self.db, room).await
    }

    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        log::restore(&self.db, room, entries).await
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn sweep(&self, now: Timestamp) -> Result<Swept, Error> {
        let _guard = self.db.health.enter()?;
        let swept =
            Swept { sessions: sessions::sweep(&self.db, now).await?, passes: passes::sweep(&self.db, now).await? };
        rooms::sweep(&self.db, now).await?;
        slow::sweep(&self.db, now).await?;
        Ok(swept)
    }

    async fn ready(&self) -> Result<(), Error> {
        let _guard = self.db.health.enter()?;
        nodes::heartbeat(&self.db).await
    }

    async fn close(&self) {
        self.db.health.close().await;
    }
}
