//! An entry as a document, with a number and without. It may grow fields: what is not known here is left alone.

use mongodb::bson::oid::ObjectId;
use serde::{Deserialize, Serialize};

use super::values::{Author, Bytes, Id, Sha};
use crate::entry::{Entry, Text, What};
use crate::error::Error;
use crate::gif::{Gif, GifHash};
use crate::id::{ClientId, RoomId, VisitorId};
use crate::record::NewEntry;
use crate::time::Timestamp;
use crate::visitor::{Name, Person};

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
}

/// An entry without a number.
#[derive(Clone, Serialize, Deserialize)]
pub struct FactDoc {
    client: Id,
    at: Timestamp,
    person: PersonDoc,
    what: WhatDoc,
}

#[derive(Clone, Serialize, Deserialize)]
struct WhatDoc {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gif: Option<GifDoc>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Gif,
    Entered,
    Left,
    NewOwner,
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
            what: WhatDoc::new(&entry.what),
        }
    }

    pub fn client(&self) -> ClientId {
        ClientId(self.client.0)
    }

    pub fn entry(self) -> Result<Entry, Error> {
        Ok(Entry {
            seq: self.seq,
            at: self.at,
            person: self.person.person(),
            client: ClientId(self.client.0),
            what: self.what.what()?,
        })
    }
}

impl FactDoc {
    pub fn new(fact: &NewEntry) -> Self {
        Self {
            client: Bytes(fact.client.0),
            at: fact.at,
            person: PersonDoc::new(&fact.person),
            what: WhatDoc::new(&fact.what),
        }
    }

    pub fn fact(self) -> Result<NewEntry, Error> {
        Ok(NewEntry {
            at: self.at,
            person: self.person.person(),
            client: ClientId(self.client.0),
            what: self.what.what()?,
        })
    }
}

impl WhatDoc {
    fn new(what: &What) -> Self {
        let bare = |kind| Self { kind, text: None, gif: None };
        match what {
            What::Text(text) => Self { text: Some(text.clone()), ..bare(Kind::Text) },
            What::Gif(gif) => Self { gif: Some(GifDoc::new(gif)), ..bare(Kind::Gif) },
            What::Entered => bare(Kind::Entered),
            What::Left => bare(Kind::Left),
            What::NewOwner => bare(Kind::NewOwner),
        }
    }

    fn what(self) -> Result<What, Error> {
        match (self.kind, self.text, self.gif) {
            (Kind::Text, Some(text), _) => Ok(What::Text(text)),
            (Kind::Gif, _, Some(gif)) => Ok(What::Gif(gif.gif())),
            (Kind::Entered, ..) => Ok(What::Entered),
            (Kind::Left, ..) => Ok(What::Left),
            (Kind::NewOwner, ..) => Ok(What::NewOwner),
            (Kind::Text | Kind::Gif, ..) => {
                tracing::error!("an entry has nothing of what it is said to be");
                Err(Error::Internal)
            }
        }
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

#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct PersonDoc {
    id: Id,
    name: Name,
}

impl PersonDoc {
    pub fn new(person: &Person) -> Self {
        Self { id: Bytes(person.id.0), name: person.name }
    }

    pub fn person(self) -> Person {
        Person { id: VisitorId(self.id.0), name: self.name }
    }
}
