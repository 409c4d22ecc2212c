//! A cache of the last entries that went out in a room, for sockets that come back with a cursor. After a network failure a
//! thousand sockets need the same few entries, and the store is read only for the first of them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::bus::Framed;

/// The most entries kept. Sockets that have missed more read the store.
const MAX_ENTRIES: usize = 1000;
/// The most bytes of frames kept.
const MAX_BYTES: usize = 512 * 1024;
/// The most pages kept for sockets that have missed more. There are several because these sockets read at different paces.
const MAX_PAGES: usize = 4;
/// The most bytes of frames in these pages.
const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;
/// How long everything is kept after it was last needed.
const CACHED_FOR: Duration = Duration::from_secs(30);

/// Empty until somebody has read from the store. After that it holds what was read and what has gone out since, without a gap.
#[derive(Default)]
pub struct Tail {
    entries: VecDeque<Framed>,
    bytes: usize,
    /// Pages read for sockets that have missed more than `entries` holds.
    pages: VecDeque<Vec<Framed>>,
    used: Option<Instant>,
}

impl Tail {
    /// All entries after `cursor`, if all of them are here.
    pub fn after(&mut self, cursor: u64) -> Option<Vec<Framed>> {
        let first = self.entries.front()?.seq;
        let skipped = usize::try_from((cursor + 1).checked_sub(first)?).ok()?;
        self.used = Some(Instant::now());
        Some(self.entries.iter().skip(skipped).cloned().collect())
    }

    /// Some entries after `cursor`. There may be more.
    pub fn page_after(&mut self, cursor: u64) -> Option<Vec<Framed>> {
        let holds = |page: &&Vec<Framed>| {
            page.first().is_some_and(|first| first.seq <= cursor + 1)
                && page.last().is_some_and(|last| last.seq > cursor)
        };
        let page = self.pages.iter().rev().find(holds)?;
        self.used = Some(Instant::now());
        Some(page.iter().filter(|entry| entry.seq > cursor).cloned().collect())
    }

    /// Caches consecutive entries that were read from anywhere in the log.
    pub fn cache_page(&mut self, page: &[Framed]) {
        self.used = Some(Instant::now());
        self.pages.push_back(page.to_vec());
        let bytes = |page: &Vec<Framed>| page.iter().map(|entry| entry.frame.len()).sum::<usize>();
        while self.pages.len() > MAX_PAGES || self.pages.iter().map(bytes).sum::<usize>() > MAX_PAGE_BYTES {
            self.pages.pop_front();
        }
    }

    /// Adds the entry that went out just now.
    pub fn push(&mut self, entry: &Framed) {
        if entry.empties {
            *self = Self::default();
        }
        if self.used.is_none() {
            return;
        }
        self.bytes += entry.frame.len();
        self.entries.push_back(entry.clone());
        self.trim();
    }

    /// Adds older entries that were read from the store, in order. `next` is the `seq` that goes out next. They are of use only
    /// if they reach up to it, or up to the first entry here.
    pub fn prepend<'a>(&mut self, read: impl Iterator<Item = &'a Framed>, next: u64) {
        let first = self.entries.front().map_or(next, |first| first.seq);
        let older: Vec<&Framed> = read.filter(|entry| entry.seq < first).collect();
        if older.last().is_none_or(|last| last.seq + 1 != first) {
            return;
        }
        self.used = Some(Instant::now());
        for entry in older.into_iter().rev() {
            if self.entries.len() == MAX_ENTRIES || self.bytes + entry.frame.len() > MAX_BYTES {
                break;
            }
            self.bytes += entry.frame.len();
            self.entries.push_front(entry.clone());
        }
    }

    /// Drops everything when nobody has needed it for a while.
    pub fn sweep(&mut self) {
        if self.used.is_some_and(|used| used.elapsed() >= CACHED_FOR) {
            *self = Self::default();
        }
    }

    fn trim(&mut self) {
        while self.entries.len() > MAX_ENTRIES || self.bytes > MAX_BYTES {
            let Some(first) = self.entries.pop_front() else { return };
            self.bytes -= first.frame.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn entry(seq: u64) -> Framed {
        Framed { seq, frame: Bytes::from_static(b"frame"), leaver: None, audience: None, empties: false, is_new: false }
    }

    fn seqs(found: Option<Vec<Framed>>) -> Option<Vec<u64>> {
        found.map(|entries| entries.iter().map(|entry| entry.seq).collect())
    }

    #[test]
    fn it_keeps_what_was_read_and_what_follows() {
        let mut tail = Tail::default();
        tail.push(&entry(4));
        assert_eq!(seqs(tail.after(3)), None, "nobody has come back yet");
        let read = [entry(3), entry(4), entry(5)];
        tail.prepend(read.iter(), 6);
        tail.push(&entry(6));
        assert_eq!(seqs(tail.after(2)), Some(vec![3, 4, 5, 6]));
        assert_eq!(seqs(tail.after(4)), Some(vec![5, 6]));
        assert_eq!(seqs(tail.after(6)), Some(vec![]));
        assert_eq!(seqs(tail.after(1)), None, "2 is not here");
        tail.prepend([entry(1), entry(2)].iter(), 7);
        assert_eq!(seqs(tail.after(0)), Some(vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn what_leaves_a_hole_is_of_no_use() {
        let mut tail = Tail::default();
        tail.prepend([entry(1), entry(2)].iter(), 4);
        assert_eq!(seqs(tail.after(1)), None);
    }

    #[test]
    fn what_was_emptied_is_not_kept() {
        let mut tail = Tail::default();
        tail.prepend([entry(1), entry(2)].iter(), 3);
        tail.push(&Framed { empties: true, ..entry(3) });
        assert_eq!(seqs(tail.after(0)), None);
    }

    #[test]
    fn a_page_is_for_all_with_a_cursor_in_it() {
        let mut tail = Tail::default();
        tail.cache_page(&[entry(3), entry(4), entry(5)]);
        assert_eq!(seqs(tail.page_after(2)), Some(vec![3, 4, 5]));
        assert_eq!(seqs(tail.page_after(4)), Some(vec![5]));
        assert_eq!(seqs(tail.page_after(1)), None, "2 is not here");
        assert_eq!(seqs(tail.page_after(5)), None, "6 is not here");
        for seq in 10..20 {
            tail.cache_page(&[entry(seq)]);
        }
        assert_eq!((tail.pages.len(), seqs(tail.page_after(2))), (MAX_PAGES, None));
    }

    #[test]
    fn it_is_bounded() {
        let mut tail = Tail::default();
        tail.prepend([entry(1)].iter(), 2);
        for seq in 2..=5000 {
            tail.push(&entry(seq));
        }
        assert_eq!(tail.entries.len(), MAX_ENTRIES);
        let large = Framed { frame: vec![0; MAX_BYTES - 10].into(), ..entry(5001) };
        tail.push(&large);
        assert!(tail.bytes <= MAX_BYTES && tail.entries.len() < 5, "{}", tail.entries.len());
    }
}
