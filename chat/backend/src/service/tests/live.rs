//! The frames that sockets are sent.

use super::*;
use chat::entry::Emoji;
use chat::event::PROTOCOL;

#[tokio::test]
async fn what_is_said_reaches_everybody_at_once_and_in_order() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let mut feeds = Vec::new();
    for who in [1, 2, 2] {
        let mut feed = fixture.chat.watch_room(person(who).id, room, 0, PROTOCOL).await.expect("a feed");
        assert_eq!(caught_up(&mut feed).await.len(), 2);
        feeds.push(feed);
    }
    let senders = (0..100).map(|n| {
        let chat = fixture.chat.clone();
        tokio::spawn(async move {
            chat.send_text(person(1).id, room, ClientId::generate(), &n.to_string(), Target::default()).await
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.expect("a sender").expect("said");
    }
    for feed in &mut feeds {
        let seqs: Vec<_> = waiting(feed).expect("entries").iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, (3..=102).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_same_bytes_go_to_every_socket() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let mut feeds = Vec::new();
    for _ in 0..2 {
        let mut feed = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
        caught_up(&mut feed).await;
        feeds.push(feed);
    }
    fixture.say(&person(1), room, "한 번만 만들어요").await;
    let frames: Vec<_> = feeds.iter_mut().filter_map(|feed| feed.try_next()?.ok()).collect();
    assert_eq!(frames[0].as_ptr(), frames[1].as_ptr());
}

#[tokio::test]
async fn who_comes_back_with_a_cursor_misses_nothing() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    for missed in [0, 1, 41, 500] {
        let cursor = fixture.inside(&person(1), room).await.seq;
        for n in 0..missed {
            fixture.say(&person(1), room, &n.to_string()).await;
        }
        let mut feed = fixture.chat.watch_room(person(1).id, room, cursor, PROTOCOL).await.expect("a feed");
        let seqs: Vec<_> = caught_up(&mut feed).await.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, (cursor + 1..=cursor + missed).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn who_does_not_read_is_closed_and_the_others_are_not() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    let mut asleep = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    let mut awake = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    caught_up(&mut asleep).await;
    caught_up(&mut awake).await;
    for n in 0..300 {
        fixture.say(&person(1), room, &n.to_string()).await;
        assert_eq!(waiting(&mut awake).expect("entries").len(), 1);
    }
    assert_eq!(waiting(&mut asleep), Err(Close::TooSlow));
}

#[tokio::test]
async fn leaving_closes_ones_own_sockets_and_the_last_one_closes_the_room() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let mut one = fixture.chat.watch_room(person(1).id, room, 2, PROTOCOL).await.expect("a feed");
    let mut two = fixture.chat.watch_room(person(2).id, room, 2, PROTOCOL).await.expect("a feed");
    caught_up(&mut one).await;
    caught_up(&mut two).await;
    fixture.chat.leave(person(2).id, room).await.expect("left");
    assert_eq!(two.next().await, Err(Close::NotSeated), "as the store says");
    assert_eq!(waiting(&mut one).expect("an entry").iter().map(shown).collect::<Vec<_>>(), ["2-"]);
    fixture.chat.leave(person(1).id, room).await.expect("left");
    assert_eq!(waiting(&mut one), Err(Close::RoomGone));
}

#[tokio::test]
async fn who_left_and_entered_again_is_not_closed_by_the_past() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let _others = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    fixture.chat.leave(person(2).id, room).await.expect("left");
    fixture.enter(&person(2), room).await;
    let mut feed = fixture.chat.watch_room(person(2).id, room, 2, PROTOCOL).await.expect("a feed");
    assert_eq!(caught_up(&mut feed).await.iter().map(shown).collect::<Vec<_>>(), ["2-", "2+"]);
}

/// An old page would take a frame that it does not know for a broken one.
#[tokio::test]
async fn a_page_of_the_last_version_is_sent_what_it_knows() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let mut old = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL - 1).await.expect("a feed");
    let mut new = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    assert_eq!((caught_up(&mut old).await.len(), caught_up(&mut new).await.len()), (2, 2));
    let (chat, one, client) = (&fixture.chat, person(1).id, ClientId::generate);
    fixture.enter(&person(3), room).await;
    let said = fixture.say(&person(1), room, "말").await;
    let answer = Target { to: None, reply: Some(said.seq) };
    chat.send_text(one, room, client(), "답", answer).await.expect("answered");
    media::send_gif(&fixture, &person(1), room, 1, Target::default()).await;
    chat.send_text(one, room, client(), "쉿", Target { to: Some(person(2).id), reply: None }).await.expect("whispered");
    chat.react(one, room, client(), said.seq, Emoji::Wow, true).await.expect("felt");
    chat.remove_message(one, room, said.seq).await.expect("removed");
    chat.rename(one, room, "민수").await.expect("renamed");
    chat.set_away(one, room, true).await.expect("away");
    chat.set_room(one, None, room, Some("새 방"), Some("9"), "", false, None, None).await.expect("set");
    chat.throw_out(one, room, person(3).id, "").await.expect("thrown out");
    chat.hand_over(one, room, person(2).id).await.expect("handed over");
    chat.leave(one, room).await.expect("left");
    let live = [old, new].map(|mut feed| {
        std::iter::from_fn(|| feed.try_next()).map(|frame| decoded(&frame.expect("a frame"))).collect::<Vec<_>>()
    });
    let mut read = Vec::new();
    for protocol in [PROTOCOL - 1, PROTOCOL] {
        let mut again = fixture.chat.watch_room(person(2).id, room, 2, protocol).await.expect("a feed");
        read.push(frames(&mut again).await.iter().map(decoded).collect::<Vec<_>>());
    }
    let spared = |down: &Down| match down {
        Down::Entry(entry) if entry.protocol() == PROTOCOL => Down::Skip { seq: entry.seq },
        known => known.clone(),
    };
    for [old, new] in [live, read.try_into().expect("two")] {
        assert_eq!(old, new.iter().map(spared).collect::<Vec<_>>());
        assert_eq!(old.len(), 13);
    }
}

#[tokio::test]
async fn the_same_send_twice_is_one_entry_told_once() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let mut feed = fixture.chat.watch_room(person(1).id, room, 1, PROTOCOL).await.expect("a feed");
    caught_up(&mut feed).await;
    let client = ClientId::generate();
    let first = fixture.chat.send_text(person(1).id, room, client, "한 번", Target::default()).await.expect("said");
    let again = fixture.chat.send_text(person(1).id, room, client, "한 번", Target::default()).await.expect("said");
    assert_eq!(first, again);
    assert_eq!(waiting(&mut feed).expect("entries"), [first]);
}

#[tokio::test(start_paused = true)]
async fn the_lobby_is_told_of_many_changes_in_one_frame() {
    let fixture = Fixture::without_limits().await;
    let mut lobby = fixture.chat.watch_lobby();
    assert!(matches!(decoded(&lobby.next().await.expect("a frame")), Down::Lobby(page) if page.cards.is_empty()));
    let rooms = [fixture.room(&person(1)).await, fixture.room(&person(1)).await];
    fixture.enter(&person(2), rooms[0]).await;
    fixture.chat.leave(person(1).id, rooms[1]).await.expect("left");
    let mut view = chat::view::LobbyView::default();
    while view.cards.len() != 1 || view.totals.people != 2 {
        match decoded(&lobby.next().await.expect("a frame")) {
            Down::LobbyChange(change) => view.apply(change),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(view.cards, fixture.chat.lobby("", None).await.expect("a page").cards);
    assert_eq!(view.totals, Totals { rooms: 1, people: 2 });
}

#[tokio::test]
async fn a_lobby_page_is_searched_and_paged() {
    let fixture = Fixture::without_limits().await;
    for n in 0..120 {
        fixture.chat.create_room(&person(1), None, &format!("방 {n}"), "10", "").await.expect("a room");
    }
    let first = fixture.chat.lobby("", None).await.expect("a page");
    assert_eq!((first.cards.len(), first.more), (50, true));
    assert_eq!(first.cards[0].title.as_str(), "방 119");
    let second = fixture.chat.lobby("", first.cards.last().map(|card| card.id)).await.expect("a page");
    assert_eq!(second.cards[0].title.as_str(), "방 69");
    let third = fixture.chat.lobby("", second.cards.last().map(|card| card.id)).await.expect("a page");
    assert_eq!((third.cards.len(), third.more), (20, false));
    assert_eq!(fixture.chat.lobby("방 11", None).await.expect("a page").cards.len(), 11);
}
