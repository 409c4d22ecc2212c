//! The data that a page is made from. The server loads it before it sends the first byte (so that the status is right),
//! renders it, and writes it into the page as JSON. The browser hydrates from that same JSON.

#[cfg(feature = "ssr")]
use chat::Entry;
use chat::event::LobbyPage;
use chat::id::ClientId;
use chat::room::{Outside, Reason};
use chat::view::{LobbyView, RoomView};
use chat::{Error, Person, RoomCard, Timestamp};
use serde::{Deserialize, Serialize};

use crate::play::Playback;
use crate::strings::Lang;

/// Everything a page shows at first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageState {
    pub lang: Lang,
    pub me: Person,
    /// Uploads above this many bytes are refused.
    pub gif_max_bytes: u64,
    /// How GIFs play for this person.
    pub playback: Playback,
    /// The server's clock.
    pub now: Timestamp,
    pub page: Page,
    /// The error of the form that was sent last, if it was sent without JavaScript.
    pub flash: Option<Flash>,
}

#[cfg(feature = "ssr")]
impl PageState {
    /// Whether this page may be compressed without its length revealing a secret of its reader. A page would reveal one if text
    /// chosen by others (a message, a name) stood beside a whisper, or beside what was typed into a form that failed: an attacker
    /// who repeats a part of the secret makes the compressed page shorter. The log in its frame is never compressed, because it
    /// reloads itself all the time, which gives such an attack the many attempts that it needs.
    pub fn may_be_compressed(&self) -> bool {
        let is_open = match &self.page {
            Page::Room { view, .. } => !view.entries.iter().any(Entry::is_whisper),
            Page::Log { .. } => false,
            Page::Lobby(_) | Page::NewRoom | Page::Door { .. } | Page::Barred { .. } | Page::Error { .. } => true,
        };
        let has_typed = self.flash.as_ref().is_some_and(|flash| !flash.typed.is_empty());
        is_open && !has_typed
    }
}

/// The kind of the page, with its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Page {
    Lobby(LobbyView),
    NewRoom,
    /// A room from the outside.
    Door {
        card: RoomCard,
        /// A pass lets this person in without the password.
        has_pass: bool,
        /// There is no seat for a newcomer.
        is_full: bool,
        /// Why the room took this person's seat away. `None` if it did not.
        why: Option<Outside>,
        /// The password has changed since this person last gave it.
        is_password_new: bool,
    },
    /// A room from the inside.
    Room {
        view: RoomView,
        /// The client id of the next message that is sent without JavaScript, so that a double click sends it once.
        send_id: ClientId,
    },
    /// The log alone, for the frame that shows a room without JavaScript. With `newest` it is the end of the log. (This
    /// variant and those below are never sent to the browser as data, so the browser has no code to read them.)
    #[serde(skip)]
    Log {
        view: RoomView,
        newest: bool,
    },
    /// A room from which this person was thrown out.
    #[serde(skip)]
    Barred {
        room: RoomCard,
        reason: Option<Reason>,
    },
    /// An error page. `method` and `path` are those of the request.
    #[serde(skip)]
    Error {
        status: u16,
        method: String,
        path: String,
        error: Option<Error>,
    },
}

chat::wire_struct!(PageState { lang, me, gif_max_bytes, playback, now, page, flash });
// An entry reads its own pages only.
chat::wire_enum!(Page {
    #[cfg(feature = "lobby")]
    Lobby(view),
    #[cfg(feature = "door")]
    NewRoom,
    #[cfg(feature = "door")]
    Door { card, has_pass, is_full, why, is_password_new },
    #[cfg(feature = "room")]
    Room { view, send_id },
} never { Log, Barred, Error });
chat::wire_struct!(Flash { error, typed });

/// What the session keeps of a form that failed: the error, and what was typed except for passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub error: Error,
    /// Pairs of a field's name and its text.
    pub typed: Vec<(String, String)>,
}

impl Flash {
    /// The text that was typed into the field of this name.
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }

    /// Whether the failed form was that of a room's settings. No other form in a room has the field `capacity`.
    pub fn is_of_settings(&self) -> bool {
        self.typed("capacity").is_some()
    }

    /// Whether the settings form itself shows the error, at its fields.
    pub fn is_told_by_settings(&self) -> bool {
        self.is_of_settings() && matches!(self.error, Error::Invalid(_))
    }
}

impl Page {
    /// Whether the browser hydrates the page. The others stay as the server wrote them.
    #[cfg(feature = "ssr")]
    pub fn is_hydrated(&self) -> bool {
        !matches!(self, Page::Log { .. } | Page::Barred { .. } | Page::Error { .. })
    }

    /// The page's own address. The browser shows it when the page was the answer to a form, which has another address.
    pub fn address(&self) -> String {
        match self {
            Page::Lobby(view) => crate::address::search(&view.query),
            Page::NewRoom => "/room".to_owned(),
            Page::Door { card, .. } => format!("/room/{}", card.id),
            Page::Room { view, .. } => format!("/room/{}", view.id),
            Page::Log { .. } | Page::Barred { .. } | Page::Error { .. } => "/".to_owned(),
        }
    }

    pub fn lobby(page: LobbyPage, query: String) -> Self {
        Page::Lobby(LobbyView::new(page, query))
    }
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use chat::error::{Field, Problem};
    use chat::event::Totals;
    use chat::room::Slow;
    use chat::{Capacity, RoomId, RoomTitle, VisitorId, wire};

    use super::*;
    use crate::play::Play;

    fn states() -> Result<Vec<PageState>, chat::Error> {
        let me = Person::new(VisitorId([1; 16]));
        let (id, title, capacity) = (RoomId([2; 16]), RoomTitle::new("</script>\"")?, Capacity::DEFAULT);
        let card = RoomCard {
            id,
            title: title.clone(),
            capacity,
            locked: true,
            slow: Slow::ALL[1],
            people: 1,
            owner: me.clone(),
            faces: vec![me.clone()],
            created_at: Timestamp(1),
            spoken_at: None,
        };
        let lobby = LobbyPage { cards: vec![card.clone()], more: true, totals: Totals { rooms: 300, people: 2 } };
        let view = RoomView {
            id,
            title,
            capacity,
            locked: false,
            slow: Slow::OFF,
            veil: false,
            owner: me.id,
            me: me.id,
            people: vec![me.clone()],
            away: Vec::new(),
            absent: Vec::new(),
            entries: Vec::new(),
            more: false,
            first: 1,
            seq: 1,
            unloaded: 0,
            gifs: Vec::new(),
        };
        let flash = Flash {
            error: Error::invalid(Field::Title, Problem::TooLong { max: 50 }),
            typed: vec![("title".into(), "\u{2028}</script>".into()), ("capacity".into(), String::new())],
        };
        let pages = [
            Page::lobby(lobby, "고".into()),
            Page::NewRoom,
            Page::Door { card, has_pass: true, is_full: false, why: Some(Outside::Away), is_password_new: false },
            Page::Room { view, send_id: ClientId([3; 16]) },
        ];
        let with = |flash, page| PageState {
            lang: Lang::En,
            me: me.clone(),
            gif_max_bytes: 5,
            playback: Playback { play: Some(Play::Once), veil: true },
            now: Timestamp(7),
            page,
            flash,
        };
        Ok(pages.into_iter().flat_map(|page| [with(None, page.clone()), with(Some(flash.clone()), page)]).collect())
    }

    #[test]
    fn the_browser_reads_what_the_server_wrote() {
        for state in states().expect("states") {
            let json = serde_json::to_value(&state).expect("JSON");
            assert_eq!(wire::read(&json.to_string()).as_ref(), Some(&state));
            assert_eq!(wire::read(&wire::write(&state)), Some(state));
            for field in ["lang", "me", "gif_max_bytes", "playback", "now", "page", "flash"] {
                let mut without = json.clone();
                without.as_object_mut().expect("an object").remove(field).expect(field);
                assert_eq!(wire::read::<PageState>(&without.to_string()), None, "without {field}");
                without[field] = serde_json::json!([0.5]);
                assert_eq!(wire::read::<PageState>(&without.to_string()), None, "wrong {field}");
            }
        }
    }

    #[test]
    fn pages_without_data_are_never_read() {
        for page in [r#""Log""#, r#"{"Barred":{}}"#, r#"{"Error":{"status":404}}"#, "null", r#""Other""#] {
            assert_eq!(wire::read::<Page>(page), None, "{page}");
        }
    }
}
