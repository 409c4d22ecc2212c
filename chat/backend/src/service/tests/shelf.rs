//! Shelves: what is kept and how much, and what can be sent without its bytes.

use futures_util::future::join_all;

use super::media::{send_gif, tiny_gif};
use super::*;
use crate::address::Address;
use crate::media::Rendition;
use chat::entry::Description;
use chat::error::Bound;
use chat::gif::GifHash;
use chat::shelf::{Label, MOST_RECENT, RECORD_WEIGHT};

/// Each tiny GIF counts as this much.
const EACH: u64 = 4096;

/// A fixture in which this many tiny GIFs may be kept: by a visitor, from an address, and by all.
async fn bounded(visitor: u64, address: u64, everyone: u64) -> Fixture {
    let mut fixture = Fixture::new().await;
    let shelves =
        ShelfBounds { visitor: visitor * EACH, address: address * EACH, everyone: everyone * (EACH + RECORD_WEIGHT) };
    fixture.reopen(Config { limits: boundless(), shelves, ..Config::default() }).await;
    fixture
}

async fn fixture() -> Fixture {
    bounded(1000, 1000, 1000).await
}

fn address(n: u8) -> Option<Address> {
    Some(std::net::IpAddr::from([10, 0, 0, n]).into())
}

async fn keep(fixture: &Fixture, who: u8, from: Option<Address>, room: RoomId, seq: u64) -> Result<GifHash, Error> {
    fixture.chat.keep_gif(person(who).id, from, room, seq, None).await.map(|item| item.gif.sha)
}

async fn load(fixture: &Fixture, who: u8, from: Option<Address>, gif: Bytes) -> Result<GifHash, Error> {
    let kept = fixture.chat.keep_upload(person(who).id, from, gif, Label::default(), None).await;
    kept.map(|item| item.gif.sha)
}

/// The GIFs on a shelf, and whether each is kept.
async fn shelf(fixture: &Fixture, who: u8) -> Vec<(GifHash, bool)> {
    let shelf = fixture.chat.shelf(person(who).id, None).await.expect("a shelf");
    shelf.items.iter().map(|item| (item.gif.sha, item.kept)).collect()
}

async fn send_seen(fixture: &Fixture, who: u8, room: RoomId, sha: GifHash) -> Result<Entry, Error> {
    let (by, client) = (person(who).id, ClientId::generate());
    fixture.chat.send_seen_gif(by, None, room, client, sha, Default::default(), Target::default()).await
}

/// Whether this visitor can read the bytes of a GIF on their shelf.
async fn opens(fixture: &Fixture, who: u8, sha: GifHash) -> bool {
    match fixture.chat.shelved_gif(person(who).id, sha).await {
        Ok(shown) => shown.open(Rendition::Gif).await.is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn what_was_sent_is_there_as_long_as_its_message() {
    let fixture = fixture().await;
    let room = fixture.room(&person(1)).await;
    let (first, one) = send_gif(&fixture, &person(1), room, 1, Target::default()).await;
    fixture.advance(Duration::from_secs(1)).await;
    let (_, other) = send_gif(&fixture, &person(1), room, 2, Target::default()).await;
    assert_eq!(shelf(&fixture, 1).await, [(other, false), (one, false)]);
    fixture.chat.remove_message(person(1).id, room, first).await.expect("removed");
    assert_eq!(shelf(&fixture, 1).await, [(other, false)]);
    fixture.chat.leave(person(1).id, room).await.expect("left");
    assert_eq!(shelf(&fixture, 1).await, []);
    assert_eq!(fixture.chat.media.get(other, Rendition::Gif).await, Err(Error::NotFound));
}

#[tokio::test]
async fn a_favourite_outlives_its_room_and_goes_when_it_is_dropped() {
    let fixture = fixture().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let (seq, sha) = send_gif(&fixture, &person(1), room, 1, Target::default()).await;
    let description = Description::new("하품").expect("a description");
    let kept = fixture.chat.keep_gif(person(2).id, None, room, seq, description.clone()).await.expect("kept");
    assert_eq!((kept.description, kept.kept), (description, true));
    for n in [1, 2] {
        fixture.chat.leave(person(n).id, room).await.expect("left");
    }
    assert!(opens(&fixture, 2, sha).await && !opens(&fixture, 1, sha).await);
    let own = fixture.room(&person(2)).await;
    assert!(send_seen(&fixture, 2, own, sha).await.is_ok());
    fixture.chat.leave(person(2).id, own).await.expect("left");
    assert!(opens(&fixture, 2, sha).await);
    fixture.chat.drop_gif(person(2).id, sha).await.expect("dropped");
    fixture.chat.drop_gif(person(2).id, sha).await.expect("dropped twice");
    fixture.chat.remove_unused_media().await;
    assert!(!opens(&fixture, 2, sha).await);
    assert_eq!(fixture.chat.media.get(sha, Rendition::Gif).await, Err(Error::NotFound));
}

#[tokio::test]
async fn what_was_sent_can_be_kept_and_named() {
    let fixture = fixture().await;
    let room = fixture.room(&person(1)).await;
    let (_, sha) = send_gif(&fixture, &person(1), room, 1, Target::default()).await;
    let label = Label::new("고양이", "#하품", "동물").expect("a label");
    let chat = &fixture.chat;
    let named = chat.label_gif(person(1).id, None, sha, true, label.clone()).await.expect("named");
    assert_eq!((named.label, named.kept), (label.clone(), true));
    assert_eq!(chat.label_gif(person(2).id, None, sha, true, label).await.err(), Some(Error::NotFound));
    chat.leave(person(1).id, room).await.expect("left");
    assert_eq!(shelf(&fixture, 1).await, [(sha, true)]);
}

#[tokio::test]
async fn a_hash_sends_only_what_its_sender_sees() {
    let fixture = fixture().await;
    let (theirs, own) = (fixture.room(&person(1)).await, fixture.room(&person(2)).await);
    let (_, sha) = send_gif(&fixture, &person(1), theirs, 1, Target::default()).await;
    // That somebody has it makes no difference.
    for unseen in [sha, GifHash([9; 32])] {
        assert_eq!(send_seen(&fixture, 2, own, unseen).await.err(), Some(Error::NotFound));
    }
    fixture.enter(&person(2), theirs).await;
    let client = ClientId::generate();
    let send = || {
        let (by, showing) = (person(2).id, Default::default());
        fixture.chat.send_seen_gif(by, None, own, client, sha, showing, Target::default())
    };
    let sent = send().await.expect("sent");
    fixture.chat.leave(person(2).id, theirs).await.expect("left");
    assert_eq!(send().await, Ok(sent.clone()), "a retry");
    fixture.chat.remove_message(person(2).id, own, sent.seq).await.expect("removed");
    assert_eq!(send_seen(&fixture, 2, own, sha).await.err(), Some(Error::NotFound));
    assert!(send().await.is_ok_and(|sent| sent.what == What::Removed), "a retry finds what became of it");
}

#[tokio::test]
async fn a_whispered_gif_is_for_its_two_on_shelves_too() {
    let fixture = fixture().await;
    let room = fixture.room(&person(1)).await;
    for n in [2, 3] {
        fixture.enter(&person(n), room).await;
    }
    let to = Target { to: Some(person(2).id), reply: None };
    let (seq, sha) = send_gif(&fixture, &person(1), room, 1, to).await;
    assert_eq!(keep(&fixture, 3, None, room, seq).await, Err(Error::Removed));
    assert_eq!(send_seen(&fixture, 3, room, sha).await.err(), Some(Error::NotFound));
    assert_eq!(keep(&fixture, 2, None, room, seq).await, Ok(sha));
    let seen = fixture.chat.shelved_gif(person(2).id, sha).await.expect("on their shelf");
    assert!(seen.is_whispered(), "nothing of it is cached");
    assert_eq!(fixture.chat.gifs_of_room(person(3).id, room).await.map(|seen| seen.gifs), Ok(vec![]));
    assert_eq!(fixture.chat.gifs_of_room(person(2).id, room).await.map(|seen| seen.gifs.len()), Ok(1));
}

#[tokio::test]
async fn past_its_bounds_a_shelf_takes_nothing_and_loses_nothing() {
    for (bounds, by, expected) in [
        ([2, 9, 9], [1, 1, 1], Bound::Visitor),
        ([9, 2, 9], [1, 2, 3], Bound::Address),
        ([9, 9, 2], [1, 2, 3], Bound::Deployment),
    ] {
        let fixture = bounded(bounds[0], bounds[1], bounds[2]).await;
        let from = |n: u8| address(if expected == Bound::Deployment { n } else { 1 });
        for (n, who) in (0..2).zip(by) {
            load(&fixture, who, from(who), tiny_gif(n)).await.expect("kept");
        }
        let full = Error::ShelfFull(expected);
        assert_eq!(load(&fixture, by[2], from(by[2]), tiny_gif(2)).await, Err(full.clone()));
        // It can still be sent, and is then among those that were sent.
        let room = fixture.room(&person(by[2])).await;
        let (seq, sha) = send_gif(&fixture, &person(by[2]), room, 3, Target::default()).await;
        assert_eq!(keep(&fixture, by[2], from(by[2]), room, seq).await, Err(full.clone()));
        let label = Label::default;
        let labelled = fixture.chat.label_gif(person(by[2]).id, from(by[2]), sha, true, label()).await;
        assert_eq!(labelled.err(), Some(full));
        assert!(fixture.chat.label_gif(person(by[2]).id, from(by[2]), sha, false, label()).await.is_ok());
        let of_all = join_all([1, 2, 3].map(|n| shelf(&fixture, n))).await.concat();
        assert_eq!(of_all.iter().filter(|(_, kept)| *kept).count(), 2);
        // What is kept already can be kept again.
        assert!(load(&fixture, by[0], from(by[0]), tiny_gif(0)).await.is_ok());
    }
}

#[tokio::test]
async fn many_at_once_do_not_pass_a_bound() {
    let fixture = bounded(5, 5, 1000).await;
    let all = (0..30).map(|n| load(&fixture, n % 3 + 1, address(1), tiny_gif(n)));
    let kept = join_all(all).await.iter().filter(|kept| kept.is_ok()).count();
    assert_eq!(kept, 5);
    let shelves = join_all([1, 2, 3].map(|n| shelf(&fixture, n))).await;
    assert_eq!(shelves.concat().len(), 5);
}

#[tokio::test]
async fn of_what_is_sent_the_last_is_there() {
    let fixture = fixture().await;
    let room = fixture.room(&person(1)).await;
    let mut sent = Vec::new();
    for n in 0..MOST_RECENT as u8 + 3 {
        sent.push((send_gif(&fixture, &person(1), room, n, Target::default()).await.1, false));
        fixture.clock.0.fetch_add(1, Ordering::SeqCst);
    }
    sent.reverse();
    sent.truncate(MOST_RECENT);
    assert_eq!(shelf(&fixture, 1).await, sent);
}

#[tokio::test]
async fn a_shelf_goes_thirty_days_after_its_visitor() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let fixture = fixture().await;
    for n in [1, 2] {
        load(&fixture, n, None, tiny_gif(n)).await.expect("kept");
    }
    fixture.advance(29 * DAY).await;
    fixture.chat.renew_shelf(person(2).id, fixture.chat.now()).await;
    // (Shelves are swept in one of sixty sweeps.)
    for _ in 0..60 {
        fixture.advance(2 * DAY / 60).await;
    }
    assert_eq!(shelf(&fixture, 1).await, []);
    assert_eq!(shelf(&fixture, 2).await.len(), 1);
    let sha = shelf(&fixture, 2).await[0].0;
    assert!(opens(&fixture, 2, sha).await);
}

#[tokio::test]
async fn a_page_of_a_shelf_is_not_larger_when_its_texts_are_long() {
    let fixture = fixture().await;
    let longest = Description::new(&"👨‍👩‍👧‍👦".repeat(Description::MAX_CHARS as usize)).expect("a description");
    let mut kept = Vec::new();
    for colour in 0..50 {
        let gif = tiny_gif(colour);
        let item = fixture.chat.keep_upload(person(1).id, None, gif, Label::default(), longest.clone()).await;
        kept.push(item.expect("kept").gif.sha);
    }
    let (mut listed, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = fixture.chat.shelf(person(1).id, after).await.expect("a page");
        let json = chat::wire::write(&page).len();
        assert!(json < 300_000, "{json} bytes");
        listed.extend(page.items.iter().map(|item| item.gif.sha));
        (pages, after) = (pages + 1, page.next);
        if after.is_none() {
            break;
        }
    }
    assert!(pages > 1, "this tests nothing");
    kept.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, kept);
}

#[tokio::test]
async fn what_is_no_gif_is_not_kept() {
    let fixture = fixture().await;
    let refused = load(&fixture, 1, None, Bytes::from_static(b"GIF")).await;
    assert!(matches!(refused, Err(Error::BadGif(_))));
    assert_eq!(shelf(&fixture, 1).await, []);
}

#[tokio::test]
async fn people_react_with_gifs_that_they_see() {
    let fixture = fixture().await;
    let (room, other) = (fixture.room(&person(1)).await, fixture.room(&person(3)).await);
    fixture.enter(&person(2), room).await;
    let said = fixture.say(&person(1), room, "어때요").await;
    let (_, seen) = send_gif(&fixture, &person(1), room, 1, Target::default()).await;
    let (_, unseen) = send_gif(&fixture, &person(3), other, 2, Target::default()).await;
    let react = async |who: u8, sha, on| {
        let client = ClientId::generate();
        fixture.chat.react_by_gif(person(who).id, room, client, said.seq, sha, on).await.map(|entry| entry.what)
    };
    for sha in [unseen, GifHash([9; 32])] {
        assert_eq!(react(2, sha, true).await, Err(Error::NotFound));
    }
    assert_eq!(react(3, seen, true).await, Err(Error::NotSeated));
    for who in [1, 2] {
        assert!(react(who, seen, true).await.is_ok());
    }
    assert!(react(1, seen, false).await.is_ok());
    let view = fixture.inside(&person(1), room).await;
    let reactions = &view.entry(said.seq).expect("the message").gif_reactions;
    assert_eq!(
        reactions.iter().map(|reaction| (reaction.gif.sha, reaction.people.len())).collect::<Vec<_>>(),
        [(seen, 1)]
    );
    fixture.chat.remove_message(person(1).id, room, said.seq).await.expect("removed");
    assert_eq!(react(2, seen, true).await, Err(Error::Removed));
}
