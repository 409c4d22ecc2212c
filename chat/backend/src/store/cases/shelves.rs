//! Shelves: what visitors keep, for whom it is there, and how long.

use tokio::task::JoinSet;

use super::changes::remove;
use super::whispers::whisper;
use super::*;
use crate::store::{Load, LoadOf, Origin, ShelfRecord, Shelved};
use chat::entry::Saying;
use chat::record::AddressTag;
use chat::shelf::{Item, Label, RECORD_WEIGHT, weight};

fn at(n: u64) -> Timestamp {
    Timestamp(NOW.0 + n)
}

fn gif_of(n: u8) -> Gif {
    *gif(n).gif().expect("a GIF")
}

fn item(n: u8, kept: bool, used_at: Timestamp) -> Item {
    Item { gif: gif_of(n), description: None, label: Label::default(), kept, used_at }
}

/// A kept item with GIF `n`, from an entry or, without one, from a file.
fn kept(n: u8, entry: Option<(RoomId, &Entry)>) -> Shelved {
    let origin = entry.map(|(room, entry)| Origin { room, seq: entry.seq });
    Shelved { item: item(n, true, NOW), origin, whispered: false, address: Some(AddressTag(7)) }
}

async fn keep(store: &AnyStore, n: u16, shelved: Shelved) -> Result<Item, Error> {
    store.shelve(visitor(n), shelved, 60).await
}

async fn on_shelf(store: &AnyStore, n: u16) -> Vec<GifHash> {
    store.shelf(visitor(n), None, 100).await.expect("a shelf").into_iter().map(|item| item.gif.sha).collect()
}

pub async fn what_is_kept_comes_back_in_pages(store: AnyStore) {
    let room = room_of(&store, &[1, 2]).await;
    for n in [1, 2, 3] {
        let entry = show(&store, room, 2, n).await;
        let shelved = kept(n, Some((room, &entry)));
        assert_eq!(keep(&store, 1, shelved.clone()).await, Ok(shelved.item.clone()));
        assert_eq!(store.shelved(visitor(1), hash(n)).await, Ok(shelved));
    }
    assert_eq!(on_shelf(&store, 1).await, [1, 2, 3].map(hash));
    for (after, limit, expected) in
        [(None, 2, vec![1, 2]), (Some(2), 2, vec![3]), (Some(1), 1, vec![2]), (Some(3), 2, vec![]), (None, 0, vec![])]
    {
        let page = store.shelf(visitor(1), after.map(hash), limit).await.expect("a page");
        assert_eq!(
            page.iter().map(|item| item.gif.sha).collect::<Vec<_>>(),
            expected.into_iter().map(hash).collect::<Vec<_>>()
        );
    }
    assert_eq!(on_shelf(&store, 2).await, [] as [GifHash; 0], "another's shelf");
    assert_eq!(store.shelved(visitor(2), hash(1)).await, Err(Error::NotFound));
}

pub async fn only_what_is_seen_is_kept(store: AnyStore) {
    let room = room_of(&store, &[1, 2, 3]).await;
    let shown = show(&store, room, 1, 1).await;
    assert_eq!(store.hold_gif(hash(2), LATER).await, Ok(true));
    let whispered = whisper(&store, room, 1, 2, gif(2)).await;
    let said = say(&store, room, 1, "그림이 아니다").await;
    assert_eq!(keep(&store, 4, kept(1, Some((room, &shown)))).await, Err(Error::NotSeated));
    assert_eq!(keep(&store, 3, kept(2, Some((room, &whispered)))).await, Err(Error::Removed));
    assert_eq!(keep(&store, 3, kept(1, Some((room, &said)))).await, Err(Error::NotFound), "it shows no GIF");
    assert_eq!(keep(&store, 3, kept(2, Some((room, &shown)))).await, Err(Error::NotFound), "it shows another");
    assert_eq!(keep(&store, 3, kept(9, None)).await, Err(Error::NotFound), "it is not held");
    assert!(keep(&store, 2, kept(2, Some((room, &whispered)))).await.is_ok());
    remove(&store, room, 1, &shown).await;
    assert!(keep(&store, 2, kept(1, Some((room, &shown)))).await.is_err());
    assert_eq!(on_shelf(&store, 2).await, [hash(2)]);
    assert_eq!([on_shelf(&store, 3).await, on_shelf(&store, 4).await], [const { Vec::<GifHash>::new() }; 2]);
}

pub async fn what_is_kept_outlives_its_room(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    let entry = show(&store, room, 1, 1).await;
    show(&store, room, 1, 2).await;
    keep(&store, 1, kept(1, Some((room, &entry)))).await.expect("kept");
    leave(&store, room, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [hash(2)]);
    assert_eq!(on_shelf(&store, 1).await, [hash(1)]);
    store.unshelve(visitor(1), &[hash(1), hash(3)]).await.expect("taken off");
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
    assert_eq!(on_shelf(&store, 1).await, [] as [GifHash; 0]);
}

pub async fn a_gif_from_a_file_is_held_first_and_stays(store: AnyStore) {
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    keep(&store, 1, kept(1, None)).await.expect("kept");
    assert_eq!(condemn(&store, at(1_000_000)).await, []);
    store.unshelve(visitor(1), &[hash(1)]).await.expect("taken off");
    assert_eq!(condemn(&store, NOW).await, [hash(1)], "its hold ended when it was kept");
    assert_eq!(keep(&store, 1, kept(1, None)).await, Err(Error::NotFound), "it is condemned");
}

pub async fn a_removed_message_takes_what_came_from_it_and_no_more(store: AnyStore) {
    let (room, other) = (room_of(&store, &[1, 2, 3]).await, room_of(&store, &[1, 2, 3]).await);
    let first = show(&store, room, 1, 1).await;
    let again = show(&store, other, 1, 1).await;
    for n in [1, 2] {
        keep(&store, n, kept(1, Some((room, &first)))).await.expect("kept");
    }
    keep(&store, 3, kept(1, Some((other, &again)))).await.expect("kept");
    remove(&store, room, 1, &first).await;
    assert_eq!([on_shelf(&store, 1).await, on_shelf(&store, 2).await], [const { Vec::<GifHash>::new() }; 2]);
    assert_eq!(on_shelf(&store, 3).await, [hash(1)]);
    remove(&store, other, 1, &again).await;
    assert_eq!(on_shelf(&store, 3).await, [] as [GifHash; 0]);
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}

pub async fn what_is_kept_again_is_there_once(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    let (first, second) = (show(&store, room, 1, 1).await, show(&store, room, 1, 1).await);
    let label = Label::new("고양이", "cat", "동물").expect("a label");
    let sent = Shelved { item: item(1, false, at(1)), ..kept(1, Some((room, &first))) };
    assert_eq!(keep(&store, 1, sent).await, Ok(item(1, false, at(1))));
    let labelled = Item { label: label.clone(), ..item(1, false, at(1)) };
    assert_eq!(store.label_item(visitor(1), hash(1), false, label.clone()).await, Ok(labelled));
    let by_choice = Shelved { item: item(1, true, at(2)), ..kept(1, Some((room, &first))) };
    let labelled = Item { label, ..item(1, true, at(2)) };
    assert_eq!(keep(&store, 1, by_choice).await, Ok(labelled.clone()));
    // Sending it once more changes neither its label nor what it came from.
    let sent = Shelved { item: item(1, false, at(9)), ..kept(1, Some((room, &second))) };
    let sent_again = Item { used_at: at(9), ..labelled };
    assert_eq!(keep(&store, 1, sent).await, Ok(sent_again.clone()));
    let unlabelled = Item { label: Label::default(), ..sent_again };
    assert_eq!(store.label_item(visitor(1), hash(1), false, Label::default()).await, Ok(unlabelled), "it stays kept");
    remove(&store, room, 1, &second).await;
    assert_eq!(on_shelf(&store, 1).await, [hash(1)]);
    remove(&store, room, 1, &first).await;
    assert_eq!(on_shelf(&store, 1).await, [] as [GifHash; 0]);
    let none = store.label_item(visitor(1), hash(1), true, Label::default()).await;
    assert_eq!(none, Err(Error::NotFound));
}

pub async fn what_was_only_sent_goes_with_its_room(store: AnyStore) {
    let (room, other) = (room_of(&store, &[1]).await, room_of(&store, &[1]).await);
    for (n, room) in [(1, room), (2, room), (3, other)] {
        let entry = show(&store, room, 1, n).await;
        let sent = Shelved { item: item(n, false, at(n.into())), ..kept(n, Some((room, &entry))) };
        keep(&store, 1, sent).await.expect("sent");
    }
    // The visitor decides to keep one of the GIFs that were only sent.
    let kept = store.label_item(visitor(1), hash(2), true, Label::default()).await;
    assert_eq!(kept, Ok(item(2, true, at(2))));
    leave(&store, room, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
    assert_eq!(on_shelf(&store, 1).await, [2, 3].map(hash));
}

pub async fn of_those_that_were_sent_the_oldest_go(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    for n in 1..=5 {
        let entry = show(&store, room, 1, n).await;
        let sent = Shelved { item: item(n, n == 2, at(n.into())), ..kept(n, Some((room, &entry))) };
        store.shelve(visitor(1), sent, 2).await.expect("sent");
    }
    assert_eq!(on_shelf(&store, 1).await, [2, 4, 5].map(hash), "2 is kept");
}

pub async fn what_shelves_hold_is_counted(store: AnyStore) {
    let each = weight(&gif_of(1));
    assert_eq!(each, 65_536, "65,432 bytes in blocks");
    let (room, other) = (room_of(&store, &[1, 2]).await, Some(AddressTag(8)));
    for n in [1, 2] {
        let entry = show(&store, room, 1, n).await;
        keep(&store, 1, kept(n, Some((room, &entry)))).await.expect("kept");
        keep(&store, 2, Shelved { address: other, ..kept(n, Some((room, &entry))) }).await.expect("kept");
    }
    let load = async |of| store.load(of).await.expect("a load");
    let two = Load { items: 2, bytes: 2 * each };
    assert_eq!(load(LoadOf::Visitor(visitor(1))).await, two);
    assert_eq!(load(LoadOf::Address(AddressTag(7))).await, two);
    let everyone = |items| Load { items, bytes: 2 * each + items * RECORD_WEIGHT };
    assert_eq!(load(LoadOf::Everyone).await, everyone(4), "each GIF once");
    let sent = show(&store, room, 1, 3).await;
    let sent = Shelved { item: item(3, false, NOW), ..kept(3, Some((room, &sent))) };
    keep(&store, 1, sent).await.expect("sent");
    assert_eq!(load(LoadOf::Visitor(visitor(1))).await, two, "what was only sent is not counted");
    store.unshelve(visitor(1), &[hash(1)]).await.expect("taken off");
    assert_eq!(load(LoadOf::Visitor(visitor(1))).await, Load { items: 1, bytes: each });
    assert_eq!(load(LoadOf::Everyone).await, everyone(3));
    // An item counts for the address that it was first kept from, even when it is kept again from another address.
    keep(&store, 1, Shelved { address: other, ..kept(2, None) }).await.expect("kept again");
    assert_eq!(load(LoadOf::Address(AddressTag(7))).await, Load { items: 1, bytes: each });
    assert_eq!(load(LoadOf::Visitor(visitor(3))).await, Load::default());
    assert_eq!(load(LoadOf::Address(AddressTag(9))).await, Load::default());
}

pub async fn what_is_seen_now_may_be_sent_by_its_hash(store: AnyStore) {
    let (room, own) = (room_of(&store, &[1, 2, 3]).await, room_of(&store, &[1, 2]).await);
    let shown = show(&store, room, 1, 1).await;
    assert_eq!(store.hold_gif(hash(2), LATER).await, Ok(true));
    whisper(&store, room, 1, 2, gif(2)).await;
    let may = async |n, sha| store.may_send_gif(visitor(n), hash(sha)).await.map(|gif| gif.sha);
    assert_eq!([may(1, 1).await, may(2, 1).await, may(3, 1).await], [const { Ok(hash_of(1)) }; 3]);
    assert_eq!([may(1, 2).await, may(2, 2).await], [const { Ok(hash_of(2)) }; 2]);
    assert_eq!(may(3, 2).await, Err(Error::NotFound), "a whisper of others");
    assert_eq!(may(4, 1).await, Err(Error::NotFound), "no seat");
    assert_eq!(may(1, 9).await, Err(Error::NotFound), "nobody has it");

    let send_by_sight = async |n, sha: u8| {
        let saying = Saying { by_sight: true, ..gif(sha).into() };
        assert_eq!(store.hold_gif(hash(sha), LATER).await, Ok(true));
        store.append(own, visitor(n), ClientId::generate(), saying, NOW).await.map(|sent| sent.entry.what)
    };
    assert_eq!(send_by_sight(2, 1).await, Ok(gif(1)));
    assert_eq!(send_by_sight(2, 9).await, Err(Error::NotFound), "it is held, and not seen");
    keep(&store, 2, kept(1, Some((room, &shown)))).await.expect("kept");
    for room in [room, own] {
        leave(&store, room, 2).await.expect("a seat");
    }
    assert_eq!(may(2, 1).await, Ok(hash(1)), "it is on their shelf");
    assert_eq!(may(2, 2).await, Err(Error::NotFound));
    remove(&store, room, 1, &shown).await;
    assert_eq!(may(2, 1).await, Err(Error::NotFound));
    assert_eq!(may(1, 1).await, Ok(hash(1)), "it was sent by its hash elsewhere");
}

const fn hash_of(n: u8) -> GifHash {
    GifHash([n; 32])
}

pub async fn a_rooms_gifs_are_listed_once_and_newest_first(store: AnyStore) {
    let room = room_of(&store, &[1, 2, 3]).await;
    for n in [1, 2, 1, 3] {
        show(&store, room, 1, n).await;
        say(&store, room, 2, "하하").await;
    }
    assert_eq!(store.hold_gif(hash(4), LATER).await, Ok(true));
    whisper(&store, room, 1, 2, gif(4)).await;
    let seen = async |n, limit| {
        let seen = store.gifs_of_room(room, visitor(n), limit).await?;
        Ok::<_, Error>(seen.into_iter().map(|seen| (seen.gif.sha, seen.seq)).collect::<Vec<_>>())
    };
    let shas = |seen: Result<Vec<(GifHash, u64)>, Error>| seen.expect("GIFs").into_iter().map(|(sha, _)| sha);
    assert_eq!(shas(seen(3, 10).await).collect::<Vec<_>>(), [3, 1, 2].map(hash));
    assert_eq!(shas(seen(2, 10).await).collect::<Vec<_>>(), [4, 3, 1, 2].map(hash));
    assert_eq!(shas(seen(2, 2).await).collect::<Vec<_>>(), [4, 3].map(hash));
    assert_eq!(seen(3, 0).await, Ok(vec![]));
    assert_eq!(seen(4, 10).await, Err(Error::NotSeated));
    let (_, newest) = seen(3, 10).await.expect("GIFs")[1];
    assert_eq!(store.entry(room, visitor(3), newest).await.map(|entry| entry.what), Ok(gif(1)));
}

pub async fn a_shelf_goes_when_its_visitor_stays_away(store: AnyStore) {
    let room = room_of(&store, &[1, 2]).await;
    for n in [1, 2] {
        let entry = show(&store, room, 1, n).await;
        keep(&store, n.into(), kept(n, Some((room, &entry)))).await.expect("kept");
    }
    store.renew_shelf(visitor(2), at(50)).await.expect("renewed");
    store.renew_shelf(visitor(2), at(20)).await.expect("an older one");
    store.renew_shelf(visitor(3), at(50)).await.expect("without a shelf");
    assert_eq!(store.sweep_shelves(NOW, 10).await, Ok(0));
    assert_eq!(store.sweep_shelves(at(50), 0).await, Ok(0));
    assert_eq!(store.sweep_shelves(at(50), 10).await, Ok(1));
    assert_eq!(store.sweep_shelves(at(50), 10).await, Ok(0));
    assert_eq!([on_shelf(&store, 1).await, on_shelf(&store, 2).await], [vec![], vec![hash(2)]]);
    for n in [1, 2] {
        leave(&store, room, n).await.expect("a seat");
    }
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}

pub async fn of_many_who_keep_and_remove_at_once_nothing_is_left_over(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    for round in 0..5 {
        for n in 10..20 {
            let _ = join(&store, room, n + round * 10).await;
        }
        let entry = show(&store, room, 1, 1).await;
        let mut racing = JoinSet::new();
        for n in 10..20 {
            let (store, shelved) = (store.clone(), kept(1, Some((room, &entry))));
            racing.spawn(async move {
                let _ = keep(&store, n + round * 10, shelved).await;
            });
        }
        let removing = store.clone();
        let removed = entry.clone();
        racing.spawn(async move { _ = remove(&removing, room, 1, &removed).await });
        racing.join_all().await;
        for n in 10..20 {
            assert_eq!(on_shelf(&store, n + round * 10).await, [] as [GifHash; 0], "of round {round}");
        }
        assert_eq!(condemn(&store, at(60_000)).await, [hash(1)], "of round {round}");
        let condemned = crate::store::Condemned { sha: hash(1), until: at(61_000) };
        store.forget_gif(condemned).await.expect("forgotten");
    }
}

pub async fn a_shelf_moves_as_it_is(store: AnyStore) {
    let label = Label::new("고양이", "cat #하품", "동물").expect("a label");
    let plain = Shelved { address: None, ..kept(1, None) };
    let mut named = Shelved { whispered: true, address: None, ..kept(2, None) };
    named.origin = Some(Origin { room: RoomId([9; 16]), seq: 3 });
    (named.item.label, named.item.used_at) = (label, at(5));
    let shelf = |n, items| ShelfRecord { visitor: visitor(n), seen_at: at(7), items };
    for sha in [1, 2] {
        assert_eq!(store.hold_gif(hash(sha), LATER).await, Ok(true));
    }
    let shelves = [shelf(1, vec![plain.clone(), named]), shelf(2, vec![plain.clone()])];
    for _ in 0..2 {
        for shelf in &shelves {
            store.restore_shelf(shelf.clone()).await.expect("restored");
        }
        assert_eq!(store.shelves_after(None, 10).await, Ok(shelves.to_vec()));
    }
    assert_eq!(store.shelves_after(None, 0).await, Ok(vec![]));
    assert_eq!(store.shelves_after(None, 1).await, Ok(shelves[..1].to_vec()));
    assert_eq!(store.shelves_after(Some(visitor(1)), 10).await, Ok(shelves[1..].to_vec()));
    assert_eq!(store.gifs_after(None, 10).await, Ok([1, 2].map(hash).to_vec()));
    assert_eq!(condemn(&store, at(1_000_000)).await, []);
    // An item that the shelf has already stays as it is.
    let other = Shelved { item: item(1, false, at(9)), ..plain.clone() };
    store.restore_shelf(shelf(2, vec![other])).await.expect("restored");
    assert_eq!(store.shelved(visitor(2), hash(1)).await, Ok(plain));
    // An item that was only sent is restored only if its message is there.
    let room = room_of(&store, &[1]).await;
    let entry = show(&store, room, 1, 1).await;
    let sent = Shelved { address: None, item: item(1, false, NOW), ..kept(1, Some((room, &entry))) };
    let elsewhere = Shelved { item: item(2, false, NOW), ..sent.clone() };
    store.restore_shelf(shelf(4, vec![sent.clone(), elsewhere])).await.expect("restored");
    assert_eq!(store.shelves_after(Some(visitor(2)), 10).await, Ok(vec![shelf(4, vec![sent])]));
    let unknown = shelf(3, vec![Shelved { address: None, ..kept(8, None) }]);
    assert_eq!(store.restore_shelf(unknown).await, Err(Error::NotFound));
}
