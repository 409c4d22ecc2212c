//! The stores that are exported and imported into.

use std::any::Any;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;
use crate::media::StoredGif;
use crate::media::files::FilesMedia;
use crate::media::gridfs::{GridFsMedia, tests::TestDatabase};
use crate::store::cases::changes::{described, react, remove, set_showing};
use crate::store::cases::people::{change, rename, set_away, throw_out};
use crate::store::cases::whispers::whisper;
use crate::store::sqlite::SqliteStore;
use crate::store::{Origin, SessionRecord, ShelfRecord, Shelved};
use chat::entry::{Emoji, Entry, LogPage, Reply, Saying, What};
use chat::gif::Gif;
use chat::id::ClientId;
use chat::record::{PasswordHash, Room, Wanted, WantedPassword};
use chat::room::{Capacity, RoomTitle, Slow};
use chat::shelf::{Item, Label};

/// A store and a media store, and the place where they keep their data.
pub struct Fixture {
    pub store: AnyStore,
    pub media: Arc<dyn Media>,
    keep: Box<dyn Any>,
}

/// Everything in a fixture, as people and the server find it.
#[derive(PartialEq)]
pub struct Contents {
    rooms: Vec<Room>,
    logs: Vec<Vec<Entry>>,
    sessions: Vec<(String, SessionRecord)>,
    shelves: Vec<ShelfRecord>,
    gifs: Vec<(GifHash, Result<StoredGif, Error>)>,
    /// Whether people may see GIFs, by room, person and GIF.
    may_see: Vec<Result<Sight, Error>>,
    /// The pages that people are shown, by room and person.
    pages: Vec<Result<LogPage, Error>>,
}

impl Fixture {
    pub fn sqlite() -> Self {
        Self::sqlite_in(TempDir::new().expect("a directory"))
    }

    pub fn sqlite_in(place: TempDir) -> Self {
        let store = SqliteStore::open(&place.path().join("gifchat.db")).expect("a database");
        let media = FilesMedia::open(&place.path().join("media")).expect("a directory");
        Self { store: Arc::new(store), media: Arc::new(media), keep: Box::new(place) }
    }

    pub async fn mongodb() -> Self {
        let place = TestDatabase::fresh();
        let store = place.store().await;
        let media = GridFsMedia::open(&store).await.expect("a bucket");
        Self { store: Arc::new(store), media: Arc::new(media), keep: Box::new(place) }
    }

    /// The same stores after their server has stopped, perhaps in the middle of something.
    pub async fn opened_again(self) -> Self {
        self.store.close().await;
        Self::sqlite_in(*self.keep.downcast().expect("a directory"))
    }

    /// Adds GIFs, sessions, and three rooms in the order of their ids (one with a long log, one with a password, one small).
    pub async fn fill(&self) -> Vec<RoomId> {
        let store = &self.store;
        for n in [1, 2, 3] {
            assert_eq!(store.hold_gif(gif_sha(n), LATER).await, Ok(true));
            self.media.put(gif_sha(n), stored_gif(n)).await.expect("put");
        }
        let long = room_of(store, &[1, 2, 3]).await;
        let mut saying = JoinSet::new();
        for n in 0..600 {
            let store = Arc::clone(store);
            saying
                .spawn(async move { say(&store, long, n % 3 + 1, &format!("말 {n} \"{}\"\n", "😀".repeat(30))).await });
        }
        saying.join_all().await;
        send(store, long, 1, shown(1)).await.expect("shown");
        leave(store, long, 2).await.expect("a seat");

        let (mut room, told) = new_room(&[1, 4], 2);
        room.password = Some(PasswordHash(SECRET.to_owned()));
        let locked = room.id;
        store.create_room(room, told).await.expect("a room");
        for n in [1, 2] {
            assert_eq!(store.hold_gif(gif_sha(n), LATER).await, Ok(true));
            send(store, locked, 4, shown(n)).await.expect("shown");
        }
        let watched = |room: &mut Room| {
            room.renew_seat(visitor(1));
            room.watch_seat(visitor(4), node(9)).map(|()| Vec::new())
        };
        store.update_room(locked, Arc::new(watched)).await.expect("a seat");

        let small = room_of(store, &[1]).await;
        say(store, small, 1, "혼자").await;
        leave(store, room_of(store, &[1]).await, 1).await.expect("a room that ends");

        // The shelf gets one GIF from a message, and one from an upload that no room shows.
        assert_eq!(store.hold_gif(gif_sha(4), LATER).await, Ok(true));
        self.media.put(gif_sha(4), stored_gif(4)).await.expect("put");
        let seq = store.last_seq(locked).await.expect("a log");
        let label = Label::new("하품", "cat #고양이", "동물").expect("a label");
        for (n, origin, label) in [(2, Some(Origin { room: locked, seq }), Label::default()), (4, None, label)] {
            let What::Gif(gif) = shown(n) else { continue };
            let item = Item { gif, description: None, label, kept: n == 4, used_at: NOW };
            let shelved = Shelved { item, origin, whispered: false, address: None };
            store.shelve(visitor(4), shelved, 60).await.expect("kept");
        }

        for (id, expires) in [("a", 1000), ("b", 2000), ("expired", 0)] {
            store.save_session(id, session(id, expires)).await.expect("saved");
        }
        vec![long, locked, small]
    }

    /// Adds a room where people have done everything that they can do to each other.
    pub async fn fill_with_people(&self) -> RoomId {
        let store = &self.store;
        for n in [1, 2, 3] {
            assert_eq!(store.hold_gif(gif_sha(n), LATER).await, Ok(true));
            self.media.put(gif_sha(n), stored_gif(n)).await.expect("put");
        }
        let id = room_of(store, &[1, 2, 3, 4]).await;
        let said = say(store, id, 1, "어때요").await;
        let [removed, gif] = [say(store, id, 2, "지울 말").await, send(store, id, 2, shown(1)).await.expect("shown")];
        whisper(store, id, 2, 3, text("쉿")).await;
        whisper(store, id, 3, 2, shown(2)).await;
        react(store, id, 2, said.seq, Emoji::Party, true).await;
        react(store, id, 3, said.seq, Emoji::Party, true).await;
        let reply = Some(Reply { seq: said.seq, person: said.person });
        let saying = Saying { reply, ..text("좋아요").into() };
        store.append(id, visitor(3), ClientId::generate(), saying, NOW).await.expect("answered");
        let saying = Saying { showing: described("고양이", true), ..shown(3).into() };
        let kept = store.append(id, visitor(2), ClientId::generate(), saying, NOW).await.expect("shown").entry;
        set_showing(store, id, 1, &kept, described("하품하는 고양이", false)).await;
        remove(store, id, 2, &removed).await;
        remove(store, id, 1, &gif).await;
        rename(store, id, 2, "민수").await;
        set_away(store, id, 2, true).await;
        throw_out(store, id, 4, "도배").await;
        let (title, capacity) = (RoomTitle::new("새 방").expect("a title"), Capacity::new(7).expect("a capacity"));
        let wanted = Wanted {
            title: Some(title),
            capacity: Some(capacity),
            password: WantedPassword::New(PasswordHash(SECRET.to_owned())),
            slow: Some(Slow::ALL[3]),
            veil: Some(true),
        };
        change(store, id, move |room| room.set(visitor(1), &wanted, NOW)).await;
        change(store, id, |room| room.hand_over(visitor(1), visitor(3), NOW)).await;
        id
    }

    pub async fn contents(&self) -> Contents {
        let store = &self.store;
        let mut rooms = store.rooms_after(None, 100).await.expect("rooms");
        rooms.iter_mut().flat_map(|room| &mut room.seats).for_each(|seat| seat.nodes.clear());
        let (mut logs, mut may_see, mut pages) = (Vec::new(), Vec::new(), Vec::new());
        for room in &rooms {
            logs.push(store.log(room.id, 0, u32::MAX).await.expect("a log"));
            for n in [1, 2, 3, 4] {
                for gif in [1, 2, 3] {
                    may_see.push(store.may_see_gif(room.id, visitor(n), gif_sha(gif)).await);
                }
                pages.push(store.snapshot(room.id, visitor(n), 20).await.map(|snapshot| snapshot.page));
            }
        }
        let mut sessions = store.sessions_after("", 100).await.expect("sessions");
        sessions.retain(|(_, session)| session.expires_at > NOW);
        let shelves = store.shelves_after(None, 100).await.expect("shelves");
        let mut gifs = Vec::new();
        for sha in store.gifs_after(None, 100).await.expect("GIFs") {
            gifs.push((sha, self.both(sha).await));
        }
        Contents { rooms, logs, sessions, shelves, gifs, may_see, pages }
    }

    async fn both(&self, sha: GifHash) -> Result<StoredGif, Error> {
        Ok(StoredGif {
            gif: self.media.get(sha, Rendition::Gif).await?,
            poster: self.media.get(sha, Rendition::Poster).await?,
        })
    }
}

/// Compares part by part, so that a failure shows only the part that is different.
pub async fn assert_same(one: &Fixture, other: &Fixture) {
    let (one, other) = (one.contents().await, other.contents().await);
    assert_eq!(one.rooms, other.rooms);
    for (one, other) in one.logs.iter().zip(&other.logs) {
        assert_whole(one);
        assert_eq!(seqs(one), seqs(other));
    }
    assert!(one.logs == other.logs);
    assert_eq!(one.sessions, other.sessions);
    assert_eq!(one.shelves, other.shelves);
    assert_eq!(one.may_see, other.may_see);
    assert_eq!(one.pages, other.pages);
    let shas = |contents: &Contents| contents.gifs.iter().map(|gif| gif.0).collect::<Vec<_>>();
    assert_eq!(shas(&one), shas(&other));
    assert!(one == other);
}

/// A password hash, which no error may show.
pub const SECRET: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

/// A session that has expired if `expires` is 0. Otherwise it expires far in the future, because a store may remove expired
/// sessions by its own clock.
pub fn session(data: &str, expires: u64) -> SessionRecord {
    let data = [b"\x00\xff", data.as_bytes()].concat();
    let expires_at = if expires == 0 { NOW } else { Timestamp(4_000_000_000_000 + expires) };
    SessionRecord { data, expires_at }
}

pub fn stored_gif(n: u8) -> StoredGif {
    let len = if n == 2 { 600_000 } else { 10 };
    StoredGif { gif: vec![n; len].into(), poster: vec![n, 0].into() }
}

pub fn gif_sha(n: u8) -> GifHash {
    crate::transfer::export::sha_of(&stored_gif(n).gif)
}

fn shown(n: u8) -> What {
    What::Gif(Gif { sha: gif_sha(n), width: 320, height: 240, frames: 12, duration_ms: 1200, bytes: 10 })
}
