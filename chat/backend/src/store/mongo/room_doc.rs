//! A room as a document. Later versions may add fields, which this one leaves alone.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc, serialize_to_document};
use serde::{Deserialize, Serialize};

use super::entry_doc::{FactDoc, PersonDoc};
use super::values::{Bytes, Id, unwritable};
use chat::error::Error;
use chat::id::{NodeId, PageId, RoomId, VisitorId};
use chat::record::{AddressTag, Parting, PasswordHash, PutOutside, Room, Seat};
use chat::room::{Bar, Capacity, Outside, Reason, RoomCard, RoomTitle, Slow};
use chat::time::Timestamp;
use chat::visitor::likeness::Looks;
use chat::visitor::{Name, Person};

#[derive(Clone, Serialize, Deserialize)]
pub struct RoomDoc {
    #[serde(rename = "_id")]
    pub id: Id,
    title: RoomTitle,
    capacity: Capacity,
    owner: Id,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    password_rev: u64,
    #[serde(default)]
    slow: Slow,
    /// (Earlier versions do not write it.)
    #[serde(default)]
    veil: bool,
    created_at: Timestamp,
    /// Appends set this. A change of the room leaves it alone, unless the change is about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken_at: Option<Timestamp>,
    pub rev: u64,
    seats: Vec<SeatDoc>,
    #[serde(default)]
    bars: Vec<BarDoc>,
    #[serde(default)]
    outside: Vec<OutsideDoc>,
    /// The number of seats that no node watches.
    unattended: u32,
    /// The part that the lobby shows, so that it need not read every seat.
    card: CardDoc,
    /// The entries that announce the last change, until they are in the log.
    #[serde(default)]
    pub news: Vec<FactDoc>,
    /// Unless there is news, the log up to this number announces all changes so far.
    #[serde(default)]
    pub told: u64,
    /// The stamp of the last change, for earlier versions, which look for it here. The document's field `stamps` has the
    /// stamps of the last few changes. A node that does not know whether its change was stored looks for its stamp there.
    stamp: ObjectId,
}

/// How many stamps a room keeps: more than the number of changes that others make before a node looks for its own stamp.
const STAMPS: i32 = 32;

/// Adds a stamp to an update of a room.
pub fn stamped(mut update: Document, stamp: ObjectId) -> Document {
    let push = doc! { "$each": [stamp], "$slice": -STAMPS };
    for (operator, field, value) in [("$set", "stamp", Bson::ObjectId(stamp)), ("$push", "stamps", push.into())] {
        match update.get_document_mut(operator) {
            Ok(fields) => drop(fields.insert(field, value)),
            Err(_) => drop(update.insert(operator, doc! { field: value })),
        }
    }
    update
}

#[derive(Clone, Serialize, Deserialize)]
struct SeatDoc {
    id: Id,
    name: Name,
    /// See [`Looks::to_bytes`]. When they are missing or of another build, they are computed again from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looks: Option<Binary>,
    since: Timestamp,
    #[serde(default)]
    nodes: Vec<Id>,
    #[serde(default)]
    renewed: u64,
    #[serde(default)]
    away: bool,
    /// (Earlier versions do not write it.)
    #[serde(default)]
    parting: Option<Parting>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cut: Vec<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<AddressTag>,
}

#[derive(Clone, Serialize, Deserialize)]
struct OutsideDoc {
    id: Id,
    why: Outside,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct BarDoc {
    pub person: PersonDoc,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

#[derive(Clone, Serialize, Deserialize)]
struct CardDoc {
    people: u16,
    owner: PersonDoc,
    faces: Vec<PersonDoc>,
}

impl RoomDoc {
    pub fn new(room: &Room, news: Vec<FactDoc>) -> Self {
        let card = room.card();
        Self {
            id: Bytes(room.id.0),
            title: room.title.clone(),
            capacity: room.capacity,
            owner: Bytes(room.owner.0),
            password: room.password.as_ref().map(|hash| hash.0.clone()),
            password_rev: room.password_rev,
            slow: room.slow,
            veil: room.veil,
            created_at: room.created_at,
            spoken_at: room.spoken_at,
            rev: room.rev,
            seats: room.seats.iter().map(SeatDoc::new).collect(),
            bars: room.bars.iter().map(BarDoc::new).collect(),
            outside: room.outside.iter().map(|put| OutsideDoc { id: Bytes(put.visitor.0), why: put.why }).collect(),
            unattended: room.seats.iter().filter(|seat| seat.nodes.is_empty()).count() as u32,
            card: CardDoc {
                people: card.people,
                owner: PersonDoc::new(&card.owner),
                faces: card.faces.iter().map(PersonDoc::new).collect(),
            },
            news,
            told: 0,
            stamp: ObjectId::new(),
        }
    }

    /// The fields that a change of a room sets. The others are set by operations of their own.
    pub fn into_changes(self) -> Result<Document, Error> {
        let mut changes = serialize_to_document(&self).map_err(unwritable)?;
        for own in ["_id", "created_at", "spoken_at", "told"] {
            changes.remove(own);
        }
        Ok(changes)
    }

    pub fn id(&self) -> RoomId {
        RoomId(self.id.0)
    }

    pub fn room(self) -> Room {
        Room {
            id: RoomId(self.id.0),
            title: self.title,
            capacity: self.capacity,
            owner: VisitorId(self.owner.0),
            password: self.password.map(PasswordHash),
            password_rev: self.password_rev,
            slow: self.slow,
            veil: self.veil,
            created_at: self.created_at,
            spoken_at: self.spoken_at,
            rev: self.rev,
            seats: self.seats.into_iter().map(SeatDoc::seat).collect(),
            bars: self.bars.into_iter().map(BarDoc::bar).collect(),
            outside: (self.outside.into_iter())
                .map(|put| PutOutside { visitor: VisitorId(put.id.0), why: put.why })
                .collect(),
        }
    }
}

impl SeatDoc {
    fn new(seat: &Seat) -> Self {
        Self {
            id: Bytes(seat.person.id.0),
            name: seat.person.name.clone(),
            looks: Some(Binary { subtype: BinarySubtype::Generic, bytes: seat.looks.to_bytes() }),
            since: seat.since,
            nodes: seat.nodes.iter().map(|node| Bytes(node.0)).collect(),
            renewed: seat.renewed,
            away: seat.away,
            parting: Some(seat.parting),
            cut: seat.cut.iter().map(|page| Bytes(page.0)).collect(),
            address: seat.address,
        }
    }

    fn seat(self) -> Seat {
        let parting = if self.nodes.is_empty() { Parting::NeverLive } else { Parting::Cut };
        let looks = self.looks.and_then(|looks| Looks::from_bytes(&looks.bytes));
        Seat {
            looks: looks.unwrap_or_else(|| Looks::of(&self.name)),
            person: Person { id: VisitorId(self.id.0), name: self.name },
            since: self.since,
            nodes: self.nodes.into_iter().map(|node| NodeId(node.0)).collect(),
            renewed: self.renewed,
            away: self.away,
            parting: self.parting.unwrap_or(parting),
            cut: self.cut.into_iter().map(|page| PageId(page.0)).collect(),
            address: self.address,
        }
    }
}

impl BarDoc {
    fn new(bar: &Bar) -> Self {
        Self { person: PersonDoc::new(&bar.person), at: bar.at, reason: bar.reason.clone() }
    }

    fn bar(self) -> Bar {
        Bar { person: self.person.person(), at: self.at, reason: self.reason }
    }
}

/// The part of a room that the lobby lists.
#[derive(Deserialize)]
pub struct ListedDoc {
    #[serde(rename = "_id")]
    id: Id,
    title: RoomTitle,
    capacity: Capacity,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    slow: Slow,
    created_at: Timestamp,
    #[serde(default)]
    spoken_at: Option<Timestamp>,
    pub rev: u64,
    card: CardDoc,
}

impl ListedDoc {
    pub const FIELDS: [&str; 9] =
        ["_id", "title", "capacity", "password", "slow", "created_at", "spoken_at", "rev", "card"];

    pub fn card(self) -> RoomCard {
        RoomCard {
            id: RoomId(self.id.0),
            title: self.title,
            capacity: self.capacity,
            locked: self.password.is_some(),
            slow: self.slow,
            people: self.card.people,
            owner: self.card.owner.person(),
            faces: self.card.faces.into_iter().map(PersonDoc::person).collect(),
            created_at: self.created_at,
            spoken_at: self.spoken_at,
        }
    }
}
