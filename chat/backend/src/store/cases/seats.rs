//! Seats: who sits where, who inherits, and what goes with the last seat.

use super::*;

pub async fn a_seat_is_found_by_room_and_visitor(store: AnyStore) {
    let (mut room, told) = new_room(&[1, 2], 7);
    room.seats[1].person.name.number = 2;
    let named = room.seats[1].person.clone();
    let id = room.id;
    store.create_room(room, told).await.expect("a new room");
    assert_eq!(store.seat(id, visitor(2)).await, Ok(named));
    assert_eq!(store.seat(id, visitor(3)).await, Err(Error::NotSeated));
}

pub async fn whoever_sat_longest_inherits(store: AnyStore) {
    let id = room_of(&store, &[1, 5, 3, 4]).await;
    for (leaving, heir) in [(1, 5), (5, 3), (3, 4)] {
        let updated = leave(&store, id, leaving).await.expect("a seat");
        let told: Vec<_> = updated.entries.iter().map(|entry| (entry.person.id, &entry.what)).collect();
        assert_eq!(told, [(visitor(leaving), &What::Left), (visitor(heir), &What::NewOwner)]);
        assert_eq!(store.room(id).await.map(|room| room.owner), Ok(visitor(heir)));
    }
}

pub async fn who_comes_back_sits_at_the_end(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    leave(&store, id, 2).await.expect("a seat");
    join(&store, id, 2).await.expect("a free seat");
    leave(&store, id, 1).await.expect("a seat");
    join(&store, id, 1).await.expect("a free seat");
    let room = store.room(id).await.expect("the room");
    let order: Vec<_> = room.seats.iter().map(|seat| seat.person.id).collect();
    assert_eq!(order, [visitor(3), visitor(2), visitor(1)]);
    assert_eq!(room.owner, visitor(3));
}

pub async fn the_last_to_leave_takes_the_room_and_all_it_held(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    say(&store, id, 1, "아무도 없나요").await;
    show(&store, id, 1, 1).await;
    let gone = leave(&store, id, 1).await.expect("a seat");
    assert!(gone.room.is_gone());
    assert_eq!(seqs(&gone.entries), [4], "what is told of the end, although nothing of it is left");

    assert_eq!(store.room(id).await, Err(Error::NotFound));
    assert_eq!(store.cards().await, Ok(Vec::new()));
    assert_eq!(store.unattended().await, Ok(Vec::new()));
    assert_eq!(store.rooms_after(None, 10).await, Ok(Vec::new()));
    assert_eq!(store.last_seq(id).await, Ok(0));
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
    assert_eq!(join(&store, id, 1).await, Err(Error::NotFound));
    assert_eq!(send(&store, id, 1, text("야옹")).await, Err(Error::NotFound));
    assert_eq!(store.snapshot(id, visitor(1), 50).await, Err(Error::NotFound));
}

pub async fn other_rooms_stay(store: AnyStore) {
    let gone = room_of(&store, &[1]).await;
    let stays = room_of(&store, &[1]).await;
    say(&store, gone, 1, "여기").await;
    say(&store, stays, 1, "거기").await;
    leave(&store, gone, 1).await.expect("a seat");
    assert_eq!(log(&store, stays).await.len(), 2);
    assert_eq!(store.cards().await.map(|cards| cards.len()), Ok(1));
    let seats = store.unattended().await.expect("seats");
    assert_eq!(seats.iter().map(|seat| (seat.room, seat.visitor)).collect::<Vec<_>>(), [(stays, visitor(1))]);
}

pub async fn a_large_room_is_gone_at_once(store: AnyStore) {
    let gone = room_of(&store, &[1]).await;
    let stays = room_of(&store, &[1]).await;
    show(&store, gone, 1, 1).await;
    show(&store, stays, 1, 2).await;
    let said = store.append(gone, visitor(1), ClientId([3; 16]), text("먼저").into(), NOW).await.expect("said");
    for n in 0..450 {
        say(&store, gone, 1, &format!("{n}")).await;
    }
    for sha in [2, 3] {
        show(&store, gone, 1, sha).await;
    }
    leave(&store, gone, 1).await.expect("a seat");
    // From here on no call finds anything of the room, whether or not its contents are still being removed.
    for _ in 0..20 {
        assert_eq!(store.room(gone).await, Err(Error::NotFound));
        assert_eq!(store.log(gone, 0, 10).await, Ok(vec![]));
        assert_eq!(store.last_seq(gone).await, Ok(0));
        assert_eq!(store.sent(gone, visitor(1), said.entry.client).await, Ok(None));
        assert_eq!(store.entry(gone, visitor(1), said.entry.seq).await, Err(Error::NotFound));
        assert_eq!(store.may_see_gif(gone, visitor(1), hash(3)).await, Err(Error::NotFound));
        assert_eq!(store.gifs_after(None, 9).await.map(|gifs| gifs.contains(&hash(2))), Ok(true));
    }
    let mut condemned = Vec::new();
    while condemned.len() < 2 {
        condemned.extend(condemn(&store, NOW).await);
        tokio::task::yield_now().await;
    }
    condemned.sort();
    assert_eq!(condemned, [hash(1), hash(3)], "and not what the other room shows");
    assert_eq!(store.may_see_gif(stays, visitor(1), hash(2)).await, Ok(Sight::Public));
}
