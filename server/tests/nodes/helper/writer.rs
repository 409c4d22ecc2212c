//! Somebody who writes at a steady pace, through an outbox as the page has one.

use std::time::{Duration, Instant};

use chat::{ClientId, Entry, RoomId};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{Answer, Visitor};

/// Between one message and the next.
const PACE: Duration = Duration::from_millis(200);
/// Nobody waits longer for an answer.
const ANSWER: Duration = Duration::from_secs(15);
/// Tries of one message, with up to two seconds between them.
const TRIES: u32 = 40;

/// Something that was acknowledged.
#[derive(Debug, Clone)]
pub struct Said {
    pub entry: Entry,
    pub client: ClientId,
    pub text: String,
    pub acknowledged: Instant,
}

/// Says one thing after the other until told to stop: each until it is acknowledged, under the same client id. Goes to the
/// next of these places when one is gone.
pub async fn write(places: Vec<Visitor>, room: RoomId, name: String, stop: watch::Receiver<bool>) -> Vec<Said> {
    let mut said = Vec::new();
    let mut place = 0;
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stop.borrow() {
        ticks.tick().await;
        let (client, text) = (ClientId::generate(), format!("{name} {}", said.len()));
        let entry = say(&places, &mut place, room, client, &text).await;
        said.push(Said { entry, client, text, acknowledged: Instant::now() });
    }
    said
}

async fn say(places: &[Visitor], place: &mut usize, room: RoomId, client: ClientId, text: &str) -> Entry {
    let (room, client) = (room.to_string(), client.to_string());
    let fields = [("room", room.as_str()), ("client", &client), ("text", text)];
    call_until_done(places, place, "send_text", &fields).await.json()
}

/// Calls a server function until it is done, at the next of these places when one is gone.
pub async fn call_until_done(places: &[Visitor], place: &mut usize, function: &str, fields: &[(&str, &str)]) -> Answer {
    for tries in 0..TRIES {
        let here = &places[*place % places.len()];
        match timeout(ANSWER, here.try_send(here.calling(function, fields))).await {
            Ok(Ok(answer)) if answer.status == 503 => {}
            Ok(Ok(answer)) => {
                // Nobody is refused anything here.
                assert_eq!(answer.status, 200, "{function} {fields:?}: {}", answer.text());
                return answer;
            }
            // The connection broke, or there is nobody.
            Ok(Err(_)) => *place += 1,
            Err(_) => {}
        }
        sleep(Duration::from_millis(100 << tries.min(5)).min(Duration::from_secs(2))).await;
    }
    panic!("{function} {fields:?} is never done");
}
