//! The tables, their migrations, and how connections to the database are opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::values::is_transient;
use super::{OpenError, rooms};

/// The migrations from an empty database to the current schema. Each is applied once, and never changes after its release.
/// `PRAGMA user_version` counts the ones that were applied.
pub const STEPS: &[&str] = &[FIRST, NODES, PEOPLE, CROWD, GONE, PASSES, PARTING, VEIL, COPIES, SHELVES, SIGHT, ORDERED];

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

/// Adds the nodes that watch seats, and GIFs whose bytes are being removed.
const NODES: &str = "
    ALTER TABLE seats ADD COLUMN nodes BLOB NOT NULL DEFAULT x'';       -- 16 bytes each, one after the other
    ALTER TABLE seats ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;

    ALTER TABLE gifs ADD COLUMN condemned INTEGER NOT NULL DEFAULT 0;   -- 1: for its remover alone until held_until

    CREATE TABLE nodes (
        id   BLOB    PRIMARY KEY,
        beat INTEGER NOT NULL
    ) WITHOUT ROWID;
";

/// Adds whispers, changes of messages, and people who are away or thrown out.
const PEOPLE: &str = "
    ALTER TABLE entries ADD COLUMN target BLOB;     -- of a whisper: for whom it is
    ALTER TABLE entries ADD COLUMN about INTEGER;   -- of a change: the seq of the message it changes
    CREATE INDEX entries_by_about ON entries (room, about) WHERE about IS NOT NULL;

    ALTER TABLE seats ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN bars TEXT;         -- JSON; NULL when nobody was thrown out
";

/// Adds how names look, and slow mode.
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

/// Adds the list of gone rooms whose contents are still being removed.
const GONE: &str = "
    CREATE TABLE gone (room BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// Adds passes, with which people come back into a locked room without its password.
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

/// Adds how visitors left their seats (`Seat::parting`, `Seat::cut`), the tags of their addresses, and the visitors who
/// lost their seats while they were away (`Room::outside`).
const PARTING: &str = "
    ALTER TABLE seats ADD COLUMN parting INTEGER NOT NULL DEFAULT 0;    -- 0: never live, 1: cut off, 2: goodbye
    UPDATE seats SET parting = 1 WHERE nodes <> x'';
    ALTER TABLE seats ADD COLUMN cut BLOB NOT NULL DEFAULT x'';         -- pages of 16 bytes each, one after the other
    ALTER TABLE seats ADD COLUMN address INTEGER;                       -- a tag of 16 bits: see AddressTag

    ALTER TABLE rooms ADD COLUMN outside TEXT;                          -- JSON; NULL when there is nobody
";

/// Adds rooms in which GIFs are hidden until a reader asks for them.
const VEIL: &str = "
    ALTER TABLE rooms ADD COLUMN veil INTEGER NOT NULL DEFAULT 0;
";

/// Adds what is known of GIFs.
const COPIES: &str = "
    ALTER TABLE gifs ADD COLUMN facts TEXT;     -- JSON; NULL when nothing is known
";

/// Adds the shelves of visitors.
const SHELVES: &str = "
    CREATE TABLE shelves (
        visitor BLOB    PRIMARY KEY,
        seen_at INTEGER NOT NULL       -- when the visitor was here last, to the day
    ) WITHOUT ROWID;
    CREATE INDEX shelves_by_time ON shelves (seen_at);

    CREATE TABLE items (
        visitor   BLOB    NOT NULL,
        gif       BLOB    NOT NULL,
        room      BLOB,                -- with seq: the entry that it came from; NULL when it was loaded from a file
        seq       INTEGER,
        whispered INTEGER NOT NULL,
        address   INTEGER,             -- a tag of 16 bits: see AddressTag
        kept      INTEGER NOT NULL,
        used_at   INTEGER NOT NULL,
        bytes     INTEGER NOT NULL,    -- as they are counted: see chat::shelf::weight
        -- (One that is not kept is there only as long as its entry.)
        body      TEXT    NOT NULL,    -- JSON
        PRIMARY KEY (visitor, gif)
    ) WITHOUT ROWID;
    CREATE INDEX kept_by_gif ON items (gif, bytes) WHERE kept;
    CREATE INDEX kept_by_visitor ON items (visitor, bytes) WHERE kept;
    CREATE INDEX kept_by_address ON items (address, bytes) WHERE kept AND address IS NOT NULL;
    CREATE INDEX items_by_entry ON items (room, seq) WHERE room IS NOT NULL;
    CREATE INDEX sent_by_use ON items (visitor, used_at) WHERE NOT kept;

    -- To find the rooms where a visitor sits.
    CREATE INDEX rooms_of_visitor ON seats (visitor, room);

    -- Whatever keeps a GIF from being removed.
    CREATE VIEW gif_uses (gif) AS
        SELECT gif FROM entries WHERE gif IS NOT NULL UNION ALL SELECT gif FROM items WHERE kept;
";

/// Finds a GIF that a visitor may see without reading the whispers of others that show it.
const SIGHT: &str = "
    DROP INDEX entries_by_gif;
    CREATE INDEX entries_by_gif ON entries (gif, room, target) WHERE gif IS NOT NULL;
    CREATE INDEX whispers_by_gif ON entries (gif, room, author) WHERE gif IS NOT NULL AND target IS NOT NULL;
";

/// Puts the ids of sends into the order in which people send (see `ClientId`). Messages of many people that are stored together then
/// go to one page of this index, and not to a page for each of their authors.
const ORDERED: &str = "
    DROP INDEX entries_by_client;
    CREATE UNIQUE INDEX entries_by_client ON entries (room, client, author);
";

/// How long to wait for a lock of another process, such as a backup. Connections of this process wait for each other only
/// when the log is emptied.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// More statements than any one connection uses.
const STATEMENT_CACHE_SIZE: usize = 64;

/// Opens the connection that writes, after migrating the database to the current schema.
pub fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)?;
    let mut db = connect(path)?;
    if db.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
        // This lets the file shrink, and can only be set before the first table. (`compact` sets it for old files.)
        db.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    }
    // Removed data is overwritten with zeros.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A commit returns only when it is on the disk.
    db.pragma_update(None, "synchronous", "FULL")?;
    // In KiB (negative by SQLite's convention), large enough for the inner pages of the indexes. It is not larger because SQLite
    // walks the whole table of cached pages after each commit that has split a page of an index.
    db.pragma_update(None, "cache_size", -4 * 1024)?;
    // In bytes. A checkpoint shrinks a larger log to this size.
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // In pages (16 MiB). The larger the log, the less often a page that changes often is copied into the database.
    db.pragma_update(None, "wal_autocheckpoint", 4096)?;
    migrate(&mut db)?;
    rooms::store_missing_looks(&mut db)?;
    Ok(db)
}

/// Opens a connection that only reads.
pub fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

/// Opens a connection that only reads, for a disk with no space even for the 32 KiB of shared memory beside the database.
/// It works without shared memory, and therefore has to be the only connection.
pub fn open_exclusive(path: &Path) -> Result<Connection, OpenError> {
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

/// The bytes of the database before and after [`compact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    pub before: u64,
    pub after: u64,
}

/// Rewrites the whole database without its free space. From then on the file shrinks by itself, like a new one. No other
/// process may have the database open. This needs space for a copy beside it, and for another one in the directory of
/// temporary files.
pub fn compact(path: &Path) -> Result<Compacted, OpenError> {
    let before = bytes(path)?;
    let db = open(path)?;
    // The temporary copy would be too large for memory.
    db.pragma_update(None, "temp_store", "FILE")?;
    db.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    db.execute_batch("VACUUM")?;
    truncate(&db)?;
    db.close().map_err(|(_, error)| error)?;
    Ok(Compacted { before, after: bytes(path)? })
}

/// The size of the database together with its write-ahead log.
fn bytes(path: &Path) -> std::io::Result<u64> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Ok(std::fs::metadata(path)?.len() + std::fs::metadata(log).map_or(0, |log| log.len()))
}

/// Copies the write-ahead log into the database and empties it. False when a reader prevents that.
pub fn truncate(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}

/// Copies as much of the write-ahead log into the database as is possible while other connections read and write.
pub fn copy_log(path: &Path) -> rusqlite::Result<()> {
    connect(path)?.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// The value of `auto_vacuum` in a new database: `INCREMENTAL`.
pub const INCREMENTAL: i64 = 2;

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENT_CACHE_SIZE);
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // One query plan for all values. Otherwise SQLite prepares some statements again for each value, which costs more
    // than running them.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// The number of [`STEPS`] that were applied.
fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    let found = version(db)?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    // A database that is up to date is not written, so that it can be read while the disk is full.
    let Some(steps) = STEPS.get(found as usize..).filter(|steps| !steps.is_empty()) else { return Ok(()) };
    let mut apply = || {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for step in steps {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()
    };
    apply().map_err(|error| match is_transient(&error) && found > 0 {
        true => OpenError::Older { found, known },
        false => error.into(),
    })
}

/// Creates the file so that only its owner can read it, because it will hold sessions. SQLite gives its other files the same
/// mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}
