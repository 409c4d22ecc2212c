//! Acknowledged entries survive `kill -9`. The test runs itself as a second process that appends entries and prints which were
//! acknowledged, kills that process at a random moment, and compares the store.

#[cfg(test)]
mod kill {
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Write};
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::Arc;

    use backend::store::sqlite::SqliteStore;
    use backend::store::{Log, Rooms, Store};
    use chat::entry::Text;
    use chat::record::Room;
    use chat::visitor::likeness::Named;
    use chat::{Capacity, ClientId, Entry, Person, RoomId, RoomTitle, Timestamp, VisitorId, What};

    /// The environment variable with the database's path, set only for the process that is killed.
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
        let entries = room.take_seat(&Named::new(Person::new(AUTHOR)), Timestamp(0)).expect("a free seat");
        let store = SqliteStore::open(path).expect("a new database");
        store.create_room(room, entries).await.expect("a new room");
        store.close().await;
    }

    /// Runs [`victim`] in a second process and kills it in the middle of its work. Returns the acknowledged entries.
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
        // The process goes on while its output is read, so killing it after a random number of lines is a random moment for it.
        let [low, high, ..] = VisitorId::generate().0;
        let moment = usize::from(u16::from_be_bytes([high, low]) % 600);
        lines.by_ref().take(moment).for_each(&mut read);
        process.kill().expect("killed");
        // The lines that it printed before it died count as well.
        lines.for_each(&mut read);
        let end = process.wait().expect("its end");
        assert!(!end.success(), "it ended by itself: {end}");
        acknowledged
    }

    fn acknowledgement(line: &str) -> Option<(u64, ClientId)> {
        let (seq, client) = line.strip_prefix("stored ")?.strip_suffix('.')?.split_once(' ')?;
        Some((seq.parse().ok()?, client.parse().ok()?))
    }

    /// The body of the process that is killed. When run as an ordinary test, it does nothing.
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
                    // One small write, so that the pipe gets the whole line or nothing.
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

    /// Checks that the log has no gaps or duplicates, and has every acknowledged entry at its number.
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
        // A sender who got no answer sends again, and gets the stored entry. New entries continue the log.
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
