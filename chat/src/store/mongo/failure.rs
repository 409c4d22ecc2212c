//! What MongoDB's errors mean to this driver and to its callers.

use mongodb::error::{Error as MongoError, ErrorKind, WriteFailure};

use crate::error::Error;

/// Why an operation did not give what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A unique index has this key already. Of several documents that were to be inserted in their order, so many are.
    Taken { before: usize },
    /// Not now. Whether it has happened is not known.
    Unavailable,
    /// It will not work the next time either; the log has the cause.
    Broken,
}

/// What a caller is told of a failure that nobody expected.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable => Error::Unavailable,
            Failure::Taken { .. } | Failure::Broken => Error::Internal,
        }
    }
}

/// An error, judged.
pub struct Judged {
    pub failure: Failure,
    /// The server itself, or the way to it, is the cause: other operations will fare no better.
    pub is_away: bool,
}

/// E11000 and its older names.
const DUPLICATE_KEY: [i32; 3] = [11000, 11001, 12582];

/// The server is not the primary (any more), is starting or shutting down, or has lost others it needs.
const NOT_NOW: [i32; 16] = [6, 7, 18, 89, 91, 133, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436];

/// The server works, but this took too long, or too few of its replicas have confirmed it.
const NOT_THIS_TIME: [i32; 5] = [50, 64, 79, 100, 112];

pub fn judge(error: &MongoError) -> Judged {
    match error.kind.as_ref() {
        ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::Authentication { .. } => Judged { failure: Failure::Unavailable, is_away: true },
        ErrorKind::Shutdown => Judged { failure: Failure::Unavailable, is_away: false },
        ErrorKind::InsertMany(failed) => match failed.write_errors.as_deref() {
            // An ordered insert stops at its first error.
            Some([first, ..]) if failed.write_concern_error.is_none() => judge_code(first.code, first.index),
            _ => Judged { failure: Failure::Unavailable, is_away: false },
        },
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => {
            Judged { failure: Failure::Unavailable, is_away: false }
        }
        ErrorKind::Write(WriteFailure::WriteError(error)) => judge_code(error.code, 0),
        ErrorKind::Command(error) => judge_code(error.code, 0),
        _ => Judged { failure: Failure::Broken, is_away: false },
    }
}

fn judge_code(code: i32, before: usize) -> Judged {
    let (failure, is_away) = match code {
        code if DUPLICATE_KEY.contains(&code) => (Failure::Taken { before }, false),
        code if NOT_NOW.contains(&code) => (Failure::Unavailable, true),
        code if NOT_THIS_TIME.contains(&code) => (Failure::Unavailable, false),
        _ => (Failure::Broken, false),
    };
    Judged { failure, is_away }
}

/// An error in words for the log. Servers repeat the documents they refuse, so their words are left out.
pub fn describe(error: &MongoError) -> String {
    match error.kind.as_ref() {
        ErrorKind::Io(error) => format!("the connection failed: {error}"),
        ErrorKind::ServerSelection { .. } => "no server that takes writes can be reached".to_owned(),
        ErrorKind::ConnectionPoolCleared { .. } => "another connection failed".to_owned(),
        ErrorKind::DnsResolve { .. } => "its name cannot be resolved".to_owned(),
        ErrorKind::Authentication { .. } => "it refuses the name and password".to_owned(),
        ErrorKind::Command(error) => format!("it answered {} ({})", error.code_name, error.code),
        ErrorKind::Write(WriteFailure::WriteError(error)) => format!("it refused a write ({})", error.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            format!("a write was not confirmed: {} ({})", error.code_name, error.code)
        }
        ErrorKind::InsertMany(failed) => match (failed.write_errors.as_deref(), &failed.write_concern_error) {
            (_, Some(error)) => format!("a write was not confirmed: {} ({})", error.code_name, error.code),
            (Some([first, ..]), None) => format!("it refused a write ({})", first.code),
            _ => "it refused a write".to_owned(),
        },
        ErrorKind::Bson(error) => match &error.key {
            Some(key) => format!("a document has a field {key} that cannot be read"),
            None => "a document cannot be read".to_owned(),
        },
        ErrorKind::Shutdown => "the client was closed".to_owned(),
        ErrorKind::InvalidTlsConfig { message, .. } => message.clone(),
        _ => "the driver failed".to_owned(),
    }
}
