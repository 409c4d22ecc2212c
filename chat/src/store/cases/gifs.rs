//! Which GIFs are in use.

use super::*;

const LATER: Timestamp = Timestamp(NOW.0 + 1000);

pub async fn a_gif_must_be_held_before_it_is_sent(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound));
    assert_eq!(store.last_seq(id).await, Ok(1), "nothing was said");
    store.hold_gif(hash(1), LATER).await.expect("held");
    assert!(send(&store, id, 1, gif(1)).await.is_ok());
}

pub async fn a_gif_is_for_people_seated_where_it_was_sent(store: AnyStore) {
    let shown = room_of(&store, &[1, 2]).await;
    let other = room_of(&store, &[1]).await;
    show(&store, shown, 1, 1).await;
    assert_eq!(store.may_see_gif(shown, visitor(1), hash(1)).await, Ok(()));
    assert_eq!(store.may_see_gif(shown, visitor(2), hash(1)).await, Ok(()));
    assert_eq!(store.may_see_gif(shown, visitor(3), hash(1)).await, Err(Error::NotSeated));
    assert_eq!(store.may_see_gif(shown, visitor(1), hash(2)).await, Err(Error::NotFound));
    assert_eq!(store.may_see_gif(other, visitor(1), hash(1)).await, Err(Error::NotFound));
    leave(&store, shown, 2).await.expect("a seat");
    assert_eq!(store.may_see_gif(shown, visitor(2), hash(1)).await, Err(Error::NotSeated));
}

pub async fn a_held_gif_is_kept_until_its_hold_ends(store: AnyStore) {
    store.hold_gif(hash(1), LATER).await.expect("held");
    assert_eq!(store.forget_unused_gifs(Timestamp(LATER.0 - 1), 10).await, Ok(vec![]));
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![hash(1)]));
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![]), "it is forgotten");
    let id = room_of(&store, &[1]).await;
    assert_eq!(send(&store, id, 1, gif(1)).await, Err(Error::NotFound));
}

pub async fn the_longest_hold_counts(store: AnyStore) {
    store.hold_gif(hash(1), LATER).await.expect("held");
    store.hold_gif(hash(1), NOW).await.expect("held");
    assert_eq!(store.forget_unused_gifs(NOW, 10).await, Ok(vec![]));
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![hash(1)]));
}

pub async fn a_gif_in_use_is_kept(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    show(&store, id, 1, 1).await;
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![]));
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(()));
    leave(&store, id, 1).await.expect("a seat");
    assert_eq!(store.forget_unused_gifs(NOW, 10).await, Ok(vec![hash(1)]), "its hold ended when it was sent");
}

pub async fn a_gif_of_two_rooms_goes_with_the_last_of_them(store: AnyStore) {
    let one = room_of(&store, &[1]).await;
    let other = room_of(&store, &[1]).await;
    show(&store, one, 1, 1).await;
    show(&store, other, 1, 1).await;
    show(&store, one, 1, 2).await;
    leave(&store, one, 1).await.expect("a seat");
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![hash(2)]));
    assert_eq!(store.may_see_gif(other, visitor(1), hash(1)).await, Ok(()));
    leave(&store, other, 1).await.expect("a seat");
    assert_eq!(store.forget_unused_gifs(LATER, 10).await, Ok(vec![hash(1)]));
}

pub async fn unused_gifs_are_forgotten_a_few_at_a_time(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    for n in 0..10 {
        show(&store, id, 1, n).await;
        // In doubt, but used: they do not take the place of those that are unused.
        store.hold_gif(hash(n), NOW).await.expect("held");
    }
    for n in 10..15 {
        store.hold_gif(hash(n), NOW).await.expect("held");
    }
    let mut forgotten = store.forget_unused_gifs(LATER, 3).await.expect("forgotten");
    assert_eq!(forgotten.len(), 3);
    forgotten.extend(store.forget_unused_gifs(LATER, 3).await.expect("forgotten"));
    forgotten.sort();
    assert_eq!(forgotten, (10..15).map(hash).collect::<Vec<_>>());
    assert_eq!(store.forget_unused_gifs(LATER, 3).await, Ok(vec![]));
}

pub async fn a_gif_sent_again_is_held_again(store: AnyStore) {
    let one = room_of(&store, &[1]).await;
    show(&store, one, 1, 1).await;
    store.hold_gif(hash(1), LATER).await.expect("held");
    leave(&store, one, 1).await.expect("a seat");
    assert_eq!(store.forget_unused_gifs(NOW, 10).await, Ok(vec![]), "somebody is about to send it");
    let other = room_of(&store, &[1]).await;
    assert!(send(&store, other, 1, gif(1)).await.is_ok());
}
