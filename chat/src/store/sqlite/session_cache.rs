//! Sessions read lately. Every request asks for one, and nearly none changes: found here it costs no transaction.
//!
//! This process is the only one that writes (DATA_DIR is locked), and every write of a session goes through here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::SessionRecord;

/// Sessions kept, of some 200 bytes each. When there are more it starts anew: those in use are soon back.
const MOST: usize = 10_000;

#[derive(Default)]
pub struct SessionCache {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    records: HashMap<String, SessionRecord>,
    /// Counts the writes.
    writes: u64,
}

/// When a read began.
pub struct Reading {
    writes: u64,
}

impl SessionCache {
    /// The record, or leave to read it from the database and [`SessionCache::put`] it.
    pub fn get(&self, id: &str) -> Result<SessionRecord, Reading> {
        let known = self.lock();
        known.records.get(id).cloned().ok_or(Reading { writes: known.writes })
    }

    /// What was read; dropped when anything was written meanwhile, because it may be that.
    pub fn put(&self, id: &str, record: &SessionRecord, reading: &Reading) {
        let mut known = self.lock();
        if known.writes == reading.writes {
            if known.records.len() >= MOST {
                known.records.clear();
            }
            known.records.insert(id.to_owned(), record.clone());
        }
    }

    /// To be called after a write of this session, whether it succeeded or its outcome is unknown.
    pub fn forget(&self, id: &str) {
        let mut known = self.lock();
        known.writes += 1;
        known.records.remove(id);
    }

    /// From here on all is read from the database.
    pub fn forget_all(&self) {
        let mut known = self.lock();
        known.writes += 1;
        known.records.clear();
    }

    /// A std mutex: held for a look-up, never across an await.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn record(n: u8) -> SessionRecord {
        SessionRecord { data: vec![n], expires_at: Timestamp(9) }
    }

    #[test]
    fn what_was_read_is_known_until_it_is_written() {
        let cache = SessionCache::default();
        let reading = cache.get("a").expect_err("not known yet");
        cache.put("a", &record(1), &reading);
        assert_eq!(cache.get("a").ok(), Some(record(1)));
        cache.forget("a");
        assert!(cache.get("a").is_err());
    }

    #[test]
    fn what_may_be_old_is_not_kept() {
        let cache = SessionCache::default();
        let reading = cache.get("a").expect_err("not known yet");
        cache.forget("a");
        cache.put("a", &record(1), &reading);
        assert!(cache.get("a").is_err());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let cache = SessionCache::default();
        for n in 0..=MOST {
            let reading = cache.get(&n.to_string()).expect_err("not known yet");
            cache.put(&n.to_string(), &record(1), &reading);
        }
        assert_eq!(cache.lock().records.len(), 1);
    }
}
