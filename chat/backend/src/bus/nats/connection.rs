//! This node's connection to the NATS server, and what is sent on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, HeaderMap, PublishErrorKind, Subscriber};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::task::coop::unconstrained;
use tokio::time::timeout;

use super::address::{NatsAddress, OpenError};
use super::status::Status;
use super::wire;
use crate::bus::{Envelope, LobbyNews};
use chat::id::{NodeId, RoomId};

/// The interval between pings. The client gives up a connection when three are due and none was answered.
const PING_INTERVAL: Duration = Duration::from_millis(300);
/// How long one attempt to connect may take, and anything else that waits for the server.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The first delay between two attempts to connect. It doubles each time.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// The longest delay between two attempts to connect.
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// The most messages and subscriptions that wait to be written. There are more only when the connection is stuck.
const OUT_QUEUE: usize = 4096;
/// The most messages of one subscription that wait to be delivered. Further ones are lost.
const IN_QUEUE: usize = 4096;

pub struct Connection {
    client: Client,
    /// The prefix of all subjects of this deployment.
    prefix: String,
    /// Whether events may not have reached the other nodes, which have not been told so yet.
    has_lost: AtomicBool,
    pub status: Arc<Status>,
    is_closed: Arc<AtomicBool>,
}

impl Connection {
    /// The connection, and whether the server was reached. If it was not, the client goes on trying in the background.
    pub async fn open(url: &str, deployment: &str, node: NodeId) -> Result<(Self, bool), OpenError> {
        let (server, options) = NatsAddress::read(url)?.log_in(ConnectOptions::new());
        let (status, is_closed) = (Arc::new(Status::default()), Arc::new(AtomicBool::new(false)));
        let (events, has_ended) = (status.clone(), is_closed.clone());
        let options = options
            .name(format!("gifchat {node}"))
            .no_echo()
            .ping_interval(PING_INTERVAL)
            .connection_timeout(TIMEOUT)
            .request_timeout(Some(TIMEOUT))
            .client_capacity(OUT_QUEUE)
            .subscription_capacity(IN_QUEUE)
            .skip_subject_validation(true)
            .event_callback(move |event| {
                events.note(event);
                std::future::ready(())
            })
            // The client goes on trying even after it is dropped, so it sleeps forever once the connection has ended.
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
        let prefix = format!("gifchat.{}", token(deployment));
        Ok((Self { client, prefix, has_lost: AtomicBool::new(false), status, is_closed }, is_up))
    }

    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected && !self.is_closed.load(Ordering::Relaxed)
    }

    /// The number of connections that were made so far.
    pub fn connects(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Sends to the other nodes that listen to the room. If this cannot be queued now, they are told later to read the store.
    pub fn publish(&self, envelope: &Envelope) {
        let (headers, payload) = wire::write(&envelope.event);
        self.send(self.room(envelope.room), headers, payload);
    }

    /// Sends to all other nodes. If this cannot be queued now, they are told later to read the store.
    pub fn tell_lobby(&self, news: &LobbyNews) {
        // News can always be encoded as JSON, so the default is never used.
        let payload = serde_json::to_vec(news).unwrap_or_default();
        self.send(self.lobby(), HeaderMap::new(), payload.into());
    }

    fn send(&self, subject: String, headers: HeaderMap, payload: Bytes) {
        if !self.is_up() {
            self.has_lost.store(true, Ordering::Relaxed);
            return;
        }
        let len = payload.len();
        // The future is polled once, so the queue takes the message now or not at all. `unconstrained` keeps tokio's budget for
        // this task from refusing it.
        match unconstrained(self.client.publish_with_headers(subject, headers, payload)).now_or_never() {
            Some(Ok(())) => return,
            Some(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                let most = self.client.max_payload();
                tracing::warn!(
                    len,
                    most,
                    "a message is larger than the NATS server takes: it cannot go to other nodes"
                );
            }
            Some(Err(_)) | None => {}
        }
        self.has_lost.store(true, Ordering::Relaxed);
        self.status.changed.notify_one();
    }

    /// Notes that messages on the connection may not have arrived.
    pub fn note_loss(&self) {
        self.has_lost.store(true, Ordering::Relaxed);
    }

    /// Tells the other nodes to read the store, if they may lack events.
    pub async fn report_loss(&self) -> Report {
        if !self.has_lost.swap(false, Ordering::Relaxed) {
            return Report::NotNeeded;
        }
        let telling = self.client.publish(self.lost(), Bytes::new());
        if matches!(timeout(TIMEOUT, telling).await, Ok(Ok(()))) {
            return Report::Sent;
        }
        self.has_lost.store(true, Ordering::Relaxed);
        Report::Failed
    }

    /// A subscription, if it could be queued now. The server has made it once [`Connection::round_trip`] has returned.
    pub fn subscribe_now(&self, subject: String) -> Option<Subscriber> {
        unconstrained(self.client.subscribe(subject)).now_or_never()?.ok()
    }

    pub async fn subscribe(&self, subject: String) -> Option<Subscriber> {
        self.client.subscribe(subject).await.ok()
    }

    /// Waits until the server has done everything that was sent before, or [`TIMEOUT`] has passed.
    pub async fn round_trip(&self) {
        // Nobody listens to this subject, and the server answers so.
        let asking = self.client.request(format!("{}.nobody", self.prefix), Bytes::new());
        if timeout(TIMEOUT, asking).await.is_err() {
            tracing::debug!("the NATS server does not answer");
        }
    }

    /// Sends what is queued, and disconnects. Waits at most [`TIMEOUT`] for each of the two.
    pub async fn close(&self) {
        if self.is_up() && timeout(TIMEOUT, self.client.flush()).await.is_err() {
            tracing::debug!("what waited for NATS could not be sent");
        }
        self.end();
        if timeout(TIMEOUT, self.client.drain()).await.is_err() {
            tracing::debug!("NATS could not be told that this node goes");
        }
    }

    /// Marks the connection as ended: nothing is sent any more, and the client does not connect again.
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

    /// The subject on which a node reports that events it has published may be missing. The message does not say of which
    /// rooms.
    pub fn lost(&self) -> String {
        format!("{}.lost", self.prefix)
    }
}

/// The result of [`Connection::report_loss`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    NotNeeded,
    Sent,
    Failed,
}

/// The delay before the attempt with this number, which starts at 1.
fn delay(tries: usize) -> Duration {
    match tries {
        0 | 1 => Duration::ZERO,
        2..10 => LONGEST_DELAY.min(FIRST_DELAY * (1 << (tries - 2))),
        _ => LONGEST_DELAY,
    }
}

/// Encodes a name as one part of a subject, where dots, `*`, `>` and white space have a meaning.
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
    fn a_deployment_is_one_part_of_a_subject_and_no_other_deployment() {
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
