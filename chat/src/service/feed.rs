//! What one socket is to be sent: everything after its cursor, without a hole, from the store first and then live.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::Chat;
use super::frame;
use super::hub::{Channel, Found, Signal};
use super::presence::Arrival;
use crate::bus::{Envelope, Framed, RoomEvent};
use crate::error::Error;
use crate::event::{Close, Down, TYPING_EVERY_SECONDS};
use crate::id::{RoomId, VisitorId};

/// Entries read from the store at a time.
pub(super) const CATCH_UP_PAGE: u32 = 500;

/// A little less than pages keep to, so that none of theirs is lost on the way.
pub(super) const TYPING_EVERY: Duration = Duration::from_millis(TYPING_EVERY_SECONDS * 1000 - 250);

/// Frames for one socket. An error is final: close the socket with it.
pub struct Feed(Kind);

/// A room's feed is boxed: most sockets are idle, and this is most of what they cost.
enum Kind {
    Lobby { first: Option<Bytes>, frames: broadcast::Receiver<Bytes> },
    Room(Box<RoomFeed>),
}

impl Feed {
    pub(super) fn lobby(first: Bytes, frames: broadcast::Receiver<Bytes>) -> Self {
        Self(Kind::Lobby { first: Some(first), frames })
    }

    pub(super) fn room(feed: RoomFeed) -> Self {
        Self(Kind::Room(Box::new(feed)))
    }

    /// The next frame. Cancel-safe: what was not returned comes next time.
    pub async fn next(&mut self) -> Result<Bytes, Close> {
        match &mut self.0 {
            Kind::Lobby { first, frames } => match first.take() {
                Some(frame) => Ok(frame),
                None => frames.recv().await.map_err(close_of),
            },
            Kind::Room(feed) => feed.next().await,
        }
    }

    /// Tells the others in the room that this socket's person writes something. Too often says nothing.
    pub async fn tell_typing(&mut self) {
        if let Kind::Room(feed) = &mut self.0 {
            feed.tell_typing().await;
        }
    }

    /// The next frame if it is there already, so that one flush takes many.
    pub fn try_next(&mut self) -> Option<Result<Bytes, Close>> {
        match &mut self.0 {
            Kind::Lobby { first, frames } => match first.take() {
                Some(frame) => Some(Ok(frame)),
                None => no_wait(frames),
            },
            Kind::Room(feed) => feed.try_next(),
        }
    }
}

pub(super) struct RoomFeed {
    pub chat: Arc<Chat>,
    pub room: RoomId,
    pub channel: Arc<Channel>,
    pub visitor: VisitorId,
    /// Taken out on drop, before the hub is told that this socket left.
    pub signals: Option<broadcast::Receiver<Signal>>,
    /// The page speaks the protocol before this one.
    pub is_old: bool,
    /// All up to here has been handed out, or waits in `ready`.
    pub seq: u64,
    /// The store may hold more than `seq` that will not come as a signal.
    pub is_behind: bool,
    pub ready: VecDeque<Bytes>,
    pub _arrival: Arrival,
}

impl RoomFeed {
    async fn next(&mut self) -> Result<Bytes, Close> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(frame);
            }
            if self.is_behind {
                self.catch_up().await?;
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
            if self.is_behind {
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
            Signal::Entry(entry) => entry,
        };
        // First of all, because a cursor is whatever a browser says: one ahead of the log must not outlive the seat.
        if entry.leaver == Some(self.visitor) {
            // Catching up asks the store, which knows how it ended.
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
        Ok(Some(self.frame_of(entry)))
    }

    /// What this socket is sent of an entry: the one place where what is not for everybody is kept from the others.
    fn frame_of(&self, entry: Framed) -> Bytes {
        let is_for_them = entry.audience.is_none_or(|audience| audience.contains(&self.visitor));
        if is_for_them && !(self.is_old && entry.is_new) {
            entry.frame
        } else {
            frame::encode(&Down::Skip { seq: entry.seq })
        }
    }

    async fn tell_typing(&mut self) {
        if self.chat.typing.take((self.room, self.visitor), self.chat.clock.monotonic()).is_err() {
            return;
        }
        let frame = frame::encode(&Down::Typing { person: self.visitor });
        let event = RoomEvent::Passing { from: self.visitor, frame };
        self.chat.bus.publish(Envelope { room: self.room, event }).await;
    }

    /// Takes what comes after the cursor from what others have read just before, or else from the store. The seat is
    /// checked before, and again when it has ended somewhere in there.
    async fn catch_up(&mut self) -> Result<(), Close> {
        self.check_seat().await?;
        let (entries, is_all) = self.missed().await?;
        if entries.iter().any(|entry| entry.leaver == Some(self.visitor)) {
            self.check_seat().await?;
        }
        for entry in entries {
            self.seq = entry.seq;
            self.ready.push_back(self.frame_of(entry));
        }
        self.is_behind = !is_all;
        if is_all {
            self.ready.push_back(frame::encode(&Down::CaughtUp { seq: self.seq }));
        }
        Ok(())
    }

    async fn check_seat(&self) -> Result<(), Close> {
        let seat = self.chat.store().seat(self.room, self.visitor).await;
        seat.map(|_| ()).map_err(close_of_error)
    }

    /// What went out in the room after the cursor, or the first of it, and whether that is all.
    async fn missed(&self) -> Result<(Vec<Framed>, bool), Close> {
        let _reading = match self.channel.after(self.seq) {
            Found::Frames(entries) => return Ok((entries, true)),
            Found::Page(entries) => return Ok((entries, false)),
            Found::Ahead | Found::Nothing => self.channel.reading.lock().await,
        };
        match self.channel.after(self.seq) {
            Found::Frames(entries) => return Ok((entries, true)),
            Found::Page(entries) => return Ok((entries, false)),
            // They have seen what has not come here: a cursor is whatever a browser says, but it may be right.
            Found::Ahead => {
                self.chat.hub.doubt(self.room);
                return Ok((Vec::new(), true));
            }
            Found::Nothing => {}
        }
        let last = self.channel.last();
        let read = self.chat.read_log(self.room, self.seq, CATCH_UP_PAGE).await.map_err(close_of_error)?;
        self.channel.keep(&read, last);
        self.channel.learn(&read);
        let is_all = read.len() < CATCH_UP_PAGE as usize;
        Ok((read, is_all))
    }

    fn signals(&mut self) -> Result<&mut broadcast::Receiver<Signal>, Close> {
        self.signals.as_mut().ok_or(Close::GoingAway)
    }
}

impl Drop for RoomFeed {
    fn drop(&mut self) {
        self.signals = None;
        self.chat.left_channel(self.room);
    }
}

fn close_of_error(error: Error) -> Close {
    match error {
        Error::NotFound => Close::RoomGone,
        Error::NotSeated => Close::NotSeated,
        Error::Barred => Close::Barred,
        _ => Close::Unavailable,
    }
}

fn close_of(error: RecvError) -> Close {
    match error {
        RecvError::Lagged(_) => Close::TooSlow,
        RecvError::Closed => Close::GoingAway,
    }
}

fn no_wait<T: Clone>(receiver: &mut broadcast::Receiver<T>) -> Option<Result<T, Close>> {
    match receiver.try_recv() {
        Ok(value) => Some(Ok(value)),
        Err(TryRecvError::Empty) => None,
        Err(TryRecvError::Lagged(_)) => Some(Err(Close::TooSlow)),
        Err(TryRecvError::Closed) => Some(Err(Close::GoingAway)),
    }
}
