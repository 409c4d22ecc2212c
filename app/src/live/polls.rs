//! Polls for the messages that a socket would have brought, until a socket works (docs/decisions/0045).

use std::rc::Rc;

use chat::Error;
use chat::event::{Close, LONGEST_BETWEEN_POLLS, Poll, Polled, Up};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::connector::Connector;
use crate::{browser, call};

/// The pause after a poll that the server could hold until there was news.
const PAUSE_MILLIS: u64 = 200;
/// The pause after a poll that the server answered at once, because enough other polls of this browser are waiting.
const PAUSE_WITHOUT_WAITING_MILLIS: u64 = 2000;

impl Connector {
    /// Polls until a socket works or the connection ends. Does nothing if the page polls already.
    pub(super) fn poll(self: &Rc<Self>) {
        if self.is_polling.replace(true) {
            return;
        }
        browser::note_sockets(false);
        let this = self.clone();
        spawn_local(async move {
            let mut state = None;
            let mut knows_time = false;
            while this.is_polling.get() && this.connection.ended.get_untracked().is_none() {
                let (waits, asks_time) = (browser::is_visible(), !std::mem::replace(&mut knows_time, true));
                if asks_time {
                    this.asks_time();
                }
                let poll = Poll {
                    ups: this.poll_of(asks_time.then_some(Up::Time)),
                    state: state.take(),
                    waits,
                    again: if waits { 0 } else { LONGEST_BETWEEN_POLLS },
                    goodbye: false,
                };
                let answer = call::poll(&poll).await;
                if !this.is_polling.get() {
                    break;
                }
                let pause = match answer {
                    Ok(polled) => {
                        let could_wait = polled.waits;
                        state = this.take_polled(polled);
                        match (waits, could_wait) {
                            (true, true) => PAUSE_MILLIS,
                            (true, false) => PAUSE_WITHOUT_WAITING_MILLIS,
                            (false, _) => u64::from(LONGEST_BETWEEN_POLLS) * 1000,
                        }
                    }
                    Err(error @ (Error::TooMany { .. } | Error::Refused)) => {
                        this.is_polling.set(false);
                        this.connection.settled.set(false);
                        this.refused(&error);
                        break;
                    }
                    Err(_) => {
                        this.connection.settled.set(false);
                        this.show_loss_if_it_lasts();
                        this.next_wait()
                    }
                };
                this.pause(pause as u32).await;
            }
        });
    }

    /// Stops polling, because a socket works.
    pub(super) fn end_polls(&self) {
        browser::note_sockets(true);
        self.is_polling.set(false);
        self.end_pause();
    }

    /// Sends one message at once, in a poll of its own.
    pub(super) fn say_by_poll(self: &Rc<Self>, up: Up) {
        // (Every poll contains the cards already.)
        let more = (!matches!(up, Up::ShowCards { .. })).then_some(up);
        let poll = Poll { ups: self.poll_of(more), state: None, waits: false, again: 0, goodbye: false };
        let this = self.clone();
        spawn_local(async move {
            // If this poll fails, the next one brings the messages.
            if let Ok(polled) = call::poll(&poll).await
                && this.is_polling.get()
            {
                this.take_polled(polled);
            }
        });
    }

    /// Says goodbye with a beacon, which the browser sends even after the page has gone.
    pub(super) fn say_goodbye_by_poll(&self) {
        let poll = Poll { ups: self.poll_of(None), state: None, waits: false, again: 0, goodbye: true };
        call::beacon(&poll);
    }

    /// Takes the messages of an answer. Returns the state to send with the next poll, or `None` if a message is missing.
    fn take_polled(self: &Rc<Self>, polled: Polled) -> Option<String> {
        for down in polled.downs {
            if !self.take_down(down) {
                return None;
            }
        }
        match polled.close.map(Close::from_code) {
            Some(Some(close)) if !close.is_worth_retrying() => self.end(close),
            Some(_) => self.connection.settled.set(false),
            None => {}
        }
        polled.state
    }

    async fn pause(&self, millis: u32) {
        let paused = js_sys::Promise::new(&mut |end, _| {
            self.wake.replace(Some(end.clone()));
            browser::after_millis(millis, move || drop(end.call0(&JsValue::NULL)));
        });
        let _ = JsFuture::from(paused).await;
    }

    /// Ends the pause, so that the next poll begins at once.
    pub(super) fn end_pause(&self) {
        if let Some(end) = self.wake.take() {
            let _ = end.call0(&JsValue::NULL);
        }
    }
}
