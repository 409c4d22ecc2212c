//! Copies of GIFs: who makes them, and what happens when one is lost. (What is in them is tested where they are made, in
//! the crate `light`.)

use tokio::sync::watch;

use super::media::send_bytes;
use super::*;
use crate::media::Rendition;
use crate::service::copies::{Copier, Made};
use chat::event::PROTOCOL;
use chat::gif::{Facts, GifFacts, GifHash};

/// Makes the same copies of every GIF as soon as the test lets it, ends as soon as the test lets it, and counts how many it
/// has begun.
struct TestCopier {
    may: watch::Receiver<bool>,
    may_end: watch::Receiver<bool>,
    begun: watch::Sender<u32>,
}

impl Copier for TestCopier {
    fn make(&self, _: &[u8], tell: &mut dyn FnMut(Made)) {
        self.begun.send_modify(|begun| *begun += 1);
        let until = |may: &watch::Receiver<bool>| {
            let mut may = may.clone();
            tokio::runtime::Handle::current().block_on(may.wait_for(|may| *may)).expect("a test that goes on");
        };
        until(&self.may);
        tell(Made { still: Some(STILL), light: Some(LIGHT), flashes: Some(false) });
        until(&self.may_end);
    }
}

const STILL: Bytes = Bytes::from_static(b"a still");
const LIGHT: Bytes = Bytes::from_static(b"a light copy");
const FACTS: Facts = Facts { still: true, light: true, flashes: Some(false) };

/// Nodes on one store, each with a copier. (No bus joins them.)
struct Nodes {
    dir: TempDir,
    store: Arc<dyn Store>,
    may: watch::Sender<bool>,
    may_end: watch::Sender<bool>,
    begun: watch::Sender<u32>,
}

impl Nodes {
    fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let store = Arc::new(SqliteStore::open(&dir.path().join("chat.db")).expect("a store"));
        let (may, may_end) = (watch::Sender::new(false), watch::Sender::new(true));
        Self { dir, store, may, may_end, begun: watch::Sender::new(0) }
    }

    async fn open(&self, node: Option<NodeId>) -> Arc<Chat> {
        let ports = ports(self.store.clone(), node, &self.dir, Arc::default());
        let copier =
            TestCopier { may: self.may.subscribe(), may_end: self.may_end.subscribe(), begun: self.begun.clone() };
        let chat = open_with(Ports { copier: Some(Arc::new(copier)), ..ports }, Config::default()).await;
        chat.beat_and_take_over().await.expect("a store that answers");
        chat
    }

    async fn until_begun(&self, times: u32) {
        let mut begun = self.begun.subscribe();
        in_time(begun.wait_for(|begun| *begun == times)).await.expect("a copier");
    }
}

/// The time limit is twice as long as a node waits until it has looked four times.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("in time")
}

/// A GIF of two frames.
fn moving_gif() -> Bytes {
    let mut bytes = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x07\x00\x00\xff\xff\xff".to_vec();
    for _ in 0..2 {
        bytes.extend_from_slice(b"\x21\xf9\x04\x00\x09\x00\x00\x00");
        bytes.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00");
    }
    bytes.push(b'\x3b');
    bytes.into()
}

/// Makes a room of this person, who watches it and sends the GIF there.
async fn sent(chat: &Arc<Chat>, who: u8) -> (RoomId, Feed, GifHash) {
    let room = chat.create_room(&person(who), None, "방", "10", "").await.expect("a room");
    let mut feed = chat.watch_room(person(who).id, room, 0, PROTOCOL).await.expect("a feed");
    caught_up(&mut feed).await;
    (room, feed, send_bytes(chat, &person(who), room, moving_gif(), Target::default()).await.1)
}

/// The next facts about a GIF that the feed is told.
async fn told(feed: &mut Feed) -> GifFacts {
    in_time(async {
        loop {
            if let Down::Gif(known) = decoded(&feed.next().await.expect("a frame")) {
                return known;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_nodes_makes_the_copies_and_both_tell_their_rooms() {
    let nodes = Nodes::new();
    let (a, b) = (nodes.open(Some(NodeId([1; 16]))).await, nodes.open(Some(NodeId([2; 16]))).await);
    let (_, mut of_a, sha) = sent(&a, 1).await;
    nodes.until_begun(1).await;
    let (_, mut of_b, _) = sent(&b, 2).await;
    nodes.may.send_replace(true);
    for feed in [&mut of_a, &mut of_b] {
        assert_eq!(told(feed).await, GifFacts { sha, facts: FACTS });
    }
    assert_eq!(*nodes.begun.borrow(), 1, "they are made once");
    assert_eq!(b.media.get(sha, Rendition::Light).await, Ok(LIGHT));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_was_making_another_makes() {
    let nodes = Nodes::new();
    let (a, b) = (nodes.open(Some(NodeId([1; 16]))).await, nodes.open(Some(NodeId([2; 16]))).await);
    sent(&a, 1).await;
    nodes.until_begun(1).await;
    let (_, mut of_b, sha) = sent(&b, 2).await;
    // The other nodes do this when its heartbeat stands still.
    nodes.store.forget_node(NodeId([1; 16])).await.expect("forgotten");
    nodes.until_begun(2).await;
    nodes.may.send_replace(true);
    assert_eq!(told(&mut of_b).await, GifFacts { sha, facts: FACTS });
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_a_gif_while_its_copier_ends_is_told_too() {
    let nodes = Nodes::new();
    nodes.may_end.send_replace(false);
    let chat = nodes.open(None).await;
    let (_, mut first, sha) = sent(&chat, 1).await;
    nodes.may.send_replace(true);
    assert_eq!(told(&mut first).await, GifFacts { sha, facts: FACTS });
    let (_, mut second, _) = sent(&chat, 2).await;
    nodes.may_end.send_replace(true);
    assert_eq!(told(&mut second).await, GifFacts { sha, facts: FACTS });
    assert_eq!(*nodes.begun.borrow(), 1, "they are made once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_lost_is_made_again() {
    let nodes = Nodes::new();
    nodes.may.send_replace(true);
    let chat = nodes.open(None).await;
    let (room, mut feed, sha) = sent(&chat, 1).await;
    assert_eq!(told(&mut feed).await, GifFacts { sha, facts: FACTS });
    let path = nodes.dir.path().join(format!("media/{:02x}/{sha}.light.webp", sha.0[0]));
    std::fs::remove_file(path).expect("removed");
    let shown = chat.gif(person(1).id, room, sha).await.expect("seen");
    assert_eq!(shown.open(Rendition::Light).await.err(), Some(Error::NotFound));
    assert_eq!(told(&mut feed).await, GifFacts { sha, facts: FACTS });
    assert_eq!(shown.open(Rendition::Light).await.expect("a copy").whole().await, Ok(LIGHT));
    assert_eq!(*nodes.begun.borrow(), 2);
    // A copy that the facts do not name is not made.
    chat.store.set_gif_facts(sha, Facts { light: false, ..FACTS }).await.expect("set");
    chat.media.remove(sha).await.expect("removed");
    assert_eq!(shown.open(Rendition::Light).await.err(), Some(Error::NotFound));
    assert_eq!(chat.store.gif_facts(&[sha]).await.map(|facts| facts.len()), Ok(1));
}
