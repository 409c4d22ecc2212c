//! Passwords and GIFs take a core for a while, and passwords 19 MiB: a crowd that asks for both and hangs up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chat::RoomId;
use reqwest::multipart::Part;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use crate::helper::{GIF, House, MIB, Raw, Visitor, a_tenth_of, attackers, is_long, slowdown};

/// What two runs of argon2 work in, and as much again for everything else that grows when a server is first used.
const MOST_MEMORY: u64 = 80 * MIB;

/// Everybody may try as often as they like: what is shown here is whose turn it is.
const UNLIMITED: [(&str, &str); 3] =
    [("LIMIT_WRONG_PASSWORDS", "1000000/1"), ("LIMIT_ENTERS", "1000000/1"), ("LIMIT_NEW_ROOMS", "1000/1")];

/// How often one of those who hang up comes again.
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

/// Rooms with a password each, so that none of their doors becomes slow.
async fn locked_rooms(house: &House, count: usize) -> Vec<RoomId> {
    let mut rooms = Vec::with_capacity(count);
    for n in 0..count {
        // (From an address of their own each: they are made in turn.)
        rooms.push(house.visitor_from(100 + (n % 100) as u8).create_room("비밀", "100", "점심").await);
    }
    rooms
}

/// Visitors of one address. All have a cookie before the first of them begins: an address that comes too often is not let in for a
/// page either.
async fn crowd(house: &House, count: usize) -> Vec<Arc<Visitor>> {
    let mut crowd = Vec::with_capacity(count);
    for _ in 0..count {
        let visitor = house.visitor_from(2);
        visitor.get("/").await;
        crowd.push(Arc::new(visitor));
    }
    crowd
}

/// They try wrong passwords and hang up at once, on and on.
fn wrong_passwords(house: &House, rooms: &[RoomId], crowd: &[Arc<Visitor>]) -> JoinSet<()> {
    let mut attack = JoinSet::new();
    for (n, (visitor, room)) in crowd.iter().zip(rooms.iter().cycle()).enumerate() {
        // They come one after the other, as from many machines: all at once they would hold up this side's core, and with it who is
        // measured.
        let later = TRY_EVERY * n as u32 / crowd.len() as u32;
        attack.spawn_on(try_and_hang_up(visitor.clone(), house.address, *room, later), attackers());
    }
    attack
}

/// Until it is aborted.
async fn try_and_hang_up(visitor: Arc<Visitor>, address: SocketAddr, room: RoomId, later: Duration) {
    let mut times = interval_at(Instant::now() + later, TRY_EVERY);
    loop {
        times.tick().await;
        // (A server that is busy may not take it, or hang up first.)
        let _ = try_once(&visitor, address, room).await;
    }
}

async fn try_once(visitor: &Visitor, address: SocketAddr, room: RoomId) -> std::io::Result<()> {
    let body = format!("room={room}&password=wrong");
    let about = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
    let mut connection = Raw::open(address, 2).await?;
    connection.ask(visitor, "POST", "/api/enter_room", &about).await?;
    connection.write(body.as_bytes()).await?;
    // This is how long they stay, and no wait for something: long enough to be heard, too short for an answer.
    tokio::time::sleep(TRY_EVERY / 2).await;
    Ok(())
}

/// How long the right password takes that somebody types who comes from an address of their own.
async fn right_password(house: &House, room: RoomId) -> Duration {
    let mut times = Vec::new();
    for n in 0..5 {
        let guest = house.visitor_from(210 + n);
        guest.get("/").await;
        let (time, entered) = timed(guest.enter(room, "점심")).await;
        assert_eq!(entered.status, 200, "{}", entered.text());
        times.push(time);
    }
    median(times)
}

#[tokio::test]
async fn a_crowd_that_tries_passwords_and_hangs_up_delays_nobody_elses_and_takes_no_memory() {
    let house = House::start_with(&UNLIMITED).await;
    // As many doors as it takes for none of them to hear one at a time.
    let rooms = locked_rooms(&house, 4).await;
    let guests = locked_rooms(&house, 1).await[0];
    let alone = right_password(&house, guests).await;
    let before = house.memory();
    let crowd = crowd(&house, a_tenth_of(200)).await;
    let attack = wrong_passwords(&house, &rooms, &crowd);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let attacked = right_password(&house, guests).await;
    let grown = house.memory().saturating_sub(before);
    println!("a right password: {alone:?} alone, {attacked:?} under attack; memory + {} MiB", grown / MIB);
    drop(attack);
    // One of theirs runs already, on the one core, and then comes this one. Both are niced, and what the connections cost besides
    // comes first.
    assert!(attacked <= alone * 8 && attacked < Duration::from_secs(2), "{attacked:?} instead of {alone:?}");
    assert!(grown <= MOST_MEMORY, "{} MiB", grown / MIB);

    // Here the core does nothing else for as long as it lasts: a thread keeps it for a tick of the scheduler's, 4 ms say, however far
    // it is niced.
    let others = slowdown(&house, async || wrong_passwords(&house, &rooms, &crowd)).await;
    println!("others' sends, while passwords are hashed without an end: {others:.1} times as long");
}

#[tokio::test]
async fn a_crowd_that_tries_passwords_and_hangs_up_takes_nobody_elses_time() {
    let house = House::start().await;
    let rooms = locked_rooms(&house, 4).await;
    let crowd = crowd(&house, a_tenth_of(200)).await;
    let others = slowdown(&house, async || wrong_passwords(&house, &rooms, &crowd)).await;
    println!("others' sends: {others:.1} times as long");
    assert!(others <= 3.0, "{others}");
}

/// A GIF of one pixel whose data says "clear" over and over, and shows it in the end.
fn clear_codes(bytes: usize) -> Vec<u8> {
    let mut gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00".to_vec();
    gif.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02");
    // Three bits each: 0b100 eight times is three bytes.
    let clear = [0b0010_0100, 0b0100_1001, 0b1001_0010];
    for _ in 0..bytes / 256 {
        gif.push(255);
        gif.extend(clear.iter().cycle().take(255));
    }
    gif.extend_from_slice(b"\x02\x44\x01\x00\x3b");
    gif
}

async fn show(visitor: &Visitor, room: RoomId, gif: Vec<u8>) -> Duration {
    let (time, shown) = timed(visitor.upload(room, Part::bytes(gif), &[])).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    time
}

/// Until it is aborted, whether it is judged or refused for there being too many.
async fn show_on_and_on(visitor: Visitor, room: RoomId, gif: Vec<u8>) {
    loop {
        visitor.upload(room, Part::bytes(gif.clone()), &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifs_that_are_long_to_judge_hold_up_nobody_elses() {
    let house = House::start_with(&[("LIMIT_NEW_ROOMS", "1000/1"), ("LIMIT_UPLOADS", "100000/1")]).await;
    let long = clear_codes(if is_long() { 5_000_000 } else { 1_000_000 });
    let ann = house.visitor_from(3);
    let room = ann.create_room("방", "100", "").await;
    let alone = median(vec![
        show(&ann, room, long.clone()).await,
        show(&ann, room, long.clone()).await,
        show(&ann, room, long.clone()).await,
    ]);
    let mut attack = JoinSet::new();
    for _ in 0..12 {
        let (visitor, gif) = (house.visitor_from(2), long.clone());
        assert_eq!(visitor.enter(room, "").await.status, 200);
        attack.spawn_on(show_on_and_on(visitor, room, gif), attackers());
    }
    tokio::time::sleep(alone * 4).await;
    let mut times = Vec::new();
    for _ in 0..5 {
        times.push(show(&ann, room, GIF.to_vec()).await);
    }
    let small = median(times);
    println!("a GIF that is long to judge: {alone:?} alone; a small one among twelve of them: {small:?}");
    drop(attack);
    assert!(small <= alone * 6, "{small:?} while one of theirs takes {alone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_of_others_do_not_hold_a_door_shut() {
    let house = House::start().await;
    let room = house.visitor_from(9).create_room("비밀", "100", "점심").await;
    let mut attack = JoinSet::new();
    // (Those of the first address are heard at once. Those of others take their time.)
    for n in 0..if is_long() { 5 } else { 1 } {
        let visitor = house.visitor_from(2 + n);
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
    let guest = house.visitor_from(20);
    let (time, entered) = timed(guest.enter(room, "점심")).await;
    println!("the right password was heard after {time:?}");
    assert_eq!(entered.status, 200, "{}", entered.text());
}
