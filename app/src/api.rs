//! Server functions: they find out who calls and what is asked; `backend::service` does the rest.
//!
//! Each has a fixed address, so that a page of the last version still reaches it. Without JavaScript plain forms post
//! to the same addresses; the server's `forms` layer turns the answers into redirects.

#[cfg(feature = "ssr")]
use backend::service::Target;
use chat::entry::{self, Emoji};
use chat::event::LobbyPage;
use chat::room::Bar;
use chat::{ClientId, Entry, Error, RoomId, VisitorId};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, JsonEncoding, MultipartData, MultipartFormData};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod server;

#[cfg(feature = "ssr")]
use self::server::*;
#[cfg(feature = "ssr")]
pub use self::server::{Caller, OverHttps, act_of};

/// The answer of a server function that failed: a [`chat::Error`] as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Error);

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let error = match error {
            // On the server this means a body that cannot be read.
            E::Deserialization(_) if cfg!(feature = "ssr") => Error::Refused,
            // The browser could not reach the server, or something in between answered in its place.
            E::Request(_) | E::Deserialization(_) => Error::Unavailable,
            E::Args(_) | E::MissingArg(_) | E::UnsupportedRequestMethod(_) => Error::Refused,
            _ => Error::Internal,
        };
        #[cfg(feature = "ssr")]
        set_status(&error);
        ApiError(error)
    }
}

/// The HTTP status that goes with an error, for server functions and pages alike.
pub fn status(error: &Error) -> u16 {
    match error {
        Error::Invalid(_) => 422,
        Error::WrongPassword | Error::Barred | Error::NotSeated | Error::NotOwner | Error::Refused => 403,
        Error::Full | Error::Absent | Error::NameTaken => 409,
        Error::NotFound | Error::Removed => 404,
        Error::TooSlow => 408,
        Error::TooLarge { .. } => 413,
        Error::BadGif(_) => 415,
        Error::TooMany { .. } => 429,
        Error::Unavailable => 503,
        Error::Internal => 500,
    }
}

#[server(prefix = "/api", endpoint = "create_room")]
pub async fn create_room(title: String, capacity: String, password: String) -> Result<RoomId, ApiError> {
    let (chat, caller) = context()?;
    let room = chat.create_room(&caller.person, caller.address, &title, &capacity, &password).await.map_err(refuse)?;
    caller.tell_of_name();
    Ok(room)
}

#[server(prefix = "/api", endpoint = "enter_room")]
pub async fn enter_room(room: RoomId, #[server(default)] password: String) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.enter(&caller.person, caller.address, room, &password).await.map_err(refuse)?;
    caller.tell_of_name();
    Ok(())
}

#[server(prefix = "/api", endpoint = "leave_room")]
pub async fn leave_room(room: RoomId) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.leave(caller.person.id, room).await.map_err(refuse)
}

/// Sends a text to everybody, or as a whisper `to` somebody. `reply` is the `seq` of the message that it answers.
#[server(prefix = "/api", endpoint = "send_text")]
pub async fn send_text(
    room: RoomId,
    #[server(default)] client: Option<ClientId>,
    text: String,
    #[server(default)] to: Option<VisitorId>,
    #[server(default)] reply: Option<u64>,
) -> Result<Entry, ApiError> {
    let (chat, caller) = context()?;
    let client = client.unwrap_or_else(ClientId::generate);
    let (text, target) = apply_command(&chat, &caller, room, text, Target { to, reply }).await.map_err(refuse)?;
    let entry = chat.send_text(caller.person.id, room, client, &text, target).await.map_err(refuse)?;
    caller.allow_compression_of(std::slice::from_ref(&entry));
    Ok(entry)
}

/// Sends a GIF. The field `room` comes first and `gif` is required; `client`, `to` and `reply` may be missing.
#[server(prefix = "/api", endpoint = "upload_gif", input = MultipartFormData)]
pub async fn upload_gif(form: MultipartData) -> Result<Entry, ApiError> {
    let (chat, caller) = context()?;
    let Upload { room, client, target, gif } = read_upload(form, &chat, caller.person.id).await.map_err(refuse)?;
    chat.send_gif(caller.person.id, caller.address, room, client, gif, target).await.map_err(refuse)
}

/// Adds a reaction to message `seq`, or takes it back.
#[server(prefix = "/api", endpoint = "react")]
pub async fn react(room: RoomId, client: ClientId, seq: u64, emoji: Emoji, on: bool) -> Result<Entry, ApiError> {
    let (chat, caller) = context()?;
    chat.react(caller.person.id, room, client, seq, emoji, on).await.map_err(refuse)
}

/// Empties message `seq` for good.
#[server(prefix = "/api", endpoint = "remove_message")]
pub async fn remove_message(room: RoomId, seq: u64) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.remove_message(caller.person.id, room, seq).await.map_err(refuse)
}

/// Renames the caller, in this room and in rooms they enter from now on.
#[server(prefix = "/api", endpoint = "rename")]
pub async fn rename(room: RoomId, name: String) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    let person = chat.rename(caller.person.id, room, &name).await.map_err(refuse)?;
    caller.set_called(person);
    Ok(())
}

/// Notes that the caller has been inactive for a while, or is back.
#[server(prefix = "/api", endpoint = "set_away")]
pub async fn set_away(room: RoomId, away: bool) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.set_away(caller.person.id, room, away).await.map_err(refuse)
}

#[server(prefix = "/api", endpoint = "hand_over")]
pub async fn hand_over(room: RoomId, to: VisitorId) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.hand_over(caller.person.id, room, to).await.map_err(refuse)
}

#[server(prefix = "/api", endpoint = "throw_out")]
pub async fn throw_out(room: RoomId, whom: VisitorId, #[server(default)] reason: String) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.throw_out(caller.person.id, room, whom, &reason).await.map_err(refuse)
}

/// Lets somebody who was thrown out come back.
#[server(prefix = "/api", endpoint = "let_in")]
pub async fn let_in(room: RoomId, whom: VisitorId) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.let_in(caller.person.id, room, whom).await.map_err(refuse)
}

/// The people who were thrown out, for the owner.
#[server(prefix = "/api", endpoint = "bars", input = GetUrl)]
pub async fn bars(room: RoomId) -> Result<Vec<Bar>, ApiError> {
    let (chat, caller) = context()?;
    chat.bars(caller.person.id, room).await.map_err(refuse)
}

/// A field that may be missing. An empty one is not missing, but an `Option` could not tell the two apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct OptionalField(Option<String>);

impl From<String> for OptionalField {
    fn from(typed: String) -> Self {
        Self(Some(typed))
    }
}

/// Changes the settings that are given. An empty password changes nothing; `open` removes the password. `slow` is slow
/// mode's seconds.
#[server(prefix = "/api", endpoint = "set_room")]
pub async fn set_room(
    room: RoomId,
    #[server(default)] title: OptionalField,
    #[server(default)] capacity: OptionalField,
    #[server(default)] password: String,
    #[server(default)] open: bool,
    #[server(default)] slow: OptionalField,
) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    let (title, capacity, slow) = (title.0.as_deref(), capacity.0.as_deref(), slow.0.as_deref());
    let by = caller.person.id;
    chat.set_room(by, caller.address, room, title, capacity, &password, open, slow).await.map_err(refuse)
}

/// Closes the room, which deletes everything in it.
#[server(prefix = "/api", endpoint = "close_room")]
pub async fn close_room(room: RoomId) -> Result<(), ApiError> {
    let (chat, caller) = context()?;
    chat.close_room(caller.person.id, room).await.map_err(refuse)
}

/// The messages before the entry `before`.
#[server(prefix = "/api", endpoint = "history", input = GetUrl)]
pub async fn history(room: RoomId, before: u64) -> Result<entry::Page, ApiError> {
    let (chat, caller) = context()?;
    let page = chat.history(caller.person.id, room, before).await.map_err(refuse)?;
    caller.allow_compression_of(&page.entries);
    Ok(page)
}

/// Rooms whose titles match `query`, older than `before`.
#[server(prefix = "/api", endpoint = "lobby_rooms", input = GetUrl)]
pub async fn lobby_rooms(
    #[server(default)] query: String,
    #[server(default)] before: Option<RoomId>,
) -> Result<LobbyPage, ApiError> {
    let (chat, caller) = context()?;
    caller.allow_compression();
    chat.lobby(&query, before).await.map_err(refuse)
}

/// Changes the language of the caller's pages from now on.
#[server(prefix = "/api", endpoint = "set_language")]
pub async fn set_language(lang: String) -> Result<(), ApiError> {
    let lang = crate::strings::Lang::from_code(&lang).ok_or_else(|| refuse(Error::Refused))?;
    let is_https = use_context::<OverHttps>().is_some_and(|OverHttps(is_https)| is_https);
    let (prefix, secure) = if is_https { ("__Host-", "; Secure") } else { ("", "") };
    set_cookie(&format!("{prefix}lang={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}", lang.code()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use chat::Act;

    use super::*;

    #[test]
    fn each_error_has_its_status() {
        assert_eq!(status(&Error::Invalid(Vec::new())), 422);
        for error in [Error::WrongPassword, Error::Barred, Error::NotSeated, Error::NotOwner, Error::Refused] {
            assert_eq!(status(&error), 403, "{error}");
        }
        for error in [Error::Full, Error::Absent, Error::NameTaken] {
            assert_eq!(status(&error), 409, "{error}");
        }
        assert_eq!([Error::NotFound, Error::Removed].map(|error| status(&error)), [404; 2]);
        assert_eq!(status(&Error::TooLarge { limit: 5 }), 413);
        assert_eq!(status(&Error::TooMany { of: Act::Say, retry_after: 1 }), 429);
        assert_eq!(status(&Error::TooSlow), 408);
        assert_eq!(status(&Error::Unavailable), 503);
        assert_eq!(status(&Error::Internal), 500);
    }

    /// Uploads use a request of their own, for the progress, and read errors in this form.
    #[test]
    fn errors_travel_as_the_domains_json() {
        let error = ApiError(Error::TooMany { of: Act::Say, retry_after: 3 });
        assert_eq!(error.ser(), r#"{"TooMany":{"of":"Say","retry_after":3}}"#.as_bytes());
        assert_eq!(ApiError::de(error.ser()), error);
    }
}
