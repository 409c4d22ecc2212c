//! The lines of a file. Older files must stay readable, so a change of the format needs a new [`VERSION`].

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::store::{Origin, Shelved};
use chat::entry::Entry;
use chat::gif::GifHash;
use chat::id::{RoomId, VisitorId};
use chat::record::{Parting, PasswordHash, PutOutside, Room, Seat};
use chat::room::{Bar, Capacity, RoomTitle, Slow};
use chat::shelf::Item;
use chat::time::Timestamp;
use chat::visitor::Person;

pub const FORMAT: &str = "gifchat export";
pub const VERSION: u64 = 6;
/// The oldest version that can be read.
pub const OLDEST: u64 = 1;

/// The most bytes of a line: enough for the largest GIF that the settings allow, with its poster.
pub const MAX_BYTES: u64 = 192 * 1024 * 1024;

/// The first line.
#[derive(Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u64,
    /// When it was written. (Other versions may leave it out.)
    #[serde(default)]
    pub at: Timestamp,
}

impl Header {
    pub const MAX_BYTES: u64 = 4096;
}

/// A line after the first. (It has no `Debug`, because no log may show what it contains.)
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    Gif(GifLine),
    Session(SessionLine),
    /// Some items of a shelf. (Files before version 6 have none.)
    Shelf(ShelfLine),
    Room(RoomLine),
    /// Entries of the last room, which follow those of the lines before.
    Entries(Vec<Entry>),
    /// The last line.
    End {
        counts: Counts,
        /// The hash of all bytes before this line, in hex.
        sha256: String,
    },
}

#[derive(Serialize, Deserialize)]
pub struct GifLine {
    pub sha: GifHash,
    #[serde(with = "base64_text")]
    pub gif: Vec<u8>,
    #[serde(with = "base64_text")]
    pub poster: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
pub struct SessionLine {
    pub id: String,
    #[serde(with = "base64_text")]
    pub data: Vec<u8>,
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub struct ShelfLine {
    pub visitor: VisitorId,
    pub seen_at: Timestamp,
    pub items: Vec<ItemLine>,
}

/// An item without the tag of an address, because the new deployment may have another secret.
#[derive(Serialize, Deserialize)]
pub struct ItemLine {
    pub item: Item,
    /// The entry that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whispered: bool,
}

impl From<Shelved> for ItemLine {
    fn from(Shelved { item, origin, whispered, address: _ }: Shelved) -> Self {
        let (room, seq) = (origin.map(|origin| origin.room), origin.map(|origin| origin.seq));
        Self { item, room, seq, whispered }
    }
}

impl From<ItemLine> for Shelved {
    fn from(ItemLine { item, room, seq, whispered }: ItemLine) -> Self {
        let origin = room.zip(seq).map(|(room, seq)| Origin { room, seq });
        Self { item, origin, whispered, address: None }
    }
}

#[derive(Serialize, Deserialize)]
pub struct RoomLine {
    pub id: RoomId,
    pub title: RoomTitle,
    pub capacity: Capacity,
    pub owner: VisitorId,
    /// The hash of the password, as a PHC string.
    pub password: Option<String>,
    /// (Older files do not have it. Passes are not exported, so those who had one have to enter the password once more.)
    #[serde(default)]
    pub password_rev: u64,
    #[serde(default)]
    pub slow: Slow,
    /// (Older files do not have it.)
    #[serde(default)]
    pub veil: bool,
    pub created_at: Timestamp,
    pub spoken_at: Option<Timestamp>,
    pub rev: u64,
    pub seats: Vec<SeatLine>,
    /// The people who were thrown out. (Older files have none.)
    #[serde(default)]
    pub bars: Vec<Bar>,
    /// (Older files have none.)
    #[serde(default)]
    pub outside: Vec<PutOutside>,
}

#[derive(Serialize, Deserialize)]
pub struct SeatLine {
    pub person: Person,
    pub since: Timestamp,
    pub renewed: u64,
    #[serde(default)]
    pub away: bool,
    /// (Older files do not say it. Nobody can tell then whether the seat ever had a live feed.)
    #[serde(default)]
    pub parting: Parting,
}

impl From<Room> for RoomLine {
    fn from(room: Room) -> Self {
        let Room {
            id,
            title,
            capacity,
            owner,
            password,
            password_rev,
            slow,
            veil,
            created_at,
            spoken_at,
            rev,
            seats,
            bars,
            outside,
        } = room;
        let password = password.map(|PasswordHash(hash)| hash);
        // The nodes and pages are left out, because none of them watches in the new deployment. The tags of addresses are
        // left out, because it may have another secret.
        let seat = |Seat { person, since, renewed, away, parting, looks: _, nodes: _, cut: _, address: _ }| SeatLine {
            person,
            since,
            renewed,
            away,
            parting,
        };
        let seats = seats.into_iter().map(seat).collect();
        Self {
            id,
            title,
            capacity,
            owner,
            password,
            password_rev,
            slow,
            veil,
            created_at,
            spoken_at,
            rev,
            seats,
            bars,
            outside,
        }
    }
}

impl From<RoomLine> for Room {
    fn from(line: RoomLine) -> Self {
        let RoomLine {
            id,
            title,
            capacity,
            owner,
            password,
            password_rev,
            slow,
            veil,
            created_at,
            spoken_at,
            rev,
            seats,
            bars,
            outside,
        } = line;
        let password = password.map(PasswordHash);
        let seat = |SeatLine { person, since, renewed, away, parting }| Seat {
            renewed,
            away,
            parting,
            ..Seat::new(person, since)
        };
        let seats = seats.into_iter().map(seat).collect();
        Self {
            id,
            title,
            capacity,
            owner,
            password,
            password_rev,
            slow,
            veil,
            created_at,
            spoken_at,
            rev,
            seats,
            bars,
            outside,
        }
    }
}

/// Bytes as base64, without a copy of the text.
mod base64_text {
    use base64::Engine;
    use base64::display::Base64Display;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_str(Text)
    }

    struct Text;

    impl de::Visitor<'_> for Text {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("base64")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            STANDARD.decode(text).map_err(|_| E::custom("not base64"))
        }
    }
}
