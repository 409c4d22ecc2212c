//! Whose address a request comes from: the peer's, unless a proxy we trust says whom it speaks for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;
use chat::Address;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// An address, or all that begin like it (CIDR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be IP addresses or CIDR ranges with commas between, not {text:?}");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix > bits { Err(wrong()) } else { Ok(Self { first, prefix }) }
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |first: u128, other: u128, bits: u32| {
            let rest = bits - u32::from(self.prefix);
            first.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
        };
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(other)) => same(v4(first), v4(other), 32),
            (IpAddr::V6(first), IpAddr::V6(other)) => same(v6(first), v6(other), 128),
            _ => false,
        }
    }
}

fn v4(address: Ipv4Addr) -> u128 {
    u32::from(address).into()
}

fn v6(address: Ipv6Addr) -> u128 {
    address.into()
}

/// Who comes from where.
pub struct Clients {
    trusted: Vec<Network>,
    warned: Once,
    /// A proxy on this machine that nobody has named has spoken.
    has_unnamed: AtomicBool,
}

impl Clients {
    pub fn new(trusted: Vec<Network>) -> Self {
        Self { trusted, warned: Once::new(), has_unnamed: AtomicBool::new(false) }
    }

    /// The address that limits count a request for. `None` when it comes through a proxy on this machine and nobody has said
    /// that it is one: all people would share its address, and each would be refused for all the others.
    pub fn address(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Address> {
        let is_trusted = self.trusted.iter().any(|network| network.contains(peer.to_canonical()));
        if headers.contains_key(FORWARDED_FOR) && !is_trusted {
            self.warn(peer);
        }
        if self.is_unnamed_proxy(peer, headers) {
            self.has_unnamed.store(true, Ordering::Relaxed);
            return None;
        }
        Some(of_client(peer, headers, &self.trusted).into())
    }

    /// Whether a proxy we trust speaks from here, for any number of people.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(peer.to_canonical()))
    }

    /// The address that connections from here are counted for. `None` where any number of people may stand behind it.
    pub fn of_connection(&self, peer: IpAddr) -> Option<Address> {
        let peer = peer.to_canonical();
        let is_unnamed = peer.is_loopback() && self.has_unnamed.load(Ordering::Relaxed);
        (!self.is_proxy(peer) && !is_unnamed).then(|| peer.into())
    }

    /// Whether a proxy on this machine speaks for others without being named in TRUSTED_PROXIES.
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

/// Where the request began: `peer`, or what trusted proxies say stands behind them. Whoever stands before the first
/// trusted proxy can write what they like into the header, so it is read from its end.
fn of_client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
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
        let address = address.parse().expect("an address");
        assert_eq!(Network::parse(network).map(|network| network.contains(address)), Ok(inside));
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
        let trusted = trusted.iter().map(|text| Network::parse(text).expect("a network")).collect();
        let address = Clients::new(trusted).address(peer.parse().expect("an address"), &headers);
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
        let trusted: Vec<_> = trusted.iter().map(|text| Network::parse(text).expect("a network")).collect();
        let client = of_client(peer.parse().expect("an address"), &headers, &trusted);
        assert_eq!(client.to_string(), expected);
    }
}
