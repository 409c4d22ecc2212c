//! What server functions share: who calls, how they refuse, how an upload is read.

use std::sync::{Arc, OnceLock};

use axum::http::{HeaderValue, StatusCode, header};
use chat::service::{Chat, Look};
use chat::{Act, Address, Field, Person, Problem, VisitorId, spool};
use leptos_axum::ResponseOptions;
use server_fn::codec::MultipartData;

use super::*;
use crate::state::aim::{Typed, typed};
use crate::strings::Lang;

/// Who calls a server function. The server puts it into Leptos' context, beside `Arc<Chat>`.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person: Person,
    /// Where from, as far as it can be trusted.
    pub address: Option<Address>,
    /// What they are called from now on, when the call changes that.
    pub called: Arc<OnceLock<Person>>,
}

/// Whether people come by https. The server puts it into Leptos' context, too.
#[derive(Debug, Clone, Copy)]
pub struct OverHttps(pub bool);

impl Caller {
    pub(super) fn is_called(&self, person: Person) {
        // One call names its caller once.
        let _ = self.called.set(person);
    }
}

/// What each server function does, as limits count it. (A reading of the lobby that searches it is a search.)
const ACTS: &[(&str, Act)] = &[
    ("create_room", Act::NewRoom),
    ("enter_room", Act::Enter),
    ("leave_room", Act::Do),
    ("send_text", Act::Say),
    ("upload_gif", Act::Upload),
    ("react", Act::Say),
    ("remove_message", Act::Do),
    ("rename", Act::Say),
    ("set_away", Act::Do),
    ("hand_over", Act::Do),
    ("throw_out", Act::Do),
    ("let_in", Act::Do),
    ("bars", Act::Look),
    ("set_room", Act::Say),
    ("close_room", Act::Do),
    ("history", Act::Look),
    ("lobby_rooms", Act::Search),
    ("set_language", Act::Look),
];

/// What the server function at this address does.
pub fn act_of(path: &str) -> Act {
    let name = path.strip_prefix("/api/").unwrap_or_default();
    ACTS.iter().find(|(known, _)| *known == name).map_or(Act::Do, |(_, act)| *act)
}

pub(super) fn asked() -> Result<(Arc<Chat>, Caller), ApiError> {
    use_context().zip(use_context()).ok_or_else(|| {
        tracing::error!("a server function ran without its context");
        refuse(Error::Internal)
    })
}

pub(super) fn refuse(error: Error) -> ApiError {
    set_status(&error);
    ApiError(error)
}

pub(super) fn set_status(error: &Error) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(status) = StatusCode::from_u16(status(error)) {
        response.set_status(status);
    }
    if let Error::TooMany { retry_after, .. } = error {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
}

pub(super) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// What a plain form sends has not been read by the page: what is a whisper by its words is no word to all.
pub(super) async fn commanded(
    chat: &Chat,
    caller: &Caller,
    room: RoomId,
    text: String,
    aim: Aim,
) -> Result<(String, Aim), Error> {
    if aim.to.is_some() || !text.trim_start().starts_with('/') {
        return Ok((text, aim));
    }
    let Look::Inside(view) = chat.look(caller.person.id, room).await? else { return Ok((text, aim)) };
    for lang in Lang::ALL {
        match typed(&text, &view.people, &view.entries, lang) {
            Typed::Plain => return Ok((text, aim)),
            Typed::Whisper { to, text } => return Ok((text.to_owned(), Aim { to: Some(to.id), reply: None })),
            Typed::ToNobody(_) => {}
        }
    }
    Err(Error::Absent)
}

pub(super) struct Upload {
    pub room: RoomId,
    pub client: ClientId,
    pub aim: Aim,
    pub gif: spool::Upload,
}

/// Bytes of a field that is not the file: an id, or a number.
const FIELD_BYTES: usize = 256;

/// Reads an upload, but no more of it than is allowed. (What is not read here the server reads away: a browser whose sending
/// is cut off shows no answer.)
pub(super) async fn read_upload(form: MultipartData, chat: &Chat, author: VisitorId) -> Result<Upload, Error> {
    let mut form = form.into_inner().ok_or(Error::Refused)?;
    // First of all the room: nothing is read of somebody who may send nothing there.
    let room = match form.next_field().await.map_err(cut_off)? {
        Some(field) if field.name() == Some("room") => id_of(&text_of(field).await?)?,
        _ => return Err(Error::Refused),
    };
    chat.may_upload(author, room).await?;
    let (mut client, mut aim, mut gif) = (None, Aim::default(), None);
    while let Some(field) = form.next_field().await.map_err(cut_off)? {
        match field.name() {
            Some("client") => client = Some(value_of(&text_of(field).await?)?),
            Some("to") => aim.to = Some(value_of(&text_of(field).await?)?),
            Some("reply") => aim.reply = Some(value_of(&text_of(field).await?)?),
            Some("gif") if gif.is_none() => gif = Some(file_of(field, chat).await?),
            Some("gif" | "room") => return Err(Error::Refused),
            _ => {}
        }
    }
    // Read to the end: what is whispered must not be said to all because its `to` came last.
    match gif {
        Some(gif) if gif.length() > 0 => {
            Ok(Upload { room, client: client.unwrap_or_else(ClientId::generate), aim, gif })
        }
        _ => Err(Error::invalid(Field::Gif, Problem::Empty)),
    }
}

async fn text_of(mut field: multer::Field<'_>) -> Result<String, Error> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
        if text.len() + chunk.len() > FIELD_BYTES {
            return Err(Error::Refused);
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| Error::Refused)
}

async fn file_of(mut field: multer::Field<'_>, chat: &Chat) -> Result<spool::Upload, Error> {
    let limit = chat.config().gif.max_bytes;
    let mut gif = chat.begin_upload();
    while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
        if gif.length() + chunk.len() as u64 > limit {
            return Err(Error::TooLarge { limit });
        }
        gif.add(&chunk).await?;
    }
    Ok(gif)
}

fn id_of(text: &str) -> Result<RoomId, Error> {
    text.trim().parse().map_err(|_| Error::NotFound)
}

fn value_of<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| Error::Refused)
}

/// The body ended early or is not what it says it is.
fn cut_off<E: std::fmt::Display>(error: E) -> Error {
    tracing::debug!(%error, "upload cut off");
    Error::Refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_function_is_limited_as_what_it_does() {
        let mut functions: Vec<_> = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        let mut known: Vec<_> = ACTS.iter().map(|(name, _)| format!("/api/{name}")).collect();
        functions.sort();
        known.sort();
        assert_eq!(known, functions);
    }
}
