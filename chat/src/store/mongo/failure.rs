//! What MongoDB's errors mean to this driver and to its callers.

use mongodb::error::{
    Error as MongoError, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR,
    UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure,
};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub failure: Failure,
    /// The server itself, or the way to it, is the cause: other operations will fare no better.
    pub is_away: bool,
}

/// E11000 and its older names.
const DUPLICATE_KEY: [i32; 3] = [11000, 11001, 12582];

/// The server is not the primary (any more), is starting or shutting down, has lost others it needs, or takes no login.
const NOT_NOW: [i32; 18] =
    [6, 7, 18, 89, 91, 133, 134, 189, 317, 384, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 56846];

/// The server works, but not for this: it took too long or was interrupted, others were in the way, too few replicas have
/// confirmed it, there is no room for it or no right to it. All of it passes, or somebody sees to it; gifchat's own
/// requests are the same before and after. (MongoDB's error_codes.yml names them; 16500 is Cosmos DB's.)
const NOT_THIS_TIME: [i32; 64] = [
    13, 24, 43, 46, 50, 63, 64, 75, 79, 96, 100, 107, 109, 112, 117, 136, 143, 145, 146, 148, 149, 150, 175, 202, 208,
    215, 216, 221, 237, 239, 246, 249, 250, 262, 264, 272, 276, 278, 279, 285, 290, 314, 343, 355, 365, 371, 391, 402,
    406, 407, 412, 433, 449, 450, 453, 462, 11601, 12586, 12587, 13388, 14031, 16500, 46841, 91331,
];

/// How servers and the driver mark what may go better the next time.
const LABELS: [&str; 5] = [
    RETRYABLE_WRITE_ERROR,
    TRANSIENT_TRANSACTION_ERROR,
    UNKNOWN_TRANSACTION_COMMIT_RESULT,
    "RetryableError",
    "SystemOverloadedError",
];

pub fn judge(error: &MongoError) -> Judged {
    let judged = judge_kind(&error.kind);
    if judged.failure == Failure::Broken && LABELS.iter().any(|label| error.contains_label(label)) {
        return Judged { failure: Failure::Unavailable, is_away: false };
    }
    judged
}

fn judge_kind(kind: &ErrorKind) -> Judged {
    match kind {
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HERE: Judged = Judged { failure: Failure::Unavailable, is_away: false };
    const AWAY: Judged = Judged { failure: Failure::Unavailable, is_away: true };
    const BROKEN: Judged = Judged { failure: Failure::Broken, is_away: false };

    /// As `error_codes.yml` of MongoDB names them.
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
    #[case::duplicate_key(11000, Judged { failure: Failure::Taken { before: 3 }, is_away: false })]
    #[case::bad_value(2, BROKEN)]
    #[case::failed_to_parse(9, BROKEN)]
    #[case::document_validation_failure(121, BROKEN)]
    #[case::bson_object_too_large(10334, BROKEN)]
    fn a_code_means_broken_only_when_it_will_not_pass(#[case] code: i32, #[case] judged: Judged) {
        assert_eq!(judge_code(code, 3), judged);
        // What is said to a caller, and so the status of an answer.
        let error = match judged.failure {
            Failure::Unavailable => Error::Unavailable,
            Failure::Taken { .. } | Failure::Broken => Error::Internal,
        };
        assert_eq!(Error::from(judge_code(code, 3).failure), error);
    }

    #[test]
    fn no_code_is_in_two_lists() {
        let mut codes: Vec<_> = DUPLICATE_KEY.into_iter().chain(NOT_NOW).chain(NOT_THIS_TIME).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    }
}
