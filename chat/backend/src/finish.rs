//! Work that runs to its end even when nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Runs the work where it is awaited. If the future is dropped half-way, because a browser hangs up, the rest runs in a task of
/// its own: whatever the store has accepted must still be published. Spawning every time would wake a second thread for each
/// message.
pub struct Finish<F: Future<Output: Send> + Send + 'static> {
    work: Option<Pin<Box<F>>>,
}

impl<F: Future<Output: Send> + Send + 'static> Finish<F> {
    pub fn new(work: F) -> Self {
        Self { work: Some(Box::pin(work)) }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Finish<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Finish<F> {
    fn drop(&mut self) {
        // There is no runtime only when the process ends, and the store has closed by then.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            runtime.spawn(async move { drop(work.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn it_gives_what_the_work_gives() {
        assert_eq!(Finish::new(async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn what_is_dropped_half_way_ends_all_the_same() {
        let (accept, accepted) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let mut work = Box::pin(Finish::new(async move {
            accepted.await.expect("the store's answer");
            tell.send("told").expect("somebody listens");
        }));
        assert!(is_pending(&mut work).await);
        drop(work);
        accept.send(()).expect("the work goes on");
        assert_eq!(told.await, Ok("told"));
    }

    /// Polls once.
    async fn is_pending<F: Future + Unpin>(work: &mut F) -> bool {
        std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *work).poll(context).is_pending())).await
    }
}
