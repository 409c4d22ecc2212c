//! Whether strangers can fill the disk by asking.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::helper::{House, MIB, Visitor, attackers, is_long, slowdown};

/// Who ask at once, each again and again.
const STRANGERS: usize = 8;

const KIB: u64 = 1024;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Asks {
    /// A room by a form that fails, with 60 KB of fields that it does not have.
    ForRoom,
    /// The same by somebody who has just been given a cookie.
    ForRoomKnown,
    Head,
    Ready,
}

impl Asks {
    /// By somebody on this one's connection, who keeps no cookie.
    async fn once(self, stranger: &Visitor) -> Result<(), reqwest::Error> {
        let nobody = stranger.at(stranger.address);
        let request = match self {
            Asks::ForRoom => nobody.request(Method::POST, "/api/create_room?back=/room").body("x".repeat(60_000)),
            Asks::ForRoomKnown => {
                nobody.try_send(nobody.request(Method::GET, "/room").header("accept", "text/html")).await?;
                let title = "가".repeat(100);
                let body = serde_urlencoded::to_string([("title", title.as_str()), ("capacity", "1")]);
                nobody.request(Method::POST, "/api/create_room?back=/room").body(body.expect("a form"))
            }
            Asks::Head => nobody.request(Method::HEAD, "/room"),
            Asks::Ready => nobody.request(Method::GET, "/readyz"),
        };
        let request = request.header("accept", "text/html").header("origin", nobody.origin());
        nobody.try_send(request.header("content-type", "application/x-www-form-urlencoded")).await.map(drop)
    }

    /// Until what it gives is dropped. Counts what was answered.
    fn flood(self, house: &House) -> (JoinSet<()>, Arc<AtomicU64>) {
        let answered = Arc::new(AtomicU64::new(0));
        let mut asking = JoinSet::new();
        for _ in 0..STRANGERS {
            let (stranger, answered) = (house.visitor_from(3), answered.clone());
            let asks = async move {
                loop {
                    if self.once(&stranger).await.is_ok() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            };
            asking.spawn_on(asks, attackers());
        }
        (asking, answered)
    }
}

#[tokio::test]
async fn strangers_do_not_fill_the_disk() {
    let house = House::start().await;
    let seconds = if is_long() { 10 } else { 1 };
    // None of these figures grows with who asks, or how often.
    for (asks, most) in [
        (Asks::ForRoom, 128 * KIB),
        (Asks::Head, 128 * KIB),
        (Asks::Ready, (seconds / 5 + 2) * 64 * KIB),
        (Asks::ForRoomKnown, 2 * MIB),
    ] {
        let before = house.disk();
        let (asking, answered) = asks.flood(&house);
        sleep(Duration::from_secs(seconds)).await;
        drop(asking);
        let (answered, grown) = (answered.load(Ordering::Relaxed), house.disk().saturating_sub(before));
        println!("{asks:?}: {answered} in {seconds} s, the disk grew by {grown} bytes");
        assert!(answered >= 20, "{asks:?}: {answered} answers are no attack");
        assert!(grown <= most, "{asks:?}: {grown} bytes of {most}");
    }
}

#[tokio::test]
async fn others_go_on_meanwhile() {
    let house = House::start().await;
    let ratio = slowdown(&house, async || Asks::Head.flood(&house)).await;
    assert!(ratio <= 3.0, "{ratio} times slower");
}
