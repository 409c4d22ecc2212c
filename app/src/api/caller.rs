//! Who calls a server function, and what its answer needs beside the function's result.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::header::{HeaderValue, SET_COOKIE};
use backend::Address;
use chat::{Entry, Error, Person};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// A call of a server function: who calls, and what its answer needs beside the function's result. The server puts it into
/// Leptos' context, beside `Arc<Chat>`.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person: Person,
    /// The caller's address, as far as it can be trusted.
    pub address: Option<Address>,
    /// Whether visitors use https.
    pub is_https: bool,
    outcome: Arc<Outcome>,
}

#[derive(Debug, Default)]
struct Outcome {
    error: OnceLock<Error>,
    called: OnceLock<Person>,
    told: OnceLock<Error>,
    may_compress: AtomicBool,
}

impl Caller {
    pub fn new(person: Person, address: Option<Address>, is_https: bool) -> Self {
        Self { person, address, is_https, outcome: Arc::default() }
    }

    /// The error with which the function failed.
    pub fn error(&self) -> Option<Error> {
        self.outcome.error.get().cloned()
    }

    /// The caller with a new name, if the call has changed it.
    pub fn called(&self) -> Option<&Person> {
        self.outcome.called.get()
    }

    /// An error to tell the caller on the next page, although the call has succeeded.
    pub fn told(&self) -> Option<&Error> {
        self.outcome.told.get()
    }

    /// Whether the answer may be compressed. A function allows it only if the length of the answer reveals nothing that only the
    /// caller may know.
    pub fn may_compress(&self) -> bool {
        self.outcome.may_compress.load(Ordering::Relaxed)
    }

    // A call sets each of these at most once.

    pub(super) fn fail(&self, error: Error) {
        let _ = self.outcome.error.set(error);
    }

    pub(super) fn set_called(&self, person: Person) {
        let _ = self.outcome.called.set(person);
    }

    /// Tells a caller who has entered a room why they do not have the name that they once chose, if it would be refused today.
    pub(super) fn tell_of_name(&self) {
        if let Some(Err(error)) = self.person.chosen_today() {
            let _ = self.outcome.told.set(error);
        }
    }

    pub(super) fn allow_compression(&self) {
        self.outcome.may_compress.store(true, Ordering::Relaxed);
    }

    /// Allows the compression of an answer with these entries, unless one of them is a whisper. Messages of others stand beside a
    /// whisper, and the length would tell their senders how much their messages have in common with it.
    pub(super) fn allow_compression_of(&self, entries: &[Entry]) {
        if !entries.iter().any(Entry::is_whisper) {
            self.allow_compression();
        }
    }
}

pub(super) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(SET_COOKIE, value);
    }
}
