//! What people do inside a room, and what they see there.

use app::page::Page;
use chat::entry::Emoji;
use chat::view::RoomView;
use chat::{ClientId, Entry, GifHash, RoomCard, RoomId, VisitorId, What};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::{Answer, Visitor};

/// A GIF of one transparent pixel.
pub const GIF: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

impl Visitor {
    /// Calls a server function that takes a room.
    pub async fn act(&self, function: &str, room: RoomId, fields: &[(&str, &str)]) -> Answer {
        let room = room.to_string();
        let fields: Vec<_> = [("room", room.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.call(function, &fields).await
    }

    pub async fn whisper(&self, room: RoomId, to: VisitorId, text: &str) -> Answer {
        self.act("send_text", room, &[("to", &to.to_string()), ("text", text)]).await
    }

    /// Sends a GIF. `target` may contain the fields `to` (a whisper's receiver) and `reply` (the entry replied to).
    pub async fn upload(&self, room: RoomId, gif: Part, target: &[(&str, &str)]) -> Answer {
        let mut form = Form::new().text("room", room.to_string());
        for (name, value) in target {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        let request = self.request(Method::POST, "/api/upload_gif").multipart(form.part("gif", gif.file_name("a.gif")));
        self.send(request.header("accept", "application/json").header("origin", self.origin())).await
    }

    pub async fn react(&self, room: RoomId, seq: u64, emoji: Emoji, on: bool) -> Answer {
        let (client, seq) = (ClientId::generate().to_string(), seq.to_string());
        let emoji = format!("{emoji:?}");
        let fields =
            [("client", client.as_str()), ("seq", &seq), ("emoji", &emoji), ("on", if on { "true" } else { "false" })];
        self.act("react", room, &fields).await
    }
}

/// The visitor's id, as the server knows it.
pub async fn id_of(visitor: &Visitor) -> VisitorId {
    visitor.get("/").await.page().me.id
}

/// The room's card in this visitor's lobby, if it is listed.
pub async fn card_of(visitor: &Visitor, room: RoomId) -> Option<RoomCard> {
    match visitor.get("/").await.page().page {
        Page::Lobby(lobby) => lobby.cards.into_iter().find(|card| card.id == room),
        other => panic!("no lobby: {other:?}"),
    }
}

/// The room, as shown to a visitor who is seated in it.
pub async fn view_of(visitor: &Visitor, room: RoomId) -> RoomView {
    match visitor.get(&format!("/room/{room}")).await.page().page {
        Page::Room { view, .. } => view,
        other => panic!("not inside: {other:?}"),
    }
}

/// Entries as the page of somebody shows them who has sent none of them: without the ids of sends.
pub fn without_ids(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|entry| Entry { client: ClientId::FOREIGN, ..entry.clone() }).collect()
}

/// The hash of an entry's GIF.
pub fn hash_of(entry: &Entry) -> GifHash {
    match &entry.what {
        What::Gif(gif) => gif.sha,
        other => panic!("no GIF: {other:?}"),
    }
}
