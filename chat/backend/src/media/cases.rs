//! The cases that every driver of [`Media`] has to pass. A driver's tests expand [`media_cases`].

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;

use super::{Media, PIECE_BYTES, Rendition, StoredGif};
use chat::error::Error;
use chat::gif::GifHash;

/// Makes a test of every case. `$driver` is an async function that returns an empty media store and its place, which is kept.
macro_rules! media_cases {
    ($driver:path) => {
        $crate::media::cases::media_cases!($driver:
            what_was_put_is_there,
            the_empty_and_the_large,
            it_is_read_in_small_pieces,
            any_part_of_it_can_be_read,
            what_is_opened_is_read_to_its_end_or_breaks_off,
            what_was_never_put_is_not_found,
            putting_again_changes_nothing,
            what_was_removed_is_gone_and_can_come_back,
            removing_what_is_not_there,
            hashes_are_told_apart,
            many_at_once,
            copies_come_later_and_go_with_the_gif,
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

/// A hash, and bytes to put under it. (A driver does not check that they belong together.)
pub fn stored_gif(n: u8) -> (GifHash, StoredGif) {
    let mut sha = [0xa0; 32];
    sha[31] = n;
    (GifHash(sha), StoredGif { gif: Bytes::from(vec![n; 1000]), poster: Bytes::from(vec![n; 10]) })
}

async fn holds(media: &Arc<dyn Media>, sha: GifHash, stored_gif: &StoredGif) {
    assert_eq!(media.get(sha, Rendition::Gif).await.as_ref(), Ok(&stored_gif.gif));
    assert_eq!(media.get(sha, Rendition::Poster).await.as_ref(), Ok(&stored_gif.poster));
}

async fn holds_nothing(media: &Arc<dyn Media>, sha: GifHash) {
    for part in Rendition::ALL {
        assert_eq!(media.get(sha, part).await, Err(Error::NotFound));
    }
}

pub async fn what_was_put_is_there(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    assert_eq!(media.put(sha, stored_gif.clone()).await, Ok(()));
    holds(&media, sha, &stored_gif).await;
}

pub async fn the_empty_and_the_large(media: Arc<dyn Media>) {
    for (n, len) in [(1, 0), (2, 6 * 1024 * 1024)] {
        let stored_gif = StoredGif { gif: Bytes::from(vec![n; len]), ..stored_gif(n).1 };
        assert_eq!(media.put(GifHash([n; 32]), stored_gif.clone()).await, Ok(()));
        holds(&media, GifHash([n; 32]), &stored_gif).await;
    }
}

pub async fn it_is_read_in_small_pieces(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    let gif: Bytes = (0..1_000_003u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(media.put(sha, StoredGif { gif: gif.clone(), ..stored_gif }).await, Ok(()));
    let reading = media.open(sha, Rendition::Gif).await.expect("a GIF");
    assert_eq!(reading.length, gif.len() as u64);
    let pieces: Vec<Bytes> = reading.pieces(0..u64::MAX).try_collect().await.expect("pieces");
    assert!(pieces.iter().all(|piece| (1..=PIECE_BYTES).contains(&piece.len())), "none is empty or large");
    assert_eq!(pieces.concat(), gif);
}

pub async fn any_part_of_it_can_be_read(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    let length = 200_000_u64;
    let gif: Bytes = (0..length).map(|n| (n % 251) as u8).collect();
    assert_eq!(media.put(sha, StoredGif { gif: gif.clone(), ..stored_gif }).await, Ok(()));
    // (The drivers read 32 and 63 KiB at a time.)
    let edges = [0, 1, 32_767, 32_768, 64_511, 64_512, 64_513, 129_024, 199_999, 200_000, 200_001, u64::MAX];
    for (start, end) in edges.iter().flat_map(|start| edges.map(|end| (*start, end))) {
        let reading = media.open(sha, Rendition::Gif).await.expect("a GIF");
        let read: Vec<Bytes> = reading.pieces(start..end).try_collect().await.expect("pieces");
        let end = end.min(length) as usize;
        assert_eq!(read.concat(), gif[(start as usize).min(end)..end], "{start} to {end}");
    }
}

/// A GIF is removed while it is being read. The reader gets all of its bytes or an error, and never bytes of another GIF.
pub async fn what_is_opened_is_read_to_its_end_or_breaks_off(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    let gif = Bytes::from(vec![7; 500_000]);
    assert_eq!(media.put(sha, StoredGif { gif: gif.clone(), ..stored_gif }).await, Ok(()));
    let mut pieces = media.open(sha, Rendition::Gif).await.expect("a GIF").pieces(0..500_000);
    let mut read = pieces.try_next().await.expect("a piece").expect("not the end").to_vec();
    assert_eq!(media.remove(sha).await, Ok(()));
    loop {
        match pieces.try_next().await {
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => return assert_eq!(read, gif),
            Err(error) => return assert_eq!(error, Error::Unavailable),
        }
    }
}

pub async fn what_was_never_put_is_not_found(media: Arc<dyn Media>) {
    holds_nothing(&media, stored_gif(1).0).await;
}

pub async fn putting_again_changes_nothing(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    for _ in 0..3 {
        assert_eq!(media.put(sha, stored_gif.clone()).await, Ok(()));
    }
    holds(&media, sha, &stored_gif).await;
    assert_eq!(media.remove(sha).await, Ok(()));
    holds_nothing(&media, sha).await;
}

pub async fn what_was_removed_is_gone_and_can_come_back(media: Arc<dyn Media>) {
    let (sha, stored_gif) = stored_gif(1);
    assert_eq!(media.put(sha, stored_gif.clone()).await, Ok(()));
    assert_eq!(media.remove(sha).await, Ok(()));
    holds_nothing(&media, sha).await;
    assert_eq!(media.put(sha, stored_gif.clone()).await, Ok(()));
    holds(&media, sha, &stored_gif).await;
}

pub async fn removing_what_is_not_there(media: Arc<dyn Media>) {
    assert_eq!(media.remove(stored_gif(1).0).await, Ok(()));
}

pub async fn hashes_are_told_apart(media: Arc<dyn Media>) {
    let ((one, of_one), (two, of_two)) = (stored_gif(1), stored_gif(2));
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
            let (media, (sha, stored_gif)) = (media.clone(), stored_gif(n % 16));
            tokio::spawn(async move { media.put(sha, stored_gif).await })
        })
        .collect();
    for put in puts {
        assert_eq!(put.await.expect("a task that ends"), Ok(()));
    }
    for n in 0..16 {
        let (sha, stored_gif) = stored_gif(n);
        holds(&media, sha, &stored_gif).await;
    }
}

pub async fn copies_come_later_and_go_with_the_gif(media: Arc<dyn Media>) {
    let ((sha, stored_gif), (other, of_other)) = (stored_gif(1), stored_gif(2));
    assert_eq!(media.put(sha, stored_gif.clone()).await, Ok(()));
    assert_eq!(media.put(other, of_other.clone()).await, Ok(()));
    assert_eq!(media.get(sha, Rendition::Still).await, Err(Error::NotFound));
    let (still, light) = (Bytes::from(vec![3; 20_000]), Bytes::from(vec![4; 100_000]));
    for _ in 0..2 {
        assert_eq!(media.add(sha, Rendition::Still, still.clone()).await, Ok(()));
        assert_eq!(media.add(sha, Rendition::Light, light.clone()).await, Ok(()));
        assert_eq!(media.get(sha, Rendition::Still).await.as_ref(), Ok(&still));
        assert_eq!(media.get(sha, Rendition::Light).await.as_ref(), Ok(&light));
    }
    holds(&media, sha, &stored_gif).await;
    for copy in [Rendition::Still, Rendition::Light] {
        assert_eq!(media.get(other, copy).await, Err(Error::NotFound));
    }
    assert_eq!(media.remove(sha).await, Ok(()));
    holds_nothing(&media, sha).await;
    holds(&media, other, &of_other).await;
}
