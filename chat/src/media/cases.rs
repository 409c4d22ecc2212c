//! What every driver of [`Media`] does. A driver's tests expand [`media_cases`].

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;

use super::{Media, Moving, PIECE, Part};
use crate::error::Error;
use crate::gif::GifHash;

/// Makes a test of every case. `$driver` is an async function that gives an empty media store, and what keeps it alive.
macro_rules! media_cases {
    ($driver:path) => {
        $crate::media::cases::media_cases!($driver:
            what_was_put_is_there,
            the_empty_and_the_large,
            it_is_read_in_small_pieces,
            what_is_opened_is_read_to_its_end_or_breaks_off,
            what_was_never_put_is_not_found,
            putting_again_changes_nothing,
            what_was_removed_is_gone_and_can_come_back,
            removing_what_is_not_there,
            hashes_are_told_apart,
            many_at_once,
        );
    };
    ($driver:path: $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            let (media, _keep) = $driver().await;
            $crate::media::cases::$case(media).await;
        })*
    };
}
pub(crate) use media_cases;

/// A hash and bytes to put under it. (That they belong together is not a driver's business.)
pub fn moving(n: u8) -> (GifHash, Moving) {
    let mut sha = [0xa0; 32];
    sha[31] = n;
    (GifHash(sha), Moving { gif: Bytes::from(vec![n; 1000]), poster: Bytes::from(vec![n; 10]) })
}

async fn holds(media: &Arc<dyn Media>, sha: GifHash, moving: &Moving) {
    assert_eq!(media.get(sha, Part::Gif).await.as_ref(), Ok(&moving.gif));
    assert_eq!(media.get(sha, Part::Poster).await.as_ref(), Ok(&moving.poster));
}

async fn holds_nothing(media: &Arc<dyn Media>, sha: GifHash) {
    for part in [Part::Gif, Part::Poster] {
        assert_eq!(media.get(sha, part).await, Err(Error::NotFound));
    }
}

pub async fn what_was_put_is_there(media: Arc<dyn Media>) {
    let (sha, moving) = moving(1);
    assert_eq!(media.put(sha, moving.clone()).await, Ok(()));
    holds(&media, sha, &moving).await;
}

pub async fn the_empty_and_the_large(media: Arc<dyn Media>) {
    for (n, len) in [(1, 0), (2, 6 * 1024 * 1024)] {
        let moving = Moving { gif: Bytes::from(vec![n; len]), ..moving(n).1 };
        assert_eq!(media.put(GifHash([n; 32]), moving.clone()).await, Ok(()));
        holds(&media, GifHash([n; 32]), &moving).await;
    }
}

pub async fn it_is_read_in_small_pieces(media: Arc<dyn Media>) {
    let (sha, moving) = moving(1);
    let gif: Bytes = (0..1_000_003u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(media.put(sha, Moving { gif: gif.clone(), ..moving }).await, Ok(()));
    let reading = media.open(sha, Part::Gif).await.expect("a GIF");
    assert_eq!(reading.length, gif.len() as u64);
    let pieces: Vec<Bytes> = reading.pieces.try_collect().await.expect("pieces");
    assert!(pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len())), "none is empty or large");
    assert_eq!(pieces.concat(), gif);
}

/// Somebody reads while the GIF is removed: never a short body, and never another one's bytes.
pub async fn what_is_opened_is_read_to_its_end_or_breaks_off(media: Arc<dyn Media>) {
    let (sha, moving) = moving(1);
    let gif = Bytes::from(vec![7; 500_000]);
    assert_eq!(media.put(sha, Moving { gif: gif.clone(), ..moving }).await, Ok(()));
    let mut reading = media.open(sha, Part::Gif).await.expect("a GIF");
    let mut read = reading.pieces.try_next().await.expect("a piece").expect("not the end").to_vec();
    assert_eq!(media.remove(sha).await, Ok(()));
    loop {
        match reading.pieces.try_next().await {
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => return assert_eq!(read, gif),
            Err(error) => return assert_eq!(error, Error::Unavailable),
        }
    }
}

pub async fn what_was_never_put_is_not_found(media: Arc<dyn Media>) {
    holds_nothing(&media, moving(1).0).await;
}

pub async fn putting_again_changes_nothing(media: Arc<dyn Media>) {
    let (sha, moving) = moving(1);
    for _ in 0..3 {
        assert_eq!(media.put(sha, moving.clone()).await, Ok(()));
    }
    holds(&media, sha, &moving).await;
    assert_eq!(media.remove(sha).await, Ok(()));
    holds_nothing(&media, sha).await;
}

pub async fn what_was_removed_is_gone_and_can_come_back(media: Arc<dyn Media>) {
    let (sha, moving) = moving(1);
    assert_eq!(media.put(sha, moving.clone()).await, Ok(()));
    assert_eq!(media.remove(sha).await, Ok(()));
    holds_nothing(&media, sha).await;
    assert_eq!(media.put(sha, moving.clone()).await, Ok(()));
    holds(&media, sha, &moving).await;
}

pub async fn removing_what_is_not_there(media: Arc<dyn Media>) {
    assert_eq!(media.remove(moving(1).0).await, Ok(()));
}

pub async fn hashes_are_told_apart(media: Arc<dyn Media>) {
    let ((one, of_one), (two, of_two)) = (moving(1), moving(2));
    assert_eq!(media.put(one, of_one.clone()).await, Ok(()));
    assert_eq!(media.put(two, of_two.clone()).await, Ok(()));
    holds(&media, one, &of_one).await;
    assert_eq!(media.remove(one).await, Ok(()));
    holds_nothing(&media, one).await;
    holds(&media, two, &of_two).await;
}

/// Sixteen GIFs, each put by four at once.
pub async fn many_at_once(media: Arc<dyn Media>) {
    let puts: Vec<_> = (0..64u8)
        .map(|n| {
            let (media, (sha, moving)) = (media.clone(), moving(n % 16));
            tokio::spawn(async move { media.put(sha, moving).await })
        })
        .collect();
    for put in puts {
        assert_eq!(put.await.expect("a task that ends"), Ok(()));
    }
    for n in 0..16 {
        let (sha, moving) = moving(n);
        holds(&media, sha, &moving).await;
    }
}
