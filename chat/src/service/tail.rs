//! The last entries that went out in a room, for those who come back with a cursor: after a cut, a thousand sockets need
//! the same few entries, and the store is read for the first of them only.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::hub::Framed;

/// Entries kept. Who has missed more reads the store.
const MOST_ENTRIES: usize = 1000;
/// Bytes of frames kept.
const MOST_BYTES: usize = 512 * 1024;
/// How long they are kept after somebody needed them.
const KEPT: Duration = Duration::from_secs(30);

/// Nothing, until somebody has read from the store; then that, and what goes out after it, without a hole.
#[derive(Default)]
pub struct Tail {
    entries: VecDeque<Framed>,
    bytes: usize,
    used: Option<Instant>,
}

impl Tail {
    /// What went out after `cursor`, when all of it is here.
    pub fn after(&mut self, cursor: u64) -> Option<Vec<Framed>> {
        let first = self.entries.front()?.seq;
        let skipped = usize::try_from((cursor + 1).checked_sub(first)?).ok()?;
        self.used = Some(Instant::now());
        Some(self.entries.iter().skip(skipped).cloned().collect())
    }

    /// The next entry went out.
    pub fn push(&mut self, entry: &Framed) {
        if self.used.is_none() {
            return;
        }
        self.bytes += entry.frame.len();
        self.entries.push_back(entry.clone());
        self.trim();
    }

    /// Entries in order that were read from the store; `next` is the `seq` to go out next. Only what reaches up to there,
    /// or to what is here already, is of use.
    pub fn learn<'a>(&mut self, read: impl Iterator<Item = &'a Framed>, next: u64) {
        let first = self.entries.front().map_or(next, |first| first.seq);
        let older: Vec<&Framed> = read.filter(|entry| entry.seq < first).collect();
        if older.last().is_none_or(|last| last.seq + 1 != first) {
            return;
        }
        self.used = Some(Instant::now());
        for entry in older.into_iter().rev() {
            if self.entries.len() == MOST_ENTRIES || self.bytes + entry.frame.len() > MOST_BYTES {
                break;
            }
            self.bytes += entry.frame.len();
            self.entries.push_front(entry.clone());
        }
    }

    /// Lets go of everything when nobody has needed it for a while.
    pub fn sweep(&mut self) {
        if self.used.is_some_and(|used| used.elapsed() >= KEPT) {
            *self = Self::default();
        }
    }

    fn trim(&mut self) {
        while self.entries.len() > MOST_ENTRIES || self.bytes > MOST_BYTES {
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
        Framed { seq, frame: Bytes::from_static(b"frame"), leaver: None }
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
        tail.learn(read.iter(), 6);
        tail.push(&entry(6));
        assert_eq!(seqs(tail.after(2)), Some(vec![3, 4, 5, 6]));
        assert_eq!(seqs(tail.after(4)), Some(vec![5, 6]));
        assert_eq!(seqs(tail.after(6)), Some(vec![]));
        assert_eq!(seqs(tail.after(1)), None, "2 is not here");
        tail.learn([entry(1), entry(2)].iter(), 7);
        assert_eq!(seqs(tail.after(0)), Some(vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn what_leaves_a_hole_is_of_no_use() {
        let mut tail = Tail::default();
        tail.learn([entry(1), entry(2)].iter(), 4);
        assert_eq!(seqs(tail.after(1)), None);
    }

    #[test]
    fn it_is_bounded() {
        let mut tail = Tail::default();
        tail.learn([entry(1)].iter(), 2);
        for seq in 2..=5000 {
            tail.push(&entry(seq));
        }
        assert_eq!(tail.entries.len(), MOST_ENTRIES);
        let large = Framed { frame: vec![0; MOST_BYTES - 10].into(), ..entry(5001) };
        tail.push(&large);
        assert!(tail.bytes <= MOST_BYTES && tail.entries.len() < 5, "{}", tail.entries.len());
    }
}
