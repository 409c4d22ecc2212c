//! What strangers can cause is logged once a minute for each kind, so that nobody can fill the log with it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(60);

/// Kinds of lines.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    ForeignOrigin,
    ForeignHost,
}

const KINDS: usize = 2;

/// When each kind was said last, and how often it was kept back since.
#[derive(Debug, Default)]
pub struct Once {
    said: Mutex<[Option<(Instant, u64)>; KINDS]>,
}

impl Once {
    /// Whether a line of this kind is to be logged now, and how many were not since the last one.
    pub fn take(&self, kind: Kind) -> Option<u64> {
        self.take_at(kind, Instant::now())
    }

    fn take_at(&self, kind: Kind, now: Instant) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = said.get_mut(kind as usize)?;
        match slot {
            Some((at, kept_back)) if now.saturating_duration_since(*at) < EVERY => {
                *kept_back += 1;
                None
            }
            _ => Some(slot.replace((now, 0)).map_or(0, |(_, kept_back)| kept_back)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_said_once_a_minute() {
        let (once, begin) = (Once::default(), Instant::now());
        let at = |kind, seconds| once.take_at(kind, begin + Duration::from_secs(seconds));
        assert_eq!(at(Kind::ForeignHost, 0), Some(0));
        assert_eq!(at(Kind::ForeignOrigin, 1), Some(0));
        assert_eq!([at(Kind::ForeignHost, 1), at(Kind::ForeignHost, 59)], [None, None]);
        assert_eq!(at(Kind::ForeignHost, 60), Some(2));
        assert_eq!(at(Kind::ForeignHost, 61), None);
        assert_eq!(at(Kind::ForeignHost, 120), Some(1));
    }
}
