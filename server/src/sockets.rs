//! How many sockets are open, in all and for one visitor or address, so that nobody takes them all and a stop can wait
//! for the last.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use chat::{Address, VisitorId};
use tokio::sync::watch;

/// Tabs and devices of one visitor.
const PER_VISITOR: usize = 20;

/// All open sockets.
pub struct Sockets {
    /// Of one address. Who comes through a proxy has no connection of their own that would be counted.
    per_address: usize,
    counts: Mutex<Counts>,
    all: watch::Sender<usize>,
}

#[derive(Default)]
struct Counts {
    visitors: HashMap<VisitorId, usize>,
    addresses: HashMap<Address, usize>,
}

/// One open socket. Counts until it is dropped.
pub struct Place {
    sockets: Arc<Sockets>,
    visitor: VisitorId,
    address: Option<Address>,
}

impl Sockets {
    pub fn new(per_address: usize) -> Self {
        Self { per_address, counts: Mutex::default(), all: watch::Sender::default() }
    }

    /// A place for one more socket, or `None` when this visitor or address has enough. An address that is not known has
    /// never enough.
    pub fn take(self: &Arc<Self>, visitor: VisitorId, address: Option<Address>) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = address.and_then(|address| counts.addresses.get(&address).copied()).unwrap_or_default();
        if counts.visitors.get(&visitor).is_some_and(|count| *count >= PER_VISITOR) || of_address >= self.per_address {
            return None;
        }
        *counts.visitors.entry(visitor).or_default() += 1;
        if let Some(address) = address {
            *counts.addresses.entry(address).or_default() += 1;
        }
        self.all.send_modify(|all| *all += 1);
        Some(Place { sockets: self.clone(), visitor, address })
    }

    /// Waits until none is open.
    pub async fn all_closed(&self) {
        // The sender is ours: it cannot be gone.
        let _ = self.all.subscribe().wait_for(|all| *all == 0).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sockets.counts.lock().unwrap_or_else(PoisonError::into_inner);
        give_back(&mut counts.visitors, self.visitor);
        if let Some(address) = self.address {
            give_back(&mut counts.addresses, address);
        }
        self.sockets.all.send_modify(|all| *all = all.saturating_sub(1));
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
        let mut places: Vec<_> = (0..PER_VISITOR).map(|_| sockets.take(person(1), home).expect("a place")).collect();
        assert!(sockets.take(person(1), home).is_none());
        assert!(sockets.take(person(2), home).is_some());
        places.pop();
        assert!(sockets.take(person(1), home).is_some());
    }

    #[test]
    fn an_address_has_so_many_and_this_machine_no_more() {
        for home in ["192.0.2.1", "127.0.0.1"] {
            let sockets = Arc::new(Sockets::new(3));
            let places: Vec<_> = (0..3).map(|n| sockets.take(person(n), address(home)).expect("a place")).collect();
            assert!(sockets.take(person(3), address(home)).is_none());
            assert!(sockets.take(person(3), address("192.0.2.9")).is_some());
            drop(places);
            assert!(sockets.take(person(3), address(home)).is_some());
        }
    }

    #[test]
    fn one_network_is_one_address() {
        let sockets = Arc::new(Sockets::new(3));
        let from = |n: u32| address(&format!("2001:db8:1:2:{n:x}::1"));
        let _places: Vec<_> = (0..3).map(|n| sockets.take(person(n), from(n)).expect("a place")).collect();
        assert!(sockets.take(person(3), from(3)).is_none());
        assert!(sockets.take(person(3), address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn who_has_no_address_is_not_counted_by_it() {
        let sockets = Arc::new(Sockets::new(3));
        let places: Vec<_> = (0..30).filter_map(|n| sockets.take(person(n), None)).collect();
        assert_eq!(places.len(), 30);
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_last() {
        let sockets = Arc::new(Sockets::new(1000));
        sockets.all_closed().await;
        let place = sockets.take(person(1), address("127.0.0.1"));
        let waiting = tokio::spawn({
            let sockets = sockets.clone();
            async move { sockets.all_closed().await }
        });
        drop(place);
        waiting.await.expect("all closed");
    }
}
