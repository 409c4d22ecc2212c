//! The writer's work between transactions: it removes the leftovers of gone rooms, gives free space back to the file system,
//! and erases removed data from the write-ahead log.

use rusqlite::{Connection, TransactionBehavior};

use super::values::Failure;
use super::{leftovers, schema};

/// Pages given back in one step. SQLite may have to move as many pages for that.
const VACUUM_STEP: u32 = 64;

/// Free pages (1 MiB) that stay in the file, because the next writes need them.
const RESERVED_FREE_PAGES: i64 = 256;

/// How long emptying the write-ahead log waits for readers that still use it. All writes wait as long.
const TRUNCATE_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(50);

/// The work that is pending.
#[derive(Default)]
pub struct Chores {
    leftovers: bool,
    free_pages: bool,
}

impl Chores {
    pub fn are_pending(&self) -> bool {
        self.leftovers || self.free_pages
    }

    /// Drops the pending work, which the database cannot do now. [`Chores::check_leftovers`] and [`Chores::tidy`] find it again.
    pub fn postpone(&mut self) {
        *self = Self::default();
    }

    /// Looks for leftovers. The writer calls it after each commit, which may have removed rooms.
    pub fn check_leftovers(&mut self, db: &Connection) {
        self.leftovers = leftovers::next(db).is_ok_and(|room| room.is_some());
    }

    /// Does one small step of the pending work. Gives space back only while the writer is idle. True when data was removed or
    /// moved, so that the write-ahead log has to be emptied again.
    pub fn step(&mut self, db: &mut Connection, is_idle: bool) -> Result<bool, Failure> {
        if self.leftovers {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let room = leftovers::next(&transaction)?;
            if let Some(room) = room {
                leftovers::remove_more(&transaction, room)?;
            }
            transaction.commit()?;
            self.leftovers = room.is_some();
            return Ok(self.leftovers);
        }
        if self.free_pages && is_idle {
            // The pragma returns no rows, but it works only as long as rows are read from it.
            let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_STEP})"))?;
            let mut rows = vacuum.raw_query();
            while rows.next()?.is_some() {}
            drop(rows);
            drop(vacuum);
            self.free_pages = has_free_pages(db)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Empties the write-ahead log, which still contains the data removed from the database. False when a reader prevents
    /// it.
    pub fn tidy(&mut self, db: &Connection) -> Result<bool, Failure> {
        self.free_pages = has_free_pages(db)?;
        db.busy_timeout(TRUNCATE_TIMEOUT)?;
        let emptied = schema::truncate(db);
        db.busy_timeout(schema::BUSY_TIMEOUT)?;
        Ok(emptied?)
    }
}

/// Whether the database has more free pages than it reserves, and can give them back.
fn has_free_pages(db: &Connection) -> rusqlite::Result<bool> {
    let count = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    Ok(count("auto_vacuum")? == schema::INCREMENTAL && count("freelist_count")? > RESERVED_FREE_PAGES)
}
