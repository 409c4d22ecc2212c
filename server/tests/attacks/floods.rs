//! Floods of rooms, messages and searches by strangers, who can become new visitors at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use chat::event::LobbyPage;
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::ACCEPT;

use crate::helper::{MIB, TestServer, Visitor, attackers, scaled, slowdown};

/// The number of requests at a time.
const AT_ONCE: usize = 40;

/// The number of rooms that one address may create by default, which is that of ten visitors.
const ROOMS_OF_AN_ADDRESS: usize = 50;

/// The number of messages in ten seconds above which the people in a room have to take turns.
const MESSAGES_OF_A_ROOM: usize = 50;

async fn rooms_in(server: &TestServer) -> u32 {
    server.visitor_from(250).fetch("/api/lobby_rooms").await.json::<LobbyPage>().totals.rooms
}

#[tokio::test]
async fn one_address_makes_no_more_rooms_than_ten_visitors() {
    let server = TestServer::start().await;
    let disk = server.disk();
    let (made, began) = (AtomicUsize::new(0), Instant::now());
    let many = (0..AT_ONCE).map(async |_| {
        for _ in 0..scaled(10_000) / AT_ONCE {
            let stranger = server.visitor_from(2);
            let answer = stranger.call("create_room", &[("title", "a"), ("capacity", "10"), ("password", "")]).await;
            made.fetch_add(usize::from(answer.status.is_success()), Ordering::Relaxed);
        }
    });
    join_all(many).await;
    let (made, grown) = (made.into_inner(), server.disk().saturating_sub(disk));
    println!("{made} rooms of {} tries, {} KiB of disk", scaled(10_000), grown / 1024);
    // The limit allows one more room every twelve seconds.
    let most = ROOMS_OF_AN_ADDRESS + began.elapsed().as_secs() as usize / 12 + 1;
    assert!((ROOMS_OF_AN_ADDRESS..=most).contains(&made), "{made}");
    assert_eq!(rooms_in(&server).await as usize, made);
    assert!(grown < 8 * MIB, "{grown}");
    server.visitor_from(3).create_room("somebody else's", "10", "").await;
}

#[tokio::test]
async fn eight_bots_do_not_talk_a_room_to_death() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "10/10")]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "20", "").await;
    let bots: Vec<_> = (0..8).map(|n| server.visitor_from(10 + n)).collect();
    for bot in &bots {
        assert_eq!(bot.enter(room, "").await.status, 200);
    }
    let said = join_all(bots.iter().map(async |bot| {
        let mut said = 0;
        for _ in 0..10 {
            said += usize::from(bot.say(room, "아").await.status.is_success());
        }
        said
    }));
    let said: usize = said.await.into_iter().sum();
    println!("{said} of 80 messages");
    // The limit allows five more messages each second of the test.
    assert!(said <= MESSAGES_OF_A_ROOM + 20, "{said}");
    ann.say_ok(room, "who has said little is heard").await;
}

/// A search that finds nothing compares every title.
#[tokio::test]
async fn searches_take_nobodys_time() {
    let lifted =
        ["LIMIT_NEW_ROOMS", "LIMIT_SEARCHES", "LIMIT_LOOKS", "LIMIT_REQUESTS"].map(|limit| (limit, "1000000/1"));
    let server = TestServer::start_with(&lifted).await;
    join_all((0..8).map(async |_| {
        let maker = server.visitor_from(2);
        for n in 0..20_000 / 8 {
            maker.create_room(&format!("a title as people make them, number {n}"), "10", "").await;
        }
    }))
    .await;
    let searched = Arc::new(AtomicUsize::new(0));
    let ratio =
        slowdown(&server, async || Searching::start((0..4).map(|n| server.visitor_from(20 + n)), &searched)).await;
    println!("beside {} searches sends take {ratio:.2} times as long", searched.load(Ordering::Relaxed));
    assert!(searched.load(Ordering::Relaxed) > 100);
    assert!(ratio <= 3.0, "{ratio}");
}

/// Searches in an endless loop. It stops on drop.
struct Searching(Arc<AtomicBool>);

impl Searching {
    fn start(searchers: impl Iterator<Item = Visitor>, searched: &Arc<AtomicUsize>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        for searcher in searchers {
            let (over, searched) = (over.clone(), searched.clone());
            attackers().spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let search = searcher.request(Method::GET, "/api/lobby_rooms?query=nothing+is+called+so");
                    // The server may stop during the last one.
                    if searcher.try_send(search.header(ACCEPT, "application/json")).await.is_err() {
                        break;
                    }
                    searched.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self(over)
    }
}

impl Drop for Searching {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
