//! What this person has said and the room's log does not hold yet: pure bookkeeping, the sending is in `room`.
//!
//! Texts go one at a time in their order, and so do GIFs; the two lanes do not wait for each other. Every item keeps its
//! client id through all retries, so however often it is sent, the room gets it once.

use chat::{ClientId, Error};
use serde::{Deserialize, Serialize};

use super::aim::Aim;

/// Retries of one item before it is left to the person: some five minutes.
const MAX_TRIES: u32 = 32;
const LONGEST_WAIT_MILLIS: u32 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Texts,
    Gifs,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Texts, Lane::Gifs];
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// The file itself is with the browser; `url` shows it meanwhile.
    Gif {
        name: String,
        bytes: u64,
        url: String,
    },
}

impl Content {
    pub fn lane(&self) -> Lane {
        match self {
            Content::Text(_) => Lane::Texts,
            Content::Gif { .. } => Lane::Gifs,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Will be sent, for the first time or again.
    Waiting,
    Sending,
    /// Acknowledged under this `seq`; the event that shows it is on its way.
    Sent {
        seq: u64,
    },
    /// Waits for the person to decide.
    Failed(Error),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub client: ClientId,
    pub content: Content,
    pub aim: Aim,
    pub status: Status,
    tries: u32,
}

impl Item {
    pub fn new(client: ClientId, content: Content, aim: Aim) -> Self {
        Self { client, content, aim, status: Status::Waiting, tries: 0 }
    }

    /// Could not be sent, and is tried again by itself.
    pub fn is_retried(&self) -> bool {
        self.tries > 0 && matches!(self.status, Status::Waiting | Status::Sending)
    }

    /// As it was kept over a reload.
    pub fn restored(client: ClientId, kept: KeptText) -> Self {
        let status = kept.failed.map_or(Status::Waiting, Status::Failed);
        Self { client, content: Content::Text(kept.text), aim: kept.aim, status, tries: 0 }
    }
}

/// A text as it is kept over a reload. (A GIF's file cannot be kept.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptText {
    pub text: String,
    #[serde(default)]
    pub aim: Aim,
    /// When it was said, by the browser's clock: orders what is kept.
    pub at: u64,
    pub failed: Option<Error>,
}

/// What becomes of an item that could not be sent.
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

    pub fn get(&self, client: ClientId) -> Option<&Item> {
        self.items.iter().find(|item| item.client == client)
    }

    pub fn add(&mut self, item: Item) {
        if self.get(item.client).is_none() {
            self.items.push(item);
        }
    }

    /// What to send next on this lane: nothing while one is under way.
    pub fn next(&self, lane: Lane) -> Option<&Item> {
        let mut open = self.items.iter().filter(|item| item.content.lane() == lane);
        let first = open.find(|item| matches!(item.status, Status::Waiting | Status::Sending))?;
        (first.status == Status::Waiting).then_some(first)
    }

    pub fn sending(&mut self, client: ClientId) {
        self.set(client, Status::Sending);
    }

    /// The server has it as entry `seq`; `known` is the newest entry that is shown.
    pub fn sent(&mut self, client: ClientId, seq: u64, known: u64) {
        if seq <= known { self.remove(client) } else { self.set(client, Status::Sent { seq }) }
    }

    /// The log has come to `seq`, where entry `client` stands.
    pub fn shown(&mut self, client: ClientId, seq: u64) {
        self.items
            .retain(|item| item.client != client && !matches!(item.status, Status::Sent { seq: at } if at <= seq));
    }

    pub fn failed(&mut self, client: ClientId, error: Error) -> Verdict {
        let Some(item) = self.items.iter_mut().find(|item| item.client == client) else { return Verdict::GivenUp };
        let mends_itself = matches!(error, Error::Unavailable | Error::TooMany { .. });
        item.tries += 1;
        if mends_itself && item.tries <= MAX_TRIES {
            item.status = Status::Waiting;
            let millis = match error {
                Error::TooMany { retry_after, .. } => retry_after.saturating_mul(1000).clamp(500, 60_000),
                _ => backoff(item.tries - 1),
            };
            return Verdict::RetryIn { millis };
        }
        let lane = item.content.lane();
        item.status = Status::Failed(error.clone());
        if mends_itself {
            // What waits behind would fare no better, and must not overtake.
            let behind = self.items.iter_mut().filter(|item| item.content.lane() == lane);
            for item in behind.filter(|item| item.status == Status::Waiting) {
                item.status = Status::Failed(error.clone());
            }
        }
        Verdict::GivenUp
    }

    /// The person asks to send it once more, with this aim: after all that waits already.
    pub fn again(&mut self, client: ClientId, aim: Aim) {
        if let Some(place) = self.items.iter().position(|item| item.client == client) {
            let item = self.items.remove(place);
            self.items.push(Item { status: Status::Waiting, tries: 0, aim, ..item });
        }
    }

    pub fn remove(&mut self, client: ClientId) {
        self.items.retain(|item| item.client != client);
    }

    fn set(&mut self, client: ClientId, status: Status) {
        if let Some(item) = self.items.iter_mut().find(|item| item.client == client) {
            item.status = status;
        }
    }
}

/// How long to wait before the next try, doubling up to ten seconds.
pub fn backoff(tries: u32) -> u32 {
    500u32.saturating_mul(1 << tries.min(10)).min(LONGEST_WAIT_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ClientId {
        ClientId([n; 16])
    }

    fn text(n: u8) -> Item {
        Item::new(id(n), Content::Text(n.to_string()), Aim::default())
    }

    fn outbox(count: u8) -> Outbox {
        let mut outbox = Outbox::default();
        (1..=count).for_each(|n| outbox.add(text(n)));
        outbox
    }

    fn next(outbox: &Outbox) -> Option<ClientId> {
        outbox.next(Lane::Texts).map(|item| item.client)
    }

    #[test]
    fn texts_go_one_at_a_time_in_their_order() {
        let mut outbox = outbox(2);
        assert_eq!(next(&outbox), Some(id(1)));
        outbox.sending(id(1));
        assert_eq!(next(&outbox), None);
        outbox.sent(id(1), 7, 6);
        assert_eq!(next(&outbox), Some(id(2)));
    }

    #[test]
    fn a_text_does_not_wait_for_a_gif() {
        let mut outbox = Outbox::default();
        outbox.add(Item::new(
            id(9),
            Content::Gif { name: "a.gif".into(), bytes: 1, url: "blob:".into() },
            Aim::default(),
        ));
        outbox.sending(id(9));
        outbox.add(text(1));
        assert_eq!(next(&outbox), Some(id(1)));
        assert_eq!(outbox.next(Lane::Gifs), None);
    }

    #[test]
    fn what_is_acknowledged_stays_until_the_log_shows_it() {
        let mut outbox = outbox(1);
        outbox.sent(id(1), 7, 6);
        assert_eq!(outbox.items().len(), 1);
        outbox.shown(id(5), 6);
        assert_eq!(outbox.items().len(), 1);
        outbox.shown(id(1), 7);
        assert!(outbox.items().is_empty());
    }

    #[test]
    fn an_event_before_the_answer_confirms_too() {
        let mut outbox = outbox(1);
        outbox.sending(id(1));
        outbox.shown(id(1), 7);
        outbox.sent(id(1), 7, 7);
        assert!(outbox.items().is_empty());
    }

    #[test]
    fn a_refusal_is_kept_for_the_person_and_holds_nothing_up() {
        let mut outbox = outbox(2);
        outbox.sending(id(1));
        assert_eq!(outbox.failed(id(1), Error::NotSeated), Verdict::GivenUp);
        assert_eq!(outbox.get(id(1)).map(|item| &item.status), Some(&Status::Failed(Error::NotSeated)));
        assert_eq!(next(&outbox), Some(id(2)));
    }

    #[test]
    fn what_may_mend_is_tried_again_for_a_while_and_nothing_overtakes() {
        let mut outbox = outbox(2);
        for _ in 0..MAX_TRIES {
            outbox.sending(id(1));
            assert!(matches!(outbox.failed(id(1), Error::Unavailable), Verdict::RetryIn { .. }));
            assert_eq!(next(&outbox), Some(id(1)));
            assert!(outbox.get(id(1)).is_some_and(Item::is_retried));
        }
        outbox.sending(id(1));
        assert_eq!(outbox.failed(id(1), Error::Unavailable), Verdict::GivenUp);
        assert_eq!(next(&outbox), None);
        outbox.again(id(1), Aim::default());
        assert_eq!(next(&outbox), Some(id(1)));
    }

    #[test]
    fn too_many_waits_as_long_as_it_is_told() {
        let mut outbox = outbox(1);
        assert_eq!(
            outbox.failed(id(1), Error::TooMany { of: chat::Act::Say, retry_after: 4 }),
            Verdict::RetryIn { millis: 4000 }
        );
    }

    #[test]
    fn waits_double_up_to_ten_seconds() {
        assert_eq!([0, 1, 2, 5, 40].map(backoff), [500, 1000, 2000, 10_000, 10_000]);
    }
}
