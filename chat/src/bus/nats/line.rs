//! This node's connection: what is sent on it, and what became of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, PublishErrorKind, Subscriber};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::task::coop::unconstrained;
use tokio::time::timeout;

use super::address::{Address, OpenError};
use super::ledger::{Debt, Ledger};
use super::pulse::Pulse;
use super::wire;
use crate::bus::{Envelope, LobbyNews};
use crate::id::{NodeId, RoomId};

/// The client gives up a line after three of these without an answer.
const PING_EVERY: Duration = Duration::from_millis(300);
/// For one try to connect, and for anything else that waits for the server.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between tries: twice as long each time, up to the second.
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// Messages and subscriptions that wait to be written. More come only when the line is jammed.
const OUT_QUEUE: usize = 4096;
/// Messages of one room, or of the lobby, that wait to be delivered. What comes on top of them is lost.
const IN_QUEUE: usize = 4096;

pub struct Line {
    client: Client,
    /// Of all subjects: nobody else uses it.
    prefix: String,
    ledger: Mutex<Ledger>,
    pub pulse: Arc<Pulse>,
    is_closed: Arc<AtomicBool>,
}

impl Line {
    /// The line, and whether it is made: a server that cannot be reached is waited for in the background.
    pub async fn open(url: &str, house: &str, node: NodeId) -> Result<(Self, bool), OpenError> {
        let (server, options) = Address::read(url)?.log_in(ConnectOptions::new());
        let (pulse, is_closed) = (Arc::new(Pulse::default()), Arc::new(AtomicBool::new(false)));
        let (heard, has_ended) = (pulse.clone(), is_closed.clone());
        let options = options
            .name(format!("gifchat {node}"))
            .no_echo()
            .ping_interval(PING_EVERY)
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .client_capacity(OUT_QUEUE)
            .subscription_capacity(IN_QUEUE)
            .skip_subject_validation(true)
            .event_callback(move |event| {
                heard.note(event);
                std::future::ready(())
            })
            // The client does not stop trying when it is dropped: let it sleep then.
            .reconnect_delay_callback(
                move |tries| if has_ended.load(Ordering::Relaxed) { Duration::MAX } else { delay(tries) },
            );
        let (client, is_up) = match options.clone().connect(&server).await {
            Ok(client) => (client, true),
            Err(error) => match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    return Err(OpenError::Refused);
                }
                ConnectErrorKind::ServerParse => return Err(OpenError::Address),
                _ => {
                    tracing::warn!(reason = %error, "NATS is away");
                    (options.retry_on_initial_connect().connect(&server).await.map_err(|_| OpenError::Address)?, false)
                }
            },
        };
        let prefix = format!("gifchat.{}", token(house));
        Ok((Self { client, prefix, ledger: Mutex::new(Ledger::new()), pulse, is_closed }, is_up))
    }

    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected && !self.is_closed.load(Ordering::Relaxed)
    }

    /// How often a connection was made.
    pub fn connects(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// To the other nodes that listen to the room, if it can be sent at once. Else they are told later to ask the store.
    pub fn publish(&self, envelope: &Envelope) {
        let debt = Debt::Room(envelope.room);
        if self.is_up() {
            self.send(self.room(envelope.room), wire::write(&envelope.event), debt);
        } else {
            self.ledger().owe(debt);
        }
    }

    /// To all other nodes: at once, or when the line is good again.
    pub fn tell_lobby(&self, news: LobbyNews) {
        let debt = Debt::News(news);
        match self.message(&debt) {
            Some((subject, payload)) if self.is_up() => self.send(subject, payload, debt),
            _ => self.ledger().owe(debt),
        }
    }

    fn send(&self, subject: String, payload: Bytes, debt: Debt) {
        let len = payload.len();
        // Polled once: the queue takes it now or not at all. (Unconstrained: not because the task has used up its turn.)
        match unconstrained(self.client.publish(subject, payload)).now_or_never() {
            Some(Ok(())) => self.ledger().sent(debt),
            Some(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                let most = self.client.max_payload();
                tracing::warn!(
                    len,
                    most,
                    "a message is larger than the NATS server takes: it cannot go to other nodes"
                );
                if matches!(debt, Debt::Room(_)) {
                    self.owe_now(debt);
                }
            }
            Some(Err(_)) | None => self.owe_now(debt),
        }
    }

    fn owe_now(&self, debt: Debt) {
        self.ledger().owe(debt);
        self.pulse.raised.notify_one();
    }

    /// Tells what is owed. False when some of it has to wait for another time.
    pub async fn repay(&self) -> bool {
        let mut debts = self.ledger().take_owed();
        while let Some(debt) = debts.pop() {
            let Some((subject, payload)) = self.message(&debt) else { continue };
            if timeout(PATIENCE, self.client.publish(subject, payload)).await.is_err() {
                let mut ledger = self.ledger();
                ledger.owe(debt);
                debts.into_iter().for_each(|debt| ledger.owe(debt));
                return false;
            }
            self.ledger().sent(debt);
        }
        true
    }

    fn message(&self, debt: &Debt) -> Option<(String, Bytes)> {
        match debt {
            Debt::Room(room) => Some((self.room(*room), wire::DOUBT)),
            Debt::News(news) => Some((self.lobby(), serde_json::to_vec(news).ok()?.into())),
        }
    }

    /// What was on the line is owed again.
    pub fn was_lost(&self) {
        self.ledger().line_was_lost();
    }

    /// The subscription, when it could be asked for at once. It is not made before [`Line::round_trip`] has returned.
    pub fn subscribe_now(&self, subject: String) -> Option<Subscriber> {
        unconstrained(self.client.subscribe(subject)).now_or_never()?.ok()
    }

    pub async fn subscribe(&self, subject: String) -> Option<Subscriber> {
        self.client.subscribe(subject).await.ok()
    }

    /// Returns when the server has done all that was asked of it before, or after some time.
    pub async fn round_trip(&self) {
        // Nobody answers there, which the server says.
        let asking = self.client.request(format!("{}.nobody", self.prefix), Bytes::new());
        if timeout(PATIENCE, asking).await.is_err() {
            tracing::debug!("the NATS server does not answer");
        }
    }

    pub async fn close(&self) {
        if self.is_up() && timeout(PATIENCE, self.client.flush()).await.is_err() {
            tracing::debug!("what waited for NATS could not be sent");
        }
        self.end();
        if timeout(PATIENCE, self.client.drain()).await.is_err() {
            tracing::debug!("NATS could not be told that this node goes");
        }
    }

    pub fn end(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    pub fn room(&self, room: RoomId) -> String {
        format!("{}.room.{room}", self.prefix)
    }

    pub fn lobby(&self) -> String {
        format!("{}.lobby", self.prefix)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Before the try of this number.
fn delay(tries: usize) -> Duration {
    match tries {
        0 | 1 => Duration::ZERO,
        2..10 => LONGEST_DELAY.min(FIRST_DELAY * (1 << (tries - 2))),
        _ => LONGEST_DELAY,
    }
}

/// A name as one part of a subject: parts are separated by dots, and `*`, `>` and white space have a meaning.
fn token(name: &str) -> String {
    use std::fmt::Write;
    let mut token = String::with_capacity(name.len() + 1);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            token.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(token, "={byte:02x}");
        }
    }
    if token.is_empty() { "=".to_owned() } else { token }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_at_once_then_ever_more_slowly() {
        let delays: Vec<u128> = (1..9).map(|tries| delay(tries).as_millis()).collect();
        assert_eq!(delays, [0, 50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(delay(usize::MAX), LONGEST_DELAY);
    }

    #[test]
    fn a_house_is_one_part_of_a_subject_and_no_other_house() {
        for (name, expected) in [
            ("gifchat", "gifchat"),
            ("a-b_C9", "a-b_C9"),
            ("a.b", "a=2eb"),
            ("a=2eb", "a=3d2eb"),
            ("", "="),
            ("*", "=2a"),
            ("가", "=ea=b0=80"),
        ] {
            assert_eq!(token(name), expected);
        }
    }
}
