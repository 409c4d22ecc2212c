//! Where somebody comes from, as limits count it.

use std::net::IpAddr;

/// One address as limits see it: an IPv4 address whole; of an IPv6 address the first 64 bits, since that is the least a
/// network gives one subscriber (RFC 6177), who can take any of the rest.
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
    #[case::two_houses("192.0.2.1", "192.0.2.2", false)]
    #[case::one_written_as_the_other("192.0.2.1", "::ffff:192.0.2.1", true)]
    fn who_shares_an_address(#[case] one: &str, #[case] other: &str, #[case] shared: bool) {
        let [one, other] = [one, other].map(|text| Address::from(text.parse::<IpAddr>().expect("an address")));
        assert_eq!(one == other, shared);
    }
}
