//! The tests that every driver of the [`Bus`] passes. A driver's tests expand [`own_cases`], and also [`shared_cases`], for
//! several nodes, if it has a network.

mod own;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;

pub use self::own::*;
pub use self::shared::*;
use super::{Bus, Envelope, Inbox, LobbyNews, RoomEvent};
use crate::bus::Framed;
use chat::id::{RoomId, VisitorId};
use chat::room::{Capacity, RoomCard, RoomTitle};
use chat::time::Timestamp;
use chat::visitor::Person;

/// Makes a test of every case. `$driver` is an async function that returns `$count` nodes, and a value that keeps them alive.
macro_rules! bus_cases {
    ($driver:path, $count:literal: $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            let (nodes, _keep) = $driver($count).await;
            $crate::bus::cases::$case(nodes).await;
        })*
    };
}
pub(crate) use bus_cases;

/// Tests of one node by itself.
macro_rules! own_cases {
    ($driver:path, $count:literal) => {
        $crate::bus::cases::bus_cases!($driver, $count:
            what_is_published_is_here_at_once_and_once,
            a_thousand_are_here_in_order,
            news_are_here_at_once,
            listening_makes_no_difference_to_what_is_published_here,
            a_closed_bus_still_delivers_here,
        );
    };
}
pub(crate) use own_cases;

/// Tests of several nodes together.
macro_rules! shared_cases {
    ($driver:path, $count:literal) => {
        $crate::bus::cases::bus_cases!($driver, $count:
            what_is_published_is_once_where_it_is_listened_to_and_nowhere_else,
            nothing_comes_back_to_its_publisher,
            everything_about_an_event_arrives,
            a_thousand_arrive_in_order,
            large_frames_arrive,
            news_arrive_everywhere,
            who_no_longer_listens_gets_nothing,
            listening_twice_is_listening_once,
            what_was_asked_last_counts,
            many_who_ask_at_once,
            closing_sends_what_waits,
        );
    };
}
pub(crate) use shared_cases;

/// One node, and everything that was delivered to it.
pub struct Node {
    pub bus: Arc<dyn Bus>,
    pub inbox: Arc<Recorder>,
}

#[derive(Default)]
pub struct Recorder(watch::Sender<Delivered>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    pub events: Vec<Envelope>,
    pub news: Vec<LobbyNews>,
    pub doubts: Vec<RoomId>,
    pub doubts_of_lobby: usize,
}

impl Inbox for Recorder {
    fn deliver(&self, envelope: Envelope) {
        self.0.send_modify(|delivered| delivered.events.push(envelope));
    }

    fn deliver_to_lobby(&self, news: LobbyNews) {
        self.0.send_modify(|delivered| delivered.news.push(news));
    }

    fn doubt(&self, room: RoomId) {
        self.0.send_modify(|delivered| delivered.doubts.push(room));
    }

    fn doubt_lobby(&self) {
        self.0.send_modify(|delivered| delivered.doubts_of_lobby += 1);
    }
}

impl Recorder {
    pub fn delivered(&self) -> Delivered {
        self.0.borrow().clone()
    }

    /// Waits until `is_so` holds. Panics after ten seconds.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Delivered) -> bool) -> Delivered {
        let mut watching = self.0.subscribe();
        let delivered = timeout(Duration::from_secs(10), watching.wait_for(|delivered| is_so(delivered))).await;
        match delivered {
            Ok(delivered) => delivered.expect("a recorder lives as long as it is asked").clone(),
            Err(_) => panic!("in vain, for: {what}; delivered was {:?}", self.delivered()),
        }
    }
}

impl Node {
    pub fn events(&self) -> Vec<Envelope> {
        self.inbox.delivered().events
    }

    /// Listens to a room, and returns once no event of it is lost any more.
    pub async fn listen(&self, room: RoomId) {
        let doubts = |delivered: &Delivered| delivered.doubts.iter().filter(|doubted| **doubted == room).count();
        let before = doubts(&self.inbox.delivered());
        self.bus.listen(room).await;
        self.inbox.until("the room to be listened to", |delivered| doubts(delivered) > before).await;
    }

    /// Waits for the envelope `last`, and returns all events that were delivered until then.
    pub async fn events_with(&self, last: &Envelope) -> Vec<Envelope> {
        self.inbox.until("an event", |delivered| delivered.events.contains(last)).await.events
    }
}

pub fn room(n: u8) -> RoomId {
    RoomId([n; 16])
}

pub fn entry(room: RoomId, seq: u64) -> Envelope {
    let frame = Bytes::from(format!("{{\"seq\":{seq},\"text\":\"안녕\"}}"));
    Envelope { room, event: RoomEvent::Entry(Framed::plain(seq, frame)) }
}

pub fn card(id: RoomId) -> RoomCard {
    let owner = Person::new(VisitorId([9; 16]));
    RoomCard {
        id,
        title: RoomTitle::new("고양이 방").expect("a title"),
        capacity: Capacity::DEFAULT,
        slow: Default::default(),
        locked: false,
        people: 1,
        faces: vec![owner.clone()],
        owner,
        created_at: Timestamp(1),
        spoken_at: None,
    }
}

fn all_news() -> Vec<LobbyNews> {
    vec![
        LobbyNews::Room { card: card(room(1)), rev: 7 },
        LobbyNews::Spoke { room: room(1), at: Timestamp(5) },
        LobbyNews::Gone { room: room(1) },
    ]
}
