//! After `kill -9` of a process that stores, copies and removes GIFs, no file is orphaned and none is missing, whatever
//! the process was doing. The test runs itself as a second process, kills that process at a random moment, and compares
//! the store with the files of the media store.

#[cfg(test)]
mod kill {
    use std::collections::BTreeSet;
    use std::io::{BufRead, BufReader, Write};
    use std::path::PathBuf;
    use std::process::{Command, Stdio};
    use std::sync::Arc;
    use std::time::Duration;

    use backend::bus::local::LocalBus;
    use backend::media::files::FilesMedia;
    use backend::media::gridfs::GridFsMedia;
    use backend::media::{Media, Rendition};
    use backend::service::{Chat, Clock, Config, Copier, Made, Ports, Rate, Rates, SystemClock, Target};
    use backend::spool::Spool;
    use backend::store::Store;
    use backend::store::mongo::{MongoStore, MongoUri};
    use backend::store::sqlite::SqliteStore;
    use bytes::Bytes;
    use chat::limit::Act;
    use chat::{ClientId, GifHash, NodeId, Person, RoomId, Timestamp, VisitorId};
    use mongodb::Client;
    use mongodb::bson::{Bson, Document, doc};

    /// The environment variable with the folder, set only for the process that is killed.
    const VICTIM: &str = "GIFCHAT_KILL_MEDIA_VICTIM";
    /// The environment variable with the name of the database, set only for MongoDB.
    const DATABASE: &str = "GIFCHAT_KILL_MEDIA_DATABASE";

    const AUTHOR: VisitorId = VisitorId([2; 16]);
    const SENDERS: usize = 4;

    /// Later than all holds and removals of the killed process.
    struct Later(SystemClock);

    impl Clock for Later {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.now().0 + 7_200_000)
        }

        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }
    }

    /// Makes copies at once, so that as much of the time as possible is spent on storing them.
    struct QuickCopier;

    impl Copier for QuickCopier {
        fn make(&self, _: &[u8], tell: &mut dyn FnMut(Made)) {
            let made = Made { still: Some(Bytes::from_static(b"a still")), light: None, flashes: Some(false) };
            tell(made.clone());
            tell(Made { light: Some(vec![7; 10_000].into()), ..made });
        }
    }

    /// Where everything is kept: in a folder, or in MongoDB.
    struct Place {
        dir: PathBuf,
        database: Option<String>,
    }

    impl Place {
        async fn media(&self) -> Arc<dyn Media> {
            match &self.database {
                Some(_) => self.stores().await.1,
                None => Arc::new(FilesMedia::open(&self.dir.join("media")).expect("a folder")),
            }
        }

        async fn stores(&self) -> (Arc<dyn Store>, Arc<dyn Media>) {
            let Some(database) = &self.database else {
                let store = SqliteStore::open(&self.dir.join("chat.db")).expect("a database");
                return (Arc::new(store), Arc::new(FilesMedia::open(&self.dir.join("media")).expect("a folder")));
            };
            let uri = MongoUri::parse(&mongodb()).expect("a connection string").with_database(database);
            let store = MongoStore::open(&uri, Duration::from_secs(10)).await.expect("a database");
            let media = GridFsMedia::open(&store).await.expect("a bucket");
            (Arc::new(store), Arc::new(media))
        }

        /// The names of all files, and in MongoDB also the names to which a stored chunk belongs. Each begins with the
        /// hash of its GIF.
        async fn files(&self) -> BTreeSet<String> {
            let Some(database) = &self.database else {
                let folders = std::fs::read_dir(self.dir.join("media")).expect("a folder").flatten();
                let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).expect("a folder").flatten());
                return files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
            };
            let database = Client::with_uri_str(mongodb()).await.expect("a server").database(database);
            let mut names = BTreeSet::new();
            for (collection, field) in [("gifs.files", "_id"), ("gifs.chunks", "files_id")] {
                let found = database.collection::<Document>(collection).distinct(field, doc! {}).await.expect("names");
                names.extend(found.iter().filter_map(Bson::as_str).map(str::to_owned));
            }
            names
        }
    }

    fn mongodb() -> String {
        std::env::var("GIFCHAT_TEST_MONGODB").expect("a MongoDB server: run it by bin/test")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_gif_is_lost_or_left_behind() {
        let dir = tempfile::TempDir::new().expect("a folder");
        run(Place { dir: dir.path().to_owned(), database: None }).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_gif_is_lost_or_left_behind_in_mongodb() {
        let (dir, name) = (tempfile::TempDir::new().expect("a folder"), format!("test-kill-{}", NodeId::generate()));
        run(Place { dir: dir.path().to_owned(), database: Some(name.clone()) }).await;
        let server = Client::with_uri_str(mongodb()).await.expect("a server");
        server.database(&name).drop().await.expect("dropped");
    }

    async fn run(place: Place) {
        let rounds = if std::env::var_os("GIFCHAT_LONG").is_some() { 100 } else { 6 };
        let (mut removed, mut shown) = (0, 0);
        for round in 1..=rounds {
            work_until_killed(&place);
            let seen = check(&place).await.unwrap_or_else(|wrong| panic!("round {round}: {wrong}"));
            (shown, removed) = (shown + seen.0, removed + seen.1);
        }
        assert!(shown > 0 && removed > 0, "{shown} are shown and {removed} were swept: nothing was tested");
    }

    /// Runs [`victim`] in a second process and kills it in the middle of its work.
    fn work_until_killed(place: &Place) {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "kill::victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, &place.dir)
            .envs(place.database.as_ref().map(|name| (DATABASE, name)))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        // The process goes on while its output is read, so killing it after a random number of lines is a random moment for it.
        let moment = 4 + usize::from(VisitorId::generate().0[0] % 60);
        let mut done = lines.map_while(Result::ok).filter(|line| line.starts_with("done"));
        assert_eq!(done.by_ref().take(moment).count(), moment, "it ended by itself");
        process.kill().expect("killed");
        process.wait().expect("its end");
    }

    /// The body of the process that is killed. When run as an ordinary test, it does nothing.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn victim() {
        let Some(dir) = std::env::var_os(VICTIM) else { return };
        let place = Place { dir: dir.into(), database: std::env::var(DATABASE).ok() };
        let chat = open(&place, Arc::new(SystemClock::default())).await;
        let room = chat.create_room(&Person::new(AUTHOR), None, "방", "10", "").await.expect("a room");
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            let chat = Arc::clone(&chat);
            senders.spawn(async move {
                loop {
                    let kept = send(&chat, room).await;
                    let removed = send(&chat, room).await;
                    // When the removal comes, the copies may be missing, just being stored, or complete.
                    let copies = chat.store().gif_facts(&[removed.1]).await.map(|facts| facts.len());
                    chat.remove_message(AUTHOR, room, removed.0).await.expect("removed");
                    // One small write, so that the pipe gets the whole line or nothing.
                    let line = format!("done {} {copies:?}\n", kept.0);
                    std::io::stdout().write_all(line.as_bytes()).expect("somebody who reads");
                }
            });
        }
        senders.join_all().await;
    }

    async fn open(place: &Place, clock: Arc<dyn Clock>) -> Arc<Chat> {
        let (store, media) = place.stores().await;
        let ports = Ports {
            store,
            media,
            connect_bus: Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
            clock,
            spool: Spool::open(&[place.dir.join("uploads")]),
            copier: Some(Arc::new(QuickCopier)),
            node: place.database.as_ref().map(|_| NodeId::generate()),
        };
        let mut limits = Rates::default();
        Act::ALL.into_iter().for_each(|act| limits[act] = Rate::new(1_000_000, 1));
        Chat::open(ports, Config { limits, ..Config::default() }).await.expect("a service")
    }

    /// Sends a GIF of two frames. Half of them are new, and the others are four that all senders send again and again.
    async fn send(chat: &Arc<Chat>, room: RoomId) -> (u64, GifHash) {
        let mut gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00".to_vec();
        let [is_new, which, ..] = VisitorId::generate().0;
        gif.extend_from_slice(&if is_new % 2 == 0 { VisitorId::generate().0 } else { [which % 4; 16] }[..6]);
        for _ in 0..2 {
            gif.extend_from_slice(b"\x21\xf9\x04\x00\x09\x00\x00\x00");
            gif.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00");
        }
        gif.push(b'\x3b');
        let client = ClientId::generate();
        let sent = chat.send_gif(AUTHOR, None, room, client, Bytes::from(gif), Default::default(), Target::default());
        let entry = sent.await.expect("sent");
        (entry.seq, entry.what.gif().expect("a GIF").sha)
    }

    /// Returns how many GIFs are shown, and how many files of other GIFs were left, which a sweep removed here.
    async fn check(place: &Place) -> Result<(usize, usize), String> {
        let before = place.files().await;
        let chat = open(place, Arc::new(Later(SystemClock::default()))).await;
        let (store, media) = (chat.store(), place.media().await);
        let rooms = store.rooms_after(None, 1000).await.expect("rooms");
        for room in &rooms {
            // The next message finishes what the killed process had begun to append.
            let said = chat.send_text(AUTHOR, room.id, ClientId::generate(), "다음", Target::default()).await;
            said.map_err(|error| format!("nothing can be said: {error}"))?;
        }
        chat.sweep().await;
        let mut shown = BTreeSet::new();
        for room in &rooms {
            let log = store.log(room.id, 0, u32::MAX).await.expect("a log");
            shown.extend(log.iter().filter_map(|entry| entry.what.gif()).map(|gif| gif.sha));
        }
        let known: BTreeSet<_> = store.gifs_after(None, 1_000_000).await.expect("GIFs").into_iter().collect();
        if known != shown {
            return Err(format!("{} are known, {} are shown", known.len(), shown.len()));
        }
        for sha in &shown {
            let mut parts = vec![Rendition::Gif, Rendition::Poster];
            // Copies that are not made yet are made when a visitor looks at the GIF.
            for known in store.gif_facts(&[*sha]).await.expect("facts") {
                parts.extend(known.facts.still.then_some(Rendition::Still));
                parts.extend(known.facts.light.then_some(Rendition::Light));
            }
            for part in parts {
                media.get(*sha, part).await.map_err(|error| format!("{part:?} of {sha}: {error}"))?;
            }
        }
        // A copy may be there before the facts that name it, but never without its GIF.
        let (there, shown) = (place.files().await, shown.iter().map(GifHash::to_string).collect::<BTreeSet<_>>());
        let is_of_shown = |file: &&String| file.get(..64).is_some_and(|sha| shown.contains(sha));
        if let Some(orphan) = there.iter().find(|file| !is_of_shown(file)) {
            return Err(format!("nobody shows {orphan}"));
        }
        // The next round begins with an empty folder: all files are removed with their rooms.
        for room in rooms {
            chat.close_room(AUTHOR, room.id).await.expect("closed");
        }
        chat.sweep().await;
        let left = place.files().await;
        if let Some(file) = left.first() {
            return Err(format!("{file} is left of a closed room"));
        }
        chat.close().await;
        Ok((shown.len(), before.difference(&there).count()))
    }
}
