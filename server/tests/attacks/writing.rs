//! Attacks on memory by slow writers: request bodies that do not end.

use std::sync::LazyLock;
use std::time::Duration;

use chat::{Entry, Error, RoomId};
use futures_util::future::join_all;
use reqwest::multipart::Part;

use crate::helper::{
    GIF, MIB, RAISED_LIMITS, RawConnection, TIMEOUT, TestServer, Visitor, large_gif, scaled, slowdown, until,
};

/// The most uploads at a time for one visitor, as in `server::api::UPLOADS_AT_ONCE`.
const PER_VISITOR: usize = 4;

/// The memory in bytes that one upload may take, including its connection and task.
const BYTES_EACH: u64 = 768 * 1024;

const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=x\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn up_to_the_gif(room: RoomId) -> String {
    format!(
        "--x\r\nContent-Disposition: form-data; name=\"room\"\r\n\r\n{room}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n"
    )
}

/// Announces an upload of 4.7 MiB and sends all of it but the last bytes.
async fn slow_upload(server: &TestServer, who: &Visitor, from: u8, room: RoomId) -> RawConnection {
    // One GIF is made for all uploads, because making so many would take longer than sending them.
    static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| large_gif((4.7 * MIB as f64) as usize));
    let gif: &[u8] = &LARGE;
    let begin = up_to_the_gif(room);
    let mut raw = RawConnection::open(server.address, from).await.expect("a connection");
    let length = format!("Content-Length: {}\r\n{MULTIPART}", begin.len() + gif.len() + 100);
    raw.send_head(who, "POST", "/api/upload_gif", &length).await.expect("sent");
    // If the upload is refused, the connection may be closed already.
    let _ = raw.write(begin.as_bytes()).await;
    let _ = raw.write(&gif[..gif.len() - 1000]).await;
    raw
}

/// Sends a form's head and the first two bytes of its body.
async fn slow_form(server: &TestServer, from: u8) -> RawConnection {
    let mut raw = RawConnection::open(server.address, from).await.expect("a connection");
    let head = format!("Content-Length: 1000\r\n{FORM}");
    raw.send_head(&server.visitor(), "POST", "/api/create_room", &head).await.expect("sent");
    raw.write(b"ti").await.expect("sent");
    raw
}

/// The number of uploads that the server has on disk while they come.
fn spooled(server: &TestServer) -> usize {
    server.open_files().iter().filter(|path| path.contains("gifchat-upload")).count()
}

#[tokio::test]
async fn slow_bodies_take_little_memory_and_end() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "100", "").await;
    let _: Entry = ann.upload(room, Part::bytes(large_gif(4 * MIB as usize)), &[]).await.json();
    let (uploads, forms) = (scaled(100), scaled(260));
    let mut senders = Vec::new();
    for n in 0..uploads.div_ceil(PER_VISITOR) {
        let sender = server.visitor_from(2 + (n / 10) as u8);
        assert_eq!(sender.enter(room, "").await.status, 200);
        senders.push(sender);
    }
    let before = server.memory();
    let slow_forms = join_all((0..forms).map(|_| slow_form(&server, 100))).await;
    let who = (0..uploads).map(|n| n / PER_VISITOR);
    let slow_uploads = join_all(who.map(|n| slow_upload(&server, &senders[n], 2 + (n / 10) as u8, room))).await;
    // In the small run all uploads are accepted. In the full run at least 64 are, half of what the server takes.
    let on_disk = uploads.min(64);
    until("the uploads wait on the disk", TIMEOUT, async || (spooled(&server) >= on_disk).then_some(())).await;
    assert_eq!(std::fs::read_dir(server.data_dir().join("uploads")).expect("a folder").count(), 0, "without a name");
    let grown = server.memory().saturating_sub(before);
    println!("{uploads} uploads and {forms} forms that do not end: {} MiB more", grown / MIB);
    assert!(grown <= uploads as u64 * BYTES_EACH + 16 * MIB, "{} MiB more", grown / MIB);
    assert_eq!(ann.upload(room, Part::bytes(GIF), &[]).await.status, 200, "somebody else's goes through");

    // Both kinds get a response, and are over.
    let told = async |raw: Vec<RawConnection>| {
        join_all(raw.into_iter().map(async |mut raw| raw.status(Duration::from_secs(60)).await)).await
    };
    let (of_forms, of_uploads) = tokio::join!(told(slow_forms), told(slow_uploads));
    let count = |all: &[Option<u16>], status| all.iter().filter(|one| **one == Some(status)).count();
    println!("forms: {} of {forms} were too slow, uploads: {}", count(&of_forms, 408), count(&of_uploads, 408));
    assert_eq!(count(&of_forms, 408), forms.min(256));
    assert!(count(&of_uploads, 408) >= on_disk);
    for all in [of_forms, of_uploads] {
        // An upload that was refused at once may have been cut off while it still sent.
        assert!(all.iter().all(|one| matches!(one, Some(408 | 429) | None)), "{all:?}");
    }
    until("nothing is left of them", TIMEOUT, async || (spooled(&server) == 0).then_some(())).await;
}

#[tokio::test]
async fn slow_bodies_take_nobodys_time() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "100", "").await;
    let senders: Vec<_> = (0..5).map(|_| server.visitor_from(2)).collect();
    for sender in &senders {
        assert_eq!(sender.enter(room, "").await.status, 200);
    }
    let attack = async || {
        let slow_forms = join_all((0..scaled(250)).map(|_| slow_form(&server, 100))).await;
        let on_disk = || server.unlinked_bytes();
        until("those before are gone", TIMEOUT, async || (on_disk() == 0).then_some(())).await;
        let uploads = scaled(20);
        let who = (0..uploads).map(|n| n / PER_VISITOR);
        let slow_uploads = join_all(who.map(|n| slow_upload(&server, &senders[n], 2, room))).await;
        // From here on the uploads send nothing more.
        let come = async || (on_disk() >= uploads as u64 * 4 * MIB).then_some(());
        until("nearly all has come", TIMEOUT, come).await;
        (slow_forms, slow_uploads)
    };
    let ratio = slowdown(&server, attack).await;
    println!("beside slow bodies sends take {ratio:.2} times as long");
    assert!(ratio <= 3.0, "{ratio}");
}

#[tokio::test]
async fn one_visitor_has_so_many_uploads_at_once() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    assert_eq!(ben.enter(room, "").await.status, 200);
    let mut slow = join_all((0..PER_VISITOR).map(|_| slow_upload(&server, &ann, 1, room))).await;
    until("they are under way", TIMEOUT, async || (spooled(&server) == PER_VISITOR).then_some(())).await;
    let one_more = ann.upload(room, Part::bytes(GIF), &[]).await;
    assert!(matches!(one_more.error(), (429, Error::TooMany { .. })), "{:?}", one_more.error());
    assert!(!one_more.header("retry-after").is_empty());
    assert_eq!(ben.upload(room, Part::bytes(GIF), &[]).await.status, 200, "somebody else's goes through");
    ann.say_ok(room, "anything else does").await;
    slow.pop();
    let again = async || ann.upload(room, Part::bytes(GIF), &[]).await.status.is_success().then_some(());
    until("one that is gone has made room", TIMEOUT, again).await;
}

#[tokio::test]
async fn who_may_not_send_is_told_before_the_gif_has_come() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let (ann, eve) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    eve.get("/").await;
    let gif = "--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n";
    for (who, begin) in [(&eve, up_to_the_gif(room)), (&ann, gif.to_owned())] {
        let mut raw = RawConnection::open(server.address, 1).await.expect("a connection");
        let head = format!("Content-Length: 4000000\r\n{MULTIPART}");
        raw.send_head(who, "POST", "/api/upload_gif", &head).await.expect("sent");
        raw.write(begin.as_bytes()).await.expect("sent");
        assert_eq!(raw.status(TIMEOUT).await, Some(403));
        assert_eq!(spooled(&server), 0);
        // The server reads and discards what the client goes on to send.
        raw.write(&vec![0; 1 << 20]).await.expect("taken");
    }
    let mut raw = RawConnection::open(server.address, 1).await.expect("a connection");
    raw.send_head(&ann, "POST", "/api/upload_gif", &format!("Content-Length: 400000000\r\n{MULTIPART}"))
        .await
        .expect("sent");
    assert_eq!(raw.status(TIMEOUT).await, Some(413));
}
