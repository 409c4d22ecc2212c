//! What people say, put into the log.
//!
//! Nobody speaks after the line that tells of their leaving: first the end of the log is known, then the seats are
//! looked at, then it is inserted right after that end. Had they left in between, their line would be there, and the
//! number taken.

use std::collections::{HashMap, HashSet, VecDeque};

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tokio::time::Instant;

use super::{Memory, Order, State, Work};
use crate::entry::{Entry, Saying, What};
use crate::error::Error;
use crate::id::{ClientId, RoomId, VisitorId};
use crate::policy;
use crate::record::{NewEntry, Room};
use crate::store::Appended;
use crate::store::mongo::entry_doc::EntryDoc;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::schema::Db;
use crate::store::mongo::values::{AsBson, Author};
use crate::store::mongo::{PATIENCE, gifs, log, pause};
use crate::time::Timestamp;

/// How late a room's `spoken_at` may be: it is shown in minutes.
const SPOKEN_STEP_MS: u64 = 20_000;

/// Something to be said.
pub struct Append {
    author: VisitorId,
    client: ClientId,
    saying: Saying,
    at: Timestamp,
    /// The document's id, the same in every attempt: an entry that has it is this one.
    id: ObjectId,
    /// Its GIF is known to be there, and has been touched so often.
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

    fn queue(state: &mut State) -> &mut VecDeque<Order<Self>> {
        &mut state.appends
    }
}

/// Orders to be answered.
struct Batch {
    waiting: Vec<Order<Append>>,
    done: Vec<(Order<Append>, Appended)>,
}

pub(super) async fn append(db: &Db, room: RoomId, memory: &mut Memory, orders: Vec<Order<Append>>) {
    let deadline = Instant::now() + PATIENCE;
    let mut batch = Batch { waiting: orders, done: Vec::new() };
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
    batch.note_when(db, room, memory).await;
    batch.end_holds(db).await;
    for (order, appended) in batch.done {
        order.answer(Ok(appended));
    }
    // (None are left, unless there is an error.)
    for order in batch.waiting {
        order.answer(Err(result.clone().err().unwrap_or(Error::Unavailable)));
    }
}

impl Batch {
    /// Appends what can be; what was in the way of the rest is forgotten from memory.
    async fn attempt(&mut self, db: &Db, id: RoomId, memory: &mut Memory) -> Result<(), Error> {
        let (end, room) = loop {
            memory.end(db, id).await?;
            let room = memory.room(db, id).await?;
            // Reading the room may have shown that the log has grown: then where it ends is not known, and the seats
            // have to be looked at after that is.
            if let Some(end) = memory.end {
                break (end, room);
            }
        };
        self.refuse_strangers(&room);
        self.touch_gifs(db).await?;

        let mut sent = HashSet::new();
        let first: Vec<&Append> =
            self.waiting.iter().map(|order| &order.work).filter(|append| sent.insert(append.key())).collect();
        let entries: Vec<EntryDoc> =
            (end + 1..).zip(&first).filter_map(|(seq, append)| append.document(&room, seq)).collect();
        if entries.is_empty() {
            return Ok(());
        }
        match log::insert(db, &entries).await {
            Ok(()) => {
                memory.end = Some(end + entries.len() as u64);
                self.settle(entries)
            }
            Err(Failure::Taken { before }) => {
                memory.end = None;
                // Either its number is taken, or it was said before.
                let taken = entries.get(before).map(|entry| (entry.author, entry.client()));
                let mut stored = log::by_clients(db, id, taken).await?;
                stored.extend(entries.into_iter().take(before));
                self.settle(stored)
            }
            Err(Failure::Unavailable) => {
                memory.end = None;
                let all = entries.iter().map(|entry| (entry.author, entry.client()));
                let stored = log::by_clients(db, id, all).await?;
                self.settle(stored)
            }
            Err(Failure::Broken) => Err(Error::Internal),
        }
    }

    fn refuse_strangers(&mut self, room: &Room) {
        let is_stranger = |order: &mut Order<Append>| policy::seat_of(room, order.work.author).is_err();
        for order in self.waiting.extract_if(.., is_stranger) {
            let refused = policy::seat_of(room, order.work.author).map(drop);
            order.answer(Err(refused.err().unwrap_or(Error::NotSeated)));
        }
    }

    async fn touch_gifs(&mut self, db: &Db) -> Result<(), Error> {
        let mut touched = HashSet::new();
        for mut order in std::mem::take(&mut self.waiting) {
            if let What::Gif(gif) = &order.work.saying.what
                && order.work.touched.is_none()
                && !touched.contains(&gif.sha)
            {
                match gifs::touch(db, gif.sha).await {
                    Ok(touch) => {
                        touched.insert(gif.sha);
                        order.work.touched = Some(touch);
                    }
                    Err(error) => {
                        order.answer(Err(error));
                        continue;
                    }
                }
            }
            self.waiting.push(order);
        }
        Ok(())
    }

    /// These are stored: whoever waits for one of them has what they wait for.
    fn settle(&mut self, stored: Vec<EntryDoc>) -> Result<(), Error> {
        let mut by_key: HashMap<_, (ObjectId, Entry)> = HashMap::new();
        for document in stored {
            let (key, id) = ((document.author, document.client()), document.id);
            by_key.insert(key, (id, document.entry()?));
        }
        for order in std::mem::take(&mut self.waiting) {
            match by_key.get(&order.work.key()) {
                Some((id, entry)) => {
                    let is_new = *id == order.work.id;
                    self.done.push((order, Appended { entry: entry.clone(), is_new }));
                }
                None => self.waiting.push(order),
            }
        }
        Ok(())
    }

    /// The GIFs that were held for these are in use now.
    async fn end_holds(&self, db: &Db) {
        for (order, appended) in &self.done {
            if let (What::Gif(gif), Some(touch), true) = (&appended.entry.what, order.work.touched, appended.is_new) {
                let _ = gifs::end_hold(db, gif.sha, touch).await;
            }
        }
    }

    /// Notes in the room when somebody spoke. (When that fails it is noted with the next message.)
    async fn note_when(&self, db: &Db, id: RoomId, memory: &mut Memory) {
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
    /// The entry this becomes, named as its author's seat is.
    fn document(&self, room: &Room, seq: u64) -> Option<EntryDoc> {
        let person = room.seat(self.author)?.person.clone();
        let entry = NewEntry::said(self.at, person, self.client, self.saying.clone()).numbered(seq);
        Some(EntryDoc::new(self.id, RoomId(room.id.0), self.key().0, &entry))
    }
}
