//! Tests of this driver alone: files in two collections, and an engine that may go away.

mod proxy;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::Bson;

use self::proxy::Proxy;
use super::*;
use crate::media::cases;
use crate::store::mongo::MongoUri;
use crate::store::mongo::tests::engine::{Engine, LogLines};
use chat::id::NodeId;

/// Longer than an engine takes to start.
const LONG: Duration = Duration::from_secs(60);

/// A test's own database, which is dropped at the end.
pub struct TestDatabase {
    name: String,
    server: String,
}

impl TestDatabase {
    pub fn fresh() -> Self {
        Self::at(server())
    }

    fn at(server: String) -> Self {
        Self { name: format!("test-gifs-{}", NodeId::generate()), server }
    }

    pub async fn store(&self) -> MongoStore {
        open(&self.server, &self.name).await
    }

    async fn media(&self) -> GridFsMedia {
        GridFsMedia::open(&self.store().await).await.expect("a bucket")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.name.clone();
        // This needs a runtime of its own, because that of the test may have ended, and no proxy for the same reason.
        let drop = async move { open(&server(), &name).await.database().drop().await.expect("dropped") };
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dropped = std::thread::spawn(move || runtime().block_on(drop)).join();
        assert!(dropped.is_ok() || std::thread::panicking());
    }
}

async fn open(server: &str, name: &str) -> MongoStore {
    let uri = MongoUri::parse(server).expect("a connection string").with_database(name);
    MongoStore::open(&uri, Duration::from_secs(10)).await.expect("a database")
}

fn server() -> String {
    std::env::var("GIFCHAT_TEST_MONGODB").expect("GIFCHAT_TEST_MONGODB is not set: run the tests by bin/test")
}

async fn driver() -> (Arc<dyn Media>, TestDatabase) {
    let database = TestDatabase::fresh();
    (Arc::new(database.media().await), database)
}

cases::media_cases!(driver);

/// How many documents for files there are, and how many chunks.
async fn counts(media: &GridFsMedia) -> (u64, u64) {
    let files = media.files.count_documents(doc! {}).await.expect("a count");
    (files, media.chunks.count_documents(doc! {}).await.expect("a count"))
}

#[tokio::test]
async fn what_is_there_is_not_put_again() {
    let database = TestDatabase::fresh();
    let media = database.media().await;
    let (sha, stored_gif) = cases::stored_gif(1);
    for _ in 0..3 {
        media.put(sha, stored_gif.clone()).await.expect("put");
    }
    assert_eq!(counts(&media).await, (2, 2));
    media
        .files
        .delete_many(with_prefix("_id", &file_prefix(sha, Rendition::Poster)))
        .await
        .expect("a poster that is lost");
    media.put(sha, stored_gif.clone()).await.expect("put");
    assert_eq!(counts(&media).await, (2, 3));
    assert_eq!(media.get(sha, Rendition::Poster).await, Ok(stored_gif.poster));
}

#[tokio::test]
async fn what_several_put_at_once_is_there_and_goes_as_one() {
    let database = TestDatabase::fresh();
    let (one, other) = (database.media().await, database.media().await);
    let (sha, stored_gif) = cases::stored_gif(1);
    let stored_gif = StoredGif { gif: vec![1; 3 * CHUNK_BYTES].into(), ..stored_gif };
    let (here, there, again) = tokio::join!(
        one.put(sha, stored_gif.clone()),
        other.put(sha, stored_gif.clone()),
        one.put(sha, stored_gif.clone())
    );
    assert_eq!((here, there, again), (Ok(()), Ok(()), Ok(())));
    for media in [&one, &other] {
        assert_eq!(media.get(sha, Rendition::Gif).await.as_ref(), Ok(&stored_gif.gif));
        assert_eq!(media.get(sha, Rendition::Poster).await.as_ref(), Ok(&stored_gif.poster));
    }
    let (gone, gone_too) = tokio::join!(one.remove(sha), other.remove(sha));
    assert_eq!((gone, gone_too), (Ok(()), Ok(())));
    assert_eq!(counts(&one).await, (0, 0));
}

#[tokio::test]
async fn chunks_of_an_upload_that_died_go_with_the_gif() {
    let database = TestDatabase::fresh();
    let media = database.media().await;
    let ((sha, stored_gif), (kept, of_kept)) = (cases::stored_gif(1), cases::stored_gif(2));
    media.put(kept, of_kept.clone()).await.expect("put");
    let died = format!("{}.died", file_prefix(sha, Rendition::Gif));
    media.chunks.insert_many((0..3).map(|n| chunk(&died, n, b"GIF89a"))).await.expect("half of an upload");

    assert_eq!(media.get(sha, Rendition::Gif).await, Err(Error::NotFound), "a file without a document is none");
    media.remove(sha).await.expect("removed");
    assert_eq!(counts(&media).await, (2, 2));

    media.put(sha, stored_gif.clone()).await.expect("put");
    media.chunks.insert_many((0..3).map(|n| chunk(&died, n, b"GIF89a"))).await.expect("half of an upload");
    assert_eq!(media.get(sha, Rendition::Gif).await, Ok(stored_gif.gif));
    media.remove(sha).await.expect("removed");
    assert_eq!(counts(&media).await, (2, 2));
    assert_eq!(media.get(kept, Rendition::Gif).await, Ok(of_kept.gif));
}

#[tokio::test]
async fn a_damaged_file_is_not_found_until_it_is_put_again() {
    let database = TestDatabase::fresh();
    let media = database.media().await;
    let sha = cases::stored_gif(1).0;
    let stored_gif = StoredGif { gif: vec![1; 3 * CHUNK_BYTES + 1].into(), poster: vec![2; CHUNK_BYTES].into() };
    for missing in [0, 1, 3] {
        media.put(sha, stored_gif.clone()).await.expect("put");
        media.chunks.delete_many(doc! { "n": missing }).await.expect("a chunk that is lost");
        assert_eq!(media.get(sha, Rendition::Gif).await, Err(Error::NotFound));
        media.put(sha, stored_gif.clone()).await.expect("put");
        assert_eq!(media.get(sha, Rendition::Gif).await.as_ref(), Ok(&stored_gif.gif));
        media.remove(sha).await.expect("removed");
        assert_eq!(counts(&media).await, (0, 0));
    }
    for length in [-1, 0, 1, i64::MAX] {
        media.put(sha, stored_gif.clone()).await.expect("put");
        media.files.update_many(doc! {}, doc! { "$set": { "length": length, "chunkSize": 0 } }).await.expect("changed");
        assert_eq!(media.get(sha, Rendition::Gif).await, Err(Error::NotFound), "a length of {length}");
        media.put(sha, stored_gif.clone()).await.expect("put");
        assert_eq!(media.get(sha, Rendition::Gif).await.as_ref(), Ok(&stored_gif.gif));
        media.remove(sha).await.expect("removed");
    }
}

#[tokio::test]
async fn any_tool_for_gridfs_can_read_the_files() {
    let database = TestDatabase::fresh();
    let media = database.media().await;
    let sha = cases::stored_gif(1).0;
    let gif: Bytes = (0..CHUNK_BYTES * 2 + 7).map(|n| (n % 251) as u8).collect();
    media.put(sha, StoredGif { gif: gif.clone(), poster: Bytes::new() }).await.expect("put");
    let bucket = mongodb::options::GridFsBucketOptions::builder().bucket_name("gifs".to_owned()).build();
    let bucket = database.store().await.database().gridfs_bucket(bucket);
    for file in media.files.find(doc! {}).await.expect("files").try_collect::<Vec<_>>().await.expect("files") {
        let mut read = Vec::new();
        let mut stream = bucket.open_download_stream(Bson::String(file.id)).await.expect("a file");
        futures_util::AsyncReadExt::read_to_end(&mut stream, &mut read).await.expect("its bytes");
        assert!(if file.filename.ends_with(".gif") { read == gif } else { read.is_empty() });
    }
}

#[tokio::test]
async fn a_file_of_an_earlier_version_has_larger_chunks() {
    let database = TestDatabase::fresh();
    let media = database.media().await;
    let (sha, chunk_bytes) = (cases::stored_gif(1).0, 255 * 1024);
    let gif: Bytes = (0..chunk_bytes * 2 + 7).map(|n| (n % 251) as u8).collect();
    let (filename, length) = (file_prefix(sha, Rendition::Gif), gif.len() as i64);
    let id = format!("{filename}.before");
    let chunks = (0..).zip(gif.chunks(chunk_bytes)).map(|(n, bytes)| chunk(&id, n, bytes));
    media.chunks.insert_many(chunks).await.expect("chunks");
    let file = File { id, length, chunk_size: chunk_bytes as i32, upload_date: DateTime::now(), filename };
    media.files.insert_one(file).await.expect("a file");
    let pieces: Vec<Bytes> =
        media.open(sha, Rendition::Gif).await.expect("a GIF").pieces(0..u64::MAX).try_collect().await.expect("pieces");
    assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
    assert_eq!(pieces.concat(), gif);
}

#[tokio::test]
async fn the_indexes_are_made_once() {
    let database = TestDatabase::fresh();
    let (store, media) = (database.store().await, database.media().await);
    for _ in 0..2 {
        store.make_indexes(media.indexes()).await.expect("indexes");
        // (Their order does not matter.)
        let sorted = |names: Result<Vec<String>, _>| names.map(BTreeSet::from_iter).expect("indexes");
        let named = |names: [&str; 2]| BTreeSet::from(names.map(str::to_owned));
        assert_eq!(sorted(media.chunks.list_index_names().await), named(["_id_", "files_id_1_n_1"]));
        assert_eq!(sorted(media.files.list_index_names().await), named(["_id_", "filename_1_uploadDate_1"]));
    }
}

/// Without the time limit of the store's write concern, an upload would wait for the majority until the whole server counts
/// as away.
#[tokio::test]
async fn a_majority_that_lags_is_waited_for_no_longer_than_by_the_store() {
    let engine = Engine::stand_in(&[]);
    let uri = MongoUri::parse(&engine.uri()).expect("a connection string");
    let store = MongoStore::open(&uri, LONG).await.expect("a database");
    let media = GridFsMedia::open(&store).await.expect("a bucket");
    let (sha, stored_gif) = cases::stored_gif(1);
    let (lines, _guard) = LogLines::capture();
    engine.hold_majority(true).await;
    assert_eq!(media.put(sha, stored_gif.clone()).await, Err(Error::Unavailable));
    assert!(lines.with("MongoDB is away").is_empty(), "{:?}", lines.with(""));
    engine.hold_majority(false).await;
    media.put(sha, stored_gif.clone()).await.expect("put");
    assert_eq!(media.get(sha, Rendition::Gif).await, Ok(stored_gif.gif));
}

#[tokio::test]
async fn a_paused_engine_is_unavailable_and_comes_back() {
    let proxy = Proxy::new().await;
    let media = proxy.database.media().await;
    let (sha, stored_gif) = cases::stored_gif(1);
    media.put(sha, stored_gif.clone()).await.expect("put");
    let large = cases::stored_gif(4).0;
    media.put(large, StoredGif { gif: vec![4; 3 * CHUNK_BYTES].into(), ..stored_gif.clone() }).await.expect("put");
    let mut pieces = media.open(large, Rendition::Gif).await.expect("a GIF").pieces(0..u64::MAX);
    assert!(pieces.try_next().await.is_ok());

    proxy.set_open(false);
    let broken_off = async {
        while let Some(piece) = pieces.try_next().await.transpose() {
            if let Err(error) = piece {
                return Some(error);
            }
        }
        None
    };
    assert_eq!(broken_off.await, Some(Error::Unavailable), "who is reading is not left hanging");
    assert_eq!(media.get(sha, Rendition::Gif).await, Err(Error::Unavailable));
    assert_eq!(media.put(cases::stored_gif(2).0, stored_gif.clone()).await, Err(Error::Unavailable));
    assert_eq!(media.remove(cases::stored_gif(3).0).await, Err(Error::Unavailable));

    proxy.set_open(true);
    let back = async {
        while media.get(sha, Rendition::Gif).await == Err(Error::Unavailable) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), back).await.expect("it comes back");
    assert_eq!(media.get(sha, Rendition::Gif).await.as_ref(), Ok(&stored_gif.gif));
    media.put(cases::stored_gif(2).0, stored_gif.clone()).await.expect("put");
    assert_eq!(media.get(cases::stored_gif(2).0, Rendition::Gif).await, Ok(stored_gif.gif));
}
