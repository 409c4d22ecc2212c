//! What server functions share: the caller, refusals, and reading uploads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderValue, StatusCode, header};
use backend::service::{Chat, Look};
use backend::{Address, spool};
use chat::command::{Typed, is_whisper, typed};
use chat::error::GifProblem;
use chat::{Act, Field, Person, Problem, VisitorId};
use leptos_axum::ResponseOptions;
use server_fn::codec::MultipartData;

use super::*;
use crate::strings::Lang;

/// Who calls a server function. The server puts it into Leptos' context, beside `Arc<Chat>`.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person: Person,
    /// The caller's address, as far as it can be trusted.
    pub address: Option<Address>,
    /// The caller with a new name, if the call changes it.
    pub called: Arc<OnceLock<Person>>,
    /// What the caller has to be told on the next page, although the call succeeds.
    pub told: Arc<OnceLock<Error>>,
    /// Whether the answer may be compressed. A function says so only if its answer holds nothing that is for its caller alone.
    pub may_compress: Arc<AtomicBool>,
}

/// Whether visitors use https. The server puts this into Leptos' context, too.
#[derive(Debug, Clone, Copy)]
pub struct OverHttps(pub bool);

impl Caller {
    pub(super) fn set_called(&self, person: Person) {
        // A call sets this at most once.
        let _ = self.called.set(person);
    }

    /// Tells somebody who has come in why they are not called by the name that they once chose.
    pub(super) fn tell_of_name(&self) {
        if let Some(Err(error)) = self.person.chosen_today() {
            let _ = self.told.set(error);
        }
    }

    pub(super) fn allow_compression(&self) {
        self.may_compress.store(true, Ordering::Relaxed);
    }

    /// Allows the compression of an answer with these entries, unless one of them is a whisper: the messages of others stand
    /// beside it, and the length would tell whoever sent them how much they have in common.
    pub(super) fn allow_compression_of(&self, entries: &[Entry]) {
        if !entries.iter().any(Entry::is_whisper) {
            self.allow_compression();
        }
    }
}

/// How limits count each server function. (A call of `lobby_rooms` that searches is counted as a search.)
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

/// How limits count the server function at this address.
pub fn act_of(path: &str) -> Act {
    let name = path.strip_prefix("/api/").unwrap_or_default();
    ACTS.iter().find(|(known, _)| *known == name).map_or(Act::Do, |(_, act)| *act)
}

pub(super) fn context() -> Result<(Arc<Chat>, Caller), ApiError> {
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

/// Reads commands in a text from a plain form. A page with scripts has already done so; without this, a whisper written
/// as a command would be shown to everybody.
pub(super) async fn apply_command(
    chat: &Chat,
    caller: &Caller,
    room: RoomId,
    text: String,
    target: Target,
) -> Result<(String, Target), Error> {
    if target.to.is_some() || !is_whisper(&text) {
        return Ok((text, target));
    }
    let Look::Inside(view) = chat.look(caller.person.id, room).await? else { return Ok((text, target)) };
    let several = || Error::invalid(Field::Text, Problem::SeveralFit);
    let mut whisper: Option<(String, VisitorId)> = None;
    for lang in Lang::ALL {
        let called = |person: &Person| lang.name(&person.name);
        match typed(&text, &view.people, &view.entries, called) {
            Typed::Whisper { to, .. } if whisper.as_ref().is_some_and(|(_, other)| *other != to.id) => {
                return Err(several());
            }
            Typed::Whisper { to, text } => whisper = Some((text.to_owned(), to.id)),
            Typed::ToSeveral(_) => return Err(several()),
            Typed::ToNobody(_) | Typed::Plain | Typed::Unknown(_) => {}
        }
    }
    let (text, to) = whisper.ok_or(Error::Absent)?;
    Ok((text, Target { to: Some(to), reply: None }))
}

pub(super) struct Upload {
    pub room: RoomId,
    pub client: ClientId,
    pub target: Target,
    pub gif: spool::Upload,
}

/// The longest field in bytes, apart from the file: an id or a number.
const FIELD_BYTES: usize = 256;

/// Reads an upload, but no more of it than is allowed. (The server reads and drops the rest: a browser whose sending is
/// cut off shows no answer.)
pub(super) async fn read_upload(form: MultipartData, chat: &Chat, author: VisitorId) -> Result<Upload, Error> {
    let mut form = form.into_inner().ok_or(Error::Refused)?;
    // The room comes first, so that nothing more is read from somebody who may not send anything there.
    let room = match form.next_field().await.map_err(cut_off)? {
        Some(field) if field.name() == Some("room") => id_of(&text_of(field).await?)?,
        _ => return Err(Error::Refused),
    };
    chat.may_upload(author, room).await?;
    let (mut client, mut target, mut gif, mut is_named) = (None, Target::default(), None, false);
    while let Some(field) = form.next_field().await.map_err(cut_off)? {
        match field.name() {
            Some("client") => client = Some(value_of(&text_of(field).await?)?),
            Some("to") => target.to = Some(value_of(&text_of(field).await?)?),
            Some("reply") => target.reply = Some(value_of(&text_of(field).await?)?),
            Some("gif") if gif.is_none() => {
                is_named = field.file_name().is_some_and(|name| !name.is_empty());
                gif = Some(file_of(field, chat).await?);
            }
            Some("gif" | "room") => return Err(Error::Refused),
            _ => {}
        }
    }
    // The form is read to its end: a whisper must not be shown to everybody because its `to` came last.
    match gif {
        Some(gif) if gif.length() > 0 => {
            Ok(Upload { room, client: client.unwrap_or_else(ClientId::generate), target, gif })
        }
        // Browsers send a file without a name when none was chosen.
        Some(_) if is_named => Err(Error::BadGif(GifProblem::Empty)),
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
