//! GIFs: which are in use, which are held, and which are condemned.

use tokio::task::JoinSet;

use super::changes::remove;
use super::*;
use crate::store::{Condemned, WriteId};
use chat::gif::{Facts, GifFacts};

/// A time after [`LATER`].
const MUCH_LATER: Timestamp = Timestamp(LATER.0 + 1000);

async fn hold(store: &AnyStore, sha: u8, until: Timestamp) -> bool {
    store.hold_gif(hash(sha), until).await.expect("an answer")
}

pub async fn a_gif_must_be_held_before_it_is_sent(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound));
    assert_eq!(store.last_seq(id).await, Ok(1), "nothing was said");
    assert!(hold(&store, 1, LATER).await);
    assert!(send(&store, id, 1, gif(1)).await.is_ok());
}

pub async fn a_gif_is_for_people_seated_where_it_was_sent(store: AnyStore) {
    let shown = room_of(&store, &[1, 2]).await;
    let other = room_of(&store, &[1]).await;
    show(&store, shown, 1, 1).await;
    assert_eq!(store.may_see_gif(shown, visitor(1), hash(1)).await, Ok(Sight::Public));
    assert_eq!(store.may_see_gif(shown, visitor(2), hash(1)).await, Ok(Sight::Public));
    assert_eq!(store.may_see_gif(shown, visitor(3), hash(1)).await, Err(Error::NotSeated));
    assert_eq!(store.may_see_gif(shown, visitor(1), hash(2)).await, Err(Error::NotFound));
    assert_eq!(store.may_see_gif(other, visitor(1), hash(1)).await, Err(Error::NotFound));
    leave(&store, shown, 2).await.expect("a seat");
    assert_eq!(store.may_see_gif(shown, visitor(2), hash(1)).await, Err(Error::NotSeated));
}

pub async fn a_held_gif_is_kept_until_its_hold_ends(store: AnyStore) {
    assert!(hold(&store, 1, LATER).await);
    assert_eq!(condemn(&store, Timestamp(LATER.0 - 1)).await, []);
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
    assert_eq!(condemn(&store, LATER).await, [], "it is condemned already");
    let id = room_of(&store, &[1]).await;
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound));
}

pub async fn the_longest_hold_counts(store: AnyStore) {
    assert!(hold(&store, 1, LATER).await);
    assert!(hold(&store, 1, NOW).await);
    assert_eq!(condemn(&store, NOW).await, []);
    assert!(hold(&store, 1, MUCH_LATER).await);
    assert_eq!(condemn(&store, LATER).await, []);
    assert_eq!(condemn(&store, MUCH_LATER).await, [hash(1)]);
}

pub async fn a_gif_in_use_is_kept(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    show(&store, id, 1, 1).await;
    assert_eq!(condemn(&store, LATER).await, []);
    assert_eq!(condemn(&store, MUCH_LATER).await, []);
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
    leave(&store, id, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}

pub async fn a_gif_of_two_rooms_goes_with_the_last_of_them(store: AnyStore) {
    let one = room_of(&store, &[1]).await;
    let other = room_of(&store, &[1]).await;
    show(&store, one, 1, 1).await;
    show(&store, other, 1, 1).await;
    show(&store, one, 1, 2).await;
    leave(&store, one, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [hash(2)]);
    assert_eq!(store.may_see_gif(other, visitor(1), hash(1)).await, Ok(Sight::Public));
    leave(&store, other, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}

pub async fn unused_gifs_are_condemned_a_few_at_a_time(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    for n in 0..10 {
        show(&store, id, 1, n).await;
        // These GIFs are held but in use. They must not take up the limit in place of unused GIFs.
        assert!(hold(&store, n, LATER).await);
    }
    for n in 10..15 {
        assert!(hold(&store, n, LATER).await);
    }
    let mut condemned = store.condemn_gifs(LATER, MUCH_LATER, 3).await.expect("condemned");
    assert_eq!(condemned.len(), 3);
    condemned.extend(store.condemn_gifs(LATER, MUCH_LATER, 3).await.expect("condemned"));
    condemned.sort();
    let expected: Vec<_> = (10..15).map(|n| Condemned { sha: hash(n), until: MUCH_LATER }).collect();
    assert_eq!(condemned, expected);
    assert_eq!(store.condemn_gifs(LATER, MUCH_LATER, 3).await, Ok(vec![]));
}

pub async fn a_gif_sent_again_is_held_again(store: AnyStore) {
    let one = room_of(&store, &[1]).await;
    show(&store, one, 1, 1).await;
    assert!(hold(&store, 1, MUCH_LATER).await);
    leave(&store, one, 1).await.expect("a seat");
    assert_eq!(condemn(&store, LATER).await, [], "somebody is about to send it");
    let other = room_of(&store, &[1]).await;
    assert!(send(&store, other, 1, gif(1)).await.is_ok());
}

pub async fn a_message_that_is_repeated_with_another_gif_leaves_none_behind(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let client = ClientId::generate();
    for sha in [1, 2] {
        assert!(hold(&store, sha, LATER).await);
        let appended = store.append(id, visitor(1), client, gif(sha).into(), NOW).await.expect("said");
        assert_eq!((appended.entry.what, appended.is_new), (gif(1), sha == 1));
    }
    assert_eq!(condemn(&store, LATER).await, [hash(2)]);
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
}

pub async fn a_hold_ends_with_the_entry_it_was_for(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let shown = [show(&store, id, 1, 1).await, show(&store, id, 1, 2).await];
    show(&store, id, 2, 3).await;
    assert_eq!(condemn(&store, NOW).await, [], "they are in use");
    assert!(hold(&store, 2, LATER).await);
    for gif in &shown {
        remove(&store, id, 1, gif).await;
    }
    assert_eq!(condemn(&store, NOW).await, [hash(1)], "somebody is about to send the second one");
    assert_eq!(condemn(&store, LATER).await, [hash(1), hash(2)], "and the first one's remover has had its time");
    for n in [1, 2] {
        leave(&store, id, n).await.expect("a seat");
    }
    assert_eq!(condemn(&store, NOW).await, [hash(3)], "with its room");
}

pub async fn a_condemned_gif_is_not_held_and_not_sent_until_it_is_forgotten(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    assert!(hold(&store, 1, LATER).await);
    let condemned = Condemned { sha: hash(1), until: MUCH_LATER };
    assert_eq!(store.condemn_gifs(LATER, MUCH_LATER, 10).await, Ok(vec![condemned]));
    assert!(!hold(&store, 1, MUCH_LATER).await);
    assert!(!hold(&store, 1, Timestamp(MUCH_LATER.0 + 1000)).await, "not by asking for more either");
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound));
    assert_eq!(store.last_seq(id).await, Ok(1), "nothing was said");

    assert_eq!(store.forget_gif(condemned).await, Ok(()));
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound), "nobody holds it");
    assert!(hold(&store, 1, MUCH_LATER).await);
    assert!(send(&store, id, 1, gif(1)).await.is_ok());
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
}

pub async fn what_its_remover_left_is_condemned_anew(store: AnyStore) {
    let [first, second] = [1, 2].map(|n| Condemned { sha: hash(1), until: Timestamp(LATER.0 + n * 60_000) });
    assert!(hold(&store, 1, LATER).await);
    assert_eq!(store.condemn_gifs(LATER, first.until, 10).await, Ok(vec![first]));
    let just_before = Timestamp(first.until.0 - 1);
    assert_eq!(store.condemn_gifs(just_before, second.until, 10).await, Ok(vec![]), "it is somebody's");
    assert_eq!(store.condemn_gifs(first.until, second.until, 10).await, Ok(vec![second]));
    assert_eq!(store.forget_gif(first).await, Ok(()));
    assert!(!hold(&store, 1, second.until).await, "the second one may be removing its bytes now");
    assert_eq!(store.forget_gif(second).await, Ok(()));
    assert!(hold(&store, 1, second.until).await);
}

pub async fn forgetting_twice_ends_no_hold(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let condemned = Condemned { sha: hash(1), until: MUCH_LATER };
    assert_eq!(store.forget_gif(condemned).await, Ok(()), "nobody knows it");
    assert!(hold(&store, 1, LATER).await);
    assert_eq!(store.condemn_gifs(LATER, MUCH_LATER, 10).await, Ok(vec![condemned]));
    assert_eq!(store.forget_gif(condemned).await, Ok(()));
    assert!(hold(&store, 1, MUCH_LATER).await);
    assert_eq!(store.forget_gif(condemned).await, Ok(()));
    assert!(send(&store, id, 1, gif(1)).await.is_ok());
    assert_eq!(store.forget_gif(condemned).await, Ok(()));
    assert_eq!(condemn(&store, MUCH_LATER).await, [], "it is in use");
}

pub async fn of_many_who_condemn_at_once_one_gets_each(store: AnyStore) {
    for n in 0..30 {
        assert!(hold(&store, n, LATER).await);
    }
    let mut condemning = JoinSet::new();
    for n in 0..20 {
        let (store, until) = (Arc::clone(&store), Timestamp(MUCH_LATER.0 + n));
        condemning.spawn(async move { store.condemn_gifs(LATER, until, 100).await.expect("condemned") });
    }
    let mut condemned: Vec<_> = condemning.join_all().await.concat().into_iter().map(|each| each.sha).collect();
    condemned.sort();
    assert_eq!(condemned, (0..30).map(hash).collect::<Vec<_>>());
}

pub async fn a_gif_is_held_or_condemned_never_both(store: AnyStore) {
    for n in 0..30 {
        assert!(hold(&store, n, LATER).await);
    }
    let condemning = tokio::spawn({
        let store = Arc::clone(&store);
        async move { condemn(&store, LATER).await }
    });
    let mut holding = JoinSet::new();
    for n in 0..30 {
        let store = Arc::clone(&store);
        holding.spawn(async move { hold(&store, n, MUCH_LATER).await.then_some(hash(n)) });
    }
    let held = holding.join_all().await.into_iter().flatten();
    let mut all: Vec<_> = condemning.await.expect("no panic").into_iter().chain(held).collect();
    all.sort();
    assert_eq!(all, (0..30).map(hash).collect::<Vec<_>>());
}

pub async fn a_gif_is_kept_while_somebody_writes_it(store: AnyStore) {
    let (id, [one, other]) = (room_of(&store, &[1]).await, [(); 2].map(|()| WriteId::generate()));
    for write in [one, other] {
        assert_eq!(store.begin_write(hash(1), write, LATER).await, Ok(true));
    }
    // The first writer sends the GIF and takes it back, while the second is still writing.
    let sent = send(&store, id, 1, gif(1)).await.expect("sent");
    store.end_write(hash(1), one).await.expect("ended");
    remove(&store, id, 1, &sent).await;
    assert_eq!(condemn(&store, NOW).await, []);
    assert!(send(&store, id, 1, gif(1)).await.is_ok(), "the second one sends it");
    store.end_write(hash(1), other).await.expect("ended");
    assert_eq!(condemn(&store, LATER).await, []);

    // A writer that never ends is waited for until the moment that it named, and a GIF of which nothing was sent is held as long.
    for n in [2, 3] {
        assert_eq!(store.begin_write(hash(n), one, LATER).await, Ok(true));
    }
    store.end_write(hash(3), one).await.expect("ended");
    assert_eq!(condemn(&store, Timestamp(LATER.0 - 1)).await, []);
    assert_eq!(condemn(&store, LATER).await, [hash(2), hash(3)]);
    assert_eq!(store.begin_write(hash(2), other, MUCH_LATER).await, Ok(false), "condemned");
}

pub async fn one_living_node_copies_a_gif(store: AnyStore) {
    let claims = |sha, n| store.claim_gif(hash(sha), node(n));
    assert_eq!(claims(1, 1).await, Ok(false), "nobody knows it");
    assert!(hold(&store, 1, LATER).await && hold(&store, 2, LATER).await);
    for n in [1, 2] {
        store.beat(node(n)).await.expect("known");
    }
    assert_eq!([claims(1, 1).await, claims(1, 1).await, claims(2, 2).await], [const { Ok(true) }; 3]);
    assert_eq!([claims(1, 2).await, claims(2, 1).await], [const { Ok(false) }; 2]);
    // A node cannot give up the claim of another node.
    assert_eq!(store.unclaim_gif(hash(1), node(2)).await, Ok(()));
    assert_eq!(claims(1, 2).await, Ok(false));
    assert_eq!(store.unclaim_gif(hash(1), node(1)).await, Ok(()));
    assert_eq!([claims(1, 2).await, claims(1, 1).await], [Ok(true), Ok(false)]);
    // Forgetting a node ends its claims, and setting the facts of a GIF ends the claim to it.
    store.forget_node(node(2)).await.expect("forgotten");
    assert_eq!([claims(1, 1).await, claims(2, 1).await], [const { Ok(true) }; 2]);
    store.beat(node(2)).await.expect("back");
    store.set_gif_facts(hash(1), Facts::default()).await.expect("set");
    assert_eq!([claims(1, 2).await, claims(2, 2).await], [Ok(true), Ok(false)]);
}

pub async fn of_many_who_claim_at_once_one_does(store: AnyStore) {
    assert!(hold(&store, 1, LATER).await);
    let mut claiming = JoinSet::new();
    for n in 0..20 {
        store.beat(node(n)).await.expect("known");
    }
    for n in 0..20 {
        let store = Arc::clone(&store);
        claiming.spawn(async move { store.claim_gif(hash(1), node(n)).await });
    }
    let claimed = claiming.join_all().await;
    assert_eq!(claimed.iter().filter(|claimed| **claimed == Ok(true)).count(), 1, "{claimed:?}");
}

pub async fn what_is_known_of_a_gif_can_be_forgotten(store: AnyStore) {
    let facts = Facts { still: true, light: false, flashes: Some(true) };
    for n in [1, 2] {
        assert!(hold(&store, n, LATER).await);
        store.set_gif_facts(hash(n), facts).await.expect("set");
    }
    for n in [1, 3] {
        assert_eq!(store.forget_gif_facts(hash(n)).await, Ok(()));
    }
    assert_eq!(store.gif_facts(&[hash(1), hash(2)]).await, Ok(vec![GifFacts { sha: hash(2), facts }]));
}

pub async fn what_is_known_of_a_gif_goes_with_it(store: AnyStore) {
    let facts = Facts { still: true, light: false, flashes: Some(true) };
    assert_eq!(store.set_gif_facts(hash(1), facts).await, Ok(()), "nobody knows it");
    assert_eq!(store.gif_facts(&[hash(1)]).await, Ok(vec![]));
    for n in [1, 2, 3] {
        assert!(hold(&store, n, LATER).await);
    }
    assert_eq!(store.gif_facts(&[hash(1), hash(2)]).await, Ok(vec![]));
    assert_eq!(store.set_gif_facts(hash(1), Facts { light: true, ..facts }).await, Ok(()));
    assert_eq!(store.set_gif_facts(hash(1), facts).await, Ok(()));
    assert_eq!(store.set_gif_facts(hash(3), Facts::default()).await, Ok(()));
    let mut known = store.gif_facts(&[hash(3), hash(2), hash(1), hash(9)]).await.expect("facts");
    known.sort_by_key(|known| known.sha);
    assert_eq!(known, [GifFacts { sha: hash(1), facts }, GifFacts { sha: hash(3), facts: Facts::default() }]);
    // Another hold leaves the facts as they are. Forgetting the GIF removes them.
    assert!(hold(&store, 1, MUCH_LATER).await);
    assert_eq!(store.gif_facts(&[hash(1)]).await, Ok(vec![GifFacts { sha: hash(1), facts }]));
    for condemned in store.condemn_gifs(MUCH_LATER, MUCH_LATER, 9).await.expect("condemned") {
        assert_eq!(store.set_gif_facts(condemned.sha, facts).await, Ok(()));
        store.forget_gif(condemned).await.expect("forgotten");
    }
    assert!(hold(&store, 1, LATER).await);
    assert_eq!(store.gif_facts(&[hash(1)]).await, Ok(vec![]), "it is another one now");
}
