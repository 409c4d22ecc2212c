//! The address of the client behind a request: the peer's, or the one a trusted proxy names.

use std::net::IpAddr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;
use backend::Address;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Parses one address, or a range of addresses (CIDR, RFC 4632).
pub fn network(text: &str) -> Result<IpNet, String> {
    let one = |_| text.parse().map(|address: IpAddr| IpNet::from(address));
    let wrong = |_| format!("must be IP addresses or CIDR ranges with commas between, not {text:?}");
    text.parse().or_else(one).map_err(wrong)
}

/// Determines the addresses that rate limits count.
pub struct ClientAddresses {
    trusted: Vec<IpNet>,
    warned: Once,
    /// Whether a request has come from a proxy on this machine while TRUSTED_PROXIES is empty.
    has_unnamed_proxy: AtomicBool,
}

impl ClientAddresses {
    pub fn new(trusted: Vec<IpNet>) -> Self {
        Self { trusted, warned: Once::new(), has_unnamed_proxy: AtomicBool::new(false) }
    }

    /// The address that limits count a request for. `None` when the request comes through a proxy on this machine
    /// and TRUSTED_PROXIES is empty: all visitors would share the proxy's address, and each would be refused because
    /// of the others.
    pub fn address(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Address> {
        let is_trusted = self.trusted.iter().any(|network| network.contains(&peer.to_canonical()));
        if headers.contains_key(FORWARDED_FOR) && !is_trusted {
            self.warn(peer);
        }
        if self.is_unnamed_proxy(peer, headers) {
            self.has_unnamed_proxy.store(true, Ordering::Relaxed);
            return None;
        }
        Some(of_client(peer, headers, &self.trusted).into())
    }

    /// Whether this is the address of a trusted proxy, which speaks for any number of people.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&peer.to_canonical()))
    }

    /// The address that connections from this peer are counted for. `None` where any number of people may be behind
    /// it.
    pub fn of_connection(&self, peer: IpAddr) -> Option<Address> {
        let peer = peer.to_canonical();
        let is_unnamed = peer.is_loopback() && self.has_unnamed_proxy.load(Ordering::Relaxed);
        (!self.is_proxy(peer) && !is_unnamed).then(|| peer.into())
    }

    /// Whether the request comes from a proxy on this machine while TRUSTED_PROXIES is empty.
    pub fn is_unnamed_proxy(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        self.trusted.is_empty() && peer.to_canonical().is_loopback() && headers.contains_key(FORWARDED_FOR)
    }

    fn warn(&self, peer: IpAddr) {
        self.warned.call_once(|| {
            tracing::warn!(
                %peer,
                "X-Forwarded-For came from an address that is not in TRUSTED_PROXIES: it is not believed. If that is your \
                 proxy, name it there; without it limits by address cannot work"
            );
        });
    }
}

/// The client's address: `peer`, or the one that trusted proxies report. Anyone before the first trusted proxy can
/// write anything into the header, so it is read from its end.
fn of_client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    for hop in lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.0.0.0/8", "10.255.0.1", true)]
    #[case("10.0.0.0/8", "11.0.0.1", false)]
    #[case("10.0.0.1", "10.0.0.1", true)]
    #[case("10.0.0.1", "10.0.0.2", false)]
    #[case("0.0.0.0/0", "9.9.9.9", true)]
    #[case("0.0.0.0/0", "::1", false)]
    #[case("fd00::/8", "fd12::1", true)]
    #[case("::/0", "fd12::1", true)]
    fn networks(#[case] network: &str, #[case] address: &str, #[case] inside: bool) {
        let address: IpAddr = address.parse().expect("an address");
        assert_eq!(super::network(network).map(|network| network.contains(&address)), Ok(inside));
    }

    #[rstest]
    #[case::direct("192.0.2.1", None, &[], Some("192.0.2.1"))]
    #[case::this_machine("127.0.0.1", None, &[], Some("127.0.0.1"))]
    #[case::proxy_nobody_named("127.0.0.1", Some("203.0.113.9"), &[], None)]
    #[case::proxy_nobody_named_v6("::1", Some("203.0.113.9"), &[], None)]
    #[case::stranger_who_says_so("192.0.2.1", Some("203.0.113.9"), &[], Some("192.0.2.1"))]
    #[case::proxy("127.0.0.1", Some("203.0.113.9"), &["127.0.0.1"], Some("203.0.113.9"))]
    #[case::another_proxy("127.0.0.1", Some("203.0.113.9"), &["10.0.0.1"], Some("127.0.0.1"))]
    fn addresses(
        #[case] peer: &str,
        #[case] forwarded: Option<&str>,
        #[case] trusted: &[&str],
        #[case] expected: Option<&str>,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert(FORWARDED_FOR, forwarded.parse().expect("a header"));
        }
        let trusted = trusted.iter().map(|text| network(text).expect("a network")).collect();
        let address = ClientAddresses::new(trusted).address(peer.parse().expect("an address"), &headers);
        assert_eq!(address, expected.map(|text| text.parse::<IpAddr>().expect("an address").into()));
    }

    #[rstest]
    #[case::nobody_trusted("192.0.2.1", "203.0.113.9", &[], "192.0.2.1")]
    #[case::trusted("10.0.0.1", "203.0.113.9", &["10.0.0.0/8"], "203.0.113.9")]
    #[case::forged_first_hop("10.0.0.1", "1.1.1.1, 203.0.113.9", &["10.0.0.0/8"], "203.0.113.9")]
    #[case::two_proxies("10.0.0.1", "203.0.113.9, 10.0.0.2", &["10.0.0.0/8"], "203.0.113.9")]
    #[case::nonsense("10.0.0.1", "unknown", &["10.0.0.0/8"], "10.0.0.1")]
    #[case::mapped("::ffff:10.0.0.1", "203.0.113.9", &["10.0.0.0/8"], "203.0.113.9")]
    fn clients(#[case] peer: &str, #[case] forwarded: &str, #[case] trusted: &[&str], #[case] expected: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, forwarded.parse().expect("a header"));
        let trusted: Vec<_> = trusted.iter().map(|text| network(text).expect("a network")).collect();
        let client = of_client(peer.parse().expect("an address"), &headers, &trusted);
        assert_eq!(client.to_string(), expected);
    }
}
