//! Databases that were written by earlier versions.

use super::*;
use crate::store::{Sight, Unattended};
use chat::entry::{Emoji, Reaction, Saying, What};
use chat::gif::Gif;
use chat::record::{Parting, Pass, PasswordHash, Seat};
use chat::room::{Capacity, RoomTitle, Slow};
use chat::visitor::likeness::{self, Named};
use chat::visitor::{Name, OwnName};

/// A database of the first version: a room of two with a log, a room of one, three GIFs (shown, held, in doubt) and a session.
const FIRST_VERSION: &str = r#"
    INSERT INTO rooms (id, title, capacity, owner, password, created_at, spoken_at, rev) VALUES
        (zeroblob(16), '옛 방', 10, x'00020707070707070707070707070707', '$argon2id$old', 1000, 2000, 17),
        (x'01010101010101010101010101010101', '혼자', 2, x'00010707070707070707070707070707', NULL, 3000, NULL, 1);
    INSERT INTO seats (room, place, visitor, since, name) VALUES
        (zeroblob(16), 4, x'00020707070707070707070707070707', 1000, '{"adjective":3,"animal":7}'),
        (zeroblob(16), 9, x'00010707070707070707070707070707', 1500, '{"adjective":3,"animal":7,"number":2}'),
        (x'01010101010101010101010101010101', 1, x'00010707070707070707070707070707', 3000,
            '{"adjective":1,"animal":1}');
    INSERT INTO entries (room, seq, author, client, at, gif, body) VALUES
        (zeroblob(16), 1, x'', x'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', 1000, NULL,
            '{"person":{"id":"00020707070707070707070707070707","name":{"adjective":3,"animal":7}},"what":"Entered"}'),
        (zeroblob(16), 2, x'00010707070707070707070707070707', x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', 1600, NULL,
            '{"person":{"id":"00010707070707070707070707070707","name":{"adjective":3,"animal":7,"number":2}},' ||
            '"what":{"Text":"안녕"}}'),
        (zeroblob(16), 3, x'00020707070707070707070707070707', x'0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c', 2000, zeroblob(32),
            '{"person":{"id":"00020707070707070707070707070707","name":{"adjective":3,"animal":7}},' ||
            '"what":{"Gif":{"sha":"0000000000000000000000000000000000000000000000000000000000000000",' ||
            '"width":3,"height":2,"frames":1,"duration_ms":0,"bytes":43}}}');
    INSERT INTO gifs (sha, held_until) VALUES
        (zeroblob(32), NULL),
        (x'0101010101010101010101010101010101010101010101010101010101010101', 5000),
        (x'0202020202020202020202020202020202020202020202020202020202020202', 0);
    INSERT INTO sessions (id, data, expires_at) VALUES ('a', x'00ff', 9000);
    INSERT INTO pulse (id, beat) VALUES (1, x'00');
    PRAGMA user_version = 1;
"#;

const OLD: RoomId = RoomId([0; 16]);

fn what_it_was() -> ([Room; 2], Vec<Entry>) {
    let names = [(3, 7, 1), (3, 7, 2), (1, 1, 1)];
    let [two, one, alone] = names.map(|(adjective, animal, number)| Name { adjective, animal, own: None, number });
    let [two, one, alone] = [(2, two), (1, one), (1, alone)].map(|(n, name)| Person { id: visitor(n), name });
    let room = |id, title, capacity, owner: &Person, at| {
        let (title, capacity) = (RoomTitle::new(title).expect("a title"), Capacity::new(capacity).expect("a capacity"));
        Room::new(RoomId(id), title, capacity, None, owner.id, Timestamp(at))
    };
    let old = Room {
        password: Some(PasswordHash("$argon2id$old".to_owned())),
        spoken_at: Some(Timestamp(2000)),
        rev: 17,
        seats: vec![Seat::new(two.clone(), Timestamp(1000)), Seat::new(one.clone(), Timestamp(1500))],
        ..room(OLD.0, "옛 방", 10, &two, 1000)
    };
    let lone = Room {
        rev: 1,
        seats: vec![Seat::new(alone.clone(), Timestamp(3000))],
        ..room([1; 16], "혼자", 2, &alone, 3000)
    };
    let gif = Gif { sha: hash(0), width: 3, height: 2, frames: 1, duration_ms: 0, bytes: 43 };
    let said = [(1000, &two, What::Entered), (1600, &one, text("안녕")), (2000, &two, What::Gif(gif))];
    let entries = (1..).zip(said).map(|(seq, (at, person, what))| {
        let client = ClientId([9 + seq as u8; 16]);
        NewEntry::fact(Timestamp(at), person.clone(), client, what).numbered(seq)
    });
    ([old, lone], entries.collect())
}

fn database_of_the_first_version() -> TempDir {
    let place = TempDir::new().expect("a directory");
    let db = Connection::open(file_in(&place)).expect("a file");
    db.execute_batch(schema::STEPS[0]).expect("the tables of that time");
    db.execute_batch(FIRST_VERSION).expect("what was in them");
    place
}

/// The table `gone`, for rooms that are removed a little at a time, came with the fifth step.
#[tokio::test]
async fn a_database_without_the_newest_tables_gets_them() {
    let place = database_of_the_first_version();
    let db = Connection::open(file_in(&place)).expect("a file");
    for step in &schema::STEPS[1..3] {
        db.execute_batch(step).expect("the tables of that time");
    }
    db.pragma_update(None, "user_version", 3).expect("a version");
    drop(db);
    let ([old, lone], entries) = what_it_was();
    let (store, sqlite) = open(&place);
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![old, lone]));
    assert_eq!(store.log(OLD, 0, 10).await, Ok(entries));
    for n in [1, 2] {
        leave(&store, OLD, n).await.expect("a seat");
    }
    assert_eq!(store.log(OLD, 0, 10).await, Ok(vec![]));
    assert_eq!(sqlite.read(|db| Ok(db.pragma_query_value(None, "auto_vacuum", |row| row.get(0))?)).await, Ok(0));
}

#[tokio::test]
async fn what_the_first_version_kept_is_all_there() {
    let place = database_of_the_first_version();
    let ([old, lone], entries) = what_it_was();
    // The first round migrates the database, and the second one opens the migrated database.
    for _ in 0..2 {
        let (store, _) = open(&place);
        assert_eq!(store.rooms_after(None, 10).await, Ok(vec![old.clone(), lone.clone()]));
        assert_eq!(store.log(OLD, 0, 10).await.as_ref(), Ok(&entries));
        assert_eq!(store.log(lone.id, 0, 10).await, Ok(vec![]));
        assert_eq!(store.gifs_after(None, 10).await, Ok([0, 1, 2].map(hash).to_vec()));
        let session = SessionRecord { data: vec![0, 255], expires_at: Timestamp(9000) };
        assert_eq!(store.load_session("a", Timestamp(0)).await, Ok(Some(session)));
        let mut unattended = store.unattended().await.expect("seats");
        unattended.sort();
        let seats = [(OLD, &old.seats[1]), (OLD, &old.seats[0]), (lone.id, &lone.seats[0])];
        assert_eq!(unattended, seats.map(|(room, seat)| Unattended::of(room, seat)));
        store.close().await;
    }
}

#[tokio::test]
async fn what_the_first_version_kept_lives_on() {
    let place = database_of_the_first_version();
    let ([old, _], entries) = what_it_was();
    let two = old.owner;
    let (store, _) = open(&place);
    let gif = &entries[2];
    let again = store.append(OLD, two, gif.client, gif.what.clone().into(), NOW).await.expect("said before");
    assert_eq!((&again.entry, again.is_new), (gif, false));
    assert_eq!(store.may_see_gif(OLD, two, hash(0)).await, Ok(Sight::Public));
    assert_eq!(store.hold_gif(hash(1), NOW).await, Ok(true));
    assert_eq!(condemn(&store, Timestamp(5000)).await, [hash(2)]);

    let watched: RoomChange = Arc::new(move |room: &mut Room| room.watch_seat(two, node(1)).map(|()| Vec::new()));
    let watched = store.update_room(OLD, watched).await.expect("a seat").room;
    assert_eq!((watched.rev, &watched.seats[0].nodes[..]), (18, &[node(1)][..]));
    assert_eq!(store.room(OLD).await, Ok(watched));
    let joined = join(&store, OLD, 5).await.expect("a free seat");
    assert_eq!(seqs(&joined.entries), [4]);
}

/// What the second version added: a seat watched by a node, that node, and a GIF whose bytes are being removed.
const SECOND_VERSION: &str = r#"
    UPDATE seats SET nodes = x'01010101010101010101010101010101', renewed = 6 WHERE room = zeroblob(16) AND place = 9;
    UPDATE gifs SET condemned = 1, held_until = 7000 WHERE sha = x'0202020202020202020202020202020202020202020202020202020202020202';
    INSERT INTO nodes (id, beat) VALUES (x'01010101010101010101010101010101', 4);
    PRAGMA user_version = 2;
"#;

#[tokio::test]
async fn what_the_second_version_kept_lives_on_among_people_who_whisper() {
    let place = database_of_the_first_version();
    let db = Connection::open(file_in(&place)).expect("a file");
    db.execute_batch(schema::STEPS[1]).expect("the tables of that time");
    db.execute_batch(SECOND_VERSION).expect("what was in them");
    drop(db);

    let ([mut old, lone], entries) = what_it_was();
    (old.seats[1].nodes, old.seats[1].renewed) = (vec![node(1)], 6);
    // A seat that is watched when its database is migrated has a live feed.
    old.seats[1].parting = Parting::Cut;
    let (store, _) = open(&place);
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![old.clone(), lone.clone()]));
    assert_eq!(store.log(OLD, 0, 10).await.as_ref(), Ok(&entries));
    assert_eq!(store.beat(node(1)).await.expect("a beat").counters, [(node(1), 5)]);
    assert_eq!(store.hold_gif(hash(2), NOW).await, Ok(false), "condemned");
    assert_eq!(store.may_see_gif(OLD, visitor(1), hash(0)).await, Ok(Sight::Public), "what was said was said to all");

    let gif = entries[2].clone();
    let feeling = What::Reaction { seq: 2, emoji: Emoji::Heart, on: true };
    send(&store, OLD, 2, feeling).await.expect("felt");
    let saying = Saying { to: Some(old.seats[1].person.clone()), ..text("쉿").into() };
    let whispered = store.append(OLD, visitor(2), ClientId::generate(), saying, NOW).await.expect("whispered").entry;
    let change: RoomChange = Arc::new(move |room: &mut Room| {
        let mut entries = room.remove(visitor(2), &gif, NOW)?;
        entries.extend(room.set_away(visitor(1), true, NOW)?);
        Ok(entries)
    });
    store.update_room(OLD, change).await.expect("removed and away");
    let page = store.snapshot(OLD, visitor(1), 9).await.expect("a snapshot").page;
    let felt = vec![Reaction { emoji: Emoji::Heart, people: vec![visitor(2)] }];
    let [entered, said, shown] = <[Entry; 3]>::try_from(entries).expect("three");
    let expected =
        [entered, Entry { reactions: felt, ..said }, Entry { what: What::Removed, ..shown }, whispered.clone()];
    assert_eq!((&page.entries[..], page.seq), (&expected[..], 7));

    store
        .update_room(OLD, Arc::new(|room: &mut Room| room.throw_out(visitor(2), visitor(1), None, NOW)))
        .await
        .expect("out");
    join(&store, OLD, 5).await.expect("a free seat");
    assert_eq!(store.seat(OLD, visitor(1)).await, Err(Error::Barred));
    let page = store.snapshot(OLD, visitor(5), 9).await.expect("a snapshot").page;
    assert!(!page.entries.contains(&whispered));
    assert_eq!(condemn(&store, Timestamp(6000)).await, [hash(0), hash(1)], "nothing shows them");
}

#[tokio::test]
async fn names_of_before_are_looked_at_when_the_store_is_opened() {
    let place = database_of_the_first_version();
    let ([old, _], _) = what_it_was();
    let (store, sqlite) = open(&place);
    let stale_looks = async || {
        let count = |db: &Connection| {
            let mut seats = db.prepare(sql::SEATS_WITH_STALE_LOOKS)?;
            let found = seats.query_map([likeness::tables()], |_| Ok(()))?.count();
            Ok(found)
        };
        sqlite.write(count).await
    };
    assert_eq!(stale_looks().await, Ok(0));
    assert_eq!(store.room(OLD).await.map(|room| room.slow), Ok(Slow::OFF));
    let taken = Person {
        name: Name { own: OwnName::new(&old.seats[0].person.name.korean()).ok(), ..person(1).name },
        ..person(1)
    };
    let taken = Named::new(taken);
    let rename: RoomChange = Arc::new(move |room: &mut Room| room.rename(&taken, NOW));
    assert_eq!(store.update_room(OLD, rename).await, Err(Error::NameTaken));

    // These looks seem to come from a build with other tables.
    let spoil = |db: &Connection| Ok(db.execute("UPDATE seats SET looks = x'0000ff'", []).map(drop)?);
    sqlite.write(spoil).await.expect("spoilt");
    assert_eq!(stale_looks().await, Ok(3));
    assert_eq!(store.room(OLD).await.as_ref(), Ok(&old), "looked at when it is read");
    store.close().await;
    let (store, _) = open(&place);
    assert_eq!(store.rooms_after(None, 1).await, Ok(vec![old]));
}

/// What the third version added: a visitor who is away.
const THIRD_VERSION: &str = r#"
    UPDATE seats SET away = 1 WHERE room = zeroblob(16) AND place = 9;
    PRAGMA user_version = 3;
"#;

#[tokio::test]
async fn what_the_third_version_kept_lives_on_with_passes() {
    let place = database_of_the_first_version();
    let db = Connection::open(file_in(&place)).expect("a file");
    for step in &schema::STEPS[1..3] {
        db.execute_batch(step).expect("the tables of that time");
    }
    db.execute_batch(THIRD_VERSION).expect("what was in them");
    drop(db);

    let ([mut old, lone], _) = what_it_was();
    old.seats[1].away = true;
    let (store, _) = open(&place);
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![old.clone(), lone]));
    assert_eq!(old.password_rev, 0);
    assert_eq!(store.pass(OLD, visitor(1)).await, Ok(None));
    let pass = Pass::new(&old, visitor(1), NOW);
    store.give_pass(pass).await.expect("given");
    assert_eq!(store.pass(OLD, visitor(1)).await, Ok(Some(pass)));
}
