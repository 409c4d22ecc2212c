//! Two nodes on one store, joined by NATS.

mod kept;
mod people;

use super::*;
use crate::bus::Reach;
use crate::bus::nats::NatsBus;
use chat::event::PROTOCOL;
use chat::id::NodeId;

const SECOND: Duration = Duration::from_secs(1);

/// Two or more nodes, whose clock the test moves. Their upkeep runs only when the test says so.
struct Cluster {
    nodes: Vec<Arc<Chat>>,
    clock: Arc<TestClock>,
    store: Arc<dyn Store>,
    dir: TempDir,
    deployment: String,
}

impl Cluster {
    async fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let store = Arc::new(SqliteStore::open(&dir.path().join("chat.db")).expect("a store"));
        let deployment = RoomId::generate().to_string();
        let mut cluster = Self { nodes: Vec::new(), clock: Arc::default(), store, dir, deployment };
        cluster.open().await;
        cluster.open().await;
        cluster
    }

    /// Opens one more node.
    async fn open(&mut self) {
        let (url, node) =
            (std::env::var("GIFCHAT_TEST_NATS").expect("a NATS server: run it by bin/test"), NodeId::generate());
        let link = NatsBus::open(&url, &self.deployment, node).await.expect("a link");
        let ports = Ports {
            store: self.store.clone(),
            media: Arc::new(FilesMedia::open(&self.dir.path().join("media")).expect("a media store")),
            connect_bus: Box::new(|inbox| link.bus(inbox)),
            clock: self.clock.clone(),
            spool: Spool::open(&[self.dir.path().join("uploads")]),
            copier: None,
            node: Some(node),
        };
        let limits = boundless();
        let chat = Chat::open(ports, Config { limits, ..Config::default() }).await.expect("a service");
        until(async || chat.bus.reach() == Reach::Connected).await;
        self.nodes.push(chat);
    }

    async fn advance(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
        for node in &self.nodes {
            node.beat_and_take_over().await.expect("a store that answers");
            node.sweep().await;
        }
    }

    /// The whole log, written like [`Fixture::log`].
    async fn log(&self, room: RoomId) -> Vec<String> {
        self.store.log(room, 0, 1000).await.expect("the log").iter().map(shown).collect()
    }
}

/// Waits until a condition holds. Ten seconds are more than it takes on any machine.
async fn until(is_so: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + 10 * SECOND;
    while !is_so().await {
        assert!(tokio::time::Instant::now() < deadline, "it never came to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn watch(chat: &Arc<Chat>, who: u8, room: RoomId) -> Feed {
    let mut feed = chat.watch_room(person(who).id, room, 0, PROTOCOL).await.expect("a feed");
    caught_up(&mut feed).await;
    feed
}

/// The next entry of a feed.
async fn next(feed: &mut Feed) -> String {
    loop {
        let frame = tokio::time::timeout(10 * SECOND, feed.next()).await.expect("in time").expect("a frame");
        match decoded(&frame) {
            Down::Entry(entry) => break shown(&entry),
            Down::Absent { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Makes a room with person 1 on the first node and person 2 on the second, both watching.
async fn together(cluster: &Cluster) -> (RoomId, Feed, Feed) {
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    let room = a.create_room(&person(1), None, "둘이서", "10", "").await.expect("a room");
    b.enter(&person(2), None, room, "").await.expect("a seat");
    let feeds = (watch(a, 1, room).await, watch(b, 2, room).await);
    until(async || {
        let seats = cluster.store.room(room).await.expect("the room").seats;
        seats.iter().all(|seat| seat.nodes.len() == 1)
    })
    .await;
    (room, feeds.0, feeds.1)
}

#[tokio::test]
async fn what_happens_on_one_node_is_told_on_the_other() {
    let cluster = Cluster::new().await;
    let (room, mut one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    for n in 0..50 {
        let (chat, who) = if n % 2 == 0 { (a, 1) } else { (b, 2) };
        chat.send_text(person(who).id, room, ClientId::generate(), &n.to_string(), Target::default())
            .await
            .expect("said");
    }
    let mut said = Vec::new();
    for n in 0..50 {
        said.push((next(&mut one).await, next(&mut two).await));
        let expected = format!("{}:{n}", n % 2 + 1);
        assert_eq!(said[n], (expected.clone(), expected));
    }
    until(async || b.totals() == Totals { rooms: 1, people: 2 } && a.totals() == b.totals()).await;
    assert_eq!(a.lobby("", None).await, b.lobby("", None).await);

    b.leave(person(2).id, room).await.expect("left");
    assert_eq!(next(&mut one).await, "2-");
    assert!(matches!(two.next().await, Err(Close::NotSeated)));
    a.leave(person(1).id, room).await.expect("left");
    until(async || b.totals() == Totals::default()).await;
}

#[tokio::test]
async fn what_the_bus_loses_is_read_from_the_store() {
    let cluster = Cluster::new().await;
    let (room, mut one, mut two) = together(&cluster).await;
    // This entry is stored and never published, as if the bus had lost it.
    let lost = crate::store::cases::text("잃어버린 말");
    cluster
        .store
        .append(room, person(1).id, ClientId::generate(), lost.into(), cluster.clock.now())
        .await
        .expect("stored");
    cluster.nodes[0]
        .send_text(person(1).id, room, ClientId::generate(), "다음 말", Target::default())
        .await
        .expect("said");
    for feed in [&mut one, &mut two] {
        assert_eq!([next(feed).await, next(feed).await], ["1:잃어버린 말", "1:다음 말"]);
    }
    // A lost entry is found even if no other entry follows it.
    let lost = crate::store::cases::text("마지막 말");
    cluster
        .store
        .append(room, person(1).id, ClientId::generate(), lost.into(), cluster.clock.now())
        .await
        .expect("stored");
    let (one, two) =
        tokio::time::timeout(15 * SECOND, futures_util::future::join(one.next(), two.next())).await.expect("in time");
    assert_eq!(one, two);
}

#[tokio::test]
async fn a_dead_nodes_seats_end_once_and_their_grace_began_with_its_death() {
    let mut cluster = Cluster::new().await;
    let (room, one, mut two) = together(&cluster).await;
    cluster.advance(SECOND).await;
    drop((cluster.nodes.remove(0), one));
    cluster.open().await;
    cluster.advance(9 * SECOND).await;
    cluster.advance(SECOND).await;
    let seats = cluster.store.room(room).await.expect("the room").seats;
    assert_eq!(seats.iter().map(|seat| seat.nodes.len()).collect::<Vec<_>>(), [0, 1], "taken over");
    cluster.advance(1788 * SECOND).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
    cluster.advance(2 * SECOND).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+", "1-", "2="], "half an hour after its last beat, told once");
    assert_eq!([next(&mut two).await, next(&mut two).await], ["1-", "2="]);
    cluster.advance(60 * SECOND).await;
    assert_eq!(cluster.log(room).await.len(), 4);
}

#[tokio::test]
async fn who_comes_to_another_node_in_time_keeps_the_seat() {
    let mut cluster = Cluster::new().await;
    let (room, one, _two) = together(&cluster).await;
    drop((cluster.nodes.remove(0), one));
    let _one = watch(&cluster.nodes[0], 1, room).await;
    for _ in 0..10 {
        cluster.advance(10 * SECOND).await;
    }
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn a_node_taken_for_dead_tells_its_seats_again() {
    let cluster = Cluster::new().await;
    let (room, _one, _two) = together(&cluster).await;
    let a = &cluster.nodes[0];
    let me = a.nodes.as_ref().expect("a node").me;
    cluster.store.forget_node(me).await.expect("forgotten");
    cluster.nodes[1].beat_and_take_over().await.expect("a look");
    cluster.nodes[1].beat_and_take_over().await.expect("a look");
    a.beat_and_take_over().await.expect("a beat");
    until(async || {
        a.sweep().await;
        let seats = cluster.store.room(room).await.expect("the room").seats;
        seats.iter().all(|seat| seat.nodes.len() == 1)
    })
    .await;
    for _ in 0..10 {
        cluster.advance(10 * SECOND).await;
    }
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn who_is_seen_now_here_now_there_keeps_the_seat() {
    let cluster = Cluster::new().await;
    let (room, _one, mut two) = together(&cluster).await;
    two.say_goodbye();
    drop(two);
    for n in 0..12 {
        // Without JavaScript, each look may reach another node.
        cluster.nodes[n / 3 % 2].look(person(2).id, room).await.expect("inside");
        for _ in 0..5 {
            cluster.advance(3 * SECOND).await;
        }
    }
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
    for _ in 0..12 {
        cluster.advance(3 * SECOND).await;
    }
    assert_eq!(cluster.log(room).await, ["1+", "2+", "2-"], "and not, when they are not seen any more");
}

#[tokio::test]
async fn a_node_that_stops_leaves_its_seats_to_the_others_at_once() {
    let mut cluster = Cluster::new().await;
    let (room, one, _two) = together(&cluster).await;
    let a = cluster.nodes.remove(0);
    drop(one);
    let me = a.nodes.as_ref().expect("a node").me;
    cluster.store.forget_node(me).await.expect("as closing does");
    drop(a);
    cluster.advance(SECOND).await;
    let seats = cluster.store.room(room).await.expect("the room").seats;
    assert_eq!(seats.iter().map(|seat| seat.nodes.len()).collect::<Vec<_>>(), [0, 1]);
}
