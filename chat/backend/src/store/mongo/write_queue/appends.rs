//! Appends what people say to the log.
//!
//! An entry of a visitor must not come after the line that says they left. So the end of the log is read first, then the
//! seats, and then the entry is inserted right after that end. If its author has left in between, the line about that has
//! the number already, and the entry is refused.

use std::collections::{HashMap, HashSet, VecDeque};

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tokio::time::Instant;

use super::{Job, Memory, State, Work};
use crate::store::Appended;
use crate::store::mongo::entry_doc::EntryDoc;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::schema::Db;
use crate::store::mongo::values::{AsBson, Author};
use crate::store::mongo::{RETRY_FOR, entries, gifs, pause, shelves};
use chat::entry::{Entry, Saying};
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::policy;
use chat::record::{NewEntry, Room};
use chat::time::Timestamp;

/// How far a room's `spoken_at` may lag behind. It is shown in minutes.
const SPOKEN_STEP_MS: u64 = 20_000;

/// Something that a visitor says: a message or a reaction.
pub struct Append {
    author: VisitorId,
    client: ClientId,
    saying: Saying,
    at: Timestamp,
    /// The document's id, which is the same in every attempt. A stored entry with this id comes from this append.
    id: ObjectId,
    /// The `touch` of its GIF, once the GIF is known to be there.
    touched: Option<i64>,
}

impl Append {
    pub fn new(author: VisitorId, client: ClientId, saying: Saying, at: Timestamp) -> Self {
        Self { author, client, saying, at, id: ObjectId::new(), touched: None }
    }

    fn key(&self) -> (Author, ClientId) {
        (Author(Some(self.author)), self.client)
    }
}

impl Work for Append {
    type Output = Appended;

    fn queue(state: &mut State) -> &mut VecDeque<Job<Self>> {
        &mut state.appends
    }
}

/// Jobs that wait for their entry, and jobs whose entry is stored.
struct Batch {
    waiting: Vec<Job<Append>>,
    done: Vec<(Job<Append>, Appended)>,
}

pub(super) async fn append(db: &Db, room: RoomId, memory: &mut Memory, jobs: Vec<Job<Append>>) {
    let deadline = Instant::now() + RETRY_FOR;
    let mut batch = Batch { waiting: jobs, done: Vec::new() };
    let mut result = Ok(());
    for attempt in 0.. {
        if batch.waiting.is_empty() || result.is_err() {
            break;
        }
        if Instant::now() > deadline {
            result = Err(Error::Unavailable);
            break;
        }
        pause(attempt).await;
        result = batch.attempt(db, room, memory).await;
    }
    if result.is_err() {
        *memory = Memory::default();
    }
    batch.note_spoken_at(db, room, memory).await;
    batch.end_holds(db).await;
    for (job, appended) in batch.done {
        job.answer(Ok(appended));
    }
    // (Jobs are left only after an error.)
    for job in batch.waiting {
        job.answer(Err(result.clone().err().unwrap_or(Error::Unavailable)));
    }
}

impl Batch {
    /// Appends what it can. When something is in the way of the rest, it clears the memory that was wrong.
    async fn attempt(&mut self, db: &Db, id: RoomId, memory: &mut Memory) -> Result<(), Error> {
        let (end, room) = loop {
            memory.end(db, id).await?;
            let room = memory.room(db, id).await?;
            // Reading the room may have shown that the log has grown. If its end is unknown now, both are read again,
            // because the seats have to be read after the end.
            if let Some(end) = memory.end {
                break (end, room);
            }
        };
        self.refuse_strangers(&room);
        self.touch_gifs(db, id).await?;

        let mut sent = HashSet::new();
        let first: Vec<&Append> =
            self.waiting.iter().map(|job| &job.work).filter(|append| sent.insert(append.key())).collect();
        let entries: Vec<EntryDoc> =
            (end + 1..).zip(&first).filter_map(|(seq, append)| append.document(&room, seq)).collect();
        if entries.is_empty() {
            return Ok(());
        }
        match entries::insert(db, &entries).await {
            Ok(()) => {
                memory.end = Some(end + entries.len() as u64);
                self.settle(entries)
            }
            Err(Failure::DuplicateKey { inserted }) => {
                memory.end = None;
                // Either the number is taken, or the entry was stored before.
                let taken = entries.get(inserted).map(|entry| (entry.author, entry.client()));
                let mut stored = entries::by_clients(db, id, taken).await?;
                stored.extend(entries.into_iter().take(inserted));
                self.settle(stored)
            }
            Err(Failure::Unavailable) => {
                memory.end = None;
                let all = entries.iter().map(|entry| (entry.author, entry.client()));
                let stored = entries::by_clients(db, id, all).await?;
                self.settle(stored)
            }
            Err(Failure::Broken) => Err(Error::Internal),
        }
    }

    fn refuse_strangers(&mut self, room: &Room) {
        let is_stranger = |job: &mut Job<Append>| policy::seat_of(room, job.work.author).is_err();
        for job in self.waiting.extract_if(.., is_stranger) {
            let refused = policy::seat_of(room, job.work.author).map(drop);
            job.answer(Err(refused.err().unwrap_or(Error::NotSeated)));
        }
    }

    async fn touch_gifs(&mut self, db: &Db, room: RoomId) -> Result<(), Error> {
        let mut touched = HashSet::new();
        for mut job in std::mem::take(&mut self.waiting) {
            if let Some(gif) = job.work.saying.what.gif()
                && job.work.touched.is_none()
            {
                let sha = gif.sha;
                // Each author has to be allowed to show it, while one touch is enough for all of them.
                let touch = match job.work.may_show(db, room, sha).await {
                    Ok(()) if touched.contains(&sha) => Ok(None),
                    Ok(()) => gifs::touch(db, sha).await.map(Some),
                    Err(error) => Err(error),
                };
                match touch {
                    Ok(touch) => {
                        touched.insert(sha);
                        job.work.touched = touch;
                    }
                    Err(error) => {
                        job.answer(Err(error));
                        continue;
                    }
                }
            }
            self.waiting.push(job);
        }
        Ok(())
    }

    /// Moves the jobs whose entries are among these stored ones to `done`.
    fn settle(&mut self, stored: Vec<EntryDoc>) -> Result<(), Error> {
        let mut by_key: HashMap<_, (ObjectId, Entry)> = HashMap::new();
        for document in stored {
            let (key, id) = ((document.author, document.client()), document.id);
            by_key.insert(key, (id, document.entry()?));
        }
        for job in std::mem::take(&mut self.waiting) {
            match by_key.get(&job.work.key()) {
                Some((id, entry)) => {
                    let is_new = *id == job.work.id;
                    self.done.push((job, Appended { entry: entry.clone(), is_new }));
                }
                None => self.waiting.push(job),
            }
        }
        Ok(())
    }

    /// Ends the holds of GIFs that the new entries show, because they are in use now.
    async fn end_holds(&self, db: &Db) {
        for (job, appended) in &self.done {
            if let (Some(gif), Some(touch), true) = (appended.entry.what.gif(), job.work.touched, appended.is_new) {
                let _ = gifs::end_hold(db, gif.sha, touch).await;
            }
        }
    }

    /// Updates the room's `spoken_at`. (If that fails, the next message does it.)
    async fn note_spoken_at(&self, db: &Db, id: RoomId, memory: &mut Memory) {
        let is_news = |appended: &Appended| appended.is_new && appended.entry.is_public_message();
        let new = self.done.iter().filter(|(_, appended)| is_news(appended));
        let (Some(at), Some(room)) = (new.map(|(_, appended)| appended.entry.at).max(), &mut memory.room) else {
            return;
        };
        if room.spoken_at.is_none_or(|noted| noted.0.saturating_add(SPOKEN_STEP_MS) <= at.0) {
            let spoken = doc! { "$max": { "spoken_at": at.bson() } };
            if db.run("rooms.spoken", db.rooms.update_one(doc! { "_id": id.bson() }, spoken)).await.is_ok() {
                room.spoken_at = Some(at);
            }
        }
    }
}

impl Append {
    /// Fails if the message that its author reacts to was removed, or if the author did not upload this GIF and does not
    /// see it.
    async fn may_show(&self, db: &Db, room: RoomId, sha: GifHash) -> Result<(), Error> {
        if let Some(seq) = self.saying.what.about()
            && !entries::is_there(db, room, seq).await?
        {
            return Err(Error::Removed);
        }
        match self.saying.by_sight {
            true => shelves::seen(db, self.author, sha).await.map(drop),
            false => Ok(()),
        }
    }

    /// The entry that this becomes, with the author's name as their seat has it. `None` without a seat.
    fn document(&self, room: &Room, seq: u64) -> Option<EntryDoc> {
        let person = room.seat(self.author)?.person.clone();
        let entry = NewEntry::said(self.at, person, self.client, self.saying.clone()).numbered(seq);
        Some(EntryDoc::new(self.id, RoomId(room.id.0), self.key().0, &entry))
    }
}
