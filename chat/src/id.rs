//! Identifiers: 16 bytes each, written as 32 lowercase hex digits in URLs, JSON and forms.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The text is not an identifier, which has exactly two lowercase hex digits for each of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read_hex(text).map(Self).ok_or(NotAnId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(HexVisitor).map(Self)
            }
        }
    };
}

id! {
    /// A room. Ids made later sort later (UUID version 7, RFC 9562 section 5.7), so "newest first" is "largest id first".
    RoomId
}
id! {
    /// A visitor's public id. It is not the id of their session, and knowing it grants nothing.
    VisitorId
}
id! {
    /// One run of a server process, from its start to its end. Several nodes may share a store.
    NodeId
}
id! {
    /// A page in a browser's tab. The browser chooses the id, which stays the same when the page is reloaded, or
    /// discarded and loaded again.
    PageId
}
id! {
    /// One send of an entry. The browser chooses the id, so that a retry never makes a second entry. Any id will do, but a
    /// store adds those fastest that sort after the ids of earlier entries ([`ClientId::after`]).
    ClientId
}

#[cfg(not(target_arch = "wasm32"))]
impl RoomId {
    /// A new id that sorts after all ids this process made before it.
    pub fn generate() -> Self {
        Self(*uuid::Uuid::now_v7().as_bytes())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl VisitorId {
    /// A new random id.
    pub fn generate() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl NodeId {
    /// A new random id.
    pub fn generate() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl PageId {
    /// A new random id, for pages that do not name themselves.
    pub fn generate() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }
}

impl ClientId {
    /// Stands in views for the ids of others' sends (see [`crate::view::drop_foreign_sends`]).
    pub const FOREIGN: Self = Self([0; 16]);

    /// A new id for what somebody sends who knows of the entries up to number `seq`. It begins with this number.
    pub fn after(seq: u64, random: [u8; 10]) -> Self {
        let mut id = [0; 16];
        id[..6].copy_from_slice(&seq.to_be_bytes()[2..]);
        id[6..].copy_from_slice(&random);
        Self(id)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl ClientId {
    /// A new id for senders without JavaScript, which sorts after all ids this process made before it.
    pub fn generate() -> Self {
        Self(*uuid::Uuid::now_v7().as_bytes())
    }

    /// The id of an entry that no person sent. It is a hash of the entry's cause, so that announcing the same thing
    /// twice makes one entry.
    pub fn from_cause(cause: &[&[u8]]) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in cause {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Self(id)
    }
}

pub(crate) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0u8; 64];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.write_str(std::str::from_utf8(&text[..bytes.len() * 2]).unwrap_or_default())
}

pub(crate) fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

/// Reads N bytes from hex digits without an allocation.
pub(crate) struct HexVisitor<const N: usize = 16>;

impl<const N: usize> de::Visitor<'_> for HexVisitor<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hex digits", N * 2)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<[u8; N], E> {
        read_hex(text).ok_or_else(|| E::custom(NotAnId))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_hex_and_read_back() {
        let id = RoomId([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "ab", &"AB".repeat(16), &"가".repeat(32), &"ab".repeat(17), &"zz".repeat(16)] {
            assert_eq!(text.parse::<RoomId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn ids_of_what_is_sent_later_sort_later() {
        let ids = [0, 1, 255, 256, 1 << 40].map(|seq| ClientId::after(seq, [seq as u8; 10]));
        assert!(ids.is_sorted() && ids[1] != ids[2], "{ids:?}");
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn one_cause_gives_one_id_and_parts_do_not_run_together() {
        assert_eq!(ClientId::from_cause(&[b"a", b"bc"]), ClientId::from_cause(&[b"a", b"bc"]));
        assert_ne!(ClientId::from_cause(&[b"a", b"bc"]), ClientId::from_cause(&[b"ab", b"c"]));
    }
}
