//! The outbox: messages that the room's log does not hold yet. This is pure bookkeeping; `sending` sends them.
//!
//! Texts go one at a time in their order, and so do GIFs. The two lanes do not wait for each other. Every item keeps
//! its client id through all retries, so that however often it is sent, the room gets it once.

use chat::event::backoff;
use chat::{ClientId, Error};

use super::stored_text::StoredText;
use super::target::Target;

/// How often one item is retried before the person has to decide: some five minutes.
const MAX_TRIES: u32 = 32;

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
    /// The browser holds the file itself; `url` shows it in the meantime.
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
    pub status: Status,
    tries: u32,
}

impl Item {
    pub fn new(client: ClientId, content: Content, target: Target) -> Self {
        Self { client, content, target, status: Status::Waiting, tries: 0 }
    }

    /// Whether sending has failed and is repeated without the person.
    pub fn is_retried(&self) -> bool {
        self.tries > 0 && matches!(self.status, Status::Waiting | Status::Sending)
    }

    /// The item of a text that was stored over a reload.
    pub fn restored(client: ClientId, stored: StoredText) -> Self {
        let status = stored.failed.map_or(Status::Waiting, |error| Status::Failed(error.into()));
        Self { client, content: Content::Text(stored.text), target: stored.target, status, tries: 0 }
    }
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

    pub fn get(&self, client: ClientId) -> Option<&Item> {
        self.items.iter().find(|item| item.client == client)
    }

    pub fn add(&mut self, item: Item) {
        if self.get(item.client).is_none() {
            self.items.push(item);
        }
    }

    /// The next item of this lane to send; `None` while one is being sent.
    pub fn next(&self, lane: Lane) -> Option<&Item> {
        let mut open = self.items.iter().filter(|item| item.content.lane() == lane);
        let first = open.find(|item| matches!(item.status, Status::Waiting | Status::Sending))?;
        (first.status == Status::Waiting).then_some(first)
    }

    /// Whether an item of any lane is being sent.
    pub fn is_sending(&self) -> bool {
        self.items.iter().any(|item| item.status == Status::Sending)
    }

    pub fn sending(&mut self, client: ClientId) {
        self.set(client, Status::Sending);
    }

    /// The server has stored it as entry `seq`. `known` is the newest entry that is shown.
    pub fn sent(&mut self, client: ClientId, seq: u64, known: u64) {
        if seq <= known { self.remove(client) } else { self.set(client, Status::Sent { seq }) }
    }

    /// The log has reached `seq`, where the message `client` is.
    pub fn shown(&mut self, client: ClientId, seq: u64) {
        self.items
            .retain(|item| item.client != client && !matches!(item.status, Status::Sent { seq: at } if at <= seq));
    }

    pub fn failed(&mut self, client: ClientId, failure: Failure) -> Verdict {
        let Some(item) = self.items.iter_mut().find(|item| item.client == client) else { return Verdict::GivenUp };
        let mends_itself = matches!(failure, Failure::Refused(Error::Unavailable | Error::TooMany { .. }));
        item.tries += 1;
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

    /// Sends an item once more with this target, after all that are waiting already.
    pub fn retry(&mut self, client: ClientId, target: Target) {
        if let Some(place) = self.items.iter().position(|item| item.client == client) {
            let item = self.items.remove(place);
            self.items.push(Item { status: Status::Waiting, tries: 0, target, ..item });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ClientId {
        ClientId([n; 16])
    }

    fn text(n: u8) -> Item {
        Item::new(id(n), Content::Text(n.to_string()), Target::default())
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
            Target::default(),
        ));
        outbox.sending(id(9));
        outbox.add(text(1));
        assert_eq!(next(&outbox), Some(id(1)));
        assert_eq!(outbox.next(Lane::Gifs), None);
        assert!(outbox.is_sending());
        outbox.sent(id(9), 7, 7);
        assert!(!outbox.is_sending());
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
        assert_eq!(outbox.failed(id(1), Error::NotSeated.into()), Verdict::GivenUp);
        assert_eq!(outbox.get(id(1)).map(|item| &item.status), Some(&Status::Failed(Error::NotSeated.into())));
        assert_eq!(next(&outbox), Some(id(2)));
    }

    #[test]
    fn what_may_mend_is_tried_again_for_a_while_and_nothing_overtakes() {
        let mut outbox = outbox(2);
        for _ in 0..MAX_TRIES {
            outbox.sending(id(1));
            assert!(matches!(outbox.failed(id(1), Error::Unavailable.into()), Verdict::RetryIn { .. }));
            assert_eq!(next(&outbox), Some(id(1)));
            assert!(outbox.get(id(1)).is_some_and(Item::is_retried));
        }
        outbox.sending(id(1));
        assert_eq!(outbox.failed(id(1), Error::Unavailable.into()), Verdict::GivenUp);
        assert_eq!(next(&outbox), None);
        outbox.retry(id(1), Target::default());
        assert_eq!(next(&outbox), Some(id(1)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_tried_again_and_holds_nothing_up() {
        let mut outbox = Outbox::default();
        for n in [1, 2] {
            let content = Content::Gif { name: "a.gif".into(), bytes: 1, url: "blob:".into() };
            outbox.add(Item::new(id(n), content, Target::default()));
        }
        outbox.sending(id(1));
        assert_eq!(outbox.failed(id(1), Failure::FileChanged), Verdict::GivenUp);
        assert_eq!(outbox.next(Lane::Gifs).map(|item| item.client), Some(id(2)));
    }

    #[test]
    fn too_many_waits_as_long_as_it_is_told() {
        let mut outbox = outbox(1);
        assert_eq!(
            outbox.failed(id(1), Error::TooMany { of: chat::Act::Say, retry_after: 4 }.into()),
            Verdict::RetryIn { millis: 4000 }
        );
    }
}
