//! How our values are kept in columns, and what SQLite's errors mean to a caller.

use std::borrow::Cow;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Error as SqlError, ErrorCode};
use serde::Serialize;
use serde::de::value::{StrDeserializer, U16Deserializer};
use serde::de::{Deserialize, DeserializeOwned, IntoDeserializer};

use crate::error::Error;
use crate::gif::GifHash;
use crate::id::{ClientId, NodeId, RoomId, VisitorId};
use crate::room::{Capacity, RoomTitle, Slow};
use crate::time::Timestamp;

/// Identifiers are their bytes.
macro_rules! bytes {
    ($($name:ident)+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(&self.0[..]))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self)
            }
        }
    )+};
}

bytes! { RoomId VisitorId NodeId ClientId GifHash }

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(integer(self.0)))
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Count::column_result(value).map(|count| Self(count.0))
    }
}

/// A number that is never negative.
#[derive(Clone, Copy)]
pub struct Count(pub u64);

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(integer(self.0)))
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let integer = value.as_i64()?;
        u64::try_from(integer).map(Self).map_err(|_| FromSqlError::OutOfRange(integer))
    }
}

/// The nodes of a seat, one after the other.
pub struct Nodes<'a>(pub Cow<'a, [NodeId]>);

impl ToSql for Nodes<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.iter().flat_map(|node| node.0).collect::<Vec<u8>>()))
    }
}

impl FromSql for Nodes<'static> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        match bytes.as_chunks() {
            (nodes, []) => Ok(Self(nodes.iter().copied().map(NodeId).collect())),
            (nodes, _) => {
                Err(FromSqlError::InvalidBlobSize { expected_size: nodes.len() * 16, blob_size: bytes.len() })
            }
        }
    }
}

/// SQLite's integers have 63 bits and a sign; all that is stored fits, and more than all is as good as the largest.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A value kept as JSON: its shape may grow without a migration.
pub struct Json<T>(pub T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| SqlError::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

// What was valid when it was stored stays readable, should the limits become narrower: no check here.

impl FromSql for RoomTitle {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text: StrDeserializer<'_, serde_json::Error> = value.as_str()?.into_deserializer();
        Self::deserialize(text).map_err(FromSqlError::other)
    }
}

impl FromSql for Capacity {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number: U16Deserializer<serde_json::Error> = u16::column_result(value)?.into_deserializer();
        Self::deserialize(number).map_err(FromSqlError::other)
    }
}

impl FromSql for Slow {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number: U16Deserializer<serde_json::Error> = u16::column_result(value)?.into_deserializer();
        Self::deserialize(number).map_err(FromSqlError::other)
    }
}

/// Whether the database may be able to do later what it could not do now.
pub fn is_passing(error: &SqlError) -> bool {
    use ErrorCode::*;
    matches!(
        error.sqlite_error_code(),
        Some(
            DiskFull
                | SystemIoFailure
                | DatabaseBusy
                | DatabaseLocked
                | OutOfMemory
                | CannotOpen
                | ReadOnly
                | PermissionDenied
                | OperationAborted
                | OperationInterrupted
                | FileLockingProtocolFailed
        )
    )
}

/// What a caller is told of an error; the rest goes into the log. (It names codes, statements and columns, no values:
/// every value is bound.) Who runs what has failed says so when that may pass: once, and not for each caller.
impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        if is_passing(&error) {
            tracing::debug!(%error, "the database cannot do it now");
            Error::Unavailable
        } else {
            tracing::error!(%error, "the database failed");
            Error::Internal
        }
    }
}
