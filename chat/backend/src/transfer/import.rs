//! Importing: from a file to the ports.

use std::collections::BTreeSet;
use std::io::{BufRead, Seek};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::export::{ENTRIES_PER_LINE, hex, sha_of};
use super::line::{GifLine, Line, SessionLine, ShelfLine};
use super::read::Lines;
use super::{Counts, Progress, TransferError, media, store};
use crate::media::{Media, Rendition, StoredGif};
use crate::store::{SessionRecord, ShelfRecord, Shelved, Store};
use chat::entry::Entry;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::RoomId;
use chat::record::Room;
use chat::time::Timestamp;

/// How long a GIF is kept without an entry that shows it, in milliseconds: a day.
const HOLD_MS: u64 = 24 * 60 * 60 * 1000;

/// How many times to try to hold a GIF that is just being removed, and the pause between two attempts.
const HOLD_TRIES: u32 = 40;
const HOLD_PAUSE: Duration = Duration::from_millis(500);

/// The most rooms that [`TransferError::Different`] names.
const MAX_NAMED: usize = 20;

/// Adds everything in `file` to `store` and `media`. It writes nothing when the file is not whole, and changes nothing that
/// is there except sessions that have expired. GIFs, sessions, rooms with their entries and kept items of shelves are read
/// back.
///
/// A room that is there gets the entries it lacks, and may have more than the file. A room whose log is different is left as it
/// is, and named in [`TransferError::Different`] after all the others are done.
pub async fn import(
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
    mut file: impl BufRead + Seek,
) -> Result<Counts, TransferError> {
    let (mut lines, mut progress) = (Lines::new(&mut file)?, Progress::new("checked"));
    while lines.next_line()?.is_some() {
        progress.log(&lines.counts);
    }
    tracing::info!("the file is whole: {}", lines.counts);

    file.rewind().map_err(|error| TransferError::Read { line: 1, error })?;
    let (mut lines, mut progress) = (Lines::new(&mut file)?, Progress::new("imported"));
    let mut import = Import { store, media, now, room: None, different: 0, named: Vec::new() };
    while let Some(line) = lines.next_line().map_err(changed_meanwhile)? {
        import.take(line).await?;
        progress.log(&lines.counts);
    }
    import.end_room().await?;
    match import.different {
        0 => Ok(lines.counts),
        count => Err(TransferError::Different { count, rooms: import.named }),
    }
}

/// The file was whole at the first reading, so a mistake at the second one means that it has changed.
fn changed_meanwhile(error: TransferError) -> TransferError {
    match error {
        TransferError::Read { .. } => error,
        _ => TransferError::Meanwhile,
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
    /// The room as it should be, if it was not there before.
    new: Option<Room>,
    is_different: bool,
    /// The hash of the entries in the file.
    hash: Sha256,
    last: u64,
}

impl Import<'_> {
    async fn take(&mut self, line: Line) -> Result<(), TransferError> {
        match line {
            Line::Gif(gif) => self.gif(gif).await,
            Line::Session(session) => self.session(session).await,
            Line::Shelf(shelf) => {
                self.end_room().await?;
                self.shelf(shelf).await
            }
            Line::Room(room) => {
                self.end_room().await?;
                self.begin_room(room.into()).await
            }
            Line::Entries(entries) => self.entries(entries).await,
            Line::End { .. } => Ok(()),
        }
    }

    async fn gif(&mut self, line: GifLine) -> Result<(), TransferError> {
        let GifLine { sha, gif, poster } = line;
        self.hold(sha).await?;
        let stored_gif = StoredGif { gif: gif.into(), poster: poster.into() };
        self.media.put(sha, stored_gif).await.map_err(media(format!("keep GIF {sha}")))?;
        for part in [Rendition::Gif, Rendition::Poster] {
            match self.media.get(sha, part).await {
                // (A poster that was there may have been made by another version.)
                Ok(bytes) if part == Rendition::Poster || sha_of(&bytes) == sha => {}
                Ok(_) | Err(Error::NotFound) => {
                    return Err(TransferError::ReadBack { port: "media store", what: format!("GIF {sha}") });
                }
                Err(error) => return Err(media(format!("read GIF {sha} back"))(error)),
            }
        }
        Ok(())
    }

    async fn hold(&self, sha: GifHash) -> Result<(), TransferError> {
        let until = Timestamp(self.now.0.saturating_add(HOLD_MS));
        let failed = || store(format!("keep GIF {sha}"));
        for _ in 0..HOLD_TRIES {
            if self.store.hold_gif(sha, until).await.map_err(failed())? {
                return Ok(());
            }
            tokio::time::sleep(HOLD_PAUSE).await;
        }
        Err(failed()(Error::Unavailable))
    }

    async fn session(&mut self, line: SessionLine) -> Result<(), TransferError> {
        let SessionLine { id, data, expires_at } = line;
        if expires_at <= self.now {
            return Ok(());
        }
        // The error must not contain the id, because that opens the session.
        let failed = || store("keep a session");
        let record = SessionRecord { data, expires_at };
        let is_new = self.store.create_session(&id, record.clone()).await.map_err(failed())?;
        let found = self.store.load_session(&id, self.now).await.map_err(failed())?;
        match found {
            Some(found) if is_new && found != record => {
                Err(TransferError::ReadBack { port: "store", what: "a session".to_owned() })
            }
            // A session that is there is newer, unless it has expired.
            Some(_) => Ok(()),
            None => self.store.save_session(&id, record).await.map_err(failed()),
        }
    }

    async fn shelf(&mut self, line: ShelfLine) -> Result<(), TransferError> {
        let ShelfLine { visitor, seen_at, items } = line;
        // (The error must not contain the visitor's id, because their shelf is nobody else's business.)
        let failed = || store("keep a shelf");
        let items: Vec<Shelved> = items.into_iter().map(Shelved::from).collect();
        let kept = items.iter().filter(|shelved| shelved.item.kept);
        let shas: Vec<GifHash> = kept.map(|shelved| shelved.item.gif.sha).collect();
        for sha in &shas {
            // A GIF whose bytes are lost has no line of its own, and is not held yet.
            self.hold(*sha).await?;
        }
        self.store.restore_shelf(ShelfRecord { visitor, seen_at, items }).await.map_err(failed())?;
        for sha in shas {
            match self.store.shelved(visitor, sha).await {
                Ok(_) => {}
                Err(Error::NotFound) => {
                    return Err(TransferError::ReadBack { port: "store", what: "a shelf".to_owned() });
                }
                Err(error) => return Err(failed()(error)),
            }
        }
        Ok(())
    }

    async fn begin_room(&mut self, room: Room) -> Result<(), TransferError> {
        let id = room.id;
        let failed = || store(format!("keep room {id}"));
        let is_new = self.store.restore_room(room.clone()).await.map_err(failed())?;
        let is_different = match self.store.room(id).await {
            Ok(_) => false,
            // The room has ended here, and is being removed.
            Err(Error::NotFound) => true,
            Err(error) => return Err(failed()(error)),
        };
        let new = is_new.then_some(room);
        self.room = Some(Restoring { id, new, is_different, hash: Sha256::new(), last: 0 });
        Ok(())
    }

    async fn entries(&mut self, mut entries: Vec<Entry>) -> Result<(), TransferError> {
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

    async fn add(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), TransferError> {
        if entries.is_empty() {
            return Ok(());
        }
        let shown = entries.iter().filter_map(|entry| entry.what.gif()).map(|gif| gif.sha);
        for sha in shown.collect::<BTreeSet<_>>() {
            // A GIF with a line of its own is held already. One whose bytes are lost has none, and is held here.
            self.hold(sha).await?;
        }
        self.store.restore_entries(room, entries).await.map_err(store(format!("keep the log of room {room}")))
    }

    /// Reads back what was written of the last room.
    async fn end_room(&mut self) -> Result<(), TransferError> {
        let Some(room) = self.room.take() else { return Ok(()) };
        if room.is_different {
            self.different += 1;
            if self.named.len() < MAX_NAMED {
                self.named.push(room.id);
            }
            return Ok(());
        }
        let (mut found, mut last) = (Sha256::new(), 0);
        while last < room.last {
            let entries = self.log(room.id, last, room.last.min(last + u64::from(ENTRIES_PER_LINE))).await?;
            hash(&mut found, &entries);
            last = entries.last().ok_or_else(|| differs(room.id))?.seq;
        }
        let is_same = match &room.new {
            Some(new) => self.store.room(room.id).await.map_err(store(format!("read room {} back", room.id)))? == *new,
            None => true,
        };
        if is_same && hex(found) == hex(room.hash) { Ok(()) } else { Err(differs(room.id)) }
    }

    /// The entries in the store after `after` and up to `last`.
    async fn log(&self, room: RoomId, mut after: u64, last: u64) -> Result<Vec<Entry>, TransferError> {
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
        // (This cannot fail, because an entry has only numbers, names and texts.)
        hash.update(serde_json::to_vec(entry).unwrap_or_default());
        hash.update(b"\n");
    }
}

fn differs(room: RoomId) -> TransferError {
    TransferError::ReadBack { port: "store", what: format!("room {room}") }
}
