//! How many sockets are open, in all and for one visitor or address, so that nobody takes them all and a stop can wait
//! for the last.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chat::VisitorId;
use tokio::sync::watch;

/// Tabs and devices of one visitor.
const PER_VISITOR: u32 = 20;
/// People behind one address. Proxies that are not in TRUSTED_PROXIES look like one, so that those on this machine do not
/// count.
const PER_ADDRESS: u32 = 1000;

/// All open sockets.
#[derive(Default)]
pub struct Sockets {
    counts: Mutex<Counts>,
    all: watch::Sender<usize>,
}

#[derive(Default)]
struct Counts {
    visitors: HashMap<VisitorId, u32>,
    addresses: HashMap<IpAddr, u32>,
}

/// One open socket. Counts until it is dropped.
pub struct Place {
    sockets: Arc<Sockets>,
    visitor: VisitorId,
    address: IpAddr,
}

impl Sockets {
    /// A place for one more socket, or `None` when this visitor or address has enough.
    pub fn take(self: &Arc<Self>, visitor: VisitorId, address: IpAddr) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let has_enough = counts.visitors.get(&visitor).is_some_and(|count| *count >= PER_VISITOR)
            || (!address.is_loopback() && counts.addresses.get(&address).is_some_and(|count| *count >= PER_ADDRESS));
        if has_enough {
            return None;
        }
        *counts.visitors.entry(visitor).or_default() += 1;
        *counts.addresses.entry(address).or_default() += 1;
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
        give_back(&mut counts.addresses, self.address);
        self.sockets.all.send_modify(|all| *all = all.saturating_sub(1));
    }
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, u32>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u32) -> VisitorId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        VisitorId(id)
    }

    #[test]
    fn a_visitor_has_so_many_and_gets_them_back() {
        let (sockets, home) = (Arc::new(Sockets::default()), IpAddr::from([127, 0, 0, 1]));
        let mut places: Vec<_> = (0..PER_VISITOR).map(|_| sockets.take(person(1), home).expect("a place")).collect();
        assert!(sockets.take(person(1), home).is_none());
        assert!(sockets.take(person(2), home).is_some());
        places.pop();
        assert!(sockets.take(person(1), home).is_some());
    }

    #[test]
    fn an_address_has_so_many_unless_it_is_this_machine() {
        let sockets = Arc::new(Sockets::default());
        for (address, expected) in [([192, 0, 2, 1], false), ([127, 0, 0, 1], true)] {
            let take = |n| sockets.take(person(n), address.into());
            let _places: Vec<_> = (0..PER_ADDRESS).map(|n| take(n).expect("a place")).collect();
            assert_eq!(take(PER_ADDRESS).is_some(), expected);
        }
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_last() {
        let sockets = Arc::new(Sockets::default());
        sockets.all_closed().await;
        let place = sockets.take(person(1), IpAddr::from([127, 0, 0, 1]));
        let waiting = tokio::spawn({
            let sockets = sockets.clone();
            async move { sockets.all_closed().await }
        });
        drop(place);
        waiting.await.expect("all closed");
    }
}
