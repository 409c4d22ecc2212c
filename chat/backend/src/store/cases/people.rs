//! People in a room: what they call themselves, who is away, who was thrown out.

use tokio::task::JoinSet;

use super::*;
use chat::room::Reason;
use chat::visitor::{Name, OwnName};

pub fn named(n: u16, own: &str) -> Name {
    Name { own: Some(OwnName::new(own).expect("a name")), ..person(n).name }
}

/// Makes a change by the functions of [`Room`], which has to succeed.
pub async fn change<F>(store: &AnyStore, room: RoomId, change: F) -> Updated
where
    F: Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync + 'static,
{
    store.update_room(room, Arc::new(change)).await.expect("a change")
}

pub async fn rename(store: &AnyStore, room: RoomId, n: u16, own: &'static str) -> Updated {
    change(store, room, move |room| room.rename(&Named::new(Person { id: visitor(n), name: named(n, own) }), NOW)).await
}

pub async fn set_away(store: &AnyStore, room: RoomId, n: u16, away: bool) -> Updated {
    change(store, room, move |room| room.set_away(visitor(n), away, NOW)).await
}

/// Person 1, who owns the room, throws person `n` out.
pub async fn throw_out(store: &AnyStore, room: RoomId, n: u16, reason: &'static str) -> Updated {
    change(store, room, move |room| room.throw_out(visitor(1), visitor(n), Reason::new(reason)?, NOW)).await
}

pub async fn bars_names_and_who_is_away_come_back(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3, 4]).await;
    rename(&store, id, 2, "민수 \"' $").await;
    set_away(&store, id, 2, true).await;
    throw_out(&store, id, 3, "도배\\u0000").await;
    let last = throw_out(&store, id, 4, "").await;
    let room = store.room(id).await.expect("the room");
    assert_eq!(room, last.room);
    assert_eq!(
        room.seats.iter().map(|seat| (seat.person.id, seat.away)).collect::<Vec<_>>(),
        [(visitor(1), false), (visitor(2), true)]
    );
    assert_eq!(room.seats[1].person.name, named(2, "민수 \"' $"));
    let bars: Vec<_> = room.bars.iter().map(|bar| (bar.person.id, bar.reason.as_ref().map(Reason::as_str))).collect();
    assert_eq!(bars, [(visitor(3), Some("도배\\u0000")), (visitor(4), None)]);
    assert_eq!(store.rooms_after(None, 9).await, Ok(vec![room.clone()]));
    assert_eq!(store.snapshot(id, visitor(2), 9).await.map(|snapshot| snapshot.room), Ok(room.clone()));
    assert_eq!(store.cards().await.map(|cards| cards[0].card.clone()), Ok(room.card()));
    let kinds: Vec<_> = log(&store, id).await.into_iter().skip(4).map(|entry| (entry.seq, entry.what)).collect();
    assert_eq!(
        kinds,
        [
            (5, What::Renamed { from: person(2).name }),
            (6, What::Away(true)),
            (7, What::ThrownOut { reason: Reason::new("도배\\u0000").expect("a reason") }),
            (8, What::ThrownOut { reason: None }),
        ]
    );
    set_away(&store, id, 2, false).await;
    assert_eq!(store.room(id).await.map(|room| room.seats[1].away), Ok(false));
}

/// The error that person `n` gets from each way to use a room, or `None` where it succeeds.
async fn accesses(store: &AnyStore, room: RoomId, n: u16) -> Vec<Option<Error>> {
    let who = visitor(n);
    vec![
        store.seat(room, who).await.err(),
        send(store, room, n, text("저기요")).await.err(),
        store.snapshot(room, who, 9).await.err(),
        store.page_before(room, who, 9, 9).await.err(),
        store.entry(room, who, 1).await.err(),
        store.may_see_gif(room, who, hash(1)).await.err(),
    ]
}

pub async fn who_was_thrown_out_is_barred_from_everything(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    show(&store, id, 2, 1).await;
    assert_eq!(accesses(&store, id, 2).await, [const { None }; 6]);
    throw_out(&store, id, 2, "도배").await;
    assert_eq!(accesses(&store, id, 2).await, [const { Some(Error::Barred) }; 6]);
    assert_eq!(join(&store, id, 2).await, Err(Error::Barred));
    assert_eq!(accesses(&store, id, 3).await, [const { None }; 6]);
    assert_eq!(accesses(&store, id, 4).await, [const { Some(Error::NotSeated) }; 6]);
    let other = room_of(&store, &[1, 2]).await;
    show(&store, other, 2, 1).await;
    assert_eq!(accesses(&store, other, 2).await, [const { None }; 6], "it is about one room");
    for n in [1, 3] {
        leave(&store, id, n).await.expect("a seat");
    }
    assert_eq!(accesses(&store, id, 2).await, [const { Some(Error::NotFound) }; 6], "its bars go with the room");
}

pub async fn who_is_let_in_comes_back(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    throw_out(&store, id, 2, "").await;
    let rev = store.room(id).await.expect("the room").rev;
    let let_in = |room: &mut Room| room.let_in(visitor(1), visitor(2)).map(|()| Vec::new());
    assert_eq!(change(&store, id, let_in).await.room.rev, rev + 1, "others may have it in memory");
    assert_eq!(change(&store, id, let_in).await.room.rev, rev + 1);
    assert_eq!(store.seat(id, visitor(2)).await, Err(Error::NotSeated));
    assert_eq!(seqs(&join(&store, id, 2).await.expect("a free seat").entries), [5]);
    say(&store, id, 2, "다녀왔어요").await;
    assert_eq!(store.room(id).await.map(|room| room.bars), Ok(vec![]));
}

pub async fn a_name_of_ones_own_is_on_what_is_said(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let before = say(&store, id, 2, "전에").await;
    rename(&store, id, 2, "민수").await;
    let renamed = Person { id: visitor(2), name: named(2, "민수") };
    assert_eq!(store.seat(id, visitor(2)).await.as_ref(), Ok(&renamed));
    assert_eq!(say(&store, id, 2, "후에").await.person, renamed);
    assert_eq!(log(&store, id).await[2], before, "what was said is as it was");
}

pub async fn of_many_who_throw_out_at_once_one_does(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let mut throwing = JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(&store);
        throwing.spawn(async move { throw_out(&store, id, 2, "").await.entries.len() });
    }
    assert_eq!(throwing.join_all().await.into_iter().sum::<usize>(), 1);
    assert_whole(&log(&store, id).await);
    assert_eq!(store.room(id).await.map(|room| (room.bars.len(), room.seats.len())), Ok((1, 2)));
}
