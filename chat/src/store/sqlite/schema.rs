//! The tables, how they came to be, and how a connection to them is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::{OpenError, rooms};

/// The steps from an empty database to today's, each applied once and never changed after its release.
/// `PRAGMA user_version` counts those applied.
pub const STEPS: &[&str] = &[FIRST, NODES, PEOPLE, CROWD];

const FIRST: &str = "
    CREATE TABLE rooms (
        id         BLOB    PRIMARY KEY,
        title      TEXT    NOT NULL,
        capacity   INTEGER NOT NULL,
        owner      BLOB    NOT NULL,
        password   TEXT,               -- an argon2id hash
        created_at INTEGER NOT NULL,
        spoken_at  INTEGER,            -- a little late: see SET_SPOKEN
        rev        INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE seats (
        room    BLOB    NOT NULL,
        place   INTEGER NOT NULL,      -- longest seated first
        visitor BLOB    NOT NULL,
        name    TEXT    NOT NULL,      -- JSON
        since   INTEGER NOT NULL,
        PRIMARY KEY (room, place)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX seats_by_visitor ON seats (room, visitor);

    CREATE TABLE entries (
        room   BLOB    NOT NULL,
        seq    INTEGER NOT NULL,
        author BLOB    NOT NULL,       -- who sent it; x'' for a system line
        client BLOB    NOT NULL,
        at     INTEGER NOT NULL,
        gif    BLOB,
        body   TEXT    NOT NULL,       -- JSON: whom it names and what it says
        PRIMARY KEY (room, seq)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX entries_by_client ON entries (room, author, client);
    CREATE INDEX entries_by_gif ON entries (gif, room) WHERE gif IS NOT NULL;

    CREATE TABLE gifs (
        sha        BLOB PRIMARY KEY,
        held_until INTEGER             -- NULL while an entry is known to use it; else it may be unused from then on
    ) WITHOUT ROWID;
    CREATE INDEX gifs_by_hold ON gifs (held_until) WHERE held_until IS NOT NULL;

    CREATE TABLE sessions (
        id         TEXT    PRIMARY KEY,
        data       BLOB    NOT NULL,
        expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX sessions_by_expiry ON sessions (expires_at);

    -- One row, written to see whether writing works.
    CREATE TABLE pulse (id INTEGER PRIMARY KEY, beat BLOB NOT NULL);
";

/// Nodes that watch for seats, and GIFs whose bytes are being removed.
const NODES: &str = "
    ALTER TABLE seats ADD COLUMN nodes BLOB NOT NULL DEFAULT x'';       -- 16 bytes each, one after the other
    ALTER TABLE seats ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;

    ALTER TABLE gifs ADD COLUMN condemned INTEGER NOT NULL DEFAULT 0;   -- 1: for its remover alone until held_until

    CREATE TABLE nodes (
        id   BLOB    PRIMARY KEY,
        beat INTEGER NOT NULL
    ) WITHOUT ROWID;
";

/// Whispers, changes of messages, people who are away or thrown out.
const PEOPLE: &str = "
    ALTER TABLE entries ADD COLUMN target BLOB;     -- of a whisper: for whom it is
    ALTER TABLE entries ADD COLUMN about INTEGER;   -- of a change: the seq of the message it changes
    CREATE INDEX entries_by_about ON entries (room, about) WHERE about IS NOT NULL;

    ALTER TABLE seats ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN bars TEXT;         -- JSON; NULL when nobody was thrown out
";

/// How names look, and slow mode.
const CROWD: &str = "
    ALTER TABLE seats ADD COLUMN looks BLOB NOT NULL DEFAULT x'';       -- of the name: see Looks::to_bytes

    ALTER TABLE rooms ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;       -- seconds

    -- Who has said something last, and when, where slow mode is on. For five minutes.
    CREATE TABLE turns (
        room    BLOB    NOT NULL,
        visitor BLOB    NOT NULL,
        client  BLOB    NOT NULL,
        at      INTEGER NOT NULL,
        PRIMARY KEY (room, visitor)
    ) WITHOUT ROWID;
    CREATE INDEX turns_by_time ON turns (at);
";

/// Waiting for another process (a backup, a shell): within our own, nobody waits for anybody.
const BUSY: Duration = Duration::from_secs(2);

/// More statements than there are.
const STATEMENTS: usize = 64;

/// The connection that writes, to a database of today's schema.
pub fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)?;
    let mut db = connect(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on the disk when it returns.
    db.pragma_update(None, "synchronous", "FULL")?;
    // KiB. Inner pages of the indexes stay in memory.
    db.pragma_update(None, "cache_size", -16 * 1024)?;
    // Bytes. What a burst has grown, a checkpoint shrinks again.
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // Pages in the log before they are copied into the database (16 MiB): a page that changes often is copied less often.
    db.pragma_update(None, "wal_autocheckpoint", 4096)?;
    migrate(&mut db)?;
    rooms::look_at_names(&mut db)?;
    Ok(db)
}

/// A connection that only reads.
pub fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // One plan for all values: else SQLite prepares some statements again for each value, which costs more than running
    // them.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = STEPS.len() as i64;
    let done = match usize::try_from(found) {
        Ok(done) if found <= known => done,
        _ => return Err(OpenError::Newer { found, known }),
    };
    for step in &STEPS[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// A new file is for its owner only: it will hold sessions. SQLite makes its other files in the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}
