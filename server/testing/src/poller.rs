//! A page that has no socket and polls.

use std::time::Duration;

use chat::PageId;
use chat::event::{Down, PROTOCOL, Poll, Polled, Up};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use tokio::time::timeout;

use crate::{Answer, Visitor};

/// A poll takes 20 seconds at most.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A page that polls.
pub struct Poller<'a> {
    visitor: &'a Visitor,
    /// The messages that each poll sends after the hello and the page's id.
    pub watch: Vec<Up>,
    pub page: PageId,
    pub state: Option<String>,
    /// The number of seconds after which the page announces to poll again.
    pub again: u16,
}

impl<'a> Poller<'a> {
    pub fn new(visitor: &'a Visitor, watch: Up) -> Self {
        Self { visitor, watch: vec![watch], page: PageId::generate(), state: None, again: 0 }
    }

    /// Polls, and waits for news if `waits`. The next poll goes on after the state and the entries of this answer.
    pub async fn ask(&mut self, waits: bool) -> Polled {
        let polled: Polled = self.send(&self.poll(waits)).await.json();
        self.take(&polled);
        polled
    }

    /// Notes what the page has, so that the next poll goes on after it.
    pub fn take(&mut self, polled: &Polled) {
        for down in &polled.downs {
            if let (Down::Entry(chat::Entry { seq, .. }) | Down::Skip { seq }, [Up::WatchRoom { after, .. }, ..]) =
                (down, &mut self.watch[..])
            {
                *after = *seq;
            }
        }
        self.state.clone_from(&polled.state);
    }

    /// Polls until an answer has an entry.
    pub async fn ask_for_entries(&mut self) -> Polled {
        loop {
            let polled = self.ask(true).await;
            if polled.downs.iter().any(|down| matches!(down, Down::Entry(_))) {
                return polled;
            }
        }
    }

    /// Sends one more message in an additional poll, which does not wait.
    pub async fn say(&self, up: Up) -> Polled {
        let mut poll = self.poll(false);
        poll.ups.push(up);
        self.send(&poll).await.json()
    }

    pub async fn say_goodbye(self) {
        let poll = Poll { goodbye: true, ..self.poll(false) };
        assert_eq!(self.send(&poll).await.status, 200);
    }

    pub fn poll(&self, waits: bool) -> Poll {
        let mut ups = vec![Up::Hello { protocol: PROTOCOL }, Up::Page { id: self.page }];
        ups.extend_from_slice(&self.watch);
        Poll { ups, state: self.state.clone(), waits, again: self.again, goodbye: false }
    }

    pub async fn send(&self, poll: &Poll) -> Answer {
        let request = self.visitor.request(Method::POST, "/poll").header(ORIGIN, self.visitor.origin());
        let request = request.header(CONTENT_TYPE, "application/json").body(serde_json::to_string(poll).expect("JSON"));
        timeout(TIMEOUT, self.visitor.send(request)).await.expect("an answer in time")
    }
}
