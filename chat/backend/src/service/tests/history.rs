//! For random histories, a stale snapshot plus the events since equals a fresh snapshot.

use std::collections::HashSet;

use chat::event::Close;
use chat::record::Room;
use chat::view::LobbyView;
use proptest::prelude::*;

use super::acts::{Act, Screen, act};
use super::*;
use crate::service::Feed;

async fn stale_plus_events_is_fresh(acts: Vec<Act>, stale_at: usize, watch_at: usize) {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(0)).await;
    let mut stale = None;
    for (n, act) in acts.iter().enumerate() {
        if n == stale_at {
            stale = Some(Screen::of(&fixture, room).await);
        }
        if let Some(screen) = &mut stale
            && n == watch_at.max(stale_at)
        {
            screen.come_back(&fixture).await;
        }
        fixture.act(room, act).await;
    }
    let mut stale = stale.expect("it looked at some time");
    stale.read();
    let fresh = Screen::of(&fixture, room).await.with_all_history(&fixture).await;
    assert_eq!(stale.with_all_history(&fixture).await, fresh);
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
async fn a_view_has_the_ids_of_its_readers_sends_only() {
    let fixture = Fixture::without_limits().await;
    let (ann, ben) = (person(1), person(2));
    let room = fixture.room(&ann).await;
    fixture.enter(&ben, room).await;
    let mut stale = fixture.inside(&ann, room).await;
    let (hers, his) = (fixture.say(&ann, room, "hers").await, fixture.say(&ben, room, "his").await);
    for entry in [&hers, &his] {
        stale.apply(entry.clone());
    }
    let fresh = fixture.inside(&ann, room).await;
    let page = fixture.chat.history(ann.id, room, his.seq + 1).await.expect("a page");
    let mut later = RoomView { entries: Vec::new(), first: his.seq + 1, ..fresh.clone() };
    later.prepend(page);
    for entries in [stale.entries, fresh.entries, later.entries] {
        let ids: Vec<_> = entries.iter().rev().take(2).map(|entry| entry.client).collect();
        assert_eq!(ids, [ClientId::FOREIGN, hers.client]);
    }
}

#[tokio::test]
async fn pages_join_without_a_hole() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    for n in 0..130 {
        fixture.say(&person(1), room, &n.to_string()).await;
    }
    let mut view = fixture.inside(&person(1), room).await;
    assert!(view.more);
    while view.more {
        let first = view.entries[0].seq;
        assert!(view.prepend(fixture.chat.history(person(1).id, room, first).await.expect("a page")));
    }
    let seqs: Vec<_> = view.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=131).collect::<Vec<_>>());
}

#[derive(Debug, Clone)]
enum LobbyAct {
    Make(u8),
    Enter(u8, usize),
    Leave(u8, usize),
    /// Gives the room a title that no search of these tests finds.
    Retitle(usize),
}

/// What a page of the lobby shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    FirstPage,
    AllRooms,
    /// All rooms with titles like those that [`Fixture::room`] gives.
    Search,
}

fn lobby_act() -> impl Strategy<Value = LobbyAct> {
    let who = 0..4u8;
    prop_oneof![
        1 => who.clone().prop_map(LobbyAct::Make),
        2 => (who.clone(), 0..70usize).prop_map(|(who, room)| LobbyAct::Enter(who, room)),
        2 => (who, 0..70usize).prop_map(|(who, room)| LobbyAct::Leave(who, room)),
        1 => (0..70usize).prop_map(LobbyAct::Retitle),
    ]
}

/// Applies the frames that the feed has ready.
fn take(feed: &mut Feed, view: &mut LobbyView) {
    while let Some(frame) = feed.try_next() {
        match decoded(&frame.expect("a change")) {
            Down::LobbyChange(change) => view.apply(change),
            other => panic!("{other:?}"),
        }
    }
}

/// A page that shows more than the first page asks for the changes of its other cards.
async fn stale_lobby_plus_changes_is_fresh(acts: Vec<LobbyAct>, shows: Shows) {
    let fixture = Fixture::without_limits().await;
    let mut rooms = Vec::new();
    for n in 0..55u8 {
        rooms.push(fixture.room(&person(n % 4)).await);
    }
    let query = if shows == Shows::Search { "고양이" } else { "" };
    let is_extended = shows != Shows::FirstPage;
    let mut feed = fixture.chat.watch_lobby();
    let first = decoded(&feed.next().await.expect("the first page"));
    let mut view = match first {
        Down::Lobby(page) if query.is_empty() => LobbyView::new(page, String::new()),
        Down::Lobby(_) => LobbyView::new(fixture.chat.lobby(query, None).await.expect("a page"), query.to_owned()),
        other => panic!("{other:?}"),
    };
    let all_of_it = async |view: &mut LobbyView| {
        while is_extended && view.more {
            let last = view.cards.last().map(|card| card.id);
            view.extend(as_browsers_read(&fixture.chat.lobby(query, last).await.expect("a page")));
        }
    };
    all_of_it(&mut view).await;
    for (second, act) in (1..).zip(acts) {
        // A real page does this once a second.
        if is_extended {
            feed.show_cards(view.beside_the_first()).expect("not too many");
        }
        let at = |room: usize| rooms[room % rooms.len()];
        match act {
            LobbyAct::Make(who) => rooms.push(fixture.room(&person(who)).await),
            // The room may be gone by now.
            LobbyAct::Enter(who, room) => drop(fixture.chat.enter(&person(who), None, at(room), "").await),
            LobbyAct::Leave(who, room) => fixture.chat.leave(person(who).id, at(room)).await.expect("left"),
            LobbyAct::Retitle(room) => {
                if let Ok(Room { owner, .. }) = fixture.chat.store.room(at(room)).await {
                    fixture.retitle(owner, at(room), "강아지만").await;
                }
            }
        }
        fixture.chat.lobby.send_changes(Duration::from_secs(second));
        take(&mut feed, &mut view);
    }
    let mut fresh = LobbyView::new(fixture.chat.lobby(query, None).await.expect("a page"), query.to_owned());
    all_of_it(&mut fresh).await;
    fresh.is_extended = is_extended;
    assert_eq!(view, fresh);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("GIFCHAT_LONG").is_some() { 100 } else { 10 }, ..ProptestConfig::default() })]

    #[test]
    fn a_stale_lobby_plus_changes_equals_a_fresh_one(
        // (A page that searches names a hundred cards at most, and here it finds 55 and all new ones.)
        acts in prop::collection::vec(lobby_act(), 1..45),
        shows in prop::sample::select(vec![Shows::FirstPage, Shows::AllRooms, Shows::Search]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(stale_lobby_plus_changes_is_fresh(acts, shows));
    }
}

/// A search that is asked for again would not find it any more.
#[tokio::test]
async fn a_room_with_a_new_title_leaves_the_searches_that_do_not_find_it() {
    let fixture = Fixture::without_limits().await;
    let (kept, lost) = (fixture.room(&person(1)).await, fixture.room(&person(1)).await);
    let mut feed = fixture.chat.watch_lobby();
    feed.next().await.expect("the first page");
    let mut view = LobbyView::new(fixture.chat.lobby("고양이", None).await.expect("a page"), "고양이".to_owned());
    assert_eq!(view.cards.len(), 2);
    for (second, title, cards) in [(1, "고양이와 강아지", vec![lost, kept]), (2, "강아지만", vec![kept])] {
        fixture.retitle(person(1).id, lost, title).await;
        fixture.chat.lobby.send_changes(Duration::from_secs(second));
        take(&mut feed, &mut view);
        assert_eq!(view.cards.iter().map(|card| card.id).collect::<Vec<_>>(), cards, "{title}");
        assert_eq!(view.cards, fixture.chat.lobby("고양이", None).await.expect("a page").cards, "{title}");
    }
    fixture.retitle(person(1).id, lost, "고양이만").await;
    fixture.chat.lobby.send_changes(Duration::from_secs(3));
    take(&mut feed, &mut view);
    assert_eq!(view.cards.len(), 2, "it is found again");
}

/// The page compares titles with all that was typed, so the service must, too.
#[tokio::test]
async fn a_search_is_not_cut_to_less_than_a_title() {
    let fixture = Fixture::without_limits().await;
    let family = "👨‍👩‍👧‍👦".repeat(20);
    fixture.chat.create_room(&person(1), None, &family, "10", "").await.expect("a room");
    for (query, found) in [(family.clone(), 1), (format!("{family}!"), 0)] {
        let page = fixture.chat.lobby(&query, None).await.expect("a page");
        assert_eq!(page.cards.len(), found, "{query}");
        assert!(page.cards.iter().all(|card| card.title.matches(&query)), "{query}");
    }
}

/// The frames do not grow with the lobby: they hold changes of the first page and of shown cards, and once a second the totals.
#[tokio::test]
async fn who_watches_the_lobby_is_told_of_what_their_page_shows() {
    let fixture = Fixture::without_limits().await;
    let mut rooms = Vec::new();
    for _ in 0..60 {
        rooms.push(fixture.room(&person(1)).await);
    }
    let changes = |feed: &mut Feed| {
        let frames = std::iter::from_fn(|| feed.try_next()).map(|frame| decoded(&frame.expect("a change")));
        let changed = frames.filter_map(|down| match down {
            Down::LobbyChange(change) => {
                Some((change.changed.iter().map(|card| card.id).collect(), change.totals.people))
            }
            _ => None,
        });
        changed.collect::<Vec<(Vec<RoomId>, u32)>>()
    };
    let (mut first, mut further) = (fixture.chat.watch_lobby(), fixture.chat.watch_lobby());
    fixture.chat.lobby.send_changes(Duration::from_secs(1));
    further.show_cards(vec![rooms[3], rooms[4]]).expect("two");
    changes(&mut first);
    let now: HashSet<RoomId> = changes(&mut further).into_iter().flat_map(|(cards, _)| cards).collect();
    assert!(now.contains(&rooms[3]) && now.contains(&rooms[4]));
    // Person 2 enters a room that no page shows, one that one page shows, and another one that no page shows when the totals
    // are due.
    for (room, millis, is_told) in [(rooms[0], 1250, false), (rooms[3], 1500, false), (rooms[5], 2100, true)] {
        fixture.enter(&person(2), room).await;
        fixture.chat.lobby.send_changes(Duration::from_millis(millis));
        let told = changes(&mut first);
        assert_eq!(told.len(), usize::from(is_told), "{millis}: {told:?}");
        assert!(told.iter().all(|(cards, people)| cards.is_empty() && *people == 63));
        let shown: Vec<RoomId> = changes(&mut further).into_iter().flat_map(|(cards, _)| cards).collect();
        assert_eq!(shown, if room == rooms[3] { vec![room] } else { vec![] });
    }
    fixture.enter(&person(2), rooms[59]).await;
    fixture.chat.lobby.send_changes(Duration::from_millis(2200));
    for feed in [&mut first, &mut further] {
        assert_eq!(changes(feed), [(vec![rooms[59]], 64)]);
    }
    further.show_cards(Vec::new()).expect("none");
    fixture.enter(&person(3), rooms[3]).await;
    fixture.chat.lobby.send_changes(Duration::from_millis(2300));
    assert_eq!(changes(&mut further), []);
    let too_many = (0..=chat::event::MOST_SHOWN).map(|_| RoomId::generate()).collect();
    assert_eq!(further.show_cards(too_many), Err(Close::BadFrame));
}
