//! The cache of sessions that were read recently. Every request reads a session, and sessions rarely change.
//!
//! The cache is never stale, because this process alone writes the database (`DATA_DIR` is locked), and every write of one
//! session calls [`SessionCache::forget`]. Sweeps do not call it, so readers of the cache check the expiry.

use moka::sync::Cache;
use parking_lot::Mutex;

use crate::store::SessionRecord;

/// The number of cached sessions, of about 200 bytes each.
const CAPACITY: u64 = 10_000;

pub struct SessionCache {
    records: Cache<String, SessionRecord>,
    /// Counts the writes. The lock is held while a record is put or forgotten, and never across an await.
    writes: Mutex<u64>,
}

impl Default for SessionCache {
    fn default() -> Self {
        Self { records: Cache::new(CAPACITY), writes: Mutex::default() }
    }
}

/// The number of writes when a read began.
pub struct ReadStart {
    writes: u64,
}

impl SessionCache {
    /// The cached record. Otherwise the caller reads it from the database, and passes the error to [`SessionCache::put`].
    pub fn get(&self, id: &str) -> Result<SessionRecord, ReadStart> {
        // The counter is read first, so that a write after this keeps an older record out of the cache.
        let writes = *self.writes.lock();
        self.records.get(id).ok_or(ReadStart { writes })
    }

    /// Caches a record that was read, unless any session was written since the read began: the record may be outdated.
    pub fn put(&self, id: &str, record: &SessionRecord, read_start: &ReadStart) {
        let writes = self.writes.lock();
        if *writes == read_start.writes {
            self.records.insert(id.to_owned(), record.clone());
        }
    }

    /// Removes a session from the cache. This is called after every write of it, whether that succeeded or not.
    pub fn forget(&self, id: &str) {
        let mut writes = self.writes.lock();
        *writes += 1;
        self.records.invalidate(id);
    }

    /// Empties the cache, so that every session is read from the database again.
    pub fn forget_all(&self) {
        let mut writes = self.writes.lock();
        *writes += 1;
        self.records.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::Timestamp;

    fn record(n: u8) -> SessionRecord {
        SessionRecord { data: vec![n], expires_at: Timestamp(9) }
    }

    #[test]
    fn what_was_read_is_known_until_it_is_written() {
        let cache = SessionCache::default();
        let read_start = cache.get("a").expect_err("not known yet");
        cache.put("a", &record(1), &read_start);
        assert_eq!(cache.get("a").ok(), Some(record(1)));
        cache.forget("a");
        assert!(cache.get("a").is_err());
    }

    #[test]
    fn what_may_be_old_is_not_kept() {
        let cache = SessionCache::default();
        let read_start = cache.get("a").expect_err("not known yet");
        cache.forget("a");
        cache.put("a", &record(1), &read_start);
        assert!(cache.get("a").is_err());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let cache = SessionCache::default();
        for n in 0..2 * CAPACITY {
            let read_start = cache.get(&n.to_string()).expect_err("not known yet");
            cache.put(&n.to_string(), &record(1), &read_start);
        }
        cache.records.run_pending_tasks();
        assert!(cache.records.entry_count() <= CAPACITY);
    }
}
