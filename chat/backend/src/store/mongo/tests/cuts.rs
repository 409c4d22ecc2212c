//! A connection that is cut in the middle of an operation, which may have taken effect or not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::engine::{Engine, address_of, uri_through};
use super::nodes::{inside, seated};
use super::*;

/// A proxy between a node and MongoDB, which can swallow an answer.
struct Proxy {
    uri: String,
    swallow_next: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = uri_through(&listener.local_addr().expect("an address").to_string(), server);
        let server = address_of(server).await;
        let swallow_next = Arc::new(AtomicBool::new(false));
        let swallow = Arc::clone(&swallow_next);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let (server, swallow) = (server.clone(), Arc::clone(&swallow));
                connections.spawn(async move {
                    if let Ok(far) = TcpStream::connect(server).await {
                        forward(near, far, &swallow).await;
                    }
                });
            }
        });
        Self { uri, swallow_next, _tasks: tasks }
    }

    /// The next answer is not forwarded, and its connection ends.
    fn swallow_an_answer(&self) {
        self.swallow_next.store(true, Ordering::SeqCst);
    }
}

/// Forwards bytes in both directions until one side ends, or an answer is to be swallowed.
async fn forward(mut near: TcpStream, mut far: TcpStream, swallow: &AtomicBool) {
    let (mut asked, mut answered) = ([0; 8192], [0; 8192]);
    loop {
        let forwarded = tokio::select! {
            read = near.read(&mut asked) => match read {
                Ok(bytes @ 1..) => far.write_all(&asked[..bytes]).await,
                _ => return,
            },
            read = far.read(&mut answered) => match read {
                Ok(bytes @ 1..) if !swallow.swap(false, Ordering::SeqCst) => near.write_all(&answered[..bytes]).await,
                _ => return,
            },
        };
        if forwarded.is_err() {
            return;
        }
    }
}

/// Repeats something until it has certainly worked, as people do.
async fn insist<T, F: Future<Output = Result<T, Error>>>(attempt: impl Fn() -> F) -> T {
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(Error::Unavailable) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_insist_on_happens_once_however_often_the_line_is_cut() {
    insist_over_cuts(&std::env::var("GIFCHAT_TEST_MONGODB").expect("a server"), 5).await;
}

/// Each connection after a cut has to log in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_with_a_login() {
    let engine = Engine::stand_in(&[("MONGODB_LOGIN", "ann:p@ss")]);
    insist_over_cuts(&engine.uri().replace("://", "://ann:p%40ss@"), 1).await;
}

async fn insist_over_cuts(server: &str, few: u32) {
    let direct = TestDatabase::on(server);
    let proxy = Proxy::to(server).await;
    let uri = MongoUri::parse(&proxy.uri).expect("a connection string").with_database(direct.uri.database());
    let store: AnyStore = Arc::new(MongoStore::open(&uri, Duration::from_secs(30)).await.expect("a database"));
    let steady: AnyStore = direct.open().await;
    let id = room_of(&steady, &[1]).await;

    let progress = Arc::new(AtomicUsize::new(0));
    let mut busy = JoinSet::new();
    for n in 2..=9 {
        let (store, progress) = (Arc::clone(&store), Arc::clone(&progress));
        busy.spawn(async move {
            let mut said = Vec::new();
            for round in 0..rounds(few as usize) {
                insist(|| join(&store, id, n)).await;
                progress.fetch_add(1, Ordering::SeqCst);
                let client = ClientId::generate();
                let words = text(&format!("{round}"));
                said.push(insist(|| store.append(id, visitor(n), client, words.clone().into(), NOW)).await.entry);
                progress.fetch_add(1, Ordering::SeqCst);
                insist(|| leave(&store, id, n)).await;
                progress.fetch_add(1, Ordering::SeqCst);
            }
            said
        });
    }
    let mut said = Vec::new();
    let mut cuts = 0;
    let mut seen = 0;
    while !busy.is_empty() {
        tokio::time::sleep(Duration::from_millis(1 + cuts * 7 % 11)).await;
        // There is some progress between two cuts, or the test would never end.
        let done = progress.load(Ordering::SeqCst);
        if done > seen {
            seen = done;
            cuts += 1;
            proxy.swallow_an_answer();
        }
        while let Some(done) = busy.try_join_next() {
            said.extend(done.expect("no panic"));
        }
    }
    assert!(cuts > u64::from(few), "{cuts} cuts");
    let lines = log(&steady, id).await;
    assert_whole(&lines);
    // In each round, everybody entered, spoke and left once.
    assert_eq!(lines.len(), 1 + 8 * rounds(few as usize) * 3);
    assert!(said.iter().all(|entry| lines.contains(entry)));
    assert_eq!(inside(&lines), seated(&steady.room(id).await.expect("the room")));
}
