//! Nodes that share a store: which seats they watch for, and whether they live.

use tokio::task::JoinSet;

use super::*;
use crate::store::{Beats, Unattended};
use chat::id::PageId;
use chat::record::{AddressTag, EndedPages, Parting, Seat};
use chat::room::Outside;

async fn watch(store: &AnyStore, room: RoomId, n: u16, by: NodeId) -> Result<Updated, Error> {
    let change = move |room: &mut Room| room.watch_seat(visitor(n), by).map(|()| Vec::new());
    store.update_room(room, Arc::new(change)).await
}

/// Makes a change that adds nothing to the log.
async fn quietly(store: &AnyStore, room: RoomId, change: impl Fn(&mut Room) + Send + Sync + 'static) -> Room {
    let change = move |room: &mut Room| {
        change(room);
        Ok(Vec::new())
    };
    store.update_room(room, Arc::new(change)).await.expect("a change").room
}

/// A seat that was just taken.
fn new_seat(room: RoomId, n: u16) -> Unattended {
    Unattended::of(room, &Seat::new(person(n), NOW))
}

async fn unattended(store: &AnyStore) -> Vec<Unattended> {
    let mut seats = store.unattended().await.expect("seats");
    seats.sort();
    seats
}

/// The rooms with seats that other nodes watch, sorted so that a test can compare them.
async fn rooms_of_others(store: &AnyStore, known: &[NodeId]) -> Vec<(RoomId, Vec<NodeId>)> {
    let mut rooms = store.rooms_of_others(known).await.expect("rooms");
    rooms.iter_mut().for_each(|(_, nodes)| nodes.sort());
    rooms.sort();
    rooms
}

pub async fn a_seat_lists_the_nodes_that_watch_for_it(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    watch(&store, id, 2, node(1)).await.expect("a seat");
    let watched = watch(&store, id, 2, node(2)).await.expect("a seat").room;
    assert_eq!(watched.seats[1].nodes, [node(1), node(2)]);
    assert_eq!(watched.rev, 3, "a change as any other");
    assert_eq!(store.room(id).await.as_ref(), Ok(&watched));

    let again = watch(&store, id, 2, node(1)).await.expect("a seat");
    assert_eq!(again, Updated { room: watched.clone(), entries: Vec::new() });
    assert_eq!(watch(&store, id, 4, node(1)).await, Err(Error::NotSeated));
    assert_eq!(store.room(id).await, Ok(watched));

    join(&store, id, 4).await.expect("a free seat");
    leave(&store, id, 1).await.expect("a seat");
    let unwatched = quietly(&store, id, |room| room.unwatch_seat(visitor(2), node(1))).await;
    assert_eq!(unwatched.seats.iter().map(|seat| seat.person.id).collect::<Vec<_>>(), [2, 3, 4].map(visitor));
    assert_eq!(unwatched.seats[0].nodes, [node(2)]);
    assert_eq!(store.room(id).await, Ok(unwatched));
    let dropped = quietly(&store, id, |room| room.drop_node(node(2))).await;
    assert!(dropped.seats.iter().all(|seat| seat.nodes.is_empty()));
    assert_eq!(store.room(id).await, Ok(dropped));
}

pub async fn a_seat_that_ends_forgets_its_nodes(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    for n in [1, 2] {
        watch(&store, id, n, node(1)).await.expect("a seat");
    }
    quietly(&store, id, |room| room.unwatch_seat(visitor(2), node(1))).await;
    quietly(&store, id, |room| room.renew_seat(visitor(2))).await;
    leave(&store, id, 2).await.expect("a seat");
    assert_eq!(unattended(&store).await, []);
    join(&store, id, 2).await.expect("a free seat");
    assert_eq!(unattended(&store).await, [new_seat(id, 2)]);
    leave(&store, id, 2).await.expect("a seat");
    leave(&store, id, 1).await.expect("a seat");
    assert_eq!(unattended(&store).await, []);
    assert_eq!(rooms_of_others(&store, &[]).await, []);
}

pub async fn unattended_seats_are_listed_with_their_renewals(store: AnyStore) {
    assert_eq!(unattended(&store).await, []);
    let one = room_of(&store, &[1, 2]).await;
    let other = room_of(&store, &[1]).await;
    let seat = |room, n, renewed| Unattended { renewed, ..new_seat(room, n) };
    assert_eq!(unattended(&store).await, [seat(one, 1, 0), seat(one, 2, 0), seat(other, 1, 0)]);

    watch(&store, one, 1, node(1)).await.expect("a seat");
    for _ in 0..2 {
        quietly(&store, one, |room| room.renew_seat(visitor(2))).await;
    }
    assert_eq!(unattended(&store).await, [seat(one, 2, 2), seat(other, 1, 0)]);

    // The number of renewals stays the same while nodes watch a seat.
    watch(&store, one, 2, node(2)).await.expect("a seat");
    watch(&store, one, 2, node(3)).await.expect("a seat");
    assert_eq!(unattended(&store).await, [seat(other, 1, 0)]);
    quietly(&store, one, |room| room.drop_node(node(2))).await;
    assert_eq!(unattended(&store).await, [seat(other, 1, 0)], "another one watches for it still");
    quietly(&store, one, |room| room.unwatch_seat(visitor(2), node(3))).await;
    let let_go = Unattended { parting: Parting::Cut, ..seat(one, 2, 2) };
    assert_eq!(unattended(&store).await, [let_go, seat(other, 1, 0)]);
}

pub async fn unattended_seats_are_listed_with_how_they_were_left(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let (address, page) = (Some(AddressTag(u16::MAX)), |n| PageId([n; 16]));
    quietly(&store, id, move |room| room.seats[2].address = address).await;
    for (n, by) in [(2, 1), (3, 1), (3, 2)] {
        watch(&store, id, n, node(by)).await.expect("a seat");
    }
    let left = |n, by, cut: &[u8], goodbye: &[u8]| {
        let ids = |pages: &[u8]| pages.iter().map(|n| page(*n)).collect();
        let pages = EndedPages { cut: ids(cut), goodbye: ids(goodbye) };
        quietly(&store, id, move |room| room.part_from_seat(visitor(n), by, &pages))
    };
    left(2, Some(node(1)), &[], &[7, 8]).await;
    let stored = left(3, Some(node(1)), &[9, 10], &[]).await;
    assert_eq!(stored.seats[2].cut, [page(9), page(10)]);
    assert_eq!(store.room(id).await, Ok(stored));
    let said_goodbye = Unattended { parting: Parting::Goodbye, renewed: 1, ..new_seat(id, 2) };
    assert_eq!(unattended(&store).await, [new_seat(id, 1), said_goodbye]);
    let stored = left(3, Some(node(2)), &[], &[9]).await;
    let cut = Unattended { parting: Parting::Cut, renewed: 1, address, ..new_seat(id, 3) };
    assert_eq!(unattended(&store).await, [new_seat(id, 1), said_goodbye, cut]);
    assert_eq!((&stored.seats[2].cut[..], store.room(id).await), (&[page(10)][..], Ok(stored.clone())));
    quietly(&store, id, |room| room.note_feed(visitor(1)).expect("a seat")).await;
    let live = Unattended { parting: Parting::Cut, ..new_seat(id, 1) };
    assert_eq!(unattended(&store).await, [live, said_goodbye, cut]);
}

pub async fn a_full_room_gives_the_place_of_one_who_is_away_to_one_newcomer(store: AnyStore) {
    let people: Vec<u16> = (1..=10).collect();
    let id = room_of(&store, &people).await;
    quietly(&store, id, |room| room.capacity = Capacity::new(10).expect("a capacity")).await;
    let mut entering = JoinSet::new();
    for n in 11..=20 {
        let store = Arc::clone(&store);
        entering.spawn(async move {
            let newcomer = Named::new(person(n));
            // Person 3 is away until another visitor has taken their place.
            let away = |room: &Room| room.seat(visitor(3)).map(|seat| seat.person.id);
            let enter = move |room: &mut Room| room.take_seat_of(&newcomer, away(room), |_| false, NOW);
            store.update_room(id, Arc::new(enter)).await
        });
    }
    let (entered, refused): (Vec<_>, Vec<_>) = entering.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((entered.len(), refused.len()), (1, 9));
    assert!(refused.into_iter().all(|refused| refused == Err(Error::Full)));
    let room = store.room(id).await.expect("the room");
    assert_eq!((room.seats.len(), room.why_outside(visitor(3))), (10, Some(Outside::Replaced)));
    let told = log(&store, id).await.split_off(10);
    assert_eq!(told.iter().map(|entry| &entry.what).collect::<Vec<_>>(), [&What::Left, &What::Entered]);
}

pub async fn a_node_is_known_from_its_first_beat_until_it_is_forgotten(store: AnyStore) {
    let beat = async |n| {
        let Beats { was_known, mut counters } = store.beat(node(n)).await.expect("a beat");
        counters.sort();
        (was_known, counters)
    };
    assert_eq!(beat(1).await, (false, vec![(node(1), 1)]));
    assert_eq!(beat(1).await, (true, vec![(node(1), 2)]));
    assert_eq!(beat(2).await, (false, vec![(node(1), 2), (node(2), 1)]));
    assert_eq!(beat(1).await, (true, vec![(node(1), 3), (node(2), 1)]));

    assert_eq!(store.forget_node(node(1)).await, Ok(()));
    assert_eq!(store.forget_node(node(1)).await, Ok(()), "nothing to forget");
    assert_eq!(beat(2).await, (true, vec![(node(2), 2)]));
    assert_eq!(beat(1).await, (false, vec![(node(1), 1), (node(2), 2)]), "it lives after all");
}

pub async fn beats_at_once_are_all_counted(store: AnyStore) {
    let mut beating = JoinSet::new();
    for _ in 0..10 {
        for n in 0..4 {
            let store = Arc::clone(&store);
            beating.spawn(async move { (n, store.beat(node(n)).await.expect("a beat")) });
        }
    }
    let beats = beating.join_all().await;
    for n in 0..4 {
        let firsts = beats.iter().filter(|(who, beats)| *who == n && !beats.was_known).count();
        assert_eq!(firsts, 1, "node {n} was new once");
        let last = store.beat(node(n)).await.expect("a beat");
        assert!(last.counters.contains(&(node(n), 11)), "{last:?}");
    }
}

pub async fn rooms_that_list_strangers_are_found(store: AnyStore) {
    let one = room_of(&store, &[1]).await;
    let both = room_of(&store, &[1, 2]).await;
    room_of(&store, &[1]).await;
    watch(&store, one, 1, node(1)).await.expect("a seat");
    for (n, by) in [(1, 1), (2, 1), (2, 2)] {
        watch(&store, both, n, node(by)).await.expect("a seat");
    }
    let all = [(one, vec![node(1)]), (both, vec![node(1), node(2)])];
    assert_eq!(rooms_of_others(&store, &[]).await, all);
    assert_eq!(rooms_of_others(&store, &[node(3)]).await, all);
    assert_eq!(rooms_of_others(&store, &[node(1)]).await, [(both, vec![node(2)])]);
    assert_eq!(rooms_of_others(&store, &[node(2), node(1), node(3)]).await, []);

    quietly(&store, both, |room| room.drop_node(node(2))).await;
    assert_eq!(rooms_of_others(&store, &[node(1)]).await, []);
    quietly(&store, one, |room| room.unwatch_seat(visitor(1), node(1))).await;
    assert_eq!(rooms_of_others(&store, &[]).await, [(both, vec![node(1)])]);
}
