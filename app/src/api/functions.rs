//! The bodies of the server functions. They pass the caller and the parsed fields on to `backend::service`, which does the rest.

use std::slice;
use std::sync::Arc;

use backend::service::{Chat, Look, Target};
use chat::command::{Typed, is_whisper, typed};
use chat::entry::{Description, Emoji, LogPage, Showing};
use chat::event::LobbyPage;
use chat::gif::{GifFacts, GifHash};
use chat::room::Bar;
use chat::shelf::{Item, Label, SeenInRoom, Shelf};
use chat::{ClientId, Entry, Error, Field, Person, Problem, RoomId, VisitorId};
use server_fn::codec::MultipartData;

use super::OptionalField;
use super::caller::{Caller, set_cookie};
use super::upload::{ForShelf, Upload, read_for_shelf, read_upload};
use crate::play::{Play, Playback};
use crate::strings::Lang;

pub async fn create_room(
    chat: &Arc<Chat>,
    caller: &Caller,
    title: String,
    capacity: String,
    password: String,
) -> Result<RoomId, Error> {
    let room = chat.create_room(&caller.person, caller.address, &title, &capacity, &password).await?;
    caller.tell_of_name();
    Ok(room)
}

pub async fn enter_room(chat: &Arc<Chat>, caller: &Caller, room: RoomId, password: String) -> Result<(), Error> {
    chat.enter(&caller.person, caller.address, room, &password).await?;
    caller.tell_of_name();
    Ok(())
}

pub async fn has_place(chat: &Arc<Chat>, caller: &Caller, room: RoomId) -> Result<bool, Error> {
    chat.has_place(caller.person.id, room).await
}

pub async fn leave_room(chat: &Arc<Chat>, caller: &Caller, room: RoomId) -> Result<(), Error> {
    chat.leave(caller.person.id, room).await
}

pub async fn send_text(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    client: Option<ClientId>,
    text: String,
    to: Option<VisitorId>,
    reply: Option<u64>,
) -> Result<Entry, Error> {
    let client = client.unwrap_or_else(ClientId::generate);
    let (text, target) = apply_command(chat, caller, room, text, Target { to, reply }).await?;
    let entry = chat.send_text(caller.person.id, room, client, &text, target).await?;
    caller.allow_compression_of(slice::from_ref(&entry));
    Ok(entry)
}

pub async fn upload_gif(chat: &Arc<Chat>, caller: &Caller, form: MultipartData) -> Result<Entry, Error> {
    let Upload { room, client, target, showing, gif } = read_upload(form, chat, caller.person.id).await?;
    chat.send_gif(caller.person.id, caller.address, room, client, gif, showing, target).await
}

#[expect(clippy::too_many_arguments, reason = "These are the fields of the form.")]
pub async fn send_gif(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    client: ClientId,
    gif: GifHash,
    to: Option<VisitorId>,
    reply: Option<u64>,
    description: String,
    veiled: bool,
) -> Result<Entry, Error> {
    let showing = Showing { description: Description::new(&description)?, veiled };
    let target = Target { to, reply };
    chat.send_seen_gif(caller.person.id, caller.address, room, client, gif, showing, target).await
}

pub async fn my_gifs(chat: &Arc<Chat>, caller: &Caller, after: Option<GifHash>) -> Result<Shelf, Error> {
    // A shelf holds nothing that another visitor put there, so the length of the compressed answer reveals no secret.
    caller.allow_compression();
    chat.shelf(caller.person.id, after).await
}

pub async fn room_gifs(chat: &Arc<Chat>, caller: &Caller, room: RoomId) -> Result<SeenInRoom, Error> {
    chat.gifs_of_room(caller.person.id, room).await
}

pub async fn keep_gif(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    seq: u64,
    description: String,
) -> Result<Item, Error> {
    let description = Description::new(&description)?;
    chat.keep_gif(caller.person.id, caller.address, room, seq, description).await
}

pub async fn label_gif(
    chat: &Arc<Chat>,
    caller: &Caller,
    gif: GifHash,
    kept: bool,
    name: String,
    tags: String,
    folder: String,
) -> Result<Item, Error> {
    chat.label_gif(caller.person.id, caller.address, gif, kept, Label::new(&name, &tags, &folder)?).await
}

pub async fn drop_gif(chat: &Arc<Chat>, caller: &Caller, gif: GifHash) -> Result<(), Error> {
    chat.drop_gif(caller.person.id, gif).await
}

pub async fn shelve_gif(chat: &Arc<Chat>, caller: &Caller, form: MultipartData) -> Result<Item, Error> {
    let ForShelf { label, description, gif } = read_for_shelf(form, chat, caller.person.id).await?;
    chat.keep_upload(caller.person.id, caller.address, gif, label, description).await
}

pub async fn react(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    client: ClientId,
    seq: u64,
    emoji: Emoji,
    on: bool,
) -> Result<Entry, Error> {
    chat.react(caller.person.id, room, client, seq, emoji, on).await
}

pub async fn react_by_gif(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    client: ClientId,
    seq: u64,
    gif: GifHash,
    on: bool,
) -> Result<Entry, Error> {
    chat.react_by_gif(caller.person.id, room, client, seq, gif, on).await
}

pub async fn show_gif(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    seq: u64,
    description: String,
    veiled: bool,
) -> Result<(), Error> {
    let showing = Showing { description: Description::new(&description)?, veiled };
    chat.show_gif(caller.person.id, room, seq, showing).await
}

pub async fn remove_message(chat: &Arc<Chat>, caller: &Caller, room: RoomId, seq: u64) -> Result<(), Error> {
    chat.remove_message(caller.person.id, room, seq).await
}

pub async fn rename(chat: &Arc<Chat>, caller: &Caller, room: RoomId, name: String) -> Result<(), Error> {
    let person = chat.rename(caller.person.id, room, &name).await?;
    caller.set_called(person);
    Ok(())
}

pub async fn set_away(chat: &Arc<Chat>, caller: &Caller, room: RoomId, away: bool) -> Result<(), Error> {
    chat.set_away(caller.person.id, room, away).await
}

pub async fn hand_over(chat: &Arc<Chat>, caller: &Caller, room: RoomId, to: VisitorId) -> Result<(), Error> {
    chat.hand_over(caller.person.id, room, to).await
}

pub async fn throw_out(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    whom: VisitorId,
    reason: String,
) -> Result<(), Error> {
    chat.throw_out(caller.person.id, room, whom, &reason).await
}

pub async fn let_in(chat: &Arc<Chat>, caller: &Caller, room: RoomId, whom: VisitorId) -> Result<(), Error> {
    chat.let_in(caller.person.id, room, whom).await
}

pub async fn bars(chat: &Arc<Chat>, caller: &Caller, room: RoomId) -> Result<Vec<Bar>, Error> {
    chat.bars(caller.person.id, room).await
}

#[expect(clippy::too_many_arguments, reason = "These are the fields of the form.")]
pub async fn set_room(
    chat: &Arc<Chat>,
    caller: &Caller,
    room: RoomId,
    title: OptionalField,
    capacity: OptionalField,
    password: String,
    open: bool,
    slow: OptionalField,
    veil: OptionalField,
) -> Result<(), Error> {
    let (title, capacity, slow) = (title.0.as_deref(), capacity.0.as_deref(), slow.0.as_deref());
    let veil = veil.0.map(|veil| veil.parse().map_err(|_| Error::Refused)).transpose()?;
    chat.set_room(caller.person.id, caller.address, room, title, capacity, &password, open, slow, veil).await
}

pub async fn close_room(chat: &Arc<Chat>, caller: &Caller, room: RoomId) -> Result<(), Error> {
    chat.close_room(caller.person.id, room).await
}

pub async fn history(chat: &Arc<Chat>, caller: &Caller, room: RoomId, before: u64) -> Result<LogPage, Error> {
    let page = chat.history(caller.person.id, room, before).await?;
    caller.allow_compression_of(&page.entries);
    Ok(page)
}

pub async fn known_gifs(chat: &Arc<Chat>, caller: &Caller, room: RoomId, gifs: String) -> Result<Vec<GifFacts>, Error> {
    let gifs = gifs.split_whitespace().map(|sha| sha.parse().map_err(|_| Error::Refused));
    let gifs: Vec<GifHash> = gifs.collect::<Result<_, _>>()?;
    chat.facts_of_gifs(caller.person.id, room, &gifs).await
}

pub async fn lobby_rooms(
    chat: &Arc<Chat>,
    caller: &Caller,
    query: String,
    before: Option<RoomId>,
) -> Result<LobbyPage, Error> {
    caller.allow_compression();
    chat.lobby(&query, before).await
}

pub async fn set_language(_: &Arc<Chat>, caller: &Caller, lang: String) -> Result<(), Error> {
    let lang = Lang::from_code(&lang).ok_or(Error::Refused)?;
    keep_choice(caller, "lang", lang.code());
    Ok(())
}

pub async fn set_gifs(_: &Arc<Chat>, caller: &Caller, play: String, veil: bool) -> Result<(), Error> {
    let play = match play.as_str() {
        "" => None,
        code => Some(Play::from_code(code).ok_or(Error::Refused)?),
    };
    keep_choice(caller, "gifs", &Playback { play, veil }.to_cookie());
    Ok(())
}

/// Stores the caller's choice in a cookie of their browser, for a year.
fn keep_choice(caller: &Caller, name: &str, value: &str) {
    let (prefix, secure) = if caller.is_https { ("__Host-", "; Secure") } else { ("", "") };
    set_cookie(&format!("{prefix}{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax{secure}"));
}

/// Applies a whisper command in a text, and returns the text and target to send. A page with scripts has already done so. For
/// plain forms it is done here, or a whisper that is written as a command would be shown to everybody. The command is read in
/// every language; it fails if it could mean several people.
async fn apply_command(
    chat: &Arc<Chat>,
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
