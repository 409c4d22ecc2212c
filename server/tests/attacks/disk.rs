//! Strangers must not be able to fill the disk with requests, nor to take others' time by looking around.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::helper::{MIB, TestServer, Visitor, attackers, is_long, slowdown};

/// The number of strangers who send requests in a loop at the same time.
const STRANGERS: usize = 8;

const KIB: u64 = 1024;

/// The kind of request in a flood.
#[derive(Debug, Clone, Copy)]
enum Flood {
    /// A form for a new room that fails, with a body of 60 KB without any of its fields.
    FailedForm,
    /// A form for a new room that fails, by a visitor who has just got a cookie.
    FailedFormWithCookie,
    Head,
    Ready,
    /// The lobby, compressed as for a browser.
    Lobby,
    /// The lobby's rooms as JSON.
    Rooms,
}

impl Flood {
    /// Sends one request on the stranger's connection. The cookies of the response are not kept.
    async fn send_once(self, stranger: &Visitor) -> Result<(), reqwest::Error> {
        let nobody = stranger.at(stranger.address);
        let request = match self {
            Flood::FailedForm => nobody.request(Method::POST, "/api/create_room?back=/room").body("x".repeat(60_000)),
            Flood::FailedFormWithCookie => {
                nobody.try_send(nobody.request(Method::GET, "/room").header("accept", "text/html")).await?;
                let title = "가".repeat(100);
                let body = serde_urlencoded::to_string([("title", title.as_str()), ("capacity", "1")]);
                nobody.request(Method::POST, "/api/create_room?back=/room").body(body.expect("a form"))
            }
            Flood::Head => nobody.request(Method::HEAD, "/room"),
            Flood::Ready => nobody.request(Method::GET, "/readyz"),
            Flood::Lobby => nobody.request(Method::GET, "/").header("accept-encoding", "br"),
            Flood::Rooms => nobody.request(Method::GET, "/api/lobby_rooms").header("accept-encoding", "br"),
        };
        let request = request.header("accept", "text/html").header("origin", nobody.origin());
        nobody.try_send(request.header("content-type", "application/x-www-form-urlencoded")).await.map(drop)
    }

    /// Starts the flood, which ends when the returned set is dropped. The number counts the responses.
    fn start(self, server: &TestServer) -> (JoinSet<()>, Arc<AtomicU64>) {
        let answered = Arc::new(AtomicU64::new(0));
        let mut asking = JoinSet::new();
        for _ in 0..STRANGERS {
            let (stranger, answered) = (server.visitor_from(3), answered.clone());
            let requests = async move {
                loop {
                    if self.send_once(&stranger).await.is_ok() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            };
            asking.spawn_on(requests, attackers());
        }
        (asking, answered)
    }
}

#[tokio::test]
async fn strangers_do_not_fill_the_disk() {
    let server = TestServer::start().await;
    let seconds = if is_long() { 10 } else { 1 };
    // None of these bounds depends on the number of strangers or requests.
    for (flood, most) in [
        (Flood::FailedForm, 128 * KIB),
        (Flood::Head, 128 * KIB),
        (Flood::Ready, (seconds / 5 + 2) * 64 * KIB),
        (Flood::FailedFormWithCookie, 2 * MIB),
    ] {
        let before = server.disk();
        let (asking, answered) = flood.start(&server);
        sleep(Duration::from_secs(seconds)).await;
        drop(asking);
        let (answered, grown) = (answered.load(Ordering::Relaxed), server.disk().saturating_sub(before));
        println!("{flood:?}: {answered} in {seconds} s, the disk grew by {grown} bytes");
        assert!(answered >= 20, "{flood:?}: {answered} answers are no attack");
        assert!(grown <= most, "{flood:?}: {grown} bytes of {most}");
    }
}

/// A flood of requests that change nothing must not delay other visitors. The limits are lifted, so that it never ends.
#[tokio::test]
async fn others_go_on_meanwhile() {
    let lifted =
        ["LIMIT_NEW_ROOMS", "LIMIT_LOOKS", "LIMIT_SEARCHES", "LIMIT_REQUESTS"].map(|limit| (limit, "1000000/1"));
    let server = TestServer::start_with(&lifted).await;
    for n in 0..50 {
        server.visitor_from(2).create_room(&format!("a room, number {n}"), "10", "").await;
    }
    // Each of a message's three steps waits for at most one piece of work. Compressed answers have the longest pieces.
    for (flood, most) in [(Flood::Head, 3.0), (Flood::Lobby, 6.0), (Flood::Rooms, 4.0)] {
        let looked = AtomicU64::new(0);
        let ratio = slowdown(&server, async || {
            let (asking, answered) = flood.start(&server);
            Counted { _asking: asking, answered, total: &looked }
        })
        .await;
        let looked = looked.into_inner();
        println!("beside {looked} times {flood:?} sends take {ratio:.2} times as long");
        assert!(looked > 500, "{flood:?}: {looked} answers are no flood");
        assert!(ratio <= most, "{flood:?}: {ratio} times slower");
    }
}

/// A flood whose answers are added up when it ends.
struct Counted<'a> {
    _asking: JoinSet<()>,
    answered: Arc<AtomicU64>,
    total: &'a AtomicU64,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.total.fetch_add(self.answered.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}
