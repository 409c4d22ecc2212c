//! Limits on how many requests of one kind run at the same time: for one visitor, for one address, and overall.
//!
//! A running request holds memory, a descriptor or both for as long as the client takes, up to its deadline. The
//! limit on their number therefore bounds the memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use backend::Address;
use chat::{Act, Error, VisitorId};
use parking_lot::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

/// The value of Retry-After in seconds: about what a slow request takes.
const RETRY_AFTER: u32 = 5;

/// The name of these limits in the log.
pub const LOG_NAME: &str = "requests at once";

/// How often a waiting request looks for a free permit.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The largest numbers of permits.
#[derive(Debug, Clone, Copy)]
pub struct PermitLimits {
    /// The act that a refusal names.
    pub of: Act,
    pub visitor: u32,
    /// A multiple of a visitor's number, because many people may share an address, as in a school.
    pub address: u32,
    /// The upper half is only for addresses that hold fewer permits than one visitor may, so that a few addresses
    /// cannot take all.
    pub all: u32,
}

/// A pool of permits for one kind of request.
pub struct Permits {
    limits: PermitLimits,
    taken: Mutex<PermitCounts>,
}

#[derive(Default)]
struct PermitCounts {
    all: u32,
    visitors: HashMap<VisitorId, u32>,
    addresses: HashMap<Address, u32>,
}

/// Permission for one request. It is returned when this is dropped.
pub struct Permit {
    permits: Arc<Permits>,
    visitor: VisitorId,
    address: Option<Address>,
}

impl Permits {
    pub fn new(limits: PermitLimits) -> Arc<Self> {
        Arc::new(Self { limits, taken: Mutex::default() })
    }

    /// The act that a refusal names.
    pub fn of(&self) -> Act {
        self.limits.of
    }

    /// Takes a permit. Fails with [`Error::TooMany`] when none is free. Without an address, only the visitor and the
    /// total are counted.
    pub fn take(self: &Arc<Self>, visitor: VisitorId, address: Option<Address>) -> Result<Permit, Error> {
        let (limits, mut taken) = (self.limits, self.lock());
        let of_visitor = taken.visitors.get(&visitor).copied().unwrap_or(0);
        let of_address = address.and_then(|address| taken.addresses.get(&address)).copied().unwrap_or(0);
        let is_free = of_visitor < limits.visitor
            && of_address < limits.address
            && (taken.all < limits.all / 2 || (of_address < limits.visitor && taken.all < limits.all));
        if !is_free {
            return Err(Error::TooMany { of: limits.of, retry_after: RETRY_AFTER });
        }
        taken.all += 1;
        taken.visitors.insert(visitor, of_visitor + 1);
        if let Some(address) = address {
            taken.addresses.insert(address, of_address + 1);
        }
        Ok(Permit { permits: Arc::clone(self), visitor, address })
    }

    /// Takes a permit, and waits for up to `patience` if none is free. It polls, because a queue of waiting requests
    /// would need limits of its own.
    pub async fn wait(
        self: &Arc<Self>,
        visitor: VisitorId,
        address: Option<Address>,
        patience: Duration,
    ) -> Result<Permit, Error> {
        let until = Instant::now() + patience;
        loop {
            match self.take(visitor, address) {
                Err(_) if Instant::now() < until => sleep(POLL_INTERVAL).await,
                taken => return taken,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, PermitCounts> {
        self.taken.lock()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.permits.lock();
        taken.all = taken.all.saturating_sub(1);
        one_less(&mut taken.visitors, self.visitor);
        if let Some(address) = self.address {
            one_less(&mut taken.addresses, address);
        }
    }
}

/// Subtracts one from a count and removes counts of zero.
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

    fn permits() -> Arc<Permits> {
        Permits::new(PermitLimits { of: Act::Upload, visitor: 2, address: 20, all: 40 })
    }

    fn visitor(n: u8) -> VisitorId {
        VisitorId([n; 16])
    }

    fn address(n: u8) -> Option<Address> {
        Some(IpAddr::from([192, 0, 2, n]).into())
    }

    #[test]
    fn a_visitor_and_an_address_have_so_many() {
        let permits = permits();
        let mut held = Vec::new();
        for n in 0..10 {
            held.extend([1, 2].map(|_| permits.take(visitor(n), address(1)).expect("a permit")));
            assert_eq!(permits.take(visitor(n), address(n + 2)).map(drop), Err(FULL), "wherever they are");
        }
        assert_eq!(permits.take(visitor(99), address(1)).map(drop), Err(FULL), "the address has its twenty");
        held.pop();
        assert!(permits.take(visitor(99), address(1)).is_ok());
    }

    #[test]
    fn the_upper_half_is_for_those_who_have_few() {
        let permits = permits();
        let mut held: Vec<_> = (0..20).map(|n| permits.take(visitor(n), address(1)).expect("a permit")).collect();
        for n in 2..12 {
            held.extend(
                (0..2).map(|m| permits.take(visitor(20 + n * 2 + m), address(n)).expect("a few for everybody")),
            );
            assert_eq!(permits.take(visitor(90), address(n)).map(drop), Err(FULL));
        }
        assert_eq!(permits.take(visitor(90), address(50)).map(drop), Err(FULL), "forty in all");
        assert_eq!(permits.take(visitor(90), None).map(drop), Err(FULL));
        held.pop();
        assert!(permits.take(visitor(90), None).is_ok(), "where addresses are not counted");
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let permits = permits();
        drop((0..20).map(|n| permits.take(visitor(n), address(n)).expect("a permit")).collect::<Vec<_>>());
        let taken = permits.lock();
        assert_eq!((taken.all, taken.visitors.len(), taken.addresses.len()), (0, 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_may_wait_for_another_to_end() {
        let permits = permits();
        let mut held: Vec<_> = (0..2).map(|_| permits.take(visitor(1), address(1)).expect("a permit")).collect();
        let patience = Duration::from_secs(3);
        let began = Instant::now();
        assert_eq!(permits.wait(visitor(1), address(1), patience).await.map(drop), Err(FULL));
        assert!(began.elapsed() >= patience);
        let waiting = tokio::spawn({
            let permits = permits.clone();
            async move { permits.wait(visitor(1), address(1), patience).await.map(drop) }
        });
        sleep(Duration::from_secs(1)).await;
        held.pop();
        assert_eq!(waiting.await.expect("no panic"), Ok(()));
    }
}
