//! Attacks on memory by slow readers: GIFs that are requested and not read.

use std::collections::BTreeMap;
use std::time::Duration;

use chat::{Entry, Error, RoomId};
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::multipart::Part;

use crate::helper::{
    MIB, RAISED_LIMITS, RawConnection, TIMEOUT, TestServer, Visitor, hash_of, large_gif, scaled, slowdown,
};

/// The most GIFs at a time for one visitor, as in `server::gifs::GIFS_AT_ONCE`.
const PER_VISITOR: usize = 16;

/// The same for a few addresses together: half of the total, because the other half is for addresses with few requests.
const PER_FEW_ADDRESSES: usize = 512;

/// The memory in bytes that one GIF may take while it is sent, including its connection and task.
const BYTES_EACH: u64 = 256 * 1024;

/// Creates a room with a large GIF. Returns its owner, the room, and the GIF's path.
async fn room_with_gif(server: &TestServer) -> (Visitor, RoomId, String) {
    let ann = server.visitor();
    let room = ann.create_room("방", "100", "").await;
    let gif = Part::bytes(large_gif((4.7 * MIB as f64) as usize));
    let entry: Entry = ann.upload(room, gif, &[]).await.json();
    (ann, room, format!("/gif/{room}/{}", hash_of(&entry)))
}

/// Requests the GIF, waits for the head of the response, and reads no more.
async fn ask_and_stop(server: &TestServer, who: &Visitor, from: u8, path: &str) -> (RawConnection, Option<u16>) {
    let mut raw = RawConnection::open(server.address, from).await.expect("a connection");
    raw.send_head(who, "GET", path, "").await.expect("sent");
    let status = raw.status(TIMEOUT).await;
    (raw, status)
}

#[tokio::test]
async fn unread_gifs_take_little_memory_and_nobodys_time() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, room, path) = room_with_gif(&server).await;
    assert!(ann.get(&path).await.bytes.len() as f64 > 4.7 * MIB as f64);
    let all = scaled(600);
    let each = PER_VISITOR - 1;
    let mut readers = Vec::new();
    for n in 0..all.div_ceil(each) {
        let reader = server.visitor_from(2 + (n / 10) as u8);
        assert_eq!(reader.enter(room, "").await.status, 200);
        readers.push(reader);
    }
    let before = server.memory();
    let mut most = 0;
    let attack = async || {
        let who = (0..all).map(|n| n / each);
        let unread = join_all(who.map(|n| ask_and_stop(&server, &readers[n], 2 + (n / 10) as u8, &path))).await;
        let (sent, refused): (Vec<_>, Vec<_>) = unread.iter().partition(|(_, status)| *status == Some(200));
        let others: BTreeMap<Option<u16>, usize> = refused.iter().fold(BTreeMap::new(), |mut counts, (_, status)| {
            *counts.entry(*status).or_default() += 1;
            counts
        });
        assert_eq!(sent.len(), all.min(PER_FEW_ADDRESSES), "beside {others:?}");
        assert!(others.keys().all(|status| *status == Some(429)), "{others:?}");
        most = most.max(server.memory());
        unread
    };
    let ratio = slowdown(&server, attack).await;
    let grown = most.saturating_sub(before);
    println!("{all} unread GIFs of 4.7 MiB: {} MiB more, sends {ratio:.2} times as long", grown / MIB);
    assert!(grown <= all as u64 * BYTES_EACH + 16 * MIB, "{} MiB more", grown / MIB);
    assert!(ratio <= 3.0, "{ratio}");
}

#[tokio::test]
async fn one_visitor_has_so_many_at_once_and_the_others_have_theirs() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, room, path) = room_with_gif(&server).await;
    let ben = server.visitor();
    assert_eq!(ben.enter(room, "").await.status, 200);
    let mut unread = join_all((0..PER_VISITOR).map(|_| ask_and_stop(&server, &ann, 1, &path))).await;
    assert!(unread.iter().all(|(_, status)| *status == Some(200)));
    let one_more = ann.fetch(&path).await;
    assert!(matches!(one_more.error(), (429, Error::TooMany { .. })), "{:?}", one_more.error());
    assert!(!one_more.header("retry-after").is_empty());
    assert_eq!(ben.fetch(&path).await.status, 200, "somebody else at the same address");
    let known = ann.request(Method::GET, &path).header("if-none-match", ben.fetch(&path).await.header("etag"));
    assert_eq!(ann.send(known).await.status, 304, "what is known takes no place");
    // A request that waits is served as soon as another one ends.
    let waiting = ask_and_stop(&server, &ann, 1, &path);
    let ((_raw, status), ()) = tokio::join!(waiting, async { drop(unread.pop()) });
    assert_eq!(status, Some(200));
}

#[tokio::test]
async fn what_a_browser_has_is_not_read_again() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, _, path) = room_with_gif(&server).await;
    let shown = ann.get(&path).await;
    assert_eq!(shown.header("content-length"), shown.bytes.len().to_string());
    let head = ann.send(ann.request(Method::HEAD, &path)).await;
    assert_eq!((head.header("content-length"), head.bytes.len()), (shown.header("content-length"), 0));
    std::fs::remove_dir_all(server.data_dir().join("gifs")).expect("its GIFs");
    let ask_again = || ann.send(ann.request(Method::GET, &path).header("if-none-match", shown.header("etag")));
    assert_eq!(ask_again().await.status, 304);
    assert_eq!(ann.get(&path).await.status, 404, "it is gone");
    let ben = server.visitor();
    ben.get("/").await;
    let asked = ben.request(Method::GET, &path).header("if-none-match", shown.header("etag"));
    assert_eq!(ben.send(asked).await.status, 403, "who may not see it is told nothing");
}

/// A GIF that is removed while it is sent is still sent to its end, because the open file outlives its name.
#[tokio::test]
async fn a_gif_that_is_removed_meanwhile_comes_whole_or_breaks_off() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, room, path) = room_with_gif(&server).await;
    let whole = ann.get(&path).await.bytes;
    let (mut reading, status) = ask_and_stop(&server, &ann, 1, &path).await;
    assert_eq!(status, Some(200));
    assert_eq!(ann.act("remove_message", room, &[("seq", "2")]).await.status, 200);
    assert_eq!(ann.get(&path).await.status, 404);
    let rest = reading.read_up_to(whole.len(), Duration::from_secs(10)).await;
    assert!(rest == whole, "{} of {} bytes", rest.len(), whole.len());
}
