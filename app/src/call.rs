//! The browser's half of the server functions in [`crate::api`]. It uses the same addresses and fields as a plain form.
//!
//! The code that `#[server]` generates for the browser takes a kilobyte of WASM for each function, and all together
//! need a second encoder and a second HTTP client (docs/decisions/0013).

use chat::entry::Page;
use chat::event::{LobbyPage, PROTOCOL, PROTOCOL_FIELD};
use chat::room::Bar;
use chat::wire::{self, Decode};
use chat::{ClientId, Entry, Error, RoomId};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::browser;
use crate::state::target::Target;

/// How long a call waits for its answer.
const PATIENCE_MILLIS: u32 = 20_000;

/// A form's fields.
pub type Fields<'a> = &'a [(&'a str, &'a str)];

pub async fn create_room(title: &str, capacity: &str, password: &str) -> Result<RoomId, Error> {
    read(&post("create_room", &[("title", title), ("capacity", capacity), ("password", password)]).await?)
}

pub async fn send_text(room: RoomId, client: ClientId, text: &str, target: &Target) -> Result<Entry, Error> {
    let (room, client) = (room.to_string(), client.to_string());
    let (to, reply) = (target.to_id().map(|to| to.to_string()), target.reply_seq().map(|reply| reply.to_string()));
    let mut fields = vec![("room", room.as_str()), ("client", &client), ("text", text)];
    fields.extend(to.as_deref().map(|to| ("to", to)));
    fields.extend(reply.as_deref().map(|reply| ("reply", reply)));
    read(&post("send_text", &fields).await?)
}

pub async fn history(room: RoomId, before: u64) -> Result<Page, Error> {
    read(&get("history", &[("room", &room.to_string()), ("before", &before.to_string())]).await?)
}

pub async fn lobby_rooms(query: &str, before: Option<RoomId>) -> Result<LobbyPage, Error> {
    let before = before.map(|before| before.to_string());
    let mut fields = vec![("query", query)];
    fields.extend(before.as_deref().map(|before| ("before", before)));
    read(&get("lobby_rooms", &fields).await?)
}

pub async fn bars(room: RoomId) -> Result<Vec<Bar>, Error> {
    read(&get("bars", &[("room", &room.to_string())]).await?)
}

/// Calls a function about a room whose answer has no content.
pub async fn in_room(room: RoomId, function: &str, fields: Fields<'_>) -> Result<(), Error> {
    let room = room.to_string();
    post(function, &[&[("room", room.as_str())], fields].concat()).await.map(drop)
}

/// Asks whether the server would open a socket now. The error says why not.
pub async fn ask_for_socket() -> Result<(), Error> {
    ask("/ws", &post_request()).await.map(drop)
}

async fn post(function: &str, fields: Fields<'_>) -> Result<String, Error> {
    let request = post_request();
    let body = encoded(fields)?;
    request.set_body(&body);
    ask(&format!("/api/{function}?{}", protocol_query()), &request).await
}

/// A POST with limited patience. A connection may die without an error, and whatever waits for this call would wait for
/// ever. The call can be repeated, because `client` identifies the message.
fn post_request() -> web_sys::RequestInit {
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_signal(browser::timeout_signal(PATIENCE_MILLIS).as_ref());
    request
}

/// Names this page's protocol in the query, so that the server answers only with errors that the page knows.
pub fn protocol_query() -> String {
    format!("{PROTOCOL_FIELD}={PROTOCOL}")
}

async fn get(function: &str, fields: Fields<'_>) -> Result<String, Error> {
    let query = String::from(encoded(fields)?.to_string());
    ask(&format!("/api/{function}?{}&{query}", protocol_query()), &web_sys::RequestInit::new()).await
}

fn encoded(fields: Fields<'_>) -> Result<web_sys::UrlSearchParams, Error> {
    let encoded = web_sys::UrlSearchParams::new().map_err(|_| Error::Internal)?;
    fields.iter().for_each(|(name, value)| encoded.append(name, value));
    Ok(encoded)
}

/// The answer of a function, or the error it fails with.
async fn ask(address: &str, request: &web_sys::RequestInit) -> Result<String, Error> {
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
