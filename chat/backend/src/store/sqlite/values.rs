//! How values are stored in columns, and what SQLite's errors mean to a caller.

use std::borrow::Cow;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Error as SqlError, ErrorCode, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use chat::error::Error;
use chat::id::{NodeId, PageId};
use chat::record::{AddressTag, Parting};
use chat::time::Timestamp;

/// A number that is never negative, stored in SQLite's signed integers.
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

/// The time in this column.
pub fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(|Count(millis)| Timestamp(millis))
}

/// The time in this column, or `None` for NULL.
pub fn time_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<Count>>(column)?.map(|Count(millis)| Timestamp(millis)))
}

/// The nodes that watch a seat, as 16 bytes each, one after the other.
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

/// Pages that were cut off, as 16 bytes each, one after the other.
pub struct Pages<'a>(pub Cow<'a, [PageId]>);

impl ToSql for Pages<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.iter().flat_map(|page| page.0).collect::<Vec<u8>>()))
    }
}

impl FromSql for Pages<'static> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        // (Trailing bytes that are no whole id are ignored.)
        let (pages, _) = value.as_blob()?.as_chunks();
        Ok(Self(pages.iter().copied().map(PageId).collect()))
    }
}

/// [`Parting`] as a number.
pub struct PartingNumber(pub Parting);

impl ToSql for PartingNumber {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self.0 {
            Parting::NeverLive => 0,
            Parting::Cut => 1,
            Parting::Goodbye => 2,
        }))
    }
}

impl FromSql for PartingNumber {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self(Parting::NeverLive)),
            1 => Ok(Self(Parting::Cut)),
            2 => Ok(Self(Parting::Goodbye)),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

/// The address tag in this column, or `None` for NULL.
pub fn address(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<AddressTag>> {
    Ok(row.get::<_, Option<u16>>(column)?.map(AddressTag))
}

/// SQLite's integers have 63 bits and a sign. Every stored number fits; larger ones become the largest.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A value stored as JSON, so that fields can be added without a migration.
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

/// A validated value as it was stored. It is read without validation, so that it stays readable if the limits become narrower.
pub struct Stored<T>(pub T);

impl<T: DeserializeOwned> FromSql for Stored<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let value = match value {
            ValueRef::Integer(number) => serde_json::Value::from(number),
            text => serde_json::Value::from(text.as_str()?),
        };
        serde_json::from_value(value).map(Self).map_err(FromSqlError::other)
    }
}

/// Whether the same work may succeed later.
pub fn is_transient(error: &SqlError) -> bool {
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

/// Why work failed: the database failed, or the work was refused.
#[derive(Debug)]
pub enum Failure {
    Sql(SqlError),
    Refused(Error),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// The error for the caller. The details go into the log, which shows codes, statements and columns but no values, because
/// every value is a bound parameter. Transient errors are only debug messages here: `Readers` and `WriteConnection` warn of them.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Sql(error) if is_transient(&error) => {
                tracing::debug!(%error, "the database cannot do it now");
                Error::Unavailable
            }
            Failure::Sql(error) => {
                tracing::error!(%error, "the database failed");
                Error::Internal
            }
        }
    }
}
