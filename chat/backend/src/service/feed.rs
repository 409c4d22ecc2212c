//! The frames that one socket is sent: everything after its cursor without a gap, from the store first and then live.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;

use super::Chat;
use super::fan_out::{Signal, Sink, Subscriber};
use super::frame;
use super::hub::{Channel, Found};
use super::lobby::{Lobby, LobbyFeed};
use super::presence::SocketGuard;
use super::receiving::{close_of, no_wait};
use crate::bus::{Envelope, Framed, RoomEvent};
use chat::event::{Close, Down, MOST_SHOWN, TYPING_EVERY_SECONDS};
use chat::id::{RoomId, VisitorId};

/// How many entries are read from the store at a time.
pub(super) const CATCH_UP_PAGE: u32 = 500;

/// A little less than the interval that pages keep, so that none of their signals is dropped for arriving early.
pub(super) const TYPING_EVERY: Duration = Duration::from_millis(TYPING_EVERY_SECONDS * 1000 - 250);

/// The frames for one socket. An error is final: the socket must be closed with it.
pub struct Feed(Kind);

/// Feeds are boxed because most sockets are idle, and the feed is most of what an idle socket costs.
enum Kind {
    Lobby(Box<LobbyFeed>),
    Room(Box<RoomFeed>),
}

impl Feed {
    pub(super) fn lobby(lobby: Arc<Lobby>) -> Self {
        Self(Kind::Lobby(Box::new(LobbyFeed::new(lobby))))
    }

    pub(super) fn room(feed: RoomFeed) -> Self {
        Self(Kind::Room(Box::new(feed)))
    }

    /// The next frame. Cancel-safe: a frame that was not returned comes next time.
    pub async fn next(&mut self) -> Result<Bytes, Close> {
        match &mut self.0 {
            Kind::Lobby(feed) => feed.next().await,
            Kind::Room(feed) => feed.next().await,
        }
    }

    /// Tells the others in the room that this socket's visitor is typing. Does nothing when called too often.
    pub async fn tell_typing(&mut self) {
        if let Kind::Room(feed) = &mut self.0 {
            feed.tell_typing().await;
        }
    }

    /// Notes that the page has said goodbye: it is gone for good. A feed that is dropped without this was cut off, which
    /// keeps the seat for longer.
    pub fn say_goodbye(&mut self) {
        if let Kind::Room(feed) = &mut self.0 {
            feed.say_goodbye();
        }
    }

    /// The frame that describes the state of the room to a page that has got everything. Polls compare two of them to see
    /// whether a page has missed anything. `None` if there is more to hand out, and for the lobby, whose state is a whole
    /// page.
    pub fn state(&self) -> Option<Bytes> {
        match &self.0 {
            Kind::Lobby(_) => None,
            Kind::Room(feed) => feed.state(),
        }
    }

    /// Ends the feed without ending the watch of its room. The seat counts as watched until the result is dropped.
    pub fn into_watch(self) -> Option<SocketGuard> {
        match self.0 {
            Kind::Lobby(_) => None,
            Kind::Room(mut feed) => feed.socket.take(),
        }
    }

    /// From now on sends the changes of these lobby cards and of the first page, and of no other cards. Fails with
    /// [`Close::BadFrame`] for more than [`MOST_SHOWN`] cards, and on the feed of a room.
    pub fn show_cards(&mut self, rooms: Vec<RoomId>) -> Result<(), Close> {
        match &mut self.0 {
            Kind::Lobby(feed) if rooms.len() <= MOST_SHOWN => {
                feed.show(rooms);
                Ok(())
            }
            Kind::Lobby(_) | Kind::Room(_) => Err(Close::BadFrame),
        }
    }

    /// If everything has been handed out, attaches `sink` to the room: from now on frames are written to it directly, and
    /// [`Feed::next`] waits until that ends. Cheap when it is attached already.
    pub fn attach<S: Sink + 'static>(&mut self, sink: &Arc<S>) {
        if let Kind::Room(feed) = &mut self.0 {
            feed.attach(sink);
        }
    }

    /// The next frame if it is there already, so that one flush can send many.
    pub fn try_next(&mut self) -> Option<Result<Bytes, Close>> {
        match &mut self.0 {
            Kind::Lobby(feed) => feed.try_next(),
            Kind::Room(feed) => feed.try_next(),
        }
    }
}

pub(super) struct RoomFeed {
    pub chat: Arc<Chat>,
    pub room: RoomId,
    pub channel: Arc<Channel>,
    pub visitor: VisitorId,
    /// `None` while a subscriber is attached.
    pub signals: Option<broadcast::Receiver<Signal>>,
    /// Whether the page speaks the protocol before this one.
    pub is_old: bool,
    /// Everything up to this `seq` has been handed out, or waits in `ready`.
    pub seq: u64,
    /// The store may hold entries after `seq` that will not come as a signal.
    pub is_behind: bool,
    pub ready: VecDeque<Bytes>,
    /// The subscriber that frames are written to directly, while the socket is in sync with its room.
    pub subscriber: Option<Arc<Subscriber>>,
    /// `None` after [`Feed::into_watch`] has taken it.
    pub socket: Option<SocketGuard>,
}

impl RoomFeed {
    async fn next(&mut self) -> Result<Bytes, Close> {
        loop {
            if let Some(subscriber) = &self.subscriber {
                let seq = subscriber.detached().await;
                self.detach(seq);
            }
            if let Some(frame) = self.ready.pop_front() {
                return Ok(frame);
            }
            if self.is_behind {
                // Boxed, because the task of a socket has room for its largest future as long as it lives.
                Box::pin(self.catch_up()).await?;
                continue;
            }
            let signal = self.signals()?.recv().await.map_err(close_of)?;
            if let Some(frame) = self.take(signal)? {
                return Ok(frame);
            }
        }
    }

    fn try_next(&mut self) -> Option<Result<Bytes, Close>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
            }
            if self.is_behind || self.subscriber.is_some() {
                return None;
            }
            let signal = match self.signals() {
                Ok(signals) => no_wait(signals)?,
                Err(close) => return Some(Err(close)),
            };
            match signal.and_then(|signal| self.take(signal)) {
                Ok(None) => {}
                Ok(Some(frame)) => return Some(Ok(frame)),
                Err(close) => return Some(Err(close)),
            }
        }
    }

    /// The frame of a signal, if it is the next one.
    fn take(&mut self, signal: Signal) -> Result<Option<Bytes>, Close> {
        let entry = match signal {
            Signal::Gone => return Err(Close::RoomGone),
            Signal::Passing { from, frame } => return Ok((from != self.visitor).then_some(frame)),
            Signal::News(notice) => return Ok(frame::notice_for(&notice, self.visitor, self.is_old)),
            Signal::Entry(entry) => entry,
        };
        // This check comes first, because the browser chooses the cursor: a cursor ahead of the log must not outlive the seat.
        if entry.leaver == Some(self.visitor) {
            // Catching up asks the store, which knows how the seat ended.
            self.is_behind = true;
            return Ok(None);
        }
        if entry.seq <= self.seq {
            return Ok(None);
        }
        if entry.seq > self.seq + 1 {
            self.is_behind = true;
            return Ok(None);
        }
        self.seq = entry.seq;
        Ok(Some(self.frame_of(&entry)))
    }

    fn frame_of(&self, entry: &Framed) -> Bytes {
        frame::for_visitor(entry, self.visitor, self.is_old)
    }

    /// Attaches the socket to the room if nothing else has to be sent first.
    fn attach<S: Sink + 'static>(&mut self, sink: &Arc<S>) {
        let Some(signals) = self.signals.as_ref().filter(|_| self.ready.is_empty() && !self.is_behind) else { return };
        let subscriber = || Subscriber::new(self.visitor, self.is_old, self.seq, sink.clone());
        if let Some(subscriber) = self.channel.attach(self.seq, signals, subscriber) {
            (self.subscriber, self.signals) = (Some(subscriber), None);
            self.ready = VecDeque::new();
        }
    }

    /// Continues without the fan-out task, and reads what has gone out since `seq`.
    fn detach(&mut self, seq: u64) {
        (self.seq, self.is_behind) = (seq, true);
        (self.subscriber, self.signals) = (None, Some(self.channel.receiver()));
    }

    async fn tell_typing(&mut self) {
        if self.chat.typing.take((self.room, self.visitor), self.chat.clock.monotonic()).is_err() {
            return;
        }
        let frame = frame::encode(&Down::Typing { person: self.visitor });
        let event = RoomEvent::Passing { from: self.visitor, frame };
        self.chat.bus.publish(Envelope { room: self.room, event }).await;
    }

    /// Takes the entries after the cursor from what was read for others just before, or from the store. The seat is checked
    /// first, and again when one of the entries ends it.
    async fn catch_up(&mut self) -> Result<(), Close> {
        self.check_seat().await?;
        let (entries, is_all) = self.missed().await?;
        if entries.iter().any(|entry| entry.leaver == Some(self.visitor)) {
            self.check_seat().await?;
        }
        for entry in entries {
            self.seq = entry.seq;
            self.ready.push_back(self.frame_of(&entry));
        }
        self.is_behind = !is_all;
        if is_all {
            self.ready.push_back(self.caught_up());
        }
        Ok(())
    }

    fn caught_up(&self) -> Bytes {
        // Pages of an older protocol do not know who is absent.
        let absent = if self.is_old { Vec::new() } else { self.channel.absent() };
        frame::encode(&Down::CaughtUp { seq: self.seq, absent })
    }

    fn state(&self) -> Option<Bytes> {
        (self.ready.is_empty() && !self.is_behind).then(|| self.caught_up())
    }

    fn say_goodbye(&mut self) {
        if let Some(socket) = &mut self.socket {
            socket.say_goodbye();
        }
    }

    async fn check_seat(&mut self) -> Result<(), Close> {
        let seat = self.chat.store().seat(self.room, self.visitor).await;
        let checked = seat.map(|_| ()).map_err(|error| Close::of(&error));
        if checked.is_err_and(|close| !close.is_worth_retrying()) {
            // The seat has ended, so nothing is left to be kept.
            self.say_goodbye();
        }
        checked
    }

    /// The entries after the cursor, or the first of them, and whether that is all of them.
    async fn missed(&self) -> Result<(Vec<Framed>, bool), Close> {
        let _reading = match self.channel.after(self.seq) {
            Found::All(entries) => return Ok((entries, true)),
            Found::Page(entries) => return Ok((entries, false)),
            Found::Ahead | Found::NotCached => self.channel.reading.lock().await,
        };
        match self.channel.after(self.seq) {
            Found::All(entries) => return Ok((entries, true)),
            Found::Page(entries) => return Ok((entries, false)),
            // The socket has seen more than this node. The browser chooses the cursor, but it may be right.
            Found::Ahead => {
                self.chat.hub.doubt(self.room);
                return Ok((Vec::new(), true));
            }
            Found::NotCached => {}
        }
        let last = self.channel.last();
        let read = self.chat.read_log(self.room, self.seq, CATCH_UP_PAGE).await.map_err(|error| Close::of(&error))?;
        self.channel.cache_page(&read, last);
        self.channel.add_from_store(&read);
        let is_all = read.len() < CATCH_UP_PAGE as usize;
        Ok((read, is_all))
    }

    fn signals(&mut self) -> Result<&mut broadcast::Receiver<Signal>, Close> {
        self.signals.as_mut().ok_or(Close::GoingAway)
    }
}

impl Drop for RoomFeed {
    fn drop(&mut self) {
        if let Some(subscriber) = self.subscriber.take() {
            subscriber.detach();
        }
        self.chat.socket_closed(self.room);
    }
}
