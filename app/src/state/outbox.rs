//! The outbox: messages that the room's log does not hold yet. This is pure bookkeeping; `sending` sends them.
//!
//! Texts are sent one at a time in their order, and so are GIFs. The two lanes do not wait for each other. Every item keeps its
//! client id through all retries, so the room gets it only once, however often it is sent.

use chat::entry::Showing;
use chat::event::backoff;
use chat::{ClientId, Error, GifHash};

use super::stored_text::{StoredText, Written};
use super::target::Target;

/// How often one item is retried before the person has to decide. These retries take about five minutes.
const MAX_TRIES: u32 = 32;
/// While there is no connection, the tries of an item are counted only up to this number. So it never reaches [`MAX_TRIES`], and
/// waits as long as the connection is down.
const OFFLINE_TRIES: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Texts,
    Gifs,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Texts, Lane::Gifs];
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// A file in the browser, which `files` of `Sending` holds. `url` shows it until it is sent.
    Gif {
        name: String,
        bytes: u64,
        url: String,
        showing: Showing,
    },
    /// A GIF that the server has already; `url` shows it.
    Known {
        gif: GifHash,
        url: String,
        showing: Showing,
    },
    /// A text about these GIFs. It is sent after them, and is dropped if all of them are discarded.
    Caption {
        text: String,
        of: Vec<ClientId>,
    },
}

impl Content {
    pub fn lane(&self) -> Lane {
        match self {
            Content::Text(_) => Lane::Texts,
            Content::Gif { .. } | Content::Known { .. } | Content::Caption { .. } => Lane::Gifs,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The item will be sent, for the first time or again.
    Waiting,
    Sending,
    /// The server has acknowledged it as entry `seq`. The event that shows it is on its way.
    Sent {
        seq: u64,
    },
    /// The item waits for the person to decide.
    Failed(Failure),
}

/// Why an item could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it, or could not be reached.
    Refused(Error),
    /// The browser can no longer read the file: it was changed or deleted, or its disk is gone.
    FileChanged,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Refused(error)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub client: ClientId,
    pub content: Content,
    pub target: Target,
    /// When a text was written. (GIFs do not need it, because they are not stored.)
    pub written: Written,
    pub status: Status,
    tries: u32,
}

impl Item {
    pub fn new(client: ClientId, content: Content, target: Target, written: Written) -> Self {
        Self { client, content, target, written, status: Status::Waiting, tries: 0 }
    }

    /// Whether sending has failed and is repeated automatically.
    pub fn is_retried(&self) -> bool {
        self.tries > 0 && matches!(self.status, Status::Waiting | Status::Sending)
    }

    /// The item of a text that was stored over a reload. A text that failed is sent again if its error may be gone. Otherwise the
    /// person decides.
    pub fn restored(client: ClientId, stored: StoredText) -> Self {
        let failed = stored.failed.filter(|error| !mends_itself(error));
        let status = failed.map_or(Status::Waiting, |error| Status::Failed(error.into()));
        let (content, written) =
            (Content::Text(stored.text), Written { at: stored.at, after: stored.after, by: stored.by });
        Self { client, content, target: stored.target, written, status, tries: 0 }
    }
}

/// Whether an error may be gone at the next try.
fn mends_itself(error: &Error) -> bool {
    matches!(error, Error::Unavailable | Error::TooMany { .. })
}

/// What happens to an item that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    RetryIn { millis: u32 },
    GivenUp,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    items: Vec<Item>,
}

impl Outbox {
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The timestamp for an item that is written `now`. It is later than those of all items in the outbox, even if the clock was
    /// set back.
    pub fn next_time(&self, now: u64) -> u64 {
        let last = self.items.iter().map(|item| item.written.at).max();
        last.map_or(now, |last| now.max(last + 1))
    }

    pub fn get(&self, client: ClientId) -> Option<&Item> {
        self.items.iter().find(|item| item.client == client)
    }

    pub fn add(&mut self, item: Item) {
        if self.get(item.client).is_none() {
            self.items.push(item);
        }
    }

    /// The next item of this lane to send. `None` if there is none, or while one is being sent.
    pub fn next(&self, lane: Lane) -> Option<&Item> {
        let mut open = self.items.iter().filter(|item| item.content.lane() == lane && !self.is_held(item));
        let first = open.find(|item| matches!(item.status, Status::Waiting | Status::Sending))?;
        (first.status == Status::Waiting).then_some(first)
    }

    /// Whether an item has to wait for others: a caption waits for its GIFs, even if they failed, because the person may send
    /// them again.
    fn is_held(&self, item: &Item) -> bool {
        let Content::Caption { of, .. } = &item.content else { return false };
        of.iter().filter_map(|gif| self.get(*gif)).any(|gif| !matches!(gif.status, Status::Sent { .. }))
    }

    /// Whether an item of any lane is being sent.
    pub fn is_sending(&self) -> bool {
        self.items.iter().any(|item| item.status == Status::Sending)
    }

    pub fn sending(&mut self, client: ClientId) {
        self.set(client, Status::Sending);
    }

    /// The server has stored the item as entry `seq`. `known` is the newest entry that the log shows.
    pub fn sent(&mut self, client: ClientId, seq: u64, known: u64) {
        if seq <= known { self.remove(client) } else { self.set(client, Status::Sent { seq }) }
    }

    /// The log now shows the message `client`, as entry `seq`.
    pub fn shown(&mut self, client: ClientId, seq: u64) {
        self.items
            .retain(|item| item.client != client && !matches!(item.status, Status::Sent { seq: at } if at <= seq));
    }

    /// Sending an item has failed. If the error may be gone at the next try, the item is retried, up to [`MAX_TRIES`] times, and
    /// without a limit while there is no connection (`is_offline`).
    pub fn failed(&mut self, client: ClientId, failure: Failure, is_offline: bool) -> Verdict {
        let Some(item) = self.items.iter_mut().find(|item| item.client == client) else { return Verdict::GivenUp };
        let mends_itself = matches!(&failure, Failure::Refused(error) if mends_itself(error));
        item.tries += 1;
        if is_offline {
            item.tries = item.tries.min(OFFLINE_TRIES);
        }
        if mends_itself && item.tries <= MAX_TRIES {
            item.status = Status::Waiting;
            let millis = match failure {
                Failure::Refused(Error::TooMany { retry_after, .. }) => {
                    retry_after.saturating_mul(1000).clamp(500, 60_000)
                }
                _ => backoff(item.tries - 1),
            };
            return Verdict::RetryIn { millis };
        }
        let lane = item.content.lane();
        item.status = Status::Failed(failure.clone());
        if mends_itself {
            // The items behind it would fail, too, and must not overtake it.
            let behind = self.items.iter_mut().filter(|item| item.content.lane() == lane);
            for item in behind.filter(|item| item.status == Status::Waiting) {
                item.status = Status::Failed(failure.clone());
            }
        }
        Verdict::GivenUp
    }

    /// Queues an item once more with this target, as if it had been written now: after all items that are waiting already.
    pub fn retry(&mut self, client: ClientId, target: Target, written: Written) {
        if let Some(place) = self.items.iter().position(|item| item.client == client) {
            let item = self.items.remove(place);
            self.items.push(Item { status: Status::Waiting, tries: 0, target, written, ..item });
        }
        // A caption was given up together with its GIF, so it is queued again, too.
        for item in &mut self.items {
            if matches!(&item.content, Content::Caption { of, .. } if of.contains(&client)) {
                (item.status, item.tries) = (Status::Waiting, 0);
            }
        }
    }

    pub fn remove(&mut self, client: ClientId) {
        self.items.retain(|item| item.client != client);
    }

    /// The person does not want to send an item. A caption is removed together with the last of its GIFs.
    pub fn discard(&mut self, client: ClientId) {
        self.remove(client);
        self.items.retain_mut(|item| {
            let Content::Caption { of, .. } = &mut item.content else { return true };
            of.retain(|gif| *gif != client);
            !of.is_empty()
        });
    }

    /// The item `by` replaces the item `client`, which will be discarded. A caption is about the new item from now on.
    pub fn replaces(&mut self, client: ClientId, by: ClientId) {
        for item in &mut self.items {
            if let Content::Caption { of, .. } = &mut item.content {
                of.iter_mut().filter(|gif| **gif == client).for_each(|gif| *gif = by);
            }
        }
    }

    fn set(&mut self, client: ClientId, status: Status) {
        if let Some(item) = self.items.iter_mut().find(|item| item.client == client) {
            item.status = status;
        }
    }
}

#[cfg(test)]
mod tests;
