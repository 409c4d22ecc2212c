//! A client's network address, as limits count it.

use std::net::IpAddr;

/// An IPv4 address counts as a whole. Of an IPv6 address only the first 64 bits count, because a network gives each subscriber
/// at least that many addresses (RFC 6177), and a subscriber can use any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(IpAddr::V6(network.into()))
            }
            address => Self(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one_network("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    #[case::two_networks("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    #[case::two_ipv4_addresses("192.0.2.1", "192.0.2.2", false)]
    #[case::an_ipv4_address_written_as_ipv6("192.0.2.1", "::ffff:192.0.2.1", true)]
    fn who_shares_an_address(#[case] one: &str, #[case] other: &str, #[case] shared: bool) {
        let [one, other] = [one, other].map(|text| Address::from(text.parse::<IpAddr>().expect("an address")));
        assert_eq!(one == other, shared);
    }
}
