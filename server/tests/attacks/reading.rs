//! Memory by reading slowly: GIFs that are asked for and not read.

use std::collections::BTreeMap;
use std::time::Duration;

use chat::{Entry, Error, RoomId};
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::multipart::Part;

use crate::helper::{House, LIFTED, MIB, PATIENCE, Raw, Visitor, a_tenth_of, hash_of, large_gif, slowdown};

/// As `server::gifs::AT_ONCE` has it.
const A_VISITORS: usize = 16;

/// The same for a few addresses together: the upper half is for others.
const A_FEW_ADDRESSES: usize = 512;

/// Bytes a GIF on its way may take, with the connection and the task around it.
const EACH: u64 = 256 * 1024;

/// A room with a large GIF in it, somebody who sits there, and the GIF's path.
async fn room_with_gif(house: &House) -> (Visitor, RoomId, String) {
    let ann = house.visitor();
    let room = ann.create_room("방", "100", "").await;
    let gif = Part::bytes(large_gif((4.7 * MIB as f64) as usize));
    let entry: Entry = ann.upload(room, gif, &[]).await.json();
    (ann, room, format!("/gif/{room}/{}", hash_of(&entry)))
}

/// Asks for the GIF, waits for the answer's head, and reads no more.
async fn ask_and_stop(house: &House, who: &Visitor, from: u8, path: &str) -> (Raw, Option<u16>) {
    let mut raw = Raw::open(house.address, from).await.expect("a connection");
    raw.ask(who, "GET", path, "").await.expect("sent");
    let status = raw.status(PATIENCE).await;
    (raw, status)
}

#[tokio::test]
async fn unread_gifs_take_little_memory_and_nobodys_time() {
    let house = House::start_with(&LIFTED).await;
    let (ann, room, path) = room_with_gif(&house).await;
    assert!(ann.get(&path).await.bytes.len() as f64 > 4.7 * MIB as f64);
    let all = a_tenth_of(600);
    let each = A_VISITORS - 1;
    let mut readers = Vec::new();
    for n in 0..all.div_ceil(each) {
        let reader = house.visitor_from(2 + (n / 10) as u8);
        assert_eq!(reader.enter(room, "").await.status, 200);
        readers.push(reader);
    }
    let before = house.memory();
    let mut most = 0;
    let attack = async || {
        let who = (0..all).map(|n| n / each);
        let unread = join_all(who.map(|n| ask_and_stop(&house, &readers[n], 2 + (n / 10) as u8, &path))).await;
        let (sent, refused): (Vec<_>, Vec<_>) = unread.iter().partition(|(_, status)| *status == Some(200));
        let others: BTreeMap<Option<u16>, usize> = refused.iter().fold(BTreeMap::new(), |mut counts, (_, status)| {
            *counts.entry(*status).or_default() += 1;
            counts
        });
        assert_eq!(sent.len(), all.min(A_FEW_ADDRESSES), "beside {others:?}");
        assert!(others.keys().all(|status| *status == Some(429)), "{others:?}");
        most = most.max(house.memory());
        unread
    };
    let ratio = slowdown(&house, attack).await;
    let grown = most.saturating_sub(before);
    println!("{all} unread GIFs of 4.7 MiB: {} MiB more, sends {ratio:.2} times as long", grown / MIB);
    assert!(grown <= all as u64 * EACH + 16 * MIB, "{} MiB more", grown / MIB);
    assert!(ratio <= 3.0, "{ratio}");
}

#[tokio::test]
async fn one_visitor_has_so_many_at_once_and_the_others_have_theirs() {
    let house = House::start_with(&LIFTED).await;
    let (ann, room, path) = room_with_gif(&house).await;
    let ben = house.visitor();
    assert_eq!(ben.enter(room, "").await.status, 200);
    let mut unread = join_all((0..A_VISITORS).map(|_| ask_and_stop(&house, &ann, 1, &path))).await;
    assert!(unread.iter().all(|(_, status)| *status == Some(200)));
    let one_more = ann.read(&path).await;
    assert!(matches!(one_more.error(), (429, Error::TooMany { .. })), "{:?}", one_more.error());
    assert!(!one_more.header("retry-after").is_empty());
    assert_eq!(ben.read(&path).await.status, 200, "somebody else at the same address");
    let known = ann.request(Method::GET, &path).header("if-none-match", ben.read(&path).await.header("etag"));
    assert_eq!(ann.send(known).await.status, 304, "what is known takes no place");
    // One that ends makes room for one that waits.
    let waiting = ask_and_stop(&house, &ann, 1, &path);
    let ((_raw, status), ()) = tokio::join!(waiting, async { drop(unread.pop()) });
    assert_eq!(status, Some(200));
}

#[tokio::test]
async fn what_a_browser_has_is_not_read_again() {
    let house = House::start_with(&LIFTED).await;
    let (ann, _, path) = room_with_gif(&house).await;
    let shown = ann.get(&path).await;
    assert_eq!(shown.header("content-length"), shown.bytes.len().to_string());
    let head = ann.send(ann.request(Method::HEAD, &path)).await;
    assert_eq!((head.header("content-length"), head.bytes.len()), (shown.header("content-length"), 0));
    std::fs::remove_dir_all(house.data_dir().join("gifs")).expect("its GIFs");
    let ask_again = || ann.send(ann.request(Method::GET, &path).header("if-none-match", shown.header("etag")));
    assert_eq!(ask_again().await.status, 304);
    assert_eq!(ann.get(&path).await.status, 404, "it is gone");
    let ben = house.visitor();
    ben.get("/").await;
    let asked = ben.request(Method::GET, &path).header("if-none-match", shown.header("etag"));
    assert_eq!(ben.send(asked).await.status, 403, "who may not see it is told nothing");
}

/// What is removed while it is read is read to its end: its bytes have no name any more.
#[tokio::test]
async fn a_gif_that_is_removed_meanwhile_comes_whole_or_breaks_off() {
    let house = House::start_with(&LIFTED).await;
    let (ann, room, path) = room_with_gif(&house).await;
    let whole = ann.get(&path).await.bytes;
    let (mut reading, status) = ask_and_stop(&house, &ann, 1, &path).await;
    assert_eq!(status, Some(200));
    assert_eq!(ann.act("remove_message", room, &[("seq", "2")]).await.status, 200);
    assert_eq!(ann.get(&path).await.status, 404);
    let rest = reading.rest_of(whole.len(), Duration::from_secs(10)).await;
    assert!(rest == whole, "{} of {} bytes", rest.len(), whole.len());
}
