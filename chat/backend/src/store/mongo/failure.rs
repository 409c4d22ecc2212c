//! What MongoDB's errors mean to this driver and to its callers.

use mongodb::error::{
    Error as MongoError, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR,
    UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure,
};

use chat::error::Error;

/// Why an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A unique index has this key already. Of several documents, the first `inserted` ones are stored.
    DuplicateKey { inserted: usize },
    /// It does not work now. It is unknown whether the operation took effect.
    Unavailable,
    /// It will not work the next time either. The cause has been logged.
    Broken,
}

/// The error that a caller gets for a failure that is not handled here.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable => Error::Unavailable,
            Failure::DuplicateKey { .. } | Failure::Broken => Error::Internal,
        }
    }
}

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified {
    pub failure: Failure,
    /// Whether the server or the connection is the cause, so that other operations would fail too.
    pub is_away: bool,
}

/// E11000 and its older codes.
const DUPLICATE_KEY_CODES: [i32; 3] = [11000, 11001, 12582];

/// The server is not the primary (any more), is starting or shutting down, has lost servers it needs, or accepts no login.
const AWAY_CODES: [i32; 18] =
    [6, 7, 18, 89, 91, 133, 134, 189, 317, 384, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 56846];

/// The server works, but this operation failed: it took too long or was interrupted, others were in the way, too few replicas
/// confirmed it, or disk space or a permission is missing. All of this passes or an operator mends it, and then the same request
/// works. (MongoDB's error_codes.yml names the codes; 16500 is Cosmos DB's.)
const PASSING_CODES: [i32; 64] = [
    13, 24, 43, 46, 50, 63, 64, 75, 79, 96, 100, 107, 109, 112, 117, 136, 143, 145, 146, 148, 149, 150, 175, 202, 208,
    215, 216, 221, 237, 239, 246, 249, 250, 262, 264, 272, 276, 278, 279, 285, 290, 314, 343, 355, 365, 371, 391, 402,
    406, 407, 412, 433, 449, 450, 453, 462, 11601, 12586, 12587, 13388, 14031, 16500, 46841, 91331,
];

/// The labels by which servers and the driver mark errors that a retry may mend.
const LABELS: [&str; 5] = [
    RETRYABLE_WRITE_ERROR,
    TRANSIENT_TRANSACTION_ERROR,
    UNKNOWN_TRANSACTION_COMMIT_RESULT,
    "RetryableError",
    "SystemOverloadedError",
];

pub fn classify(error: &MongoError) -> Classified {
    let classified = classify_kind(&error.kind);
    if classified.failure == Failure::Broken && LABELS.iter().any(|label| error.contains_label(label)) {
        return Classified { failure: Failure::Unavailable, is_away: false };
    }
    classified
}

fn classify_kind(kind: &ErrorKind) -> Classified {
    match kind {
        ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::Authentication { .. } => Classified { failure: Failure::Unavailable, is_away: true },
        ErrorKind::Shutdown => Classified { failure: Failure::Unavailable, is_away: false },
        ErrorKind::InsertMany(failed) => match failed.write_errors.as_deref() {
            // An ordered insert stops at its first error.
            Some([first, ..]) if failed.write_concern_error.is_none() => classify_code(first.code, first.index),
            _ => Classified { failure: Failure::Unavailable, is_away: false },
        },
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => {
            Classified { failure: Failure::Unavailable, is_away: false }
        }
        ErrorKind::Write(WriteFailure::WriteError(error)) => classify_code(error.code, 0),
        ErrorKind::Command(error) => classify_code(error.code, 0),
        _ => Classified { failure: Failure::Broken, is_away: false },
    }
}

fn classify_code(code: i32, inserted: usize) -> Classified {
    let (failure, is_away) = match code {
        code if DUPLICATE_KEY_CODES.contains(&code) => (Failure::DuplicateKey { inserted }, false),
        code if AWAY_CODES.contains(&code) => (Failure::Unavailable, true),
        code if PASSING_CODES.contains(&code) => (Failure::Unavailable, false),
        _ => (Failure::Broken, false),
    };
    Classified { failure, is_away }
}

/// An error in words for the log. The server's own words are left out, because they quote the documents that it refuses.
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HERE: Classified = Classified { failure: Failure::Unavailable, is_away: false };
    const AWAY: Classified = Classified { failure: Failure::Unavailable, is_away: true };
    const BROKEN: Classified = Classified { failure: Failure::Broken, is_away: false };

    /// The cases are named as in `error_codes.yml` of MongoDB.
    #[rstest]
    #[case::unauthorized(13, HERE)]
    #[case::lock_timeout(24, HERE)]
    #[case::cursor_not_found(43, HERE)]
    #[case::max_time_ms_expired(50, HERE)]
    #[case::write_concern_timeout(64, HERE)]
    #[case::unsatisfiable_write_concern(100, HERE)]
    #[case::write_conflict(112, HERE)]
    #[case::conflicting_operation_in_progress(117, HERE)]
    #[case::read_concern_majority_not_enabled(148, HERE)]
    #[case::query_plan_killed(175, HERE)]
    #[case::cursor_killed(237, HERE)]
    #[case::snapshot_unavailable(246, HERE)]
    #[case::exceeded_time_limit(262, HERE)]
    #[case::index_build_aborted(276, HERE)]
    #[case::index_build_already_in_progress(285, HERE)]
    #[case::temporarily_unavailable(365, HERE)]
    #[case::user_writes_blocked(371, HERE)]
    #[case::ingress_request_rate_limit_exceeded(462, HERE)]
    #[case::interrupted(11601, HERE)]
    #[case::background_operation_in_progress(12587, HERE)]
    #[case::stale_config(13388, HERE)]
    #[case::out_of_disk_space(14031, HERE)]
    #[case::too_many_requests(16500, HERE)]
    #[case::host_unreachable(6, AWAY)]
    #[case::authentication_failed(18, AWAY)]
    #[case::shutdown_in_progress(91, AWAY)]
    #[case::read_concern_majority_not_available_yet(134, AWAY)]
    #[case::primary_stepped_down(189, AWAY)]
    #[case::not_writable_primary(10107, AWAY)]
    #[case::interrupted_at_shutdown(11600, AWAY)]
    #[case::interrupted_due_to_repl_state_change(11602, AWAY)]
    #[case::duplicate_key(11000, Classified { failure: Failure::DuplicateKey { inserted: 3 }, is_away: false })]
    #[case::bad_value(2, BROKEN)]
    #[case::failed_to_parse(9, BROKEN)]
    #[case::document_validation_failure(121, BROKEN)]
    #[case::bson_object_too_large(10334, BROKEN)]
    fn a_code_means_broken_only_when_it_will_not_pass(#[case] code: i32, #[case] classified: Classified) {
        assert_eq!(classify_code(code, 3), classified);
        // The error for the caller decides about the status of an HTTP response.
        let error = match classified.failure {
            Failure::Unavailable => Error::Unavailable,
            Failure::DuplicateKey { .. } | Failure::Broken => Error::Internal,
        };
        assert_eq!(Error::from(classify_code(code, 3).failure), error);
    }

    #[test]
    fn no_code_is_in_two_lists() {
        let mut codes: Vec<_> = DUPLICATE_KEY_CODES.into_iter().chain(AWAY_CODES).chain(PASSING_CODES).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    }
}
