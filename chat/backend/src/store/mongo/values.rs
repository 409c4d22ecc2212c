//! Conversions between gifchat's values and BSON.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use chat::entry::Entry;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{ClientId, NodeId, RoomId, VisitorId};
use chat::time::Timestamp;

/// `N` bytes, which are stored as binary.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bytes<const N: usize>(pub [u8; N]);

pub type Id = Bytes<16>;
pub type Sha = Bytes<32>;

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = deserializer.deserialize_bytes(BytesVisitor)?;
        bytes.try_into().map(Self).map_err(|_| de::Error::custom("not so many bytes"))
    }
}

struct BytesVisitor;

impl de::Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

/// The author of an entry. A system line has none, which is stored as zero bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Author(pub Option<VisitorId>);

impl Author {
    pub const SYSTEM: Self = Self(None);

    pub fn of(entry: &Entry) -> Self {
        Self(entry.is_said().then_some(entry.person.id))
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |id| &id.0)
    }
}

impl Serialize for Author {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.bytes())
    }
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = deserializer.deserialize_bytes(BytesVisitor)?;
        Ok(Self(bytes.try_into().ok().map(VisitorId)))
    }
}

// --- values in filters and updates

/// A value in the form that filters and updates need.
pub trait AsBson {
    fn bson(&self) -> Bson;
}

macro_rules! bytes {
    ($($name:ident)+) => {$(
        impl AsBson for $name {
            fn bson(&self) -> Bson {
                binary(&self.0)
            }
        }
    )+};
}

bytes! { RoomId VisitorId NodeId ClientId GifHash }

impl AsBson for Author {
    fn bson(&self) -> Bson {
        binary(self.bytes())
    }
}

impl AsBson for Timestamp {
    fn bson(&self) -> Bson {
        int(self.0)
    }
}

/// The ids or hashes among the values that a server returned. When `distinct` uses an index, it also returns `undefined` for an
/// empty array and null for a missing one, and a query that contains `undefined` is refused.
pub fn bytes_among<const N: usize>(values: Vec<Bson>) -> Vec<[u8; N]> {
    let bytes = |value| match value {
        Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes }) => bytes.try_into().ok(),
        _ => None,
    };
    values.into_iter().filter_map(bytes).collect()
}

pub fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

/// BSON's integers are signed. All stored numbers fit. A larger number occurs only as a limit, where the largest one will do.
pub fn int(number: u64) -> Bson {
    Bson::Int64(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Logs that a value cannot be converted to BSON.
pub fn unwritable(error: mongodb::bson::error::Error) -> Error {
    tracing::error!(field = error.key, "a value cannot be stored");
    Error::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_kept_of_what_a_server_answers() {
        let other = Binary { subtype: BinarySubtype::Uuid, bytes: vec![3; 16] };
        let answered = vec![
            Bson::Undefined,
            binary(&[1; 16]),
            Bson::Null,
            binary(&[2; 15]),
            binary(&[2; 32]),
            Bson::Array(vec![binary(&[2; 16])]),
            Bson::Binary(other),
            binary(&[4; 16]),
            Bson::String("0123456789abcdef".to_owned()),
        ];
        assert_eq!(bytes_among::<16>(answered), [[1; 16], [4; 16]]);
    }
}
