//! A client's network address, as limits count it.

use std::fmt;
use std::net::IpAddr;

use chat::record::AddressTag;
use sha2::{Digest, Sha256};

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

impl Address {
    /// A short hash of this address, which seats store instead of the address.
    pub fn tag(&self, key: &AddressKey) -> AddressTag {
        let mut hash = Sha256::new();
        hash.update(key.0);
        match self.0 {
            IpAddr::V4(address) => hash.update(address.octets()),
            IpAddr::V6(address) => hash.update(address.octets()),
        }
        let hash = hash.finalize();
        AddressTag(u16::from_be_bytes([hash[0], hash[1]]))
    }
}

/// The secret that the tags of addresses are made with. All nodes have the same.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct AddressKey([u8; 32]);

impl AddressKey {
    /// Derives the key from a secret of the deployment.
    pub fn of(secret: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(b"gifchat addresses").chain_update(secret).finalize();
        Self(hash.into())
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKey(…)")
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

    #[test]
    fn tags_tell_addresses_apart_and_need_the_key() {
        let address = |text: &str| Address::from(text.parse::<IpAddr>().expect("an address"));
        let (key, other) = (AddressKey::of(b"0123456789abcdef"), AddressKey::of(b"fedcba9876543210"));
        let one = address("192.0.2.1");
        assert_eq!(one.tag(&key), address("::ffff:192.0.2.1").tag(&key));
        assert_ne!(one.tag(&key), address("192.0.2.2").tag(&key));
        assert_eq!(address("2001:db8:1:2::1").tag(&key), address("2001:db8:1:2:ffff::9").tag(&key));
        assert_ne!(address("2001:db8:1:2::1").tag(&key), address("2001:db8:1:3::1").tag(&key));
        assert_ne!(one.tag(&key), one.tag(&other));
        assert!(!format!("{key:?}").contains("48"), "no byte of it is printed");
    }
}
