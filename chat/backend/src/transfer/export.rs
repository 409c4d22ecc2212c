//! Exporting: from the ports to a file.

use std::io::{self, Write};

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::line::{self, GifLine, Header, ItemLine, Line, SessionLine, ShelfLine};
use super::{Counts, Progress, TransferError, media, store};
use crate::media::{Media, Rendition, StoredGif};
use crate::store::{SessionRecord, ShelfRecord, Store};
use chat::error::Error;
use chat::gif::GifHash;
use chat::record::Room;
use chat::time::Timestamp;

/// How many entries are on one line, and how much is read from the store at once. A room is large: it has up to 1,000 seats.
pub(super) const ENTRIES_PER_LINE: u32 = 500;
const SESSIONS_PER_READ: u32 = 500;
const GIFS_PER_READ: u32 = 500;
const ROOMS_PER_READ: u32 = 20;
/// A shelf has up to 5,000 items.
const SHELVES_PER_READ: u32 = 20;
const ITEMS_PER_LINE: usize = 500;

/// Writes everything in `store` and `media` to `out`. No other process may write to them meanwhile.
///
/// Leaves out sessions that have expired at `now`, and GIFs whose bytes are missing or damaged, which are logged.
pub async fn export(
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
    out: impl Write,
) -> Result<Counts, TransferError> {
    let (out, counts, progress) =
        (HashingWriter { out, hash: Sha256::new() }, Counts::default(), Progress::new("exported"));
    let mut export = Export { store, media, now, out, counts, progress };
    export.write(&Header { format: line::FORMAT.to_owned(), version: line::VERSION, at: now })?;
    export.gifs().await?;
    export.sessions().await?;
    export.rooms().await?;
    // The rooms come first, because an import leaves out items that were only sent if their messages are not there yet.
    export.shelves().await?;
    export.end()
}

struct Export<'a, W> {
    store: &'a dyn Store,
    media: &'a dyn Media,
    now: Timestamp,
    out: HashingWriter<W>,
    counts: Counts,
    progress: Progress,
}

impl<W: Write> Export<'_, W> {
    fn write(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        self.progress.log(&self.counts);
        self.out.line(line).map_err(TransferError::Write)
    }

    async fn gifs(&mut self) -> Result<(), TransferError> {
        let mut after = None;
        loop {
            let gifs = self.store.gifs_after(after, GIFS_PER_READ).await.map_err(store("list its GIFs"))?;
            let Some(last) = gifs.last() else { return Ok(()) };
            after = Some(*last);
            for sha in gifs {
                self.gif(sha).await?;
            }
        }
    }

    async fn gif(&mut self, sha: GifHash) -> Result<(), TransferError> {
        let (gif, poster) = (self.bytes(sha, Rendition::Gif).await?, self.bytes(sha, Rendition::Poster).await?);
        match complete_gif(sha, gif, poster) {
            Ok(StoredGif { gif, poster }) => {
                self.counts.gifs += 1;
                self.write(&Line::Gif(GifLine { sha, gif: gif.into(), poster: poster.into() }))
            }
            Err(why) => {
                tracing::warn!(gif = %sha, why, "a GIF is left out");
                Ok(())
            }
        }
    }

    async fn bytes(&self, sha: GifHash, part: Rendition) -> Result<Option<Bytes>, TransferError> {
        match self.media.get(sha, part).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(media(format!("read GIF {sha}"))(error)),
        }
    }

    async fn sessions(&mut self) -> Result<(), TransferError> {
        let mut after = String::new();
        loop {
            let sessions =
                self.store.sessions_after(&after, SESSIONS_PER_READ).await.map_err(store("list its sessions"))?;
            let Some((last, _)) = sessions.last() else { return Ok(()) };
            after.clone_from(last);
            for (id, SessionRecord { data, expires_at }) in sessions {
                if expires_at > self.now {
                    self.counts.sessions += 1;
                    self.write(&Line::Session(SessionLine { id, data, expires_at }))?;
                }
            }
        }
    }

    async fn shelves(&mut self) -> Result<(), TransferError> {
        let mut after = None;
        loop {
            let shelves = self.store.shelves_after(after, SHELVES_PER_READ).await.map_err(store("list its shelves"))?;
            let Some(last) = shelves.last() else { return Ok(()) };
            after = Some(last.visitor);
            for ShelfRecord { visitor, seen_at, items } in shelves {
                self.counts.items += items.len() as u64;
                let mut items = items.into_iter().map(ItemLine::from).peekable();
                while items.peek().is_some() {
                    let items = items.by_ref().take(ITEMS_PER_LINE).collect();
                    self.write(&Line::Shelf(ShelfLine { visitor, seen_at, items }))?;
                }
            }
        }
    }

    async fn rooms(&mut self) -> Result<(), TransferError> {
        let mut after = None;
        loop {
            let rooms = self.store.rooms_after(after, ROOMS_PER_READ).await.map_err(store("list its rooms"))?;
            let Some(last) = rooms.last() else { return Ok(()) };
            after = Some(last.id);
            for room in rooms.into_iter().filter(|room| !room.is_gone()) {
                self.room(room).await?;
            }
        }
    }

    async fn room(&mut self, room: Room) -> Result<(), TransferError> {
        let id = room.id;
        self.counts.rooms += 1;
        self.write(&Line::Room(room.into()))?;
        let mut last = 0;
        loop {
            let entries = self
                .store
                .log(id, last, ENTRIES_PER_LINE)
                .await
                .map_err(store(format!("read the log of room {id}")))?;
            match entries.last() {
                None => return Ok(()),
                Some(entry) => last = entry.seq,
            }
            self.counts.entries += entries.len() as u64;
            self.write(&Line::Entries(entries))?;
        }
    }

    fn end(mut self) -> Result<Counts, TransferError> {
        let sha256 = hex(self.out.hash.clone());
        self.write(&Line::End { counts: self.counts, sha256 })?;
        self.out.out.flush().map_err(TransferError::Write)?;
        Ok(self.counts)
    }
}

/// A GIF with all its bytes, or why it cannot be moved.
fn complete_gif(sha: GifHash, gif: Option<Bytes>, poster: Option<Bytes>) -> Result<StoredGif, &'static str> {
    let (Some(gif), Some(poster)) = (gif, poster) else {
        return Err("its bytes are not there: perhaps it was never sent to its end");
    };
    if sha_of(&gif) != sha {
        return Err("its bytes are damaged");
    }
    if gif.len().max(poster.len()) as u64 > line::MAX_BYTES / 3 {
        return Err("it is larger than any GIF that is taken");
    }
    Ok(StoredGif { gif, poster })
}

pub(super) fn sha_of(gif: &[u8]) -> GifHash {
    GifHash(Sha256::digest(gif).into())
}

/// A hash in hex.
pub(super) fn hex(hash: Sha256) -> String {
    GifHash(hash.finalize().into()).to_string()
}

/// Writes lines, and hashes what it has written.
struct HashingWriter<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> HashingWriter<W> {
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.out.write_all(&line)
    }
}
