//! The tables, how they came to be, and how a connection to them is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::values::is_passing;
use super::{OpenError, rooms};

/// The steps from an empty database to today's, each applied once and never changed after its release.
/// `PRAGMA user_version` counts those applied.
pub const STEPS: &[&str] = &[FIRST, NODES, PEOPLE, CROWD, GONE, PASSES];

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

/// Rooms that are gone for everybody, whose entries are still being removed.
const GONE: &str = "
    CREATE TABLE gone (room BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// Who comes back into a locked room without its password.
const PASSES: &str = "
    ALTER TABLE rooms ADD COLUMN password_rev INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE passes (
        room         BLOB    NOT NULL,
        visitor      BLOB    NOT NULL,
        password_rev INTEGER NOT NULL,
        until        INTEGER NOT NULL,
        PRIMARY KEY (room, visitor)
    ) WITHOUT ROWID;
    CREATE INDEX passes_by_end ON passes (until);
";

/// Waiting for another process (a backup, a shell): within our own, nobody waits for anybody.
pub const BUSY: Duration = Duration::from_secs(2);

/// More statements than there are.
const STATEMENTS: usize = 64;

/// The connection that writes, to a database of today's schema.
pub fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)?;
    let mut db = connect(path)?;
    if db.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
        // Before the first table, or never: so that what is removed gives its space back. (An old file: [`compact`].)
        db.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    }
    // What is removed is overwritten.
    db.pragma_update(None, "secure_delete", true)?;
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

/// A connection that only reads, for when nothing can be written: not even the 32 KiB beside the database by which
/// connections agree. It does without, and so has to be the only one.
pub fn open_alone(path: &Path) -> Result<Connection, OpenError> {
    let db = connect(path)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "query_only", true)?;
    let known = STEPS.len() as i64;
    match version(&db)? {
        found if found > known => Err(OpenError::Newer { found, known }),
        found if found < known => Err(OpenError::Older { found, known }),
        _ => Ok(db),
    }
}

/// How many bytes the database had and has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    pub before: u64,
    pub after: u64,
}

/// Writes the whole database anew, without what was removed from it, and as new ones are: such that from then on what is
/// removed gives its space back. Nobody else may have it open. Needs space for a copy, and for another one where
/// temporary files are.
pub fn compact(path: &Path) -> Result<Compacted, OpenError> {
    let before = bytes(path)?;
    let db = open(path)?;
    // A whole database in memory would be too much.
    db.pragma_update(None, "temp_store", "FILE")?;
    db.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    db.execute_batch("VACUUM")?;
    truncate(&db)?;
    db.close().map_err(|(_, error)| error)?;
    Ok(Compacted { before, after: bytes(path)? })
}

/// With what waits beside it to be copied into it.
fn bytes(path: &Path) -> std::io::Result<u64> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Ok(std::fs::metadata(path)?.len() + std::fs::metadata(log).map_or(0, |log| log.len()))
}

/// Copies the log into the database and empties it. False when a reader is in the way.
pub fn truncate(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}

/// Copies as much of the log into the database as can be copied while others read and write.
pub fn copy_log(path: &Path) -> rusqlite::Result<()> {
    connect(path)?.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// What `auto_vacuum` is in a new database.
pub const INCREMENTAL: i64 = 2;

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

/// How many of [`STEPS`] were applied.
fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    let found = version(db)?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    // Nothing is written when nothing has to be: a full disk keeps nobody from reading.
    let Some(steps) = STEPS.get(found as usize..).filter(|steps| !steps.is_empty()) else { return Ok(()) };
    let mut apply = || {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for step in steps {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()
    };
    apply().map_err(|error| match is_passing(&error) && found > 0 {
        true => OpenError::Older { found, known },
        false => error.into(),
    })
}

/// A new file is for its owner only: it will hold sessions. SQLite makes its other files in the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}
