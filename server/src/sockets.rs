//! Counts the open sockets, overall and by visitor and address, so that nobody can take all of them and a shutdown
//! can wait for the last.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use backend::Address;
use chat::VisitorId;
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The most sockets of one visitor, in several tabs and on several devices.
const PER_VISITOR: usize = 20;

/// The name of these limits in the log.
pub const LOG_NAME: &str = "sockets at once";

/// All open sockets.
pub struct Sockets {
    /// The most sockets of one address. The limit on connections does not cover clients behind a proxy, so this one
    /// is needed as well.
    per_address: usize,
    counts: Mutex<Counts>,
    all: TaskTracker,
}

#[derive(Default)]
struct Counts {
    visitors: HashMap<VisitorId, usize>,
    addresses: HashMap<Address, usize>,
}

/// Permission for one open socket. It is returned when this is dropped.
pub struct SocketPermit {
    sockets: Arc<Sockets>,
    visitor: VisitorId,
    address: Option<Address>,
    _open: TaskTrackerToken,
}

impl Sockets {
    pub fn new(per_address: usize) -> Self {
        Self { per_address, counts: Mutex::default(), all: TaskTracker::new() }
    }

    /// Permits one more socket. `None` when the visitor or the address has reached its limit. Without an address, only
    /// the visitor is counted.
    pub fn take(self: &Arc<Self>, visitor: VisitorId, address: Option<Address>) -> Option<SocketPermit> {
        let mut counts = self.counts.lock();
        let of_address = address.and_then(|address| counts.addresses.get(&address).copied()).unwrap_or_default();
        if counts.visitors.get(&visitor).is_some_and(|count| *count >= PER_VISITOR) || of_address >= self.per_address {
            return None;
        }
        *counts.visitors.entry(visitor).or_default() += 1;
        if let Some(address) = address {
            *counts.addresses.entry(address).or_default() += 1;
        }
        Some(SocketPermit { sockets: self.clone(), visitor, address, _open: self.all.token() })
    }

    /// Waits until no socket is open.
    pub async fn all_closed(&self) {
        self.all.close();
        self.all.wait().await;
    }
}

impl SocketPermit {
    /// Whose socket it is.
    pub fn visitor(&self) -> VisitorId {
        self.visitor
    }
}

impl Drop for SocketPermit {
    fn drop(&mut self) {
        let mut counts = self.sockets.counts.lock();
        give_back(&mut counts.visitors, self.visitor);
        if let Some(address) = self.address {
            give_back(&mut counts.addresses, address);
        }
    }
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn person(n: u32) -> VisitorId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        VisitorId(id)
    }

    fn address(text: &str) -> Option<Address> {
        Some(text.parse::<IpAddr>().expect("an address").into())
    }

    #[test]
    fn a_visitor_has_so_many_and_gets_them_back() {
        let (sockets, home) = (Arc::new(Sockets::new(1000)), address("127.0.0.1"));
        let mut permits: Vec<_> = (0..PER_VISITOR).map(|_| sockets.take(person(1), home).expect("a permit")).collect();
        assert!(sockets.take(person(1), home).is_none());
        assert!(sockets.take(person(2), home).is_some());
        permits.pop();
        assert!(sockets.take(person(1), home).is_some());
    }

    #[test]
    fn an_address_has_so_many_and_this_machine_no_more() {
        for home in ["192.0.2.1", "127.0.0.1"] {
            let sockets = Arc::new(Sockets::new(3));
            let permits: Vec<_> = (0..3).map(|n| sockets.take(person(n), address(home)).expect("a permit")).collect();
            assert!(sockets.take(person(3), address(home)).is_none());
            assert!(sockets.take(person(3), address("192.0.2.9")).is_some());
            drop(permits);
            assert!(sockets.take(person(3), address(home)).is_some());
        }
    }

    #[test]
    fn one_network_is_one_address() {
        let sockets = Arc::new(Sockets::new(3));
        let from = |n: u32| address(&format!("2001:db8:1:2:{n:x}::1"));
        let _permits: Vec<_> = (0..3).map(|n| sockets.take(person(n), from(n)).expect("a permit")).collect();
        assert!(sockets.take(person(3), from(3)).is_none());
        assert!(sockets.take(person(3), address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn who_has_no_address_is_not_counted_by_it() {
        let sockets = Arc::new(Sockets::new(3));
        let permits: Vec<_> = (0..30).filter_map(|n| sockets.take(person(n), None)).collect();
        assert_eq!(permits.len(), 30);
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_last() {
        let sockets = Arc::new(Sockets::new(1000));
        sockets.all_closed().await;
        let permit = sockets.take(person(1), address("127.0.0.1"));
        let waiting = tokio::spawn({
            let sockets = sockets.clone();
            async move { sockets.all_closed().await }
        });
        drop(permit);
        waiting.await.expect("all closed");
    }
}
