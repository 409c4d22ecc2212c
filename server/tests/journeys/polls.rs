//! Polls: the frames of a socket over HTTP, for browsers without sockets.

use std::time::{Duration, Instant};

use chat::event::{Close, Down, LOBBY_PAGE, PROTOCOL, Polled, Up};
use chat::{Act, Entry, Error, RoomId, VisitorId, What};
use reqwest::Method;
use reqwest::header::ORIGIN;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::helper::{Poller, TIMEOUT, TestServer, id_of, logged};

fn room_of(room: RoomId) -> Up {
    Up::WatchRoom { room, after: 0 }
}

fn entries(polled: &Polled) -> Vec<Entry> {
    let entry = |down: &Down| if let Down::Entry(entry) = down { Some(entry.clone()) } else { None };
    polled.downs.iter().filter_map(entry).collect()
}

/// Whether this poll was told that this person is absent.
fn is_absent(polled: &Polled, who: VisitorId) -> bool {
    polled.downs.iter().any(|down| match down {
        Down::CaughtUp { absent, .. } | Down::Absent { people: absent } => absent.contains(&who),
        _ => false,
    })
}

/// Returns the answer, and asserts that it came within five seconds, far less than a poll may wait.
async fn at_once<T>(asked: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let answer = asked.await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    answer
}

#[tokio::test]
async fn what_one_says_the_other_hears_as_soon_as_it_is_said() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut page = Poller::new(&ann, room_of(room));
    let first = at_once(page.ask(true)).await;
    assert_eq!(entries(&first).iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(first.downs.last(), Some(Down::CaughtUp { seq: 2, .. })), "{first:?}");
    // Polls also tell who comes and goes.
    let mut socket = ben.socket().await;
    socket.watch_from_start(room).await;
    socket.close(None).await;
    while !is_absent(&page.ask(true).await, id_of(&ben).await) {}

    for n in 0..3 {
        let (polled, said) = tokio::join!(page.ask_for_entries(), async {
            sleep(Duration::from_millis(500)).await;
            let said = ben.say_ok(room, &format!("{n}")).await;
            (said, Instant::now())
        });
        assert_eq!(entries(&polled), [said.0], "{polled:?}");
        assert!(said.1.elapsed() < Duration::from_secs(3), "{:?}", said.1.elapsed());
        assert!(polled.waits && polled.close.is_none());
    }
    // What was said between two polls is told at once.
    let said = ben.say_ok(room, "사이에").await;
    assert_eq!(entries(&at_once(page.ask(true)).await), [said]);
}

#[tokio::test]
async fn a_poll_without_news_ends_before_proxies_lose_patience() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut page = Poller::new(&ann, room_of(room));
    page.ask(true).await;
    let known = page.state.clone();
    let began = Instant::now();
    let polled = page.ask(true).await;
    assert_eq!(polled, Polled { downs: Vec::new(), state: known, close: None, waits: true });
    assert!((15..25).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn the_lobby_is_polled_too() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1000/1")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let oldest = ann.create_room("방", "10", "").await;
    for _ in 0..LOBBY_PAGE {
        ann.create_room("방", "10", "").await;
    }
    ben.get("/").await;
    let mut page = Poller::new(&ben, Up::WatchLobby);
    page.watch.push(Up::ShowCards { rooms: vec![oldest] });
    let first = at_once(page.ask(true)).await;
    assert!(matches!(&first.downs[..], [Down::Lobby(page), Down::LobbyChange(change)]
        if page.more && page.cards.len() == LOBBY_PAGE && change.changed[0].id == oldest));
    ben.enter(oldest, "").await;
    let is_two =
        |down: &Down| matches!(down, Down::LobbyChange(change) if change.changed.iter().any(|card| card.people == 2));
    let mut polled = page.ask(true).await;
    while !polled.downs.iter().any(is_two) {
        polled = page.ask(true).await;
    }
    // A poll that does not wait is told everything.
    assert!(matches!(&at_once(page.ask(false)).await.downs[..], [Down::Lobby(_), Down::LobbyChange(_)]));
    assert!(page.state.is_some());
}

#[tokio::test]
async fn who_may_not_watch_is_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.get("/").await;
    for (room, close) in [(room, Close::NotSeated), (RoomId([7; 16]), Close::RoomGone)] {
        let polled = at_once(Poller::new(&ben, room_of(room)).ask(true)).await;
        assert_eq!((polled.close, polled.downs.len()), (Some(close.code()), 0));
    }
    ben.enter(room, "").await;
    let mut page = Poller::new(&ben, room_of(room));
    page.ask(true).await;
    let (polled, _) = tokio::join!(page.ask(true), async {
        sleep(Duration::from_millis(500)).await;
        ben.call("leave_room", &[("room", &room.to_string())]).await;
    });
    assert_eq!(polled.close, Some(Close::NotSeated.code()));

    let stranger = server.visitor();
    let answer = Poller::new(&stranger, Up::WatchLobby).send(&Poller::new(&stranger, Up::WatchLobby).poll(true)).await;
    assert_eq!(answer.error(), (403, Error::Refused));
    let poll = serde_json::to_string(&Poller::new(&ben, Up::WatchLobby).poll(true)).expect("JSON");
    for (origin, status) in [("http://evil.example", 403), ("null", 403)] {
        let request = ben.request(Method::POST, "/poll").header(ORIGIN, origin).body(poll.clone());
        assert_eq!(ben.send(request).await.status, status, "{origin}");
    }
    assert_eq!(ben.send(ben.request(Method::POST, "/poll").body(poll)).await.status, 403, "no origin");
}

#[tokio::test]
async fn what_is_out_of_turn_is_refused_like_on_a_socket() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let hello = |protocol| Up::Hello { protocol };
    for (ups, close) in [
        (vec![hello(PROTOCOL + 1), Up::WatchLobby], Close::OldPage),
        (vec![Up::WatchLobby], Close::BadFrame),
        (vec![], Close::BadFrame),
        (vec![hello(PROTOCOL)], Close::BadFrame),
        (vec![hello(PROTOCOL), hello(PROTOCOL), Up::WatchLobby], Close::BadFrame),
        (vec![hello(PROTOCOL), Up::ShowCards { rooms: Vec::new() }, Up::WatchLobby], Close::BadFrame),
        ([vec![hello(PROTOCOL)], vec![Up::WatchLobby; 5]].concat(), Close::BadFrame),
    ] {
        let page = Poller::new(&ann, Up::WatchLobby);
        let mut poll = page.poll(true);
        poll.ups = ups;
        let polled: Polled = page.send(&poll).await.json();
        assert_eq!(polled.close, Some(close.code()), "{:?}", poll.ups);
    }
    for (body, status) in [(String::new(), 403), ("{".to_owned(), 403), ("[]".to_owned(), 403), ("a".repeat(9000), 413)]
    {
        let request = ann.request(Method::POST, "/poll").header(ORIGIN, ann.origin()).body(body);
        assert_eq!(ann.send(request).await.status, status);
    }
    assert_eq!(ann.get("/poll").await.status, 405);
}

#[tokio::test]
async fn a_seat_is_watched_between_two_polls_and_a_little_longer() {
    let server = TestServer::start_with(&[("ROOM_GRACE", "1"), ("ROOM_AWAY_GRACE", "3600")]).await;
    let (ann, ben, juno) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    let mut ids = Vec::new();
    for who in [&ben, &juno] {
        who.enter(room, "").await;
        ids.push(id_of(who).await);
    }
    let (mut bens, mut junos) = (Poller::new(&ben, room_of(room)), Poller::new(&juno, room_of(room)));
    // Juno's tab is hidden.
    junos.again = 30;
    let began = Instant::now();
    bens.ask(false).await;
    junos.ask(false).await;
    // Both count as present for several sweeps. Ben is absent some ten seconds after his poll, and Juno is not.
    let mut absent = Vec::new();
    while began.elapsed() < Duration::from_secs(20) && absent != [ids[0]] {
        let next = tokio::time::timeout(Duration::from_secs(20), tab.next_without_timeout())
            .await
            .expect("news")
            .expect("open");
        if let Down::Absent { people } = next {
            absent = people;
            assert!(absent.is_empty() || began.elapsed() > Duration::from_secs(9), "{absent:?} {:?}", began.elapsed());
        }
    }
    assert_eq!(absent, [ids[0]]);
    // The others are told of Ben's next poll at once. His goodbye ends his seat, and Juno keeps hers.
    bens.ask(false).await;
    while !matches!(tab.next().await.expect("open"), Down::Absent { people } if people.is_empty()) {}
    bens.say_goodbye().await;
    while !matches!(tab.next().await.expect("open"), Down::Entry(entry) if entry.what == What::Left && entry.person.id == ids[0])
    {
    }
    let still = junos.ask(false).await;
    assert_eq!(still.close, None);
}

/// This is checked on SQLite, where each change is written to the log beside the database.
#[tokio::test]
async fn nothing_is_stored_between_two_polls() {
    if std::env::var("GIFCHAT_TEST_STORE").is_ok() {
        return;
    }
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut bens = Poller::new(&ben, room_of(room));
    bens.ask(false).await;
    let log = server.storage().data().join("gifchat.sqlite-wal");
    let written = || std::fs::read(&log).expect("a log");
    let before = written();
    for _ in 0..20 {
        bens.ask(false).await;
    }
    assert!(written() == before);
    ann.say_ok(room, "말").await;
    assert!(written() != before, "what is said is stored");
}

#[tokio::test]
async fn typing_goes_by_a_poll_of_its_own() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    let mut page = Poller::new(&ben, room_of(room));
    page.ask(true).await;
    let now = at_once(page.say(Up::Time)).await;
    assert!(matches!(&now.downs[..], [Down::Time { .. }, ..]));
    at_once(page.say(Up::Typing)).await;
    let id = id_of(&ben).await;
    while tab.next().await.expect("open") != (Down::Typing { person: id }) {}
}

#[tokio::test]
async fn two_polls_of_a_browser_wait_and_a_third_is_told_what_there_is() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut pages = [0; 3].map(|_| Poller::new(&ann, room_of(room)));
    for page in &mut pages {
        page.ask(true).await;
    }
    let [one, two, three] = &mut pages;
    let (one, two, (), bens) = tokio::join!(
        one.ask(true),
        two.ask(true),
        async {
            sleep(Duration::from_millis(300)).await;
            let third = at_once(three.ask(true)).await;
            assert!(!third.waits && entries(&third).is_empty());
            ben.say_ok(room, "안녕").await;
        },
        async {
            // The polls of another visitor are counted separately.
            let mut page = Poller::new(&ben, room_of(room));
            page.ask(true).await;
            page.ask(true).await
        }
    );
    assert!(one.waits && two.waits && bens.waits);
    assert_eq!((entries(&one).len(), entries(&two).len(), entries(&bens).len()), (1, 1, 1));
}

#[tokio::test]
async fn polls_are_counted_and_pages_that_poll_are_sockets() {
    let server = TestServer::start_with(&[("LIMIT_LOOKS", "40/3600")]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut refused = Vec::new();
    for _ in 0..45 {
        let mut page = Poller::new(&ann, room_of(room));
        // Its seat stays watched for longer than this test takes.
        page.again = 30;
        let answer = page.send(&page.poll(false)).await;
        if answer.status != 200 {
            refused.push(answer.error());
        }
    }
    let of = |act| {
        refused
            .iter()
            .filter(move |(status, error)| *status == 429 && matches!(error, Error::TooMany { of, .. } if *of == act))
    };
    assert_eq!(of(Act::Connect).count(), 20, "{refused:?}");
    assert_eq!(of(Act::Look).count(), 5, "{refused:?}");
}

#[tokio::test]
async fn of_polls_that_do_not_arrive_a_visitor_has_so_many() {
    let server = TestServer::start_with(&[("LIMIT_LOOKS", "1000/60")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    let head = format!(
        "POST /poll HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\nContent-Length: 100\r\n\r\n",
        server.address,
        ann.origin(),
        ann.cookie()
    );
    let mut silent = Vec::new();
    let page = Poller::new(&ann, Up::WatchLobby);
    let mut answers = Vec::new();
    let refused = timeout(TIMEOUT, async {
        while !matches!(answers.last(), Some((429, Error::TooMany { of: Act::Other, .. }))) {
            // One more each time: a poll that arrives holds a permit too, so one of the silent ones may be refused.
            let mut stream = TcpStream::connect(server.address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("sent");
            silent.push(stream);
            let answer = page.send(&page.poll(false)).await;
            if answer.status != 200 {
                answers.push(answer.error());
            }
        }
    });
    assert!(refused.await.is_ok(), "{answers:?}");
    assert!(silent.len() >= 32, "{}", silent.len());
    assert!(logged().contains("limit of the requests at once reached: Other"), "the host hears of it");
}

#[tokio::test]
async fn a_stop_ends_what_waits() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut page = Poller::new(&ann, room_of(room));
    page.ask(true).await;
    let began = Instant::now();
    let (_storage, polled) = tokio::join!(
        async {
            sleep(Duration::from_millis(300)).await;
            server.stop().await
        },
        page.ask(true)
    );
    assert_eq!(polled.close, Some(Close::GoingAway.code()));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_whisper_is_told_to_nobody_else() {
    let server = TestServer::start().await;
    let (ann, ben, juno) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    for who in [&ben, &juno] {
        who.enter(room, "").await;
    }
    let to = id_of(&ben).await.to_string();
    ann.call("send_text", &[("room", &room.to_string()), ("text", "비밀"), ("to", &to)]).await;
    for (who, hears) in [(&ann, true), (&ben, true), (&juno, false)] {
        let polled = Poller::new(who, room_of(room)).ask(true).await;
        assert_eq!(polled.downs.contains(&Down::Skip { seq: 4 }), !hears);
        assert_eq!(who.has_received("비밀"), hears);
    }
}
