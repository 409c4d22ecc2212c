//! What the store has acknowledged survives `kill -9`: the test runs itself as another process, which appends and says
//! what was acknowledged, kills that at a random moment, and looks.
#![cfg(feature = "server")]

#[cfg(test)]
mod kill {
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Write};
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::Arc;

    use chat::entry::Text;
    use chat::record::Room;
    use chat::store::Store;
    use chat::store::sqlite::SqliteStore;
    use chat::visitor::likeness::Named;
    use chat::{Capacity, ClientId, Entry, Person, RoomId, RoomTitle, Timestamp, VisitorId, What};

    /// Set for the process that is to be killed: where its database is.
    const VICTIM: &str = "GIFCHAT_KILL_VICTIM";

    const ROOM: RoomId = RoomId([1; 16]);
    const AUTHOR: VisitorId = VisitorId([2; 16]);
    const SENDERS: usize = 8;

    #[tokio::test]
    async fn what_was_acknowledged_survives_being_killed() {
        let place = tempfile::TempDir::new().expect("a directory");
        let path = place.path().join("gifchat.db");
        make_room(&path).await;
        let mut acknowledged = HashMap::new();
        let rounds = if std::env::var_os("GIFCHAT_LONG").is_some() { 200 } else { 5 };
        for round in 1..=rounds {
            acknowledged.extend(append_until_killed(&path));
            check(&path, &acknowledged).await.unwrap_or_else(|wrong| panic!("round {round}: {wrong}"));
        }
    }

    async fn make_room(path: &Path) {
        let title = RoomTitle::new("방").expect("a title");
        let mut room = Room::new(ROOM, title, Capacity::DEFAULT, None, AUTHOR, Timestamp(0));
        let told = room.take_seat(&Named::new(Person::new(AUTHOR)), Timestamp(0)).expect("a free seat");
        let store = SqliteStore::open(path).expect("a new database");
        store.create_room(room, told).await.expect("a new room");
        store.close().await;
    }

    /// Runs [`victim`] in a process of its own and kills it in the middle of its work. Gives what it has acknowledged.
    fn append_until_killed(path: &Path) -> HashMap<ClientId, u64> {
        let this = std::env::current_exe().expect("this program");
        let mut process = Command::new(this)
            .args(["--exact", "kill::victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut acknowledged = HashMap::new();
        let mut read = |line: std::io::Result<String>| {
            let Some((seq, client)) = line.ok().and_then(|line| acknowledgement(&line)) else { return };
            acknowledged.insert(client, seq);
        };
        // It goes on while its output is read, so that this many lines are a random moment to it.
        let [low, high, ..] = ClientId::generate().0;
        let moment = usize::from(u16::from_be_bytes([high, low]) % 600);
        lines.by_ref().take(moment).for_each(&mut read);
        process.kill().expect("killed");
        // What it said before it died counts as well.
        lines.for_each(&mut read);
        let end = process.wait().expect("its end");
        assert!(!end.success(), "it ended by itself: {end}");
        acknowledged
    }

    fn acknowledgement(line: &str) -> Option<(u64, ClientId)> {
        let (seq, client) = line.strip_prefix("stored ")?.strip_suffix('.')?.split_once(' ')?;
        Some((seq.parse().ok()?, client.parse().ok()?))
    }

    /// The process that is killed. Run as one of the tests it has nothing to do.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn victim() {
        let Some(path) = std::env::var_os(VICTIM) else { return };
        let store = Arc::new(SqliteStore::open(Path::new(&path)).expect("the database"));
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            let store = Arc::clone(&store);
            senders.spawn(async move {
                loop {
                    let entry = append(&store, ClientId::generate()).await;
                    // In one piece, which a pipe takes whole or not at all.
                    let line = format!("stored {} {}.\n", entry.seq, entry.client);
                    std::io::stdout().write_all(line.as_bytes()).expect("somebody who reads");
                }
            });
        }
        senders.join_all().await;
    }

    async fn append(store: &SqliteStore, client: ClientId) -> Entry {
        let what = What::Text(Text::new("야옹").expect("a text"));
        store.append(ROOM, AUTHOR, client, what.into(), Timestamp(1)).await.expect("stored").entry
    }

    /// The log has no hole and nothing twice, and all that was acknowledged is in it, where it was said to be.
    async fn check(path: &Path, acknowledged: &HashMap<ClientId, u64>) -> Result<(), String> {
        let store = SqliteStore::open(path).expect("the database");
        let log = store.log(ROOM, 0, u32::MAX).await.expect("the log");
        let mut found = HashMap::new();
        for (expected, entry) in (1..).zip(&log) {
            if entry.seq != expected {
                return Err(format!("{} where {expected} should be", entry.seq));
            }
            if let Some(first) = found.insert(entry.client, entry.seq) {
                return Err(format!("{first} and {expected} are one message"));
            }
        }
        for (client, seq) in acknowledged {
            if found.get(client) != Some(seq) {
                return Err(format!("{client} was acknowledged as {seq} and is {:?}", found.get(client)));
            }
        }
        if store.last_seq(ROOM).await != Ok(log.len() as u64) {
            return Err("the room counts otherwise than its log".to_owned());
        }
        // A sender who never got the answer sends again; and the log goes on where it ended.
        if let Some(last) = log.iter().rfind(|entry| entry.what.is_message())
            && append(&store, last.client).await != *last
        {
            return Err(format!("{} was stored twice", last.seq));
        }
        let next = append(&store, ClientId::generate()).await.seq;
        store.close().await;
        if next == log.len() as u64 + 1 { Ok(()) } else { Err(format!("the log went on with {next}")) }
    }
}
