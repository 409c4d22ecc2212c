//! Rooms: making, changing and listing them.

use std::sync::Arc;

use super::*;
use crate::store::{Listed, RoomChange};
use chat::id::PageId;
use chat::record::{AddressTag, Parting, PasswordHash, PutOutside};
use chat::room::{Bar, Outside, RoomCard, Slow};
use chat::visitor::likeness::Looks;

pub async fn a_room_comes_back_as_it_was_made(store: AnyStore) {
    let (mut room, told) = new_room(&[1, 2, 3], 7);
    room.password = Some(PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()));
    room.password_rev = 2;
    let made = store.create_room(room.clone(), told).await.expect("a new room");
    assert_eq!(made.room, Room { rev: 1, ..room.clone() }, "making it is the first change");
    assert_eq!(store.room(room.id).await, Ok(made.room));
}

pub async fn its_first_lines_are_numbered_from_one(store: AnyStore) {
    let (room, told) = new_room(&[1, 2], 7);
    let made = store.create_room(room, told.clone()).await.expect("a new room");
    let numbered: Vec<_> = (1..).zip(told).map(|(seq, line)| line.numbered(seq)).collect();
    assert_eq!(made.entries, numbered);
    assert_eq!(log(&store, made.room.id).await, numbered);
}

pub async fn an_unknown_room_is_not_found(store: AnyStore) {
    let room = RoomId::generate();
    assert_eq!(store.room(room).await, Err(Error::NotFound));
    assert_eq!(join(&store, room, 1).await, Err(Error::NotFound));
    assert_eq!(store.seat(room, visitor(1)).await, Err(Error::NotFound));
    assert_eq!(send(&store, room, 1, text("야옹")).await, Err(Error::NotFound));
    assert_eq!(store.snapshot(room, visitor(1), 50).await, Err(Error::NotFound));
    assert_eq!(store.page_before(room, visitor(1), 9, 50).await, Err(Error::NotFound));
    assert_eq!(store.may_see_gif(room, visitor(1), hash(1)).await, Err(Error::NotFound));
    assert_eq!(store.last_seq(room).await, Ok(0));
}

pub async fn a_change_is_stored_with_the_lines_that_tell_of_it(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let updated = join(&store, id, 2).await.expect("a free seat");
    assert_eq!(updated.room.rev, 2);
    assert_eq!(store.room(id).await.as_ref(), Ok(&updated.room));
    assert_eq!(updated.room.seats.len(), 2);
    assert_eq!(seqs(&updated.entries), [2]);
    assert_eq!(log(&store, id).await[1..], updated.entries);
}

pub async fn every_part_of_a_room_can_change(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3, 4]).await;
    let change: RoomChange = Arc::new(|room: &mut Room| {
        room.title = RoomTitle::new("새 이름")?;
        room.capacity = Capacity::new(3)?;
        room.owner = visitor(4);
        room.password = Some(PasswordHash("$argon2id$other".to_owned()));
        room.password_rev = 4;
        room.spoken_at = Some(Timestamp(NOW.0 + 9));
        room.seats.remove(1);
        room.seats.swap(0, 2);
        room.seats[1].person.name.number = 5;
        room.seats[1].looks = Looks::of(&room.seats[1].person.name);
        room.slow = Slow::ALL[2];
        room.seats[2].since = Timestamp(NOW.0 + 1);
        room.seats[0].nodes = vec![node(2), node(1)];
        room.seats[2].renewed = 3;
        room.seats[1].away = true;
        room.seats[0].parting = Parting::Goodbye;
        room.seats[1].parting = Parting::Cut;
        room.seats[1].cut = vec![PageId([1; 16]), PageId([255; 16])];
        room.seats[2].address = Some(AddressTag(40_000));
        room.outside = vec![
            PutOutside { visitor: visitor(7), why: Outside::Replaced },
            PutOutside { visitor: visitor(6), why: Outside::Away },
        ];
        room.bars = vec![Bar { person: person(8), at: NOW, reason: None }];
        Ok(Vec::new())
    });
    let mut expected = store.room(id).await.expect("the room");
    change(&mut expected).expect("a change");
    expected.rev += 1;
    let updated = store.update_room(id, change).await.expect("a change");
    assert_eq!(updated.room, expected);
    assert_eq!(store.room(id).await, Ok(expected));
}

pub async fn a_change_that_changes_nothing_is_not_counted(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let before = store.room(id).await.expect("the room");
    let again = join(&store, id, 2).await.expect("their seat");
    assert_eq!(again, Updated { room: before.clone(), entries: Vec::new() });
    let stranger = leave(&store, id, 3).await.expect("nothing to do");
    assert_eq!(stranger, Updated { room: before.clone(), entries: Vec::new() });
    assert_eq!(store.room(id).await, Ok(before));
}

pub async fn a_refused_change_leaves_all_as_it_was(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let before = store.room(id).await.expect("the room");
    let change: RoomChange = Arc::new(|room: &mut Room| {
        room.end_seat(visitor(1), NOW);
        Err(Error::Barred)
    });
    assert_eq!(store.update_room(id, change).await, Err(Error::Barred));
    assert_eq!(store.room(id).await, Ok(before));
    assert_eq!(store.last_seq(id).await, Ok(2));
}

pub async fn one_fact_is_told_once(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let line = NewEntry::fact(NOW, person(1), ClientId([3; 16]), What::NewOwner);
    let change: RoomChange = Arc::new(move |_: &mut Room| Ok(vec![line.clone()]));
    let first = store.update_room(id, Arc::clone(&change)).await.expect("told");
    assert_eq!(seqs(&first.entries), [2]);
    assert_eq!(first.room.rev, 2, "telling something is a change");
    let second = store.update_room(id, change).await.expect("told before");
    assert_eq!(second, Updated { room: first.room, entries: Vec::new() });
    assert_eq!(log(&store, id).await.len(), 2);
}

pub async fn cards_show_every_room_newest_first(store: AnyStore) {
    assert_eq!(store.cards().await, Ok(Vec::new()));
    let mut expected = Vec::new();
    for people in [&[1][..], &[1, 2, 3], &[1, 2, 3, 4, 5, 6, 7]] {
        let id = room_of(&store, people).await;
        say(&store, id, 1, "야옹").await;
        let room = store.room(id).await.expect("the room");
        assert_eq!(room.spoken_at, Some(NOW));
        expected.insert(0, Listed { card: room.card(), rev: room.rev });
    }
    assert_eq!(store.cards().await, Ok(expected.clone()));
    assert_eq!(expected[0].card.people, 7);
    assert_eq!(expected[0].card.faces.len(), RoomCard::MAX_FACES);

    join(&store, expected[2].card.id, 2).await.expect("a free seat");
    let cards = store.cards().await.expect("cards");
    assert_eq!((cards[2].rev, cards[2].card.people), (expected[2].rev + 1, 2));
    assert_eq!(cards[..2], expected[..2]);
}

pub async fn a_locked_room_shows_no_faces(store: AnyStore) {
    let (mut room, told) = new_room(&[1, 2], 7);
    room.password = Some(PasswordHash("$argon2id$".to_owned()));
    store.create_room(room, told).await.expect("a new room");
    let card = &store.cards().await.expect("cards")[0].card;
    assert_eq!((card.locked, card.people, card.faces.len()), (true, 2, 0));
    assert_eq!(card.owner, person(1));
}

pub async fn many_rooms_are_listed(store: AnyStore) {
    let mut made = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let store = Arc::clone(&store);
        made.spawn(async move { room_of(&store, &[1, 2]).await });
    }
    let mut newest_first = made.join_all().await;
    newest_first.sort_by(|a, b| b.cmp(a));
    let cards = store.cards().await.expect("cards");
    assert_eq!(cards.iter().map(|listed| listed.card.id).collect::<Vec<_>>(), newest_first);
    assert!(cards.iter().all(|listed| listed.card.people == 2));
}
