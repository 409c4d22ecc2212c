//! Attacks on the processor: a check of a password takes a core and 19 MiB for a while, a check of a GIF takes a core. Crowds
//! request both, and hang up before the password is checked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chat::RoomId;
use reqwest::multipart::Part;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use crate::helper::{GIF, MIB, RawConnection, TestServer, Visitor, attackers, is_long, scaled, slowdown};

/// The memory of two runs of argon2, and as much again for everything else that grows when a server is first used.
const MAX_MEMORY: u64 = 80 * MIB;

/// No limits on tries, because these tests are about the order in which they are checked.
const UNLIMITED: [(&str, &str); 3] =
    [("LIMIT_WRONG_PASSWORDS", "1000000/1"), ("LIMIT_ENTERS", "1000000/1"), ("LIMIT_NEW_ROOMS", "1000/1")];

/// The time between two tries of a visitor who hangs up.
const TRY_EVERY: Duration = Duration::from_millis(200);

async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let began = Instant::now();
    let done = work.await;
    (began.elapsed(), done)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().expect("some")
}

/// Rooms with a password. Wrong tries are spread over several, so that no room begins to check them one at a time.
async fn locked_rooms(server: &TestServer, count: usize) -> Vec<RoomId> {
    let mut rooms = Vec::with_capacity(count);
    for n in 0..count {
        // Each is created from another address, because an address may only create a few.
        rooms.push(server.visitor_from(100 + (n % 100) as u8).create_room("비밀", "100", "점심").await);
    }
    rooms
}

/// Visitors of one address. All get a cookie before the first of them attacks, because an address with too many connections
/// is refused pages too.
async fn crowd(server: &TestServer, count: usize) -> Vec<Arc<Visitor>> {
    let mut crowd = Vec::with_capacity(count);
    for _ in 0..count {
        let visitor = server.visitor_from(2);
        visitor.get("/").await;
        crowd.push(Arc::new(visitor));
    }
    crowd
}

/// Tries wrong passwords and hangs up at once, again and again, until the returned set is dropped.
fn wrong_passwords(server: &TestServer, rooms: &[RoomId], crowd: &[Arc<Visitor>]) -> JoinSet<()> {
    let mut attack = JoinSet::new();
    for (n, (visitor, room)) in crowd.iter().zip(rooms.iter().cycle()).enumerate() {
        // They start one after the other, as if from many machines. All at once they would delay this process, and with it the
        // visitor who is measured.
        let later = TRY_EVERY * n as u32 / crowd.len() as u32;
        attack.spawn_on(try_and_hang_up(visitor.clone(), server.address, *room, later), attackers());
    }
    attack
}

/// Tries one wrong password after the other, until the task is aborted.
async fn try_and_hang_up(visitor: Arc<Visitor>, address: SocketAddr, room: RoomId, later: Duration) {
    let mut times = interval_at(Instant::now() + later, TRY_EVERY);
    loop {
        times.tick().await;
        // A busy server may refuse the connection or close it first.
        let _ = try_once(&visitor, address, room).await;
    }
}

async fn try_once(visitor: &Visitor, address: SocketAddr, room: RoomId) -> std::io::Result<()> {
    let body = format!("room={room}&password=wrong");
    let about = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
    let mut connection = RawConnection::open(address, 2).await?;
    connection.send_head(visitor, "POST", "/api/enter_room", &about).await?;
    connection.write(body.as_bytes()).await?;
    // The connection stays open long enough for the try to be read, but too short for a response.
    tokio::time::sleep(TRY_EVERY / 2).await;
    Ok(())
}

/// The median time that the right password takes for visitors from other addresses.
async fn time_right_password(server: &TestServer, room: RoomId) -> Duration {
    let mut times = Vec::new();
    for n in 0..5 {
        let guest = server.visitor_from(210 + n);
        guest.get("/").await;
        let (time, entered) = timed(guest.enter(room, "점심")).await;
        assert_eq!(entered.status, 200, "{}", entered.text());
        times.push(time);
    }
    median(times)
}

#[tokio::test]
async fn a_crowd_that_tries_passwords_and_hangs_up_delays_nobody_elses_and_takes_no_memory() {
    let server = TestServer::start_with(&UNLIMITED).await;
    // With this many rooms, none of them begins to check wrong tries one at a time.
    let rooms = locked_rooms(&server, 4).await;
    let guests = locked_rooms(&server, 1).await[0];
    let alone = time_right_password(&server, guests).await;
    let before = server.memory();
    let crowd = crowd(&server, scaled(200)).await;
    let attack = wrong_passwords(&server, &rooms, &crowd);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let attacked = time_right_password(&server, guests).await;
    let grown = server.memory().saturating_sub(before);
    println!("a right password: {alone:?} alone, {attacked:?} under attack; memory + {} MiB", grown / MIB);
    drop(attack);
    // One of the attackers' tries already runs on the only core, and this one is next. Both give way, so the work for the
    // connections comes first.
    assert!(attacked <= alone * 8 && attacked < Duration::from_secs(2), "{attacked:?} instead of {alone:?}");
    assert!(grown <= MAX_MEMORY, "{} MiB", grown / MIB);

    // Here the core always hashes passwords.
    let others = slowdown(&server, async || wrong_passwords(&server, &rooms, &crowd)).await;
    println!("others' sends, while passwords are hashed without an end: {others:.1} times as long");
    assert!(others <= 3.0, "{others}");
}

#[tokio::test]
async fn a_crowd_that_tries_passwords_and_hangs_up_takes_nobody_elses_time() {
    let server = TestServer::start().await;
    let rooms = locked_rooms(&server, 4).await;
    let crowd = crowd(&server, scaled(200)).await;
    let others = slowdown(&server, async || wrong_passwords(&server, &rooms, &crowd)).await;
    println!("others' sends: {others:.1} times as long");
    assert!(others <= 3.0, "{others}");
}

/// A GIF of one pixel whose data consists of clear codes, followed by the pixel.
fn gif_of_clear_codes(bytes: usize) -> Vec<u8> {
    let mut gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00".to_vec();
    gif.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02");
    // A clear code has three bits, 0b100, so eight of them are three bytes.
    let clear = [0b0010_0100, 0b0100_1001, 0b1001_0010];
    for _ in 0..bytes / 256 {
        gif.push(255);
        gif.extend(clear.iter().cycle().take(255));
    }
    gif.extend_from_slice(b"\x02\x44\x01\x00\x3b");
    gif
}

async fn timed_upload(visitor: &Visitor, room: RoomId, gif: Vec<u8>) -> Duration {
    let (time, shown) = timed(visitor.upload(room, Part::bytes(gif), &[])).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    time
}

/// Uploads until the task is aborted, whether the uploads are checked or refused because there are too many.
async fn upload_repeatedly(visitor: Visitor, room: RoomId, gif: Vec<u8>) {
    loop {
        visitor.upload(room, Part::bytes(gif.clone()), &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifs_that_are_long_to_judge_hold_up_nobody_elses() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1000/1"), ("LIMIT_UPLOADS", "100000/1")]).await;
    let long = gif_of_clear_codes(if is_long() { 5_000_000 } else { 1_000_000 });
    let ann = server.visitor_from(3);
    let room = ann.create_room("방", "100", "").await;
    let alone = median(vec![
        timed_upload(&ann, room, long.clone()).await,
        timed_upload(&ann, room, long.clone()).await,
        timed_upload(&ann, room, long.clone()).await,
    ]);
    let mut attack = JoinSet::new();
    for _ in 0..12 {
        let (visitor, gif) = (server.visitor_from(2), long.clone());
        assert_eq!(visitor.enter(room, "").await.status, 200);
        attack.spawn_on(upload_repeatedly(visitor, room, gif), attackers());
    }
    tokio::time::sleep(alone * 4).await;
    let mut times = Vec::new();
    for _ in 0..5 {
        times.push(timed_upload(&ann, room, GIF.to_vec()).await);
    }
    let small = median(times);
    println!("a GIF that is long to judge: {alone:?} alone; a small one among twelve of them: {small:?}");
    drop(attack);
    assert!(small <= alone * 6, "{small:?} while one of theirs takes {alone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_of_others_do_not_hold_a_door_shut() {
    let server = TestServer::start().await;
    let room = server.visitor_from(9).create_room("비밀", "100", "점심").await;
    let mut attack = JoinSet::new();
    // The tries of the first address are checked at once. Those of further addresses take their time.
    for n in 0..if is_long() { 5 } else { 1 } {
        let visitor = server.visitor_from(2 + n);
        visitor.get("/").await;
        attack.spawn(async move {
            for _ in 0..5 {
                assert_eq!(visitor.enter(room, "저녁").await.status, 403);
            }
        });
    }
    if !is_long() {
        attack.join_all().await;
    }
    let guest = server.visitor_from(20);
    let (time, entered) = timed(guest.enter(room, "점심")).await;
    println!("the right password was heard after {time:?}");
    assert_eq!(entered.status, 200, "{}", entered.text());
}
