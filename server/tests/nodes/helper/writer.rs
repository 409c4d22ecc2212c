//! A writer with a steady pace, who repeats each message until it is acknowledged, as a page's outbox does.

use std::time::{Duration, Instant};

use chat::{ClientId, Entry, RoomId};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use testing::{Answer, Visitor};

/// The time between two messages.
const PACE: Duration = Duration::from_millis(200);
/// The time limit for one response.
const ANSWER: Duration = Duration::from_secs(15);
/// The number of attempts for one message, with up to two seconds between them.
const TRIES: u32 = 40;

/// A message that was acknowledged.
#[derive(Debug, Clone)]
pub struct SentMessage {
    pub entry: Entry,
    pub client: ClientId,
    pub text: String,
    pub acknowledged: Instant,
}

/// Sends one message after the other until told to stop. Each is repeated under the same client id until it is
/// acknowledged. `endpoints` are the same browser at several nodes: the next one is used when a node is gone.
pub async fn write(
    endpoints: Vec<Visitor>,
    room: RoomId,
    name: String,
    stop: watch::Receiver<bool>,
) -> Vec<SentMessage> {
    let mut sent = Vec::new();
    let mut current = 0;
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stop.borrow() {
        ticks.tick().await;
        let (client, text) = (ClientId::generate(), format!("{name} {}", sent.len()));
        let entry = say(&endpoints, &mut current, room, client, &text).await;
        sent.push(SentMessage { entry, client, text, acknowledged: Instant::now() });
    }
    sent
}

async fn say(endpoints: &[Visitor], current: &mut usize, room: RoomId, client: ClientId, text: &str) -> Entry {
    let (room, client) = (room.to_string(), client.to_string());
    let fields = [("room", room.as_str()), ("client", &client), ("text", text)];
    call_until_done(endpoints, current, "send_text", &fields).await.json()
}

/// Calls a server function until it succeeds. `current` counts up to the next endpoint when a node is gone.
pub async fn call_until_done(
    endpoints: &[Visitor],
    current: &mut usize,
    function: &str,
    fields: &[(&str, &str)],
) -> Answer {
    for tries in 0..TRIES {
        let here = &endpoints[*current % endpoints.len()];
        match timeout(ANSWER, here.try_send(here.call_request(function, fields))).await {
            Ok(Ok(answer)) if answer.status == 503 => {}
            Ok(Ok(answer)) => {
                // No call of these tests may be refused.
                assert_eq!(answer.status, 200, "{function} {fields:?}: {}", answer.text());
                return answer;
            }
            // The connection broke, or no node listens there.
            Ok(Err(_)) => *current += 1,
            Err(_) => {}
        }
        sleep(Duration::from_millis(100 << tries.min(5)).min(Duration::from_secs(2))).await;
    }
    panic!("{function} {fields:?} is never done");
}
