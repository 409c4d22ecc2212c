//! The server's half of the list in [`crate::api`]: a `#[server]` function for each declaration, which hands its fields to the
//! function of the same name in [`super::functions`].

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::header::{HeaderValue, SET_COOKIE};
use backend::Address;
use backend::service::Chat;
use chat::entry::{Emoji, LogPage};
use chat::event::LobbyPage;
use chat::gif::GifFacts;
use chat::room::Bar;
use chat::shelf::{Item, SeenInRoom, Shelf};
use chat::{Act, ClientId, Entry, Error, GifHash, Person, RoomId, VisitorId};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use server_fn::codec::{GetUrl, MultipartData, MultipartFormData};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

use super::{OptionalField, functions, server_functions};

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

    fn fail(&self, error: Error) {
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

/// A server function has failed. The error itself is stored in the [`Caller`] of the context. The server encodes it when it
/// answers: as a page, or in the form that the page's protocol knows.
#[derive(Debug, Clone, Copy)]
pub struct Failed;

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match use_context::<Caller>() {
            Some(caller) => caller.fail(error),
            None => tracing::error!(%error, "a server function failed without its context"),
        }
        Self
    }
}

impl FromServerFnError for Failed {
    type Encoder = Nothing;

    /// Maps an error of server_fn itself: [`Error::Refused`] for a request that it could not read, otherwise [`Error::Internal`].
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Deserialization(_) | E::Args(_) | E::MissingArg(_) | E::UnsupportedRequestMethod(_) => {
                Error::Refused.into()
            }
            _ => Error::Internal.into(),
        }
    }
}

/// The encoding of [`Failed`], which has no content.
pub struct Nothing;

impl ContentType for Nothing {
    const CONTENT_TYPE: &'static str = "text/plain";
}

impl FormatType for Nothing {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<Failed> for Nothing {
    type Error = Infallible;

    fn encode(_: &Failed) -> Result<server_fn::Bytes, Infallible> {
        Ok(server_fn::Bytes::new())
    }
}

impl Decodes<Failed> for Nothing {
    type Error = Infallible;

    fn decode(_: server_fn::Bytes) -> Result<Failed, Infallible> {
        Ok(Failed)
    }
}

/// The values that every server function needs from Leptos' context.
fn context() -> Result<(Arc<Chat>, Caller), Failed> {
    use_context().zip(use_context()).ok_or_else(|| {
        tracing::error!("a server function ran without its context");
        Failed
    })
}

pub(super) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(SET_COOKIE, value);
    }
}

/// A `#[server]` function at this address. The method says how its fields are encoded.
macro_rules! server_function {
    (get $address:tt $($function:tt)*) => {
        #[server(prefix = "/api", endpoint = $address, input = GetUrl)]
        $($function)*
    };
    (upload $address:tt $($function:tt)*) => {
        #[server(prefix = "/api", endpoint = $address, input = MultipartFormData)]
        $($function)*
    };
    ($post_or_form:ident $address:tt $($function:tt)*) => {
        #[server(prefix = "/api", endpoint = $address)]
        $($function)*
    };
}

macro_rules! serve {
    ($(
        $(#[doc = $doc:tt])*
        $method:ident $address:tt => $name:ident($($(#[$($attribute:tt)*])* $field:ident: $type:ty),* $(,)?) -> $answer:ty,
            counted as $act:ident;
    )*) => {
        $(server_function! { $method $address
            $(#[doc = $doc])*
            pub async fn $name($($(#[$($attribute)*])* $field: $type),*) -> Result<$answer, Failed> {
                let (chat, caller) = context()?;
                Ok(functions::$name(&chat, &caller, $($field),*).await?)
            }
        })*

        /// The act as which limits count the function at each address.
        const ACTS: &[(&str, Act)] = &[$(($address, Act::$act)),*];

        #[cfg(test)]
        const NAMES: &[(&str, &str)] = &[$(($address, stringify!($name))),*];
    };
}

server_functions!(serve);

/// The act as which limits count the server function at this path. For an unknown path it is [`Act::Do`].
pub fn act_of(path: &str) -> Act {
    let address = path.strip_prefix("/api/").unwrap_or_default();
    ACTS.iter().find(|(known, _)| *known == address).map_or(Act::Do, |(_, act)| *act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_function_is_in_the_list() {
        let mut served: Vec<_> = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        let mut listed: Vec<_> = ACTS.iter().map(|(address, _)| format!("/api/{address}")).collect();
        served.sort();
        listed.sort();
        assert_eq!(listed, served);
    }

    #[test]
    fn an_address_is_the_functions_name() {
        assert!(NAMES.iter().all(|(address, name)| address == name), "{NAMES:?}");
    }
}
