//! A stale snapshot plus the events since equals a fresh snapshot, for random histories.

use proptest::prelude::*;

use super::acts::{Act, Screen, act};
use super::*;

async fn stale_plus_events_is_fresh(acts: Vec<Act>, stale_at: usize, watch_at: usize) {
    let house = House::without_limits().await;
    let room = house.room(&person(0)).await;
    let mut stale = None;
    for (n, act) in acts.iter().enumerate() {
        if n == stale_at {
            stale = Some(Screen::of(&house, room).await);
        }
        if let Some(screen) = &mut stale
            && n == watch_at.max(stale_at)
        {
            screen.come_back(&house).await;
        }
        house.act(room, act).await;
    }
    let mut stale = stale.expect("it looked at some time");
    stale.read();
    let fresh = Screen::of(&house, room).await.whole(&house).await;
    assert_eq!(stale.whole(&house).await, fresh);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("GIFCHAT_LONG").is_some() { 400 } else { 40 }, ..ProptestConfig::default() })]

    #[test]
    fn stale_snapshot_plus_events_equals_fresh_snapshot(
        acts in prop::collection::vec(act(), 1..120),
        stale_at in 0..120usize,
        watch_at in 0..120usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let stale_at = stale_at % acts.len();
        let watch_at = watch_at % acts.len();
        runtime.block_on(stale_plus_events_is_fresh(acts, stale_at, watch_at));
    }
}

#[tokio::test]
async fn pages_join_without_a_hole() {
    let house = House::without_limits().await;
    let room = house.room(&person(1)).await;
    for n in 0..130 {
        house.say(&person(1), room, &n.to_string()).await;
    }
    let mut view = house.inside(&person(1), room).await;
    assert!(view.more);
    while view.more {
        let first = view.entries[0].seq;
        assert!(view.prepend(house.chat.history(person(1).id, room, first).await.expect("a page")));
    }
    let seqs: Vec<_> = view.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=131).collect::<Vec<_>>());
}

#[derive(Debug, Clone)]
enum LobbyAct {
    Make(u8),
    Enter(u8, usize),
    Leave(u8, usize),
}

fn lobby_act() -> impl Strategy<Value = LobbyAct> {
    let who = 0..4u8;
    prop_oneof![
        1 => who.clone().prop_map(LobbyAct::Make),
        2 => (who.clone(), 0..70usize).prop_map(|(who, room)| LobbyAct::Enter(who, room)),
        2 => (who, 0..70usize).prop_map(|(who, room)| LobbyAct::Leave(who, room)),
    ]
}

async fn stale_lobby_plus_changes_is_fresh(acts: Vec<LobbyAct>) {
    let house = House::without_limits().await;
    let mut rooms = Vec::new();
    for n in 0..55u8 {
        rooms.push(house.room(&person(n % 4)).await);
    }
    let mut feed = house.chat.watch_lobby();
    let mut view = match decoded(&feed.next().await.expect("the first page")) {
        Down::Lobby(page) => crate::view::LobbyView::new(page, String::new()),
        other => panic!("{other:?}"),
    };
    let oldest = view.cards.last().expect("fifty cards").id;
    for act in acts {
        let at = |room: usize| rooms[room % rooms.len()];
        match act {
            LobbyAct::Make(who) => rooms.push(house.room(&person(who)).await),
            // A room may be gone by now.
            LobbyAct::Enter(who, room) => drop(house.chat.enter(&person(who), None, at(room), "").await),
            LobbyAct::Leave(who, room) => house.chat.leave(person(who).id, at(room)).await.expect("left"),
        }
        house.chat.lobby.tell();
        while let Some(frame) = feed.try_next() {
            match decoded(&frame.expect("a change")) {
                Down::LobbyChange(change) => view.apply(change),
                other => panic!("{other:?}"),
            }
        }
    }
    let mut fresh = house.chat.lobby("", None).await.expect("a page");
    while let Some(last) = fresh.cards.last().filter(|_| fresh.more).map(|card| card.id) {
        let next = house.chat.lobby("", Some(last)).await.expect("a page");
        fresh.cards.extend(next.cards);
        fresh.more = next.more;
    }
    fresh.cards.retain(|card| card.id >= oldest);
    assert_eq!(view.cards, fresh.cards);
    assert_eq!(view.totals, house.chat.totals());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("GIFCHAT_LONG").is_some() { 100 } else { 10 }, ..ProptestConfig::default() })]

    #[test]
    fn a_stale_lobby_plus_changes_equals_a_fresh_one(acts in prop::collection::vec(lobby_act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(stale_lobby_plus_changes_is_fresh(acts));
    }
}
