//! How many of one thing may go on at once: for one visitor, for one address, and in all.
//!
//! What goes on costs memory, a descriptor or both for as long as the other end likes, within its deadlines. So it is
//! counted, and what is in all is bounded by the count.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat::{Act, Address, Error, VisitorId};
use tokio::time::{Instant, sleep};

/// Seconds after which it is worth trying again: about what a slow one takes.
const RETRY_AFTER: u32 = 5;

/// How the log names these limits.
pub const AT_ONCE: &str = "requests at once";

/// While somebody waits for a place, how often they look.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// At most so many.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// What a refusal names.
    pub of: Act,
    pub visitor: u32,
    /// Several times a visitor's, as a school is one address.
    pub address: u32,
    /// The upper half is for addresses that have fewer than one visitor may have: so a few addresses cannot take all.
    pub all: u32,
}

/// See the module.
pub struct Places {
    most: Most,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: u32,
    visitors: HashMap<VisitorId, u32>,
    addresses: HashMap<Address, u32>,
}

/// Free again when it is dropped.
pub struct Place {
    places: Arc<Places>,
    visitor: VisitorId,
    address: Option<Address>,
}

impl Places {
    pub fn new(most: Most) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// What a refusal names.
    pub fn of(&self) -> Act {
        self.most.of
    }

    /// A place for one more. Fails with [`Error::TooMany`] when there is none. No address: addresses are not counted.
    pub fn take(self: &Arc<Self>, visitor: VisitorId, address: Option<Address>) -> Result<Place, Error> {
        let (most, mut taken) = (self.most, self.lock());
        let of_visitor = taken.visitors.get(&visitor).copied().unwrap_or(0);
        let of_address = address.and_then(|address| taken.addresses.get(&address)).copied().unwrap_or(0);
        let is_free = of_visitor < most.visitor
            && of_address < most.address
            && (taken.all < most.all / 2 || (of_address < most.visitor && taken.all < most.all));
        if !is_free {
            return Err(Error::TooMany { of: most.of, retry_after: RETRY_AFTER });
        }
        taken.all += 1;
        taken.visitors.insert(visitor, of_visitor + 1);
        if let Some(address) = address {
            taken.addresses.insert(address, of_address + 1);
        }
        Ok(Place { places: Arc::clone(self), visitor, address })
    }

    /// The same; one who comes when there is none waits as long as `patience`. (They look again and again: a list of those
    /// who wait would need bounds of its own.)
    pub async fn wait(
        self: &Arc<Self>,
        visitor: VisitorId,
        address: Option<Address>,
        patience: Duration,
    ) -> Result<Place, Error> {
        let until = Instant::now() + patience;
        loop {
            match self.take(visitor, address) {
                Err(_) if Instant::now() < until => sleep(LOOK_EVERY).await,
                taken => return taken,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        one_less(&mut taken.visitors, self.visitor);
        if let Some(address) = self.address {
            one_less(&mut taken.addresses, address);
        }
    }
}

/// Who has none is not kept in mind.
fn one_less<K: Hash + Eq>(counts: &mut HashMap<K, u32>, key: K) {
    let left = counts.get(&key).map_or(0, |count| count.saturating_sub(1));
    if left == 0 {
        counts.remove(&key);
    } else {
        counts.insert(key, left);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const FULL: Error = Error::TooMany { of: Act::Upload, retry_after: RETRY_AFTER };

    fn places() -> Arc<Places> {
        Places::new(Most { of: Act::Upload, visitor: 2, address: 20, all: 40 })
    }

    fn visitor(n: u8) -> VisitorId {
        VisitorId([n; 16])
    }

    fn address(n: u8) -> Option<Address> {
        Some(IpAddr::from([192, 0, 2, n]).into())
    }

    #[test]
    fn a_visitor_and_an_address_have_so_many() {
        let places = places();
        let mut held = Vec::new();
        for n in 0..10 {
            held.extend([1, 2].map(|_| places.take(visitor(n), address(1)).expect("a place")));
            assert_eq!(places.take(visitor(n), address(n + 2)).map(drop), Err(FULL), "wherever they are");
        }
        assert_eq!(places.take(visitor(99), address(1)).map(drop), Err(FULL), "the address has its twenty");
        held.pop();
        assert!(places.take(visitor(99), address(1)).is_ok());
    }

    #[test]
    fn the_upper_half_is_for_those_who_have_few() {
        let places = places();
        let mut held: Vec<_> = (0..20).map(|n| places.take(visitor(n), address(1)).expect("a place")).collect();
        for n in 2..12 {
            held.extend((0..2).map(|m| places.take(visitor(20 + n * 2 + m), address(n)).expect("a few for everybody")));
            assert_eq!(places.take(visitor(90), address(n)).map(drop), Err(FULL));
        }
        assert_eq!(places.take(visitor(90), address(50)).map(drop), Err(FULL), "forty in all");
        assert_eq!(places.take(visitor(90), None).map(drop), Err(FULL));
        held.pop();
        assert!(places.take(visitor(90), None).is_ok(), "where addresses are not counted");
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let places = places();
        drop((0..20).map(|n| places.take(visitor(n), address(n)).expect("a place")).collect::<Vec<_>>());
        let taken = places.lock();
        assert_eq!((taken.all, taken.visitors.len(), taken.addresses.len()), (0, 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_may_wait_for_another_to_end() {
        let places = places();
        let mut held: Vec<_> = (0..2).map(|_| places.take(visitor(1), address(1)).expect("a place")).collect();
        let patience = Duration::from_secs(3);
        let began = Instant::now();
        assert_eq!(places.wait(visitor(1), address(1), patience).await.map(drop), Err(FULL));
        assert!(began.elapsed() >= patience);
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.wait(visitor(1), address(1), patience).await.map(drop) }
        });
        sleep(Duration::from_secs(1)).await;
        held.pop();
        assert_eq!(waiting.await.expect("no panic"), Ok(()));
    }
}
