//! Every server function, declared once for both halves.
//!
//! The list below makes a `#[server]` function of each declaration on the server ([`serve`]), and for the browser a function of
//! the same name with the same parameters in [`crate::call`], whose request has exactly these fields. So the two halves cannot
//! disagree. Each function has a fixed address, so that a page of the last version still reaches it. Without JavaScript plain
//! forms post to the same addresses; the server's `forms` layer turns the answers into redirects.

#[cfg(feature = "ssr")]
mod functions;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
mod upload;

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use self::serve::{Caller, act_of};

/// Hands the list of all server functions to the macro of that name.
///
/// A declaration is `method "address" => name(fields) -> answer, counted as act;`. A field that may be missing has
/// `#[server(default)]`. The method says how the browser sends the fields: `post` and `get` like a form; `form` is posted only by plain forms; `upload` is a
/// form with a file, which [`crate::state::upload`] sends. The act is how limits count the function. (A call of `lobby_rooms` that
/// searches is counted as a search.)
macro_rules! server_functions {
    ($expand:ident) => {
        $expand! {
            post "create_room" => create_room(title: String, capacity: String, password: String) -> RoomId, counted as NewRoom;

            post "enter_room" => enter_room(room: RoomId, #[server(default)] password: String) -> (), counted as Enter;

            /// Whether the caller would get into the room without waiting for a seat, be it that of somebody who is away.
            get "has_place" => has_place(room: RoomId) -> bool, counted as Look;

            post "leave_room" => leave_room(room: RoomId) -> (), counted as Do;

            /// Sends a text to everybody, or as a whisper `to` somebody. `reply` is the `seq` of the message that it answers.
            post "send_text" => send_text(
                room: RoomId,
                #[server(default)] client: Option<ClientId>,
                text: String,
                #[server(default)] to: Option<VisitorId>,
                #[server(default)] reply: Option<u64>,
            ) -> Entry, counted as Say;

            /// Sends a GIF. The field `room` comes first and `gif` is required; `client`, `to`, `reply`, `description` and `veiled`
            /// may be missing.
            upload "upload_gif" => upload_gif(form: MultipartData) -> Entry, counted as Upload;

            /// Sends a GIF that is there already, by its hash: one that the caller sees in a room where they sit, or that is on their shelf. (It
            /// counts as something said once it is found. Asking for one that is not costs no message.)
            post "send_gif" => send_gif(
                room: RoomId,
                client: ClientId,
                gif: GifHash,
                #[server(default)] to: Option<VisitorId>,
                #[server(default)] reply: Option<u64>,
                #[server(default)] description: String,
                #[server(default)] veiled: bool,
            ) -> Entry, counted as Look;

            /// A page of the caller's own GIFs, those after `after`.
            get "my_gifs" => my_gifs(#[server(default)] after: Option<GifHash>) -> Shelf, counted as Search;

            /// The newest GIFs that the room shows to the caller.
            get "room_gifs" => room_gifs(room: RoomId) -> SeenInRoom, counted as Look;

            /// Keeps the GIF of message `seq` on the caller's shelf.
            post "keep_gif" => keep_gif(room: RoomId, seq: u64, #[server(default)] description: String) -> Item, counted as Do;

            /// Names, tags (separated by commas or spaces) and files a GIF on the caller's shelf. `kept` keeps one that was only sent; one
            /// that is kept stays so until it is dropped.
            post "label_gif" => label_gif(
                gif: GifHash,
                kept: bool,
                #[server(default)] name: String,
                #[server(default)] tags: String,
                #[server(default)] folder: String,
            ) -> Item, counted as Do;

            /// Takes a GIF off the caller's shelf.
            post "drop_gif" => drop_gif(gif: GifHash) -> (), counted as Do;

            /// Keeps a GIF that is loaded from a file. The field `gif` comes last; `name`, `tags`, `folder` and `description` may be missing.
            upload "shelve_gif" => shelve_gif(form: MultipartData) -> Item, counted as Upload;

            /// Adds a reaction to message `seq`, or takes it back.
            post "react" => react(room: RoomId, client: ClientId, seq: u64, emoji: Emoji, on: bool) -> Entry, counted as Say;

            /// The same with a GIF, which the caller could send by its hash.
            post "react_by_gif" => react_by_gif(room: RoomId, client: ClientId, seq: u64, gif: GifHash, on: bool) -> Entry, counted as Say;

            /// Says what the GIF of message `seq` shows, and whether it is hidden until a reader asks for it.
            post "show_gif" => show_gif(
                room: RoomId,
                seq: u64,
                #[server(default)] description: String,
                #[server(default)] veiled: bool,
            ) -> (), counted as Say;

            /// Empties message `seq` for good.
            post "remove_message" => remove_message(room: RoomId, seq: u64) -> (), counted as Do;

            /// Renames the caller, in this room and in rooms they enter from now on.
            post "rename" => rename(room: RoomId, name: String) -> (), counted as Say;

            /// Notes that the caller has been inactive for a while, or is back.
            post "set_away" => set_away(room: RoomId, away: bool) -> (), counted as Do;

            post "hand_over" => hand_over(room: RoomId, to: VisitorId) -> (), counted as Do;

            post "throw_out" => throw_out(room: RoomId, whom: VisitorId, #[server(default)] reason: String) -> (), counted as Do;

            /// Lets somebody who was thrown out come back.
            post "let_in" => let_in(room: RoomId, whom: VisitorId) -> (), counted as Do;

            /// The people who were thrown out, for the owner.
            get "bars" => bars(room: RoomId) -> Vec<Bar>, counted as Look;

            /// Changes the settings that are given. An empty password changes nothing; `open` removes the password. `slow` is slow
            /// mode's seconds, and `veil` (`true` or `false`) hides all GIFs until a reader asks for them.
            post "set_room" => set_room(
                room: RoomId,
                #[server(default)] title: OptionalField,
                #[server(default)] capacity: OptionalField,
                #[server(default)] password: String,
                #[server(default)] open: bool,
                #[server(default)] slow: OptionalField,
                #[server(default)] veil: OptionalField,
            ) -> (), counted as Say;

            /// Closes the room, which deletes everything in it.
            post "close_room" => close_room(room: RoomId) -> (), counted as Do;

            /// The messages before the entry `before`.
            get "history" => history(room: RoomId, before: u64) -> Page, counted as Look;

            /// What is known of these GIFs (their hashes, separated by spaces), which the caller sees in the room: of 50 at most.
            get "known_gifs" => known_gifs(room: RoomId, gifs: String) -> Vec<Known>, counted as Look;

            /// Rooms whose titles match `query`, older than `before`.
            get "lobby_rooms" => lobby_rooms(#[server(default)] query: String, #[server(default)] before: Option<RoomId>) -> LobbyPage,
                counted as Search;

            /// Changes how GIFs play for the caller from now on (`play` as in [`crate::play::Play`], or nothing to follow the
            /// device), and whether all of them are hidden until the caller asks for them.
            post "set_gifs" => set_gifs(#[server(default)] play: String, #[server(default)] veil: bool) -> (), counted as Look;

            /// Changes the language of the caller's pages from now on.
            form "set_language" => set_language(lang: String) -> (), counted as Look;
        }
    };
}

pub(crate) use server_functions;

/// A field that may be missing. An empty one is not missing, but an `Option` could not tell the two apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct OptionalField(pub Option<String>);

impl From<String> for OptionalField {
    fn from(typed: String) -> Self {
        Self(Some(typed))
    }
}
