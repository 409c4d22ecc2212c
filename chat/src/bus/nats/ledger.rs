//! What may have been lost on its way out. When the line is good again the others are told to ask the store.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::bus::LobbyNews;
use crate::id::RoomId;

/// Longer than it takes to notice that nobody reads the line any more.
const WINDOW: Duration = Duration::from_secs(2);
/// News of more rooms than these are not kept.
const MOST_NEWS: usize = 10_000;

/// Something to tell the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Debt {
    /// An event of this room is missing.
    Room(RoomId),
    News(LobbyNews),
}

pub struct Ledger {
    /// Was not sent.
    owed: Debts,
    /// Was sent within the last [`WINDOW`], ...
    sent: Debts,
    /// ... and within the one before.
    sent_before: Debts,
    turned: Instant,
}

#[derive(Default)]
struct Debts {
    rooms: HashSet<RoomId>,
    /// One per room: what it says in the end.
    news: HashMap<RoomId, LobbyNews>,
}

impl Ledger {
    pub fn new() -> Self {
        Self { owed: Debts::default(), sent: Debts::default(), sent_before: Debts::default(), turned: Instant::now() }
    }

    pub fn owe(&mut self, debt: Debt) {
        self.owed.add(debt);
    }

    /// It has been given to the line, which is not to say that it arrives.
    pub fn sent(&mut self, debt: Debt) {
        if self.turned.elapsed() >= WINDOW {
            self.sent_before = std::mem::take(&mut self.sent);
            self.turned = Instant::now();
        }
        self.sent.add(debt);
    }

    /// The line was lost, and with it what was on it.
    pub fn line_was_lost(&mut self) {
        for lost in [std::mem::take(&mut self.sent_before), std::mem::take(&mut self.sent)] {
            lost.into_iter().for_each(|debt| self.owed.add(debt));
        }
    }

    pub fn take_owed(&mut self) -> Vec<Debt> {
        std::mem::take(&mut self.owed).into_iter().collect()
    }
}

impl Debts {
    fn add(&mut self, debt: Debt) {
        let news = match debt {
            Debt::Room(room) => {
                self.rooms.insert(room);
                return;
            }
            Debt::News(news) => news,
        };
        let room = match &news {
            LobbyNews::Room { card, .. } => card.id,
            LobbyNews::Spoke { room, .. } | LobbyNews::Gone { room } => *room,
        };
        if let Some(known) = self.news.get_mut(&room) {
            merge(known, news);
        } else if self.news.len() < MOST_NEWS {
            self.news.insert(room, news);
        }
    }

    fn into_iter(self) -> impl Iterator<Item = Debt> {
        self.rooms.into_iter().map(Debt::Room).chain(self.news.into_values().map(Debt::News))
    }
}

fn merge(known: &mut LobbyNews, news: LobbyNews) {
    match (&mut *known, news) {
        (LobbyNews::Gone { .. }, _) => {}
        (LobbyNews::Room { card, .. }, LobbyNews::Spoke { at, .. }) => card.spoken_at = card.spoken_at.max(Some(at)),
        (LobbyNews::Room { rev, .. }, LobbyNews::Room { rev: other, .. }) if other < *rev => {}
        (_, news) => *known = news,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::cases::card;
    use crate::time::Timestamp;

    const ROOM: RoomId = RoomId([1; 16]);

    fn room(rev: u64) -> LobbyNews {
        LobbyNews::Room { card: card(ROOM), rev }
    }

    #[test]
    fn what_was_sent_is_owed_once_the_line_is_lost() {
        let mut ledger = Ledger::new();
        ledger.sent(Debt::Room(ROOM));
        ledger.sent(Debt::Room(ROOM));
        assert_eq!(ledger.take_owed(), []);
        ledger.line_was_lost();
        assert_eq!(ledger.take_owed(), [Debt::Room(ROOM)]);
        ledger.line_was_lost();
        assert_eq!(ledger.take_owed(), []);
    }

    #[test]
    fn what_was_sent_long_ago_has_arrived() {
        let mut ledger = Ledger::new();
        let others: Vec<RoomId> = (2..4).map(|n| RoomId([n; 16])).collect();
        ledger.sent(Debt::Room(ROOM));
        for other in &others {
            ledger.turned = Instant::now().checked_sub(WINDOW).unwrap();
            ledger.sent(Debt::Room(*other));
        }
        ledger.line_was_lost();
        let owed: HashSet<RoomId> =
            ledger.take_owed().into_iter().map(|debt| if let Debt::Room(room) = debt { room } else { ROOM }).collect();
        assert_eq!(owed, others.into_iter().collect());
    }

    #[test]
    fn news_of_a_room_come_down_to_the_last() {
        let at = Timestamp(77);
        let spoke = || LobbyNews::Spoke { room: ROOM, at };
        let last = |news: Vec<LobbyNews>| {
            let mut ledger = Ledger::new();
            news.into_iter().for_each(|news| ledger.owe(Debt::News(news)));
            match <[Debt; 1]>::try_from(ledger.take_owed()).unwrap() {
                [Debt::News(news)] => news,
                [Debt::Room(_)] => unreachable!(),
            }
        };
        assert_eq!(last(vec![room(1), room(3), room(2)]), room(3));
        assert_eq!(last(vec![spoke(), room(1)]), room(1));
        assert_eq!(
            last(vec![room(1), LobbyNews::Gone { room: ROOM }, spoke(), room(2)]),
            LobbyNews::Gone { room: ROOM }
        );
        let LobbyNews::Room { card, .. } = last(vec![room(1), spoke()]) else { unreachable!() };
        assert_eq!(card.spoken_at, Some(at));
    }
}
