//! Moving to another store: everything is read page by page, and restored there as it was.

use super::*;
use crate::store::{Listed, SessionRecord};
use chat::record::{Parting, PasswordHash, PutOutside};
use chat::room::{Bar, Outside, Reason};

/// A room as a store may have it after a while. Every part of it has an unusual value.
fn old_room(id: u8) -> Room {
    let (mut room, _) = new_room(&[1, 2, 5], 7);
    room.seats.swap(0, 1);
    room.id = RoomId([id; 16]);
    room.password = Some(PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()));
    room.spoken_at = Some(Timestamp(NOW.0 + 77));
    room.rev = 41;
    room.seats[0].person.name.number = 3;
    room.seats[1].nodes = vec![node(9), node(4)];
    room.seats[1].since = Timestamp(NOW.0 + 5);
    room.seats[2].renewed = 6;
    room.seats[2].away = true;
    room.seats[1].parting = Parting::Cut;
    room.seats[2].parting = Parting::Goodbye;
    room.outside = vec![PutOutside { visitor: visitor(6), why: Outside::Away }];
    let own = chat::visitor::OwnName::new("민수").expect("a name");
    room.seats[2].person.name.own = Some(own);
    room.bars = vec![Bar { person: person(8), at: NOW, reason: Reason::new("도배").expect("a reason") }];
    room
}

/// A log for such a room: entries 1 to `last`, with people's lines and system lines.
fn old_log(last: u64) -> Vec<Entry> {
    let entry = |seq: u64| {
        let (n, what) = match seq % 4 {
            0 => (5, gif(1)),
            1 => (2, What::Entered),
            2 => (1, text(&format!("{seq}"))),
            _ => (9, What::Left),
        };
        let mut client = [n as u8; 16];
        client[..8].copy_from_slice(&seq.to_be_bytes());
        let mut person = person(n);
        person.name.number = 8;
        NewEntry::fact(Timestamp(NOW.0 + seq), person, ClientId(client), what).numbered(seq)
    };
    (1..=last).map(entry).collect()
}

async fn restore(store: &AnyStore, room: RoomId, entries: &[Entry]) -> Result<(), Error> {
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    store.restore_entries(room, entries.to_vec()).await
}

pub async fn rooms_are_read_in_the_order_of_their_ids(store: AnyStore) {
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![]));
    for n in [200, 3, 128, 0, 127, 255, 1] {
        assert_eq!(store.restore_room(old_room(n)).await, Ok(true));
    }
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = store.rooms_after(after, 3).await.expect("rooms");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3 && page.iter().all(|room| Some(room.id) > after));
        after = Some(last.id);
        read.extend(page);
    }
    assert_eq!(read, [0, 1, 3, 127, 128, 200, 255].map(old_room));
    let between = RoomId([126; 16]);
    assert_eq!(store.rooms_after(Some(between), 2).await, Ok([127, 128].map(old_room).to_vec()));
}

pub async fn sessions_are_read_in_the_order_of_their_ids(store: AnyStore) {
    // (It is far in the future, because a store may remove expired sessions by its own clock.)
    let expires_at = Timestamp(4_000_000_000_000);
    let session = |id: &str| SessionRecord { data: id.as_bytes().to_vec(), expires_at };
    assert_eq!(store.sessions_after("", 10).await, Ok(vec![]));
    for id in ["b", "a", "B", "10", "9", "_", "aa", "-"] {
        store.save_session(id, session(id)).await.expect("saved");
    }
    let (mut read, mut after) = (Vec::new(), String::new());
    loop {
        let page = store.sessions_after(&after, 3).await.expect("sessions");
        let Some((last, _)) = page.last() else { break };
        assert!(page.len() <= 3 && page.iter().all(|(id, _)| *id > after));
        after.clone_from(last);
        read.extend(page);
    }
    let expected = ["-", "10", "9", "B", "_", "a", "aa", "b"].map(|id| (id.to_owned(), session(id)));
    assert_eq!(read, expected);
}

pub async fn gifs_are_read_in_the_order_of_their_hashes(store: AnyStore) {
    assert_eq!(store.gifs_after(None, 10).await, Ok(vec![]));
    let id = room_of(&store, &[1]).await;
    for n in [200, 0, 128] {
        show(&store, id, 1, n).await;
    }
    for n in [127, 255, 1] {
        assert_eq!(store.hold_gif(hash(n), LATER).await, Ok(true));
    }
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = store.gifs_after(after, 4).await.expect("GIFs");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 4 && page.iter().all(|sha| Some(*sha) > after));
        after = Some(*last);
        read.extend(page);
    }
    assert_eq!(read, [0, 1, 127, 128, 200, 255].map(hash));
}

pub async fn a_restored_room_is_as_it_was(store: AnyStore) {
    let room = old_room(6);
    assert_eq!(store.restore_room(room.clone()).await, Ok(true));
    assert_eq!(store.room(room.id).await.as_ref(), Ok(&room));
    assert_eq!(store.cards().await, Ok(vec![Listed { card: room.card(), rev: 41 }]));
    assert_eq!(store.seat(room.id, visitor(2)).await.as_ref(), Ok(&room.seats[0].person));
    assert_eq!(store.seat(room.id, visitor(3)).await, Err(Error::NotSeated));
    assert_eq!(store.last_seq(room.id).await, Ok(0), "its log comes after it");
    let snapshot = store.snapshot(room.id, visitor(1), 50).await.expect("a snapshot");
    assert_eq!((snapshot.room, snapshot.page.entries, snapshot.seq), (room, vec![], 0));
}

pub async fn restoring_a_room_twice_changes_nothing(store: AnyStore) {
    let room = old_room(6);
    assert_eq!(store.restore_room(room.clone()).await, Ok(true));
    assert_eq!(store.restore_room(room.clone()).await, Ok(false));
    assert_eq!(store.room(room.id).await.as_ref(), Ok(&room));
    let changed = join(&store, room.id, 7).await.expect("a free seat").room;
    assert_eq!(store.restore_room(room.clone()).await, Ok(false));
    assert_eq!(store.room(room.id).await, Ok(changed));
    assert_eq!(store.last_seq(room.id).await, Ok(1));
}

pub async fn restored_entries_are_as_they_were(store: AnyStore) {
    let (room, entries) = (old_room(6), old_log(700));
    let id = room.id;
    assert_eq!(store.restore_room(room).await, Ok(true));
    for some in entries.chunks(300) {
        assert_eq!(restore(&store, id, some).await, Ok(()));
    }
    assert_eq!(log(&store, id).await, entries);
    assert_eq!(store.log(id, 0, 1000).await.as_ref(), Ok(&entries));
    assert_eq!(store.last_seq(id).await, Ok(700));
    let room = store.room(id).await.expect("the room");
    assert_eq!(room, old_room(6), "its log was always part of it");
    let snapshot = store.snapshot(id, visitor(1), 1).await.expect("a snapshot");
    assert_eq!((seqs(&snapshot.page.entries), snapshot.page.more), (vec![700], true));
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
    assert_eq!(condemn(&store, LATER).await, [], "it is in use");
}

pub async fn entries_stored_before_are_left_out(store: AnyStore) {
    let (room, entries) = (old_room(6), old_log(20));
    let id = room.id;
    assert_eq!(store.restore_room(room).await, Ok(true));
    for (from, to) in [(0, 10), (0, 10), (3, 8), (0, 0), (5, 15), (14, 20), (0, 20)] {
        assert_eq!(restore(&store, id, &entries[from..to]).await, Ok(()), "{from} to {to}");
    }
    assert_eq!(log(&store, id).await, entries);
}

pub async fn a_hole_is_refused(store: AnyStore) {
    let (room, entries) = (old_room(6), old_log(9));
    let id = room.id;
    assert_eq!(store.restore_room(room).await, Ok(true));
    assert_eq!(restore(&store, id, &entries[1..]).await, Err(Error::Internal), "the first one is missing");
    assert_eq!(store.last_seq(id).await, Ok(0));
    assert_eq!(restore(&store, id, &entries[..5]).await, Ok(()));
    assert_eq!(restore(&store, id, &entries[6..]).await, Err(Error::Internal));
    let hole = [&entries[..7], &entries[8..]].concat();
    assert_eq!(restore(&store, id, &hole).await, Err(Error::Internal));
    assert_eq!(log(&store, id).await, entries[..5], "nothing of it was stored");
    assert_eq!(restore(&store, id, &entries).await, Ok(()));
    assert_eq!(log(&store, id).await, entries);
}

pub async fn what_was_restored_lives_on(store: AnyStore) {
    let (room, entries) = (old_room(6), old_log(9));
    let id = room.id;
    assert_eq!(store.restore_room(room).await, Ok(true));
    assert_eq!(restore(&store, id, &entries).await, Ok(()));

    // Authors who never got an answer before the move send their messages again after it.
    for (old, n) in [(&entries[5], 1), (&entries[7], 5)] {
        let again = store.append(id, visitor(n), old.client, old.what.clone().into(), NOW).await.expect("said before");
        assert_eq!((&again.entry, again.is_new), (old, false));
    }
    let fact = entries[4].clone();
    let fact = NewEntry::fact(LATER, fact.person, fact.client, fact.what);
    let told = store.update_room(id, Arc::new(move |_: &mut Room| Ok(vec![fact.clone()]))).await.expect("told before");
    assert_eq!((told.entries, told.room.rev), (vec![], 41));

    let said = say(&store, id, 2, "이사 왔어요").await;
    assert_eq!((said.seq, said.person.name.number), (10, 3), "named as their seat is");
    let joined = join(&store, id, 7).await.expect("a free seat");
    assert_eq!((seqs(&joined.entries), joined.room.rev), (vec![11], 42));
    assert_whole(&log(&store, id).await);
    for n in [2, 1, 5, 7] {
        leave(&store, id, n).await.expect("a seat");
    }
    assert_eq!(store.room(id).await, Err(Error::NotFound));
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![]));
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}
