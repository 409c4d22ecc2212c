//! Receiving from a channel that many feeds read, each at its own pace.

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use chat::event::Close;

/// Why a socket is closed that can no longer receive.
pub(super) fn close_of(error: RecvError) -> Close {
    match error {
        RecvError::Lagged(_) => Close::TooSlow,
        RecvError::Closed => Close::GoingAway,
    }
}

/// The next value, if it is there already.
pub(super) fn no_wait<T: Clone>(receiver: &mut broadcast::Receiver<T>) -> Option<Result<T, Close>> {
    match receiver.try_recv() {
        Ok(value) => Some(Ok(value)),
        Err(TryRecvError::Empty) => None,
        Err(TryRecvError::Lagged(_)) => Some(Err(Close::TooSlow)),
        Err(TryRecvError::Closed) => Some(Err(Close::GoingAway)),
    }
}
