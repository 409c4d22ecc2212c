//! The browser's half of the list in [`crate::api`]: a function for each declaration that is marked `get` or `post`. Its
//! request has the declared fields, encoded like those of a plain form, and its answer has the declared type.
//!
//! `#[server]` could generate these functions. But its code takes a kilobyte of WASM for each function, and needs a second
//! encoder and a second HTTP client (docs/decisions/0013).

use std::marker::PhantomData;

use chat::entry::{Emoji, LogPage};
use chat::event::{Close, LobbyPage, PROTOCOL, PROTOCOL_FIELD, Poll, Polled};
use chat::gif::GifFacts;
use chat::room::Bar;
use chat::shelf::{Item, SeenInRoom, Shelf};
use chat::wire::{self, Decode};
use chat::{ClientId, Entry, Error, GifHash, RoomId, VisitorId};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, UrlSearchParams};

use crate::api::{OptionalField, server_functions};
use crate::browser;

/// How long a POST waits for its answer.
const PATIENCE_MILLIS: u32 = 20_000;

/// How long a GET waits for its answer, which may have hundreds of kilobytes.
const GET_PATIENCE_MILLIS: u32 = 60_000;

/// A call that has not been sent yet. Its answer is a `T`.
#[must_use]
pub struct Call<T> {
    method: Method,
    address: &'static str,
    /// `None` if the browser could not create them.
    fields: Option<UrlSearchParams>,
    answer: PhantomData<T>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

/// The answer of a call whose caller only needs to know that it succeeded. Its content is not read.
pub struct Done;

impl Decode for Done {
    fn decode(_: &wire::Value) -> Option<Self> {
        Some(Self)
    }
}

/// A value that can be the field of a form.
trait Field {
    /// `None` if the field is left out.
    fn text(self) -> Option<String>;
}

impl Field for String {
    fn text(self) -> Option<String> {
        Some(self)
    }
}

impl Field for OptionalField {
    fn text(self) -> Option<String> {
        self.0
    }
}

impl<T: Field> Field for Option<T> {
    fn text(self) -> Option<String> {
        self.and_then(T::text)
    }
}

impl Field for bool {
    fn text(self) -> Option<String> {
        Some(if self { "true" } else { "false" }.to_owned())
    }
}

impl Field for Emoji {
    fn text(self) -> Option<String> {
        Some(self.name().to_owned())
    }
}

macro_rules! written_out {
    ($($type:ty),*) => {
        $(impl Field for $type {
            fn text(self) -> Option<String> {
                Some(self.to_string())
            }
        })*
    };
}

written_out!(u64, RoomId, VisitorId, ClientId, GifHash);

/// The browser's function for a declaration. There is none for `form` and `upload`.
macro_rules! call_function {
    (post $($declared:tt)*) => { call_function! { @ Post $($declared)* } };
    (get $($declared:tt)*) => { call_function! { @ Get $($declared)* } };
    (@ $method:ident $address:tt [$($doc:tt)*] $name:ident($($field:ident: $type:ty),*) -> $answer:ty) => {
        $(#[doc = $doc])*
        pub fn $name($($field: $type),*) -> Call<$answer> {
            let call = Call::new(Method::$method, $address);
            $(call.add(stringify!($field), $field.text());)*
            call
        }
    };
    ($form_or_upload:ident $($declared:tt)*) => {};
}

macro_rules! call {
    ($(
        $(#[doc = $doc:tt])*
        $method:ident $address:tt => $name:ident($($(#[$($attribute:tt)*])* $field:ident: $type:ty),* $(,)?) -> $answer:ty,
            counted as $act:ident;
    )*) => {
        $(call_function! { $method $address [$($doc)*] $name($($field: $type),*) -> $answer })*
    };
}

server_functions!(call);

impl<T: Decode> Call<T> {
    fn new(method: Method, address: &'static str) -> Self {
        Self { method, address, fields: UrlSearchParams::new().ok(), answer: PhantomData }
    }

    fn add(&self, name: &str, text: Option<String>) {
        if let (Some(fields), Some(text)) = (&self.fields, text) {
            fields.append(name, &text);
        }
    }

    /// Ignores the content of the answer, so that the browser needs no code to read it. Errors are still returned.
    pub fn untold(self) -> Call<Done> {
        let Self { method, address, fields, .. } = self;
        Call { method, address, fields, answer: PhantomData }
    }

    /// Sends the call, and waits for its answer.
    pub async fn send(self) -> Result<T, Error> {
        let fields = self.fields.ok_or(Error::Internal)?;
        let address = address(self.address);
        let answer = match self.method {
            Method::Post => {
                let request = post_request(PATIENCE_MILLIS);
                request.set_body(&fields);
                ask(&address, &request).await?
            }
            Method::Get => {
                let request = request("GET", GET_PATIENCE_MILLIS);
                ask(&format!("{address}&{}", String::from(fields.to_string())), &request).await?
            }
        };
        read(&answer)
    }
}

/// Where a server function is called. The query names this page's protocol, so that the server answers only with errors that the
/// page knows.
pub fn address(function: &str) -> String {
    format!("/api/{function}?{PROTOCOL_FIELD}={PROTOCOL}")
}

/// How long a form with a file may take.
const FORM_PATIENCE_MILLIS: u32 = 120_000;

/// Sends a form with a file. The content of the answer is not read.
pub async fn send_form(function: &str, form: &web_sys::FormData) -> Result<(), Error> {
    let request = post_request(FORM_PATIENCE_MILLIS);
    request.set_body(form);
    ask(&address(function), &request).await.map(drop)
}

/// Asks whether the server would open a socket now. The error says why not.
pub async fn ask_for_socket() -> Result<(), Error> {
    ask("/ws", &post_request(PATIENCE_MILLIS)).await.map(drop)
}

/// The address of polls.
const POLL: &str = "/poll";
/// How long a poll may take. The server holds it for up to `POLL_SECONDS` (20 seconds).
const POLL_PATIENCE_MILLIS: u32 = 30_000;

/// Asks for the messages that a socket would have brought.
pub async fn poll(poll: &Poll) -> Result<Polled, Error> {
    let request = post_request(POLL_PATIENCE_MILLIS);
    request.set_body(&wire::write(poll).into());
    let answer = ask(POLL, &request).await?;
    match wire::read(&answer) {
        Some(polled) => Ok(polled),
        // A server of another version: nothing of its answer can be relied on.
        None if answer.starts_with("{\"downs\"") => {
            Ok(Polled { downs: Vec::new(), state: None, close: Some(Close::OldPage.code()), waits: false })
        }
        None => Err(Error::Unavailable),
    }
}

/// Sends a poll whose answer nobody waits for, while the page goes away.
pub fn beacon(poll: &Poll) {
    let _ = window().navigator().send_beacon_with_opt_str(POLL, Some(&wire::write(poll)));
}

/// A POST with a time limit. After the limit a message can safely be sent again, because its `client` identifies it.
fn post_request(patience_millis: u32) -> RequestInit {
    request("POST", patience_millis)
}

/// A request with a time limit. Without one, the caller would wait for ever if the connection died without an error.
fn request(method: &str, patience_millis: u32) -> RequestInit {
    let request = RequestInit::new();
    request.set_method(method);
    request.set_signal(browser::timeout_signal(patience_millis).as_ref());
    request
}

/// The answer of a function, or the error it fails with.
async fn ask(address: &str, request: &RequestInit) -> Result<String, Error> {
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, request)).await;
    let answer: web_sys::Response = answer.ok().and_then(|answer| answer.dyn_into().ok()).ok_or(Error::Unavailable)?;
    let text = JsFuture::from(answer.text().map_err(|_| Error::Unavailable)?).await;
    let text = text.ok().and_then(|text| text.as_string()).ok_or(Error::Unavailable)?;
    match answer.ok() {
        true => Ok(text),
        // Something in front of the server may have answered in its place.
        false => Err(read(&text).unwrap_or(Error::Unavailable)),
    }
}

fn read<T: Decode>(json: &str) -> Result<T, Error> {
    wire::read(json).ok_or(Error::Unavailable)
}
