//! A visitor's shelf as a file that they save, and load on another device.
//!
//! Its lines are JSON: a [`Header`], and then a [`Line`] for each GIF, which is read only when its line is to be sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use backend::media::Part;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chat::shelf::Item;
use chat::{Act, Error, VisitorId};
use futures_util::StreamExt;
use futures_util::stream;
use serde::{Serialize, Serializer};

use crate::AppState;
use crate::gifs::PERMIT_WAIT;
use crate::permits::{Permit, PermitLimits};
use crate::refusal::{RequestInfo, fail};

/// The limit on shelves that are being saved. Each has one GIF in memory, and its line.
pub const SAVES_AT_ONCE: PermitLimits = PermitLimits { of: Act::Look, visitor: 1, address: 4, all: 8 };

#[derive(Serialize)]
struct Header {
    format: &'static str,
    version: u32,
}

/// Pages read it (app/src/state/shelf), and refuse what they do not know.
const HEADER: Header = Header { format: "gifchat shelf", version: 1 };

/// An item with its bytes. What it came from stays here: it means nothing elsewhere.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(serialize_with = "base64_text")]
    gif: &'a [u8],
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    kept: bool,
}

impl<'a> Line<'a> {
    fn of(item: &'a Item, gif: &'a [u8]) -> Self {
        let label = &item.label;
        Self {
            gif,
            name: label.name.as_ref().map(|name| name.as_str()),
            tags: label.tags.iter().map(|tag| tag.as_str()).collect(),
            folder: label.folder.as_ref().map(|folder| folder.as_str()),
            description: item.description.as_ref().map(|description| description.as_str()),
            kept: item.kept,
        }
    }
}

fn base64_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

/// `/shelf.gifs`
pub async fn save(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    match file(&state, &info).await {
        Ok(response) => response,
        Err(error) => fail(&state, &info, error).await,
    }
}

async fn file(state: &Arc<AppState>, info: &RequestInfo) -> Result<Response, Error> {
    let visitor = state.sessions.find(&info.headers).await?.ok_or(Error::NotFound)?.person.id;
    let items = state.chat.shelf(visitor).await?.items;
    let permit = state.saves.wait(visitor, info.address(state), PERMIT_WAIT).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"gifchat-shelf.gifs\"")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let lines =
        stream::unfold((state.clone(), items.into_iter(), permit), move |(state, mut items, permit)| async move {
            loop {
                let item = items.next()?;
                match line(&state, visitor, &item, &permit).await {
                    // It was taken off meanwhile.
                    Err(Error::NotFound) => {}
                    line => return Some((line, (state, items, permit))),
                }
            }
        });
    let lines = stream::once(async { text(&HEADER) }).chain(lines);
    Ok((headers, Body::from_stream(lines)).into_response())
}

async fn line(state: &AppState, visitor: VisitorId, item: &Item, _: &Permit) -> Result<Bytes, Error> {
    let gif = state.chat.shelved_gif(visitor, item.gif.sha).await?.open(Part::Gif).await?.whole().await?;
    text(&Line::of(item, &gif))
}

fn text(line: &impl Serialize) -> Result<Bytes, Error> {
    let mut text = serde_json::to_vec(line).map_err(|error| {
        tracing::error!(%error, "a line of a shelf cannot be written");
        Error::Internal
    })?;
    text.push(b'\n');
    Ok(text.into())
}
