//! The log has everything that is said, once and in order.

use super::*;

pub async fn what_is_said_is_numbered_and_named_as_the_seat_is(store: AnyStore) {
    let (mut room, told) = new_room(&[1, 2], 7);
    room.seats[1].person.name.number = 2;
    let (id, named) = (room.id, room.seats[1].person.clone());
    store.create_room(room, told).await.expect("a new room");
    let at = Timestamp(NOW.0 + 5);
    let client = ClientId::generate();
    let appended = store.append(id, visitor(2), client, text("안녕").into(), at).await.expect("said");
    let expected = NewEntry::fact(at, named, client, text("안녕")).numbered(3);
    assert_eq!((appended.entry, appended.is_new), (expected.clone(), true));
    assert_eq!(log(&store, id).await[2], expected);

    let room = store.room(id).await.expect("the room");
    assert_eq!(room.spoken_at, Some(at));
    assert_eq!(room.rev, 1, "speaking changes the log, not the room");
}

pub async fn speaking_is_for_people_seated_there(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    assert_eq!(send(&store, id, 3, text("들어갈래")).await, Err(Error::NotSeated));
    leave(&store, id, 2).await.expect("a seat");
    assert_eq!(send(&store, id, 2, text("잠깐")).await, Err(Error::NotSeated));
    assert_eq!(store.room(id).await.map(|room| room.spoken_at), Ok(None));
}

pub async fn sending_twice_makes_one_entry(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let client = ClientId::generate();
    let first = store.append(id, visitor(1), client, text("한 번").into(), NOW).await.expect("said");
    say(&store, id, 1, "그 사이").await;
    let later = Timestamp(NOW.0 + 60_000);
    let second = store.append(id, visitor(1), client, text("다르게").into(), later).await.expect("said before");
    assert_eq!((second.entry, second.is_new), (first.entry, false), "it stays what it became at first");
    assert_eq!(log(&store, id).await.len(), 3);
    assert_eq!(store.room(id).await.map(|room| room.spoken_at), Ok(Some(NOW)));
}

pub async fn a_client_id_is_of_its_author_and_room(store: AnyStore) {
    let one = room_of(&store, &[1, 2]).await;
    let other = room_of(&store, &[1]).await;
    let client = ClientId([5; 16]);
    for (room, n) in [(one, 1), (one, 2), (other, 1)] {
        let appended = store.append(room, visitor(n), client, text("같은 번호").into(), NOW).await.expect("said");
        assert!(appended.is_new, "visitor {n} in {room}");
    }
}

pub async fn a_client_id_of_the_system_is_apart_from_those_of_people(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let entered = log(&store, id).await[0].client;
    let appended = store.append(id, visitor(1), entered, text("흉내").into(), NOW).await.expect("said");
    assert!(appended.is_new);
    assert_eq!(appended.entry.seq, 2);
}

pub async fn the_last_seq_follows_the_log(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    assert_eq!(store.last_seq(id).await, Ok(1));
    say(&store, id, 1, "야옹").await;
    assert_eq!(store.last_seq(id).await, Ok(2));
    join(&store, id, 2).await.expect("a free seat");
    assert_eq!(store.last_seq(id).await, Ok(3));
    send(&store, id, 9, text("밖에서")).await.expect_err("not seated");
    assert_eq!(store.last_seq(id).await, Ok(3));
}

pub async fn text_comes_back_as_it_was_sent(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let sent = ["\"; DROP TABLE entries; --", "줄\n바꿈\t칸", "👩‍👩‍👧 <script>", "\\u0000 \\ '"];
    for words in sent {
        say(&store, id, 1, words).await;
    }
    show(&store, id, 1, 1).await;
    let said: Vec<_> = log(&store, id).await.into_iter().skip(1).map(|entry| entry.what).collect();
    let expected: Vec<_> = sent.into_iter().map(text).chain([gif(1)]).collect();
    assert_eq!(said, expected);
}

pub async fn the_log_after_a_cursor_comes_in_order(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    leave(&store, id, 1).await.expect("a seat");
    for n in 5..=9 {
        say(&store, id, 2, &format!("{n}")).await;
    }
    let after = async |after, limit| seqs(&store.log(id, after, limit).await.expect("entries"));
    let all = after(0, 100).await;
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
    assert_eq!(after(0, 3).await, [1, 2, 3]);
    assert_eq!(after(3, 4).await, [4, 5, 6, 7]);
    assert_eq!(after(7, 100).await, all[7..]);
    assert!(after(all.len() as u64, 100).await.is_empty());
    assert!(after(u64::MAX, 100).await.is_empty(), "a cursor is whatever a client says");
    assert_eq!(store.log(RoomId::generate(), 0, 100).await, Ok(vec![]), "an unknown room");
}

pub async fn nothing_is_left_of_the_log_of_a_gone_room(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    say(&store, id, 1, "야옹").await;
    leave(&store, id, 1).await.expect("a seat");
    assert_eq!(store.log(id, 0, 100).await, Ok(vec![]));
    assert_eq!(store.last_seq(id).await, Ok(0));
}

pub async fn what_was_sent_is_found_by_its_client_id(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let client = ClientId::generate();
    assert_eq!(store.sent(id, visitor(1), client).await, Ok(None));
    let sent = store.append(id, visitor(1), client, text("한 번").into(), NOW).await.expect("said").entry;
    assert_eq!(store.sent(id, visitor(1), client).await, Ok(Some(sent)));
    assert_eq!(store.sent(id, visitor(2), client).await, Ok(None), "it is its author's");
}
