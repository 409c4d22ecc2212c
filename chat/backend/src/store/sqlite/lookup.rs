//! Reads one room with its seats. The functions for rows of rooms and seats serve other queries too.

use rusqlite::{Connection, OptionalExtension, Row};

use super::room_cache::PlacedRoom;
use super::sql;
use super::values::{Count, Failure, Json, Nodes, Pages, PartingNumber, Stored, address, time, time_or_none};
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::record::{PasswordHash, Room, Seat};
use chat::room::Bar;
use chat::time::Timestamp;
use chat::visitor::Person;
use chat::visitor::likeness::Looks;

pub fn exists(db: &Connection, id: RoomId) -> Result<bool, Failure> {
    Ok(db.prepare_cached(sql::ROOM)?.exists([id.0])?)
}

/// The room's `rev`, and the only part of a room that changes without incrementing it.
pub struct RoomState {
    pub rev: u64,
    pub spoken_at: Option<Timestamp>,
}

pub fn state(db: &Connection, id: RoomId) -> Result<RoomState, Failure> {
    let state = db
        .prepare_cached(sql::ROOM_STATE)?
        .query_row([id.0], |row| Ok(RoomState { rev: row.get::<_, Count>(0)?.0, spoken_at: time_or_none(row, 1)? }));
    state.optional()?.ok_or(Error::NotFound.into())
}

pub fn load(db: &Connection, id: RoomId) -> Result<Room, Failure> {
    Ok(load_with_places(db, id)?.room)
}

/// A seat with its place in the order of its room.
pub struct PlacedSeat {
    pub room: RoomId,
    pub place: i64,
    pub seat: Seat,
}

pub fn load_with_places(db: &Connection, id: RoomId) -> Result<PlacedRoom, Failure> {
    let mut room = db.prepare_cached(sql::ROOM)?.query_row([id.0], read_room).optional()?.ok_or(Error::NotFound)?;
    let (seats, places) = seats_of(db, id)?;
    room.seats = seats;
    Ok(PlacedRoom { room, places })
}

pub fn seats_of(db: &Connection, id: RoomId) -> Result<(Vec<Seat>, Vec<i64>), Failure> {
    let mut placed = db.prepare_cached(sql::SEATS)?;
    let placed = placed.query_map([id.0], read_seat)?.map(|placed| placed.map(|placed| (placed.seat, placed.place)));
    Ok(placed.collect::<Result<_, _>>()?)
}

/// Reads a room, without its seats, from the columns that [`sql::ROOM`] selects.
pub fn read_room(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: RoomId(row.get(0)?),
        title: row.get::<_, Stored<_>>(1)?.0,
        capacity: row.get::<_, Stored<_>>(2)?.0,
        owner: VisitorId(row.get(3)?),
        password: row.get::<_, Option<String>>(4)?.map(PasswordHash),
        created_at: time(row, 5)?,
        spoken_at: time_or_none(row, 6)?,
        rev: row.get::<_, Count>(7)?.0,
        seats: Vec::new(),
        bars: read_bars(row, 8)?,
        slow: row.get::<_, Stored<_>>(9)?.0,
        password_rev: row.get::<_, Count>(10)?.0,
        outside: row.get::<_, Option<Json<_>>>(11)?.map(|Json(outside)| outside).unwrap_or_default(),
        veil: row.get(12)?,
    })
}

/// The people who were thrown out of a room. Empty when the room does not exist.
pub fn bars(db: &Connection, id: RoomId) -> Result<Vec<Bar>, Failure> {
    Ok(db.prepare_cached(sql::BARS_OF)?.query_row([id.0], |row| read_bars(row, 0)).optional()?.unwrap_or_default())
}

fn read_bars(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Bar>> {
    Ok(row.get::<_, Option<Json<_>>>(column)?.map(|Json(bars)| bars).unwrap_or_default())
}

/// Reads a seat from the columns that [`sql::SEATS`] selects.
pub fn read_seat(row: &Row<'_>) -> rusqlite::Result<PlacedSeat> {
    let person = Person { id: VisitorId(row.get(1)?), name: row.get::<_, Json<_>>(2)?.0 };
    // All seats got current looks when the database was opened (`rooms::store_missing_looks`).
    let looks = Looks::from_bytes(row.get_ref(8)?.as_blob()?).unwrap_or_else(|| Looks::of(&person.name));
    let (Nodes(nodes), Pages(cut)) = (row.get(5)?, row.get(10)?);
    let (Count(renewed), PartingNumber(parting)) = (row.get(6)?, row.get(9)?);
    let seat = Seat {
        person,
        looks,
        since: time(row, 3)?,
        nodes: nodes.into_owned(),
        renewed,
        away: row.get(7)?,
        parting,
        cut: cut.into_owned(),
        address: address(row, 11)?,
    };
    Ok(PlacedSeat { room: RoomId(row.get(0)?), place: row.get(4)?, seat })
}
