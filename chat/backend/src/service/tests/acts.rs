//! Random histories of a room, and a person who watches them.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::media::tiny_gif;
use super::*;
use chat::entry::{Emoji, LogPage};
use chat::event::PROTOCOL;
use chat::room::Slow;
use chat::view::Applied;

/// An act of a person. Person 0 never leaves the room. Acts that only an owner may do are done by the owner.
#[derive(Debug, Clone)]
pub enum Act {
    Enter(u8),
    Leave(u8),
    Say(u8),
    Show(u8, u8),
    Whisper(u8, u8),
    WhisperGif(u8, u8),
    Answer(u8, Index, Option<u8>),
    React(u8, Index, Emoji, bool),
    Remove(u8, Index),
    Rename(u8, u8),
    Away(u8, bool),
    HandOver(u8),
    ThrowOut(u8),
    LetIn(u8),
    Set(u8),
    Slow(u8),
}

pub fn act() -> impl Strategy<Value = Act> {
    let (who, other) = (|| 0..5u8, || 1..5u8);
    let message = any::<Index>;
    prop_oneof![
        4 => other().prop_map(Act::Enter),
        1 => other().prop_map(Act::Leave),
        6 => who().prop_map(Act::Say),
        1 => (who(), 0..4u8).prop_map(|(who, gif)| Act::Show(who, gif)),
        5 => (who(), who()).prop_map(|(who, to)| Act::Whisper(who, to)),
        1 => (who(), who()).prop_map(|(who, to)| Act::WhisperGif(who, to)),
        3 => (who(), message(), prop::option::of(who())).prop_map(|(who, to, aside)| Act::Answer(who, to, aside)),
        6 => (who(), message(), select(Emoji::ALL.to_vec()), any::<bool>())
            .prop_map(|(who, about, emoji, on)| Act::React(who, about, emoji, on)),
        4 => (who(), message()).prop_map(|(who, which)| Act::Remove(who, which)),
        1 => (who(), 0..9u8).prop_map(|(who, name)| Act::Rename(who, name)),
        2 => (who(), any::<bool>()).prop_map(|(who, away)| Act::Away(who, away)),
        1 => who().prop_map(Act::HandOver),
        1 => other().prop_map(Act::ThrowOut),
        2 => other().prop_map(Act::LetIn),
        1 => (0..9u8).prop_map(Act::Set),
        1 => select(vec![0, 0, 0, 1, 2]).prop_map(Act::Slow),
    ]
}

impl Fixture {
    /// Does the act. Refusals (without a seat) and acts without effect (leaving twice) belong to a random history.
    pub async fn act(&self, room: RoomId, act: &Act) {
        let chat = &self.chat;
        let last = chat.store.last_seq(room).await.expect("a log");
        let seq = |which: &Index| which.index(last as usize) as u64 + 1;
        let client = ClientId::generate();
        let owner = chat.store.room(room).await.expect("a room").owner;
        let whispered = |to: u8| Target { to: Some(person(to).id), reply: None };
        let done = match act {
            Act::Enter(who) => chat.enter(&person(*who), None, room, "").await,
            Act::Leave(who) => chat.leave(person(*who).id, room).await,
            Act::Say(who) => chat.send_text(person(*who).id, room, client, "말", Target::default()).await.map(drop),
            Act::Show(who, gif) => chat
                .send_gif(person(*who).id, None, room, client, tiny_gif(*gif), Default::default(), Target::default())
                .await
                .map(drop),
            Act::Whisper(who, to) => {
                chat.send_text(person(*who).id, room, client, "귓속말", whispered(*to)).await.map(drop)
            }
            Act::WhisperGif(who, to) => chat
                .send_gif(person(*who).id, None, room, client, tiny_gif(9), Default::default(), whispered(*to))
                .await
                .map(drop),
            Act::Answer(who, which, to) => {
                let target = Target { to: to.map(|to| person(to).id), reply: Some(seq(which)) };
                chat.send_text(person(*who).id, room, client, "답", target).await.map(drop)
            }
            Act::React(who, which, emoji, on) => {
                chat.react(person(*who).id, room, client, seq(which), *emoji, *on).await.map(drop)
            }
            Act::Remove(who, which) => chat.remove_message(person(*who).id, room, seq(which)).await,
            Act::Rename(who, name) => chat.rename(person(*who).id, room, &format!("이름 {name}")).await.map(drop),
            Act::Away(who, away) => chat.set_away(person(*who).id, room, *away).await,
            Act::HandOver(to) => chat.hand_over(owner, room, person(*to).id).await,
            Act::ThrowOut(whom) => chat.throw_out(owner, room, person(*whom).id, "").await,
            Act::LetIn(whom) => chat.let_in(owner, room, person(*whom).id).await,
            Act::Set(to) => {
                chat.set_room(
                    owner,
                    None,
                    room,
                    Some(&format!("방 {to}")),
                    Some(&(8 + to).to_string()),
                    "",
                    true,
                    None,
                    None,
                )
                .await
            }
            // The clock stands still, so in slow mode everybody but the owner can say only one more thing.
            Act::Slow(to) => {
                let slow = Slow::ALL[usize::from(*to)].seconds().to_string();
                chat.set_room(owner, None, room, None, None, "", false, Some(&slow), None).await
            }
        };
        assert!(!matches!(done, Err(Error::Unavailable | Error::Internal)), "{act:?}: {done:?}");
    }
}

/// Person 0's page: what it shows, and the socket that it has at times.
pub struct Screen {
    pub view: RoomView,
    pub feed: Option<Feed>,
    /// Older history that was read but has not arrived at the page yet.
    pub pending_page: Option<LogPage>,
}

impl Screen {
    pub async fn of(fixture: &Fixture, room: RoomId) -> Self {
        let view = as_browsers_read(&fixture.inside(&person(0), room).await);
        Self { view, feed: None, pending_page: None }
    }

    /// Opens a socket and reads until nothing is missing.
    pub async fn come_back(&mut self, fixture: &Fixture) {
        let room = self.view.id;
        let mut feed = fixture.chat.watch_room(person(0).id, room, self.view.seq, PROTOCOL).await.expect("a feed");
        for frame in frames(&mut feed).await {
            self.take(decoded(&frame));
        }
        self.feed = Some(feed);
        self.read();
    }

    /// Reads what the socket has ready at this moment.
    pub fn read(&mut self) {
        while let Some(frame) = self.feed.as_mut().and_then(Feed::try_next) {
            self.take(decoded(&frame.expect("a frame")));
        }
    }

    fn take(&mut self, down: Down) {
        let applied = match down {
            Down::Entry(entry) => self.view.apply(entry),
            Down::Skip { seq } => self.view.skip(seq),
            other => panic!("{other:?}"),
        };
        assert_eq!(applied, Applied::New);
    }

    /// Asks for a page of older history.
    pub async fn ask_for_history(&mut self, fixture: &Fixture) {
        if self.view.more && self.pending_page.is_none() {
            let page = fixture.chat.history(person(0).id, self.view.id, self.view.first).await;
            self.pending_page = Some(as_browsers_read(&page.expect("a page")));
        }
    }

    /// The page arrives. Returns whether it could be used.
    pub fn page_arrives(&mut self) -> bool {
        self.pending_page.take().is_none_or(|page| self.view.prepend(page))
    }

    /// The view with all older history.
    pub async fn with_all_history(mut self, fixture: &Fixture) -> RoomView {
        self.page_arrives();
        while self.view.more {
            self.ask_for_history(fixture).await;
            assert!(self.page_arrives(), "nothing has happened since it was read");
        }
        RoomView { unloaded: 0, ..self.view }
    }
}
