//! Entries as documents, with and without a number. Later versions may add fields, which this one leaves alone.

use mongodb::bson::oid::ObjectId;
use serde::{Deserialize, Serialize};

use super::values::{Author, Bytes, Id, Sha};
use chat::entry::{Emoji, Entry, Reply, Settings, Showing, Text, What};
use chat::error::Error;
use chat::gif::{Gif, GifHash};
use chat::id::{ClientId, RoomId, VisitorId};
use chat::record::NewEntry;
use chat::room::Reason;
use chat::time::Timestamp;
use chat::visitor::{Name, Person};

#[derive(Clone, Serialize, Deserialize)]
pub struct EntryDoc {
    #[serde(rename = "_id")]
    pub id: ObjectId,
    room: Id,
    pub seq: u64,
    pub author: Author,
    client: Id,
    at: Timestamp,
    person: PersonDoc,
    what: WhatDoc,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyDoc>,
    #[serde(default, skip_serializing_if = "Showing::is_plain")]
    showing: Showing,
}

/// An entry that has no number yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct FactDoc {
    client: Id,
    at: Timestamp,
    person: PersonDoc,
    what: WhatDoc,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct WhatDoc {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    /// Why a visitor was thrown out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gif: Option<GifDoc>,
    /// The GIF of a reaction that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gif_off: Option<GifDoc>,
    /// The person it is for, if it is not for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<PersonDoc>,
    /// The `seq` of the message it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emoji: Option<Emoji>,
    /// Whether a reaction is set or taken back, or whether a visitor is away or back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    /// The name before it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<Settings>,
    /// How the GIF of the message that it changes is shown. (Missing when that message was removed.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    showing: Option<Showing>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Gif,
    /// A text or GIF for one person. The kind is its own, so that an older version cannot take it for a public message.
    Whisper,
    Removed,
    Entered,
    Left,
    NewOwner,
    ThrownOut,
    Renamed,
    Settings,
    Removal,
    Reaction,
    GifReaction,
    Showing,
    Away,
}

#[derive(Clone, Serialize, Deserialize)]
struct ReplyDoc {
    seq: u64,
    person: PersonDoc,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct GifDoc {
    sha: Sha,
    width: u16,
    height: u16,
    frames: u16,
    duration_ms: u32,
    bytes: u32,
}

impl EntryDoc {
    pub fn new(id: ObjectId, room: RoomId, author: Author, entry: &Entry) -> Self {
        Self {
            id,
            room: Bytes(room.0),
            seq: entry.seq,
            author,
            client: Bytes(entry.client.0),
            at: entry.at,
            person: PersonDoc::new(&entry.person),
            what: WhatDoc::new(&entry.what, entry.to.as_ref()),
            reply: entry.reply.as_ref().map(ReplyDoc::new),
            showing: entry.showing.clone(),
        }
    }

    /// Whether it counts as one of a page's messages.
    pub fn is_message(&self) -> bool {
        matches!(self.what.kind, Kind::Text | Kind::Gif | Kind::Whisper | Kind::Removed)
    }

    pub fn client(&self) -> ClientId {
        ClientId(self.client.0)
    }

    pub fn entry(self) -> Result<Entry, Error> {
        let (what, to) = self.what.read()?;
        let (person, client) = (self.person.person(), ClientId(self.client.0));
        let reply = self.reply.map(ReplyDoc::reply);
        Ok(NewEntry { at: self.at, person, client, what, to, reply, showing: self.showing }.numbered(self.seq))
    }
}

impl FactDoc {
    pub fn new(fact: &NewEntry) -> Self {
        Self {
            client: Bytes(fact.client.0),
            at: fact.at,
            person: PersonDoc::new(&fact.person),
            what: WhatDoc::new(&fact.what, fact.to.as_ref()),
        }
    }

    pub fn fact(self) -> Result<NewEntry, Error> {
        let (what, to) = self.what.read()?;
        let (person, client) = (self.person.person(), ClientId(self.client.0));
        Ok(NewEntry { to, ..NewEntry::fact(self.at, person, client, what) })
    }
}

impl WhatDoc {
    pub fn new(what: &What, to: Option<&Person>) -> Self {
        let to = to.map(PersonDoc::new);
        let message = |kind| if to.is_some() { Kind::Whisper } else { kind };
        let bare = |kind| Self {
            kind,
            text: None,
            reason: None,
            gif: None,
            gif_off: None,
            to: to.clone(),
            about: what.about(),
            emoji: None,
            on: None,
            from: None,
            settings: None,
            showing: None,
        };
        match what {
            What::Text(text) => Self { text: Some(text.clone()), ..bare(message(Kind::Text)) },
            What::Gif(gif) => Self { gif: Some(GifDoc::new(gif)), ..bare(message(Kind::Gif)) },
            What::Removed => bare(Kind::Removed),
            What::Entered => bare(Kind::Entered),
            What::Left => bare(Kind::Left),
            What::NewOwner => bare(Kind::NewOwner),
            What::ThrownOut { reason } => Self { reason: reason.clone(), ..bare(Kind::ThrownOut) },
            What::Renamed { from } => Self { from: Some(from.clone()), ..bare(Kind::Renamed) },
            What::Settings(settings) => Self { settings: Some(settings.clone()), ..bare(Kind::Settings) },
            What::Removal { .. } => bare(Kind::Removal),
            What::Reaction { emoji, on, .. } => Self { emoji: Some(*emoji), on: Some(*on), ..bare(Kind::Reaction) },
            // `gif` has only a GIF that is shown, because the uses of a GIF are looked for there.
            What::GifReaction { gif, on, .. } => {
                let gif = gif.as_ref().map(GifDoc::new);
                let (gif, gif_off) = if *on { (gif, None) } else { (None, gif) };
                Self { gif, gif_off, on: Some(*on), ..bare(Kind::GifReaction) }
            }
            What::Showing { showing, .. } => Self { showing: Some(showing.clone()), ..bare(Kind::Showing) },
            What::Away(away) => Self { on: Some(*away), ..bare(Kind::Away) },
        }
    }

    fn read(self) -> Result<(What, Option<Person>), Error> {
        let to = self.to.clone().map(PersonDoc::person);
        match self.what() {
            Some(what) => Ok((what, to)),
            None => {
                tracing::error!("an entry has nothing of what it is said to be");
                Err(Error::Internal)
            }
        }
    }

    fn what(self) -> Option<What> {
        Some(match self.kind {
            Kind::Text | Kind::Gif | Kind::Whisper => match (self.text, self.gif) {
                (Some(text), _) => What::Text(text),
                (None, gif) => What::Gif(gif?.gif()),
            },
            Kind::Removed => What::Removed,
            Kind::Entered => What::Entered,
            Kind::Left => What::Left,
            Kind::NewOwner => What::NewOwner,
            Kind::ThrownOut => What::ThrownOut { reason: self.reason },
            Kind::Renamed => What::Renamed { from: self.from? },
            Kind::Settings => What::Settings(self.settings?),
            Kind::Removal => What::Removal { seq: self.about? },
            Kind::GifReaction => {
                let gif = self.gif.or(self.gif_off).map(GifDoc::gif);
                What::GifReaction { seq: self.about?, gif, on: self.on? }
            }
            Kind::Reaction => What::Reaction { seq: self.about?, emoji: self.emoji?, on: self.on? },
            Kind::Showing => What::Showing { seq: self.about?, showing: self.showing.unwrap_or_default() },
            Kind::Away => What::Away(self.on?),
        })
    }
}

impl ReplyDoc {
    fn new(reply: &Reply) -> Self {
        Self { seq: reply.seq, person: PersonDoc::new(&reply.person) }
    }

    fn reply(self) -> Reply {
        Reply { seq: self.seq, person: self.person.person() }
    }
}

impl GifDoc {
    fn new(gif: &Gif) -> Self {
        let Gif { sha, width, height, frames, duration_ms, bytes } = *gif;
        Self { sha: Bytes(sha.0), width, height, frames, duration_ms, bytes }
    }

    fn gif(self) -> Gif {
        let Self { sha, width, height, frames, duration_ms, bytes } = self;
        Gif { sha: GifHash(sha.0), width, height, frames, duration_ms, bytes }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub struct PersonDoc {
    id: Id,
    name: Name,
}

impl PersonDoc {
    pub fn new(person: &Person) -> Self {
        Self { id: Bytes(person.id.0), name: person.name.clone() }
    }

    pub fn person(self) -> Person {
        Person { id: VisitorId(self.id.0), name: self.name }
    }
}
