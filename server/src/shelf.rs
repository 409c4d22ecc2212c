//! A visitor's shelf as a file that they save, and load on another device.
//!
//! Its lines are JSON: a [`Header`], and then a [`Line`] for each GIF. The last field of a [`Line`], `gif`, has the
//! bytes of the GIF as base64. They are read piece by piece while the file is sent.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use backend::media::{Pieces, Rendition};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chat::shelf::{Item, Shelf};
use chat::{Error, GifHash, VisitorId};
use futures_util::{StreamExt, stream};
use serde::Serialize;

use crate::AppState;
use crate::gifs;
use crate::permits::Permit;
use crate::refusal::{RequestInfo, fail};

#[derive(Serialize)]
struct Header {
    format: &'static str,
    version: u32,
}

/// Pages read the header (app/src/panel), and refuse formats and versions that they do not know.
const HEADER: Header = Header { format: "gifchat shelf", version: 1 };

/// The fields of a line before the bytes. They do not say where the item came from, which means nothing elsewhere.
#[derive(Serialize)]
struct Line<'a> {
    kept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(item: &'a Item) -> Self {
        let label = &item.label;
        Self {
            kept: item.kept,
            name: label.name.as_ref().map(|name| name.as_str()),
            tags: label.tags.iter().map(|tag| tag.as_str()).collect(),
            folder: label.folder.as_ref().map(|folder| folder.as_str()),
            description: item.description.as_ref().map(|description| description.as_str()),
        }
    }
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
    // The file takes as much memory as a GIF that is being sent, and may be read as slowly.
    let permit = gifs::permit(state, visitor, info).await?;
    let Shelf { items, next, .. } = state.chat.shelf(visitor, None).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"gifchat-shelf.gifs\"")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let saving = Saving { state: Arc::clone(state), visitor, items: items.into(), next, open: None, _permit: permit };
    let parts = stream::unfold(saving, |mut saving| async move { Some((saving.next().await?, saving)) });
    let header = json(&HEADER).map(|header| Bytes::from(header + "\n"));
    Ok((headers, Body::from_stream(stream::once(async { header }).chain(parts))).into_response())
}

/// A file that is being sent.
struct Saving {
    state: Arc<AppState>,
    visitor: VisitorId,
    items: VecDeque<Item>,
    /// Where the next page of the shelf begins.
    next: Option<GifHash>,
    /// The GIF of the line that is being sent, and its bytes that do not fill a group of base64 yet.
    open: Option<(Pieces, Vec<u8>)>,
    _permit: Permit,
}

impl Saving {
    /// The next part of the file. After an error the connection is closed, so that no client takes a part for the
    /// whole.
    async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        const GROUP: usize = 3;
        if let Some((pieces, rest)) = &mut self.open {
            let Some(piece) = pieces.next().await else {
                let end = STANDARD.encode(&*rest) + "\"}\n";
                self.open = None;
                return Some(Ok(end.into()));
            };
            return Some(piece.map(|piece| {
                rest.extend_from_slice(&piece);
                let left = rest.split_off(rest.len() / GROUP * GROUP);
                STANDARD.encode(std::mem::replace(rest, left)).into()
            }));
        }
        loop {
            let Some(item) = self.items.pop_front() else {
                match self.state.chat.shelf(self.visitor, Some(self.next?)).await {
                    Ok(Shelf { items, next, .. }) => (self.items, self.next) = (items.into(), next),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            };
            match self.begin(&item).await {
                // The item was taken off the shelf meanwhile.
                Err(Error::NotFound) => {}
                begun => return Some(begun),
            }
        }
    }

    async fn begin(&mut self, item: &Item) -> Result<Bytes, Error> {
        let shown = self.state.chat.shelved_gif(self.visitor, item.gif.sha).await?;
        let gif = shown.open(Rendition::Gif).await?;
        let mut line = json(&Line::of(item))?;
        line.pop();
        let all = 0..gif.length;
        self.open = Some((gif.pieces(all), Vec::new()));
        Ok((line + ",\"gif\":\"").into())
    }
}

fn json(line: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(line).map_err(|error| {
        tracing::error!(%error, "a line of a shelf cannot be written");
        Error::Internal
    })
}
