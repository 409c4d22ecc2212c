//! Every server function, declared once for the server and the browser.
//!
//! From each declaration in the list below, [`serve`] makes a `#[server]` function on the server, and [`crate::call`] makes a
//! function for the browser with the same name and parameters, whose request has exactly these fields. So the two sides cannot
//! disagree. Each function has a fixed address, so that a page of the previous version still reaches it. Without JavaScript,
//! plain forms post to the same addresses, and the server's `forms` layer turns the answers into redirects.

#[cfg(feature = "ssr")]
mod caller;
#[cfg(feature = "ssr")]
mod functions;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
mod upload;

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use self::caller::Caller;
#[cfg(feature = "ssr")]
pub use self::serve::act_of;

/// Hands the list of all server functions to the macro of that name.
///
/// A declaration is `method "address" => name(fields) -> answer, counted as act;`. A field that may be missing has
/// `#[server(default)]`. The method says how the browser sends the fields: `post` and `get` encode them like a form. A `form` is
/// posted only by plain forms, and an `upload` is a form with a file, so [`crate::call`] has no function for these two. The act
/// says which limit counts the calls.
macro_rules! server_functions {
    ($expand:ident) => {
        $expand! {
            post "create_room" => create_room(title: String, capacity: String, password: String) -> RoomId, counted as NewRoom;

            post "enter_room" => enter_room(room: RoomId, #[server(default)] password: String) -> (), counted as Enter;

            /// Whether the caller would get a seat in the room at once: a free one, or that of a person who is away.
            get "has_place" => has_place(room: RoomId) -> bool, counted as Look;

            post "leave_room" => leave_room(room: RoomId) -> (), counted as Other;

            /// Sends a text to everybody, or as a whisper to the person `to`. `reply` is the `seq` of the message that it
            /// answers.
            post "send_text" => send_text(
                room: RoomId,
                #[server(default)] client: Option<ClientId>,
                text: String,
                #[server(default)] to: Option<VisitorId>,
                #[server(default)] reply: Option<u64>,
            ) -> Entry, counted as Say;

            /// Sends a GIF. The field `room` comes first and `gif` is required; `client`, `to`, `reply`, `description` and
            /// `veiled` may be missing.
            upload "upload_gif" => upload_gif(form: MultipartData) -> Entry, counted as Upload;

            /// Sends a GIF that the server has already, by its hash: one that the caller sees in a room where they sit, or one on
            /// their shelf. (A call that finds the GIF is also counted as `Say`. A call that does not find it is only a `Look`.)
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
            post "keep_gif" => keep_gif(room: RoomId, seq: u64, #[server(default)] description: String) -> Item, counted as Other;

            /// Sets the name, the tags (separated by commas or spaces) and the folder of a GIF on the caller's shelf. `kept`
            /// keeps a GIF that was only sent. Without it, a kept GIF stays kept: only `drop_gif` removes it.
            post "label_gif" => label_gif(
                gif: GifHash,
                kept: bool,
                #[server(default)] name: String,
                #[server(default)] tags: String,
                #[server(default)] folder: String,
            ) -> Item, counted as Other;

            /// Takes a GIF off the caller's shelf.
            post "drop_gif" => drop_gif(gif: GifHash) -> (), counted as Other;

            /// Keeps a GIF that is loaded from a file. The field `gif` comes last. `name`, `tags`, `folder` and `description`
            /// may be missing.
            upload "shelve_gif" => shelve_gif(form: MultipartData) -> Item, counted as Upload;

            /// Adds a reaction to message `seq`, or takes it back.
            post "react" => react(room: RoomId, client: ClientId, seq: u64, emoji: Emoji, on: bool) -> Entry, counted as Say;

            /// Adds a GIF as a reaction to message `seq`, or takes it back. It must be one that `send_gif` would accept.
            post "react_by_gif" => react_by_gif(room: RoomId, client: ClientId, seq: u64, gif: GifHash, on: bool) -> Entry, counted as Say;

            /// Sets the description of the GIF of message `seq`, and whether it is hidden until a reader asks for it.
            post "show_gif" => show_gif(
                room: RoomId,
                seq: u64,
                #[server(default)] description: String,
                #[server(default)] veiled: bool,
            ) -> (), counted as Say;

            /// Empties message `seq` for good.
            post "remove_message" => remove_message(room: RoomId, seq: u64) -> (), counted as Other;

            /// Renames the caller, in this room and in rooms they enter from now on.
            post "rename" => rename(room: RoomId, name: String) -> (), counted as Say;

            /// Notes that the caller has been inactive for a while, or is back.
            post "set_away" => set_away(room: RoomId, away: bool) -> (), counted as Other;

            post "hand_over" => hand_over(room: RoomId, to: VisitorId) -> (), counted as Other;

            post "throw_out" => throw_out(room: RoomId, whom: VisitorId, #[server(default)] reason: String) -> (), counted as Other;

            /// Lets a person who was thrown out come back.
            post "let_in" => let_in(room: RoomId, whom: VisitorId) -> (), counted as Other;

            /// The people who were thrown out, for the owner.
            get "bars" => bars(room: RoomId) -> Vec<Bar>, counted as Look;

            /// Changes the settings that are given. An empty password changes nothing; `open` removes the password. `slow` is the
            /// number of seconds of slow mode, and `veil` (`true` or `false`) hides all GIFs until a reader asks for them.
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
            post "close_room" => close_room(room: RoomId) -> (), counted as Other;

            /// A page of the entries before the entry `before`.
            get "history" => history(room: RoomId, before: u64) -> LogPage, counted as Look;

            /// The facts about these GIFs (hashes, separated by spaces, at most 50), which the caller must see in the room.
            get "known_gifs" => known_gifs(room: RoomId, gifs: String) -> Vec<GifFacts>, counted as Look;

            /// A page of the rooms whose titles match `query` and that are older than `before`.
            get "lobby_rooms" => lobby_rooms(#[server(default)] query: String, #[server(default)] before: Option<RoomId>) -> LobbyPage,
                counted as Search;

            /// Changes how GIFs play for the caller from now on (`play` is a code of [`crate::play::Play`], or empty to follow
            /// the device), and whether all of them are hidden until the caller asks for them.
            post "set_gifs" => set_gifs(#[server(default)] play: String, #[server(default)] veil: bool) -> (), counted as Look;

            /// Changes the language of the caller's pages from now on.
            form "set_language" => set_language(lang: String) -> (), counted as Look;
        }
    };
}

pub(crate) use server_functions;

/// A field that may be missing. It tells a missing field from an empty one, which an `Option` could not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct OptionalField(pub Option<String>);

impl From<String> for OptionalField {
    fn from(typed: String) -> Self {
        Self(Some(typed))
    }
}
