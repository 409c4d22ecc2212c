//! What the writer does between other work: it removes what is left of rooms that are gone, gives space back, and sees to it
//! that what was removed is in no file any more.

use rusqlite::{Connection, TransactionBehavior};

use super::{leftovers, schema};
use crate::error::Error;

/// Pages given back at a time: up to as many are moved.
const VACUUM_STEP: u32 = 64;

/// Free pages that are kept (1 MiB): what comes next needs them.
const KEPT_FREE: i64 = 256;

/// How long the log may wait for readers to be done with it, and everybody who writes with it.
const EMPTYING: std::time::Duration = std::time::Duration::from_millis(50);

/// What waits to be done.
#[derive(Default)]
pub struct Chores {
    leftovers: bool,
    free_pages: bool,
}

impl Chores {
    pub fn wait(&self) -> bool {
        self.leftovers || self.free_pages
    }

    /// Nothing more until [`Chores::look`] finds something: the database cannot do it now.
    pub fn put_off(&mut self) {
        *self = Self::default();
    }

    /// To be called after each commit: rooms may have gone.
    pub fn look(&mut self, db: &Connection) {
        self.leftovers = leftovers::next(db).is_ok_and(|room| room.is_some());
    }

    /// Does a little of what waits. Space is given back only when nobody else has anything to be done. True when something
    /// was removed.
    pub fn step(&mut self, db: &mut Connection, is_idle: bool) -> Result<bool, Error> {
        if self.leftovers {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let room = leftovers::next(&transaction)?;
            if let Some(room) = room {
                leftovers::go_on(&transaction, room)?;
            }
            transaction.commit()?;
            self.leftovers = room.is_some();
            return Ok(self.leftovers);
        }
        if self.free_pages && is_idle {
            // (Goes on for as long as it is asked for rows, of which it has none.)
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

    /// Empties the log: it still holds what was removed from the database. False when readers keep it from that.
    pub fn tidy(&mut self, db: &Connection) -> Result<bool, Error> {
        self.free_pages = has_free_pages(db)?;
        db.busy_timeout(EMPTYING)?;
        let emptied = schema::truncate(db);
        db.busy_timeout(schema::BUSY)?;
        Ok(emptied?)
    }
}

/// More than are kept, in a database that can give them back.
fn has_free_pages(db: &Connection) -> rusqlite::Result<bool> {
    let count = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    Ok(count("auto_vacuum")? == schema::INCREMENTAL && count("freelist_count")? > KEPT_FREE)
}
