//! Memory by writing slowly: bodies that come a byte now and then.

use std::sync::LazyLock;
use std::time::Duration;

use chat::{Entry, Error, RoomId};
use futures_util::future::join_all;
use reqwest::multipart::Part;

use crate::helper::{GIF, House, LIFTED, MIB, PATIENCE, Raw, Visitor, a_tenth_of, large_gif, slowdown, until};

/// As `server::api::UPLOADS_AT_ONCE` has it.
const A_VISITORS: usize = 4;

/// Bytes an upload may take in memory, with the connection and the task around it.
const EACH: u64 = 768 * 1024;

const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=x\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn up_to_the_gif(room: RoomId) -> String {
    format!(
        "--x\r\nContent-Disposition: form-data; name=\"room\"\r\n\r\n{room}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n"
    )
}

/// An upload that has said 4.7 MiB and has sent all but the last bytes.
async fn slow_upload(house: &House, who: &Visitor, from: u8, room: RoomId) -> Raw {
    // Made once for all: so many take longer to make than to send.
    static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| large_gif((4.7 * MIB as f64) as usize));
    let gif: &[u8] = &LARGE;
    let begin = up_to_the_gif(room);
    let mut raw = Raw::open(house.address, from).await.expect("a connection");
    let length = format!("Content-Length: {}\r\n{MULTIPART}", begin.len() + gif.len() + 100);
    raw.ask(who, "POST", "/api/upload_gif", &length).await.expect("sent");
    // (One that is refused may be cut off.)
    let _ = raw.write(begin.as_bytes()).await;
    let _ = raw.write(&gif[..gif.len() - 1000]).await;
    raw
}

/// A form of which two bytes have come.
async fn slow_form(house: &House, from: u8) -> Raw {
    let mut raw = Raw::open(house.address, from).await.expect("a connection");
    let head = format!("Content-Length: 1000\r\n{FORM}");
    raw.ask(&house.visitor(), "POST", "/api/create_room", &head).await.expect("sent");
    raw.write(b"ti").await.expect("sent");
    raw
}

fn spooled(house: &House) -> usize {
    house.open_files().iter().filter(|path| path.contains("gifchat-upload")).count()
}

#[tokio::test]
async fn slow_bodies_take_little_memory_and_end() {
    let house = House::start_with(&LIFTED).await;
    let ann = house.visitor();
    let room = ann.create_room("방", "100", "").await;
    let _: Entry = ann.upload(room, Part::bytes(large_gif(4 * MIB as usize)), &[]).await.json();
    let (uploads, forms) = (a_tenth_of(100), a_tenth_of(260));
    let mut senders = Vec::new();
    for n in 0..uploads.div_ceil(A_VISITORS) {
        let sender = house.visitor_from(2 + (n / 10) as u8);
        assert_eq!(sender.enter(room, "").await.status, 200);
        senders.push(sender);
    }
    let before = house.memory();
    let slow_forms = join_all((0..forms).map(|_| slow_form(&house, 100))).await;
    let who = (0..uploads).map(|n| n / A_VISITORS);
    let slow_uploads = join_all(who.map(|n| slow_upload(&house, &senders[n], 2 + (n / 10) as u8, room))).await;
    // A tenth all have a place; whole, some have none.
    let on_disk = uploads.min(64);
    until("the uploads wait on the disk", PATIENCE, async || (spooled(&house) >= on_disk).then_some(())).await;
    assert_eq!(std::fs::read_dir(house.data_dir().join("uploads")).expect("a folder").count(), 0, "without a name");
    let grown = house.memory().saturating_sub(before);
    println!("{uploads} uploads and {forms} forms that do not end: {} MiB more", grown / MIB);
    assert!(grown <= uploads as u64 * EACH + 16 * MIB, "{} MiB more", grown / MIB);
    assert_eq!(ann.upload(room, Part::bytes(GIF), &[]).await.status, 200, "somebody else's goes through");

    // Both are told, and are over.
    let told = async |raw: Vec<Raw>| {
        join_all(raw.into_iter().map(async |mut raw| raw.status(Duration::from_secs(60)).await)).await
    };
    let (of_forms, of_uploads) = tokio::join!(told(slow_forms), told(slow_uploads));
    let count = |all: &[Option<u16>], status| all.iter().filter(|one| **one == Some(status)).count();
    println!("forms: {} of {forms} were too slow, uploads: {}", count(&of_forms, 408), count(&of_uploads, 408));
    assert_eq!(count(&of_forms, 408), forms.min(256));
    assert!(count(&of_uploads, 408) >= on_disk);
    for all in [of_forms, of_uploads] {
        // (Who was refused at once may have been cut off while it still sent.)
        assert!(all.iter().all(|one| matches!(one, Some(408 | 429) | None)), "{all:?}");
    }
    until("nothing is left of them", PATIENCE, async || (spooled(&house) == 0).then_some(())).await;
}

#[tokio::test]
async fn slow_bodies_take_nobodys_time() {
    let house = House::start_with(&LIFTED).await;
    let ann = house.visitor();
    let room = ann.create_room("방", "100", "").await;
    let senders: Vec<_> = (0..5).map(|_| house.visitor_from(2)).collect();
    for sender in &senders {
        assert_eq!(sender.enter(room, "").await.status, 200);
    }
    let attack = async || {
        let slow_forms = join_all((0..a_tenth_of(250)).map(|_| slow_form(&house, 100))).await;
        let on_disk = || house.bytes_without_a_name();
        until("those before are gone", PATIENCE, async || (on_disk() == 0).then_some(())).await;
        let uploads = a_tenth_of(20);
        let who = (0..uploads).map(|n| n / A_VISITORS);
        let slow_uploads = join_all(who.map(|n| slow_upload(&house, &senders[n], 2, room))).await;
        // From here on they are slow.
        let come = async || (on_disk() >= uploads as u64 * 4 * MIB).then_some(());
        until("nearly all has come", PATIENCE, come).await;
        (slow_forms, slow_uploads)
    };
    let ratio = slowdown(&house, attack).await;
    println!("beside slow bodies sends take {ratio:.2} times as long");
    assert!(ratio <= 3.0, "{ratio}");
}

#[tokio::test]
async fn one_visitor_has_so_many_uploads_at_once() {
    let house = House::start_with(&LIFTED).await;
    let (ann, ben) = (house.visitor(), house.visitor());
    let room = ann.create_room("방", "10", "").await;
    assert_eq!(ben.enter(room, "").await.status, 200);
    let mut slow = join_all((0..A_VISITORS).map(|_| slow_upload(&house, &ann, 1, room))).await;
    until("they are under way", PATIENCE, async || (spooled(&house) == A_VISITORS).then_some(())).await;
    let one_more = ann.upload(room, Part::bytes(GIF), &[]).await;
    assert!(matches!(one_more.error(), (429, Error::TooMany { .. })), "{:?}", one_more.error());
    assert!(!one_more.header("retry-after").is_empty());
    assert_eq!(ben.upload(room, Part::bytes(GIF), &[]).await.status, 200, "somebody else's goes through");
    ann.say_well(room, "anything else does").await;
    slow.pop();
    let again = async || ann.upload(room, Part::bytes(GIF), &[]).await.status.is_success().then_some(());
    until("one that is gone has made room", PATIENCE, again).await;
}

#[tokio::test]
async fn who_may_not_send_is_told_before_the_gif_has_come() {
    let house = House::start_with(&LIFTED).await;
    let (ann, eve) = (house.visitor(), house.visitor());
    let room = ann.create_room("방", "10", "").await;
    eve.get("/").await;
    let gif = "--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n";
    for (who, begin) in [(&eve, up_to_the_gif(room)), (&ann, gif.to_owned())] {
        let mut raw = Raw::open(house.address, 1).await.expect("a connection");
        let head = format!("Content-Length: 4000000\r\n{MULTIPART}");
        raw.ask(who, "POST", "/api/upload_gif", &head).await.expect("sent");
        raw.write(begin.as_bytes()).await.expect("sent");
        assert_eq!(raw.status(PATIENCE).await, Some(403));
        assert_eq!(spooled(&house), 0);
        // What it goes on to send is read away.
        raw.write(&vec![0; 1 << 20]).await.expect("taken");
    }
    let mut raw = Raw::open(house.address, 1).await.expect("a connection");
    raw.ask(&ann, "POST", "/api/upload_gif", &format!("Content-Length: 400000000\r\n{MULTIPART}")).await.expect("sent");
    assert_eq!(raw.status(PATIENCE).await, Some(413));
}
