//! The server's half of the list in [`crate::api`]: a `#[server]` function for each declaration, which hands its fields to the
//! function of the same name in [`super::functions`].

use std::convert::Infallible;
use std::sync::Arc;

use backend::Address;
use backend::service::Chat;
use chat::entry::{Emoji, LogPage};
use chat::event::LobbyPage;
use chat::gif::GifFacts;
use chat::room::Bar;
use chat::shelf::{Item, SeenInRoom, Shelf};
use chat::{Act, ClientId, Entry, Error, GifHash, Person, RoomId, VisitorId};
use leptos::prelude::*;
use server_fn::codec::{GetUrl, MultipartData, MultipartFormData};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

use super::caller::Caller;
use super::{OptionalField, functions, server_functions};

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

/// The act as which limits count the server function at this path. For an unknown path it is [`Act::Other`].
pub fn act_of(path: &str) -> Act {
    let address = path.strip_prefix("/api/").unwrap_or_default();
    ACTS.iter().find(|(known, _)| *known == address).map_or(Act::Other, |(_, act)| *act)
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
