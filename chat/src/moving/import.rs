//! From a file to the ports.

use std::collections::BTreeSet;
use std::io::{BufRead, Seek};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::export::{ENTRIES, hex, sha_of};
use super::line::{GifLine, Line, SessionLine};
use super::read::Lines;
use super::{Counts, MoveError, Progress, media, store};
use crate::entry::{Entry, What};
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::RoomId;
use crate::media::{Media, Moving, Part};
use crate::record::Room;
use crate::store::{SessionRecord, Store};
use crate::time::Timestamp;

/// A GIF is kept for so long without an entry that shows it, in milliseconds: a day.
const HOLD: u64 = 24 * 60 * 60 * 1000;

/// A GIF that is just being removed is gone after that many tries, one after another pause.
const HOLD_TRIES: u32 = 40;
const HOLD_PAUSE: Duration = Duration::from_millis(500);

/// Rooms that are named when they are different. There may be many.
const NAMED: usize = 20;

/// Adds all that `file` has to `store` and `media`. Nothing is written when the file is not whole, and nothing that is
/// there is changed. Every GIF, session and room is read back and compared.
///
/// A room that is there gets the entries it lacks; it may have more than the file. When its log says something else it is
/// left as it is, and named in [`MoveError::Different`] when all the others are done.
pub async fn import(
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
    mut file: impl BufRead + Seek,
) -> Result<Counts, MoveError> {
    let (mut lines, mut progress) = (Lines::new(&mut file)?, Progress::new("checked"));
    while lines.next_line()?.is_some() {
        progress.tell(&lines.counts);
    }
    tracing::info!("the file is whole: {}", lines.counts);

    file.rewind().map_err(|error| MoveError::Read { line: 1, error })?;
    let (mut lines, mut progress) = (Lines::new(&mut file)?, Progress::new("imported"));
    let mut import = Import { store, media, now, room: None, different: 0, named: Vec::new() };
    while let Some(line) = lines.next_line().map_err(again)? {
        import.take(line).await?;
        progress.tell(&lines.counts);
    }
    import.end_room().await?;
    match import.different {
        0 => Ok(lines.counts),
        count => Err(MoveError::Different { count, rooms: import.named }),
    }
}

/// The file was whole when it was read first.
fn again(error: MoveError) -> MoveError {
    match error {
        MoveError::Read { .. } => error,
        _ => MoveError::Meanwhile,
    }
}

struct Import<'a> {
    store: &'a dyn Store,
    media: &'a dyn Media,
    now: Timestamp,
    room: Option<Restoring>,
    different: u64,
    named: Vec<RoomId>,
}

/// The room whose entries are being read.
struct Restoring {
    id: RoomId,
    /// As it should be, when it was not there.
    new: Option<Room>,
    is_different: bool,
    /// Of the entries in the file.
    hash: Sha256,
    last: u64,
}

impl Import<'_> {
    async fn take(&mut self, line: Line) -> Result<(), MoveError> {
        match line {
            Line::Gif(gif) => self.gif(gif).await,
            Line::Session(session) => self.session(session).await,
            Line::Room(room) => {
                self.end_room().await?;
                self.begin_room(room.into()).await
            }
            Line::Entries(entries) => self.entries(entries).await,
            Line::End { .. } => Ok(()),
        }
    }

    async fn gif(&mut self, line: GifLine) -> Result<(), MoveError> {
        let GifLine { sha, gif, poster } = line;
        self.hold(sha).await?;
        let moving = Moving { gif: gif.into(), poster: poster.into() };
        self.media.put(sha, moving).await.map_err(media(format!("keep GIF {sha}")))?;
        for part in [Part::Gif, Part::Poster] {
            match self.media.get(sha, part).await {
                // (A poster may be that of another version.)
                Ok(bytes) if part == Part::Poster || sha_of(&bytes) == sha => {}
                Ok(_) | Err(Error::NotFound) => {
                    return Err(MoveError::ReadBack { port: "media store", what: format!("GIF {sha}") });
                }
                Err(error) => return Err(media(format!("read GIF {sha} back"))(error)),
            }
        }
        Ok(())
    }

    async fn hold(&self, sha: GifHash) -> Result<(), MoveError> {
        let until = Timestamp(self.now.0.saturating_add(HOLD));
        let failed = || store(format!("keep GIF {sha}"));
        for _ in 0..HOLD_TRIES {
            if self.store.hold_gif(sha, until).await.map_err(failed())? {
                return Ok(());
            }
            tokio::time::sleep(HOLD_PAUSE).await;
        }
        Err(failed()(Error::Unavailable))
    }

    async fn session(&mut self, line: SessionLine) -> Result<(), MoveError> {
        let SessionLine { id, data, expires_at } = line;
        if expires_at <= self.now {
            return Ok(());
        }
        // Without its id in an error: that opens it.
        let failed = || store("keep a session");
        let record = SessionRecord { data, expires_at };
        let is_new = self.store.create_session(&id, record.clone()).await.map_err(failed())?;
        let found = self.store.load_session(&id, self.now).await.map_err(failed())?;
        match found {
            Some(found) if is_new && found != record => {
                Err(MoveError::ReadBack { port: "store", what: "a session".to_owned() })
            }
            // One that is there is newer, unless it has expired.
            Some(_) => Ok(()),
            None => self.store.save_session(&id, record).await.map_err(failed()),
        }
    }

    async fn begin_room(&mut self, room: Room) -> Result<(), MoveError> {
        let id = room.id;
        let failed = || store(format!("keep room {id}"));
        let is_new = self.store.restore_room(room.clone()).await.map_err(failed())?;
        let is_different = match self.store.room(id).await {
            Ok(_) => false,
            // It has ended here, and is being removed.
            Err(Error::NotFound) => true,
            Err(error) => return Err(failed()(error)),
        };
        let new = is_new.then_some(room);
        self.room = Some(Restoring { id, new, is_different, hash: Sha256::new(), last: 0 });
        Ok(())
    }

    async fn entries(&mut self, mut entries: Vec<Entry>) -> Result<(), MoveError> {
        let Some(mut room) = self.room.take() else { return Ok(()) };
        let after = room.last;
        room.last += entries.len() as u64;
        hash(&mut room.hash, &entries);
        if !room.is_different {
            let found = self.log(room.id, after, room.last).await?;
            if entries.starts_with(&found) {
                self.add(room.id, entries.split_off(found.len())).await?;
            } else {
                room.is_different = true;
            }
        }
        self.room = Some(room);
        Ok(())
    }

    async fn add(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), MoveError> {
        if entries.is_empty() {
            return Ok(());
        }
        let shown = |entry: &Entry| match &entry.what {
            What::Gif(gif) => Some(gif.sha),
            _ => None,
        };
        for sha in entries.iter().filter_map(shown).collect::<BTreeSet<_>>() {
            // Before, it was held for having its bytes; one whose bytes were lost long ago is not in the file.
            self.hold(sha).await?;
        }
        self.store.restore_entries(room, entries).await.map_err(store(format!("keep the log of room {room}")))
    }

    /// Reads back what was written of the room that was read last.
    async fn end_room(&mut self) -> Result<(), MoveError> {
        let Some(room) = self.room.take() else { return Ok(()) };
        if room.is_different {
            self.different += 1;
            if self.named.len() < NAMED {
                self.named.push(room.id);
            }
            return Ok(());
        }
        let (mut found, mut last) = (Sha256::new(), 0);
        while last < room.last {
            let entries = self.log(room.id, last, room.last.min(last + u64::from(ENTRIES))).await?;
            hash(&mut found, &entries);
            last = entries.last().ok_or_else(|| not_back(room.id))?.seq;
        }
        let is_back = match &room.new {
            Some(new) => self.store.room(room.id).await.map_err(store(format!("read room {} back", room.id)))? == *new,
            None => true,
        };
        if is_back && hex(found) == hex(room.hash) { Ok(()) } else { Err(not_back(room.id)) }
    }

    /// What the store has of the entries after `after` up to `last`.
    async fn log(&self, room: RoomId, mut after: u64, last: u64) -> Result<Vec<Entry>, MoveError> {
        let mut log = Vec::new();
        while after < last {
            let limit = u32::try_from(last - after).unwrap_or(u32::MAX);
            let more = self.store.log(room, after, limit).await;
            let more = more.map_err(store(format!("read the log of room {room}")))?;
            match more.last() {
                Some(entry) => after = entry.seq,
                None => break,
            }
            log.extend(more);
        }
        Ok(log)
    }
}

fn hash(hash: &mut Sha256, entries: &[Entry]) {
    for entry in entries {
        // (Numbers, names and texts: there is nothing in an entry that JSON could not hold.)
        hash.update(serde_json::to_vec(entry).unwrap_or_default());
        hash.update(b"\n");
    }
}

fn not_back(room: RoomId) -> MoveError {
    MoveError::ReadBack { port: "store", what: format!("room {room}") }
}
