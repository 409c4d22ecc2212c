//! Rooms and their seats.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{Count, Json, Nodes};
use super::{leftovers, log, sql};
use crate::error::Error;
use crate::id::{NodeId, RoomId, VisitorId};
use crate::record::{NewEntry, PasswordHash, Room, Seat};
use crate::room::Bar;
use crate::store::{Listed, Unattended, Updated};
use crate::visitor::Person;

pub fn create(db: &Connection, mut room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
    room.rev += 1;
    add(db, &room)?;
    let entries = log::add_facts(db, room.id, entries)?;
    Ok(Updated { room, entries })
}

/// Stores a room as it is, unless it is there.
pub fn restore(db: &Connection, room: &Room) -> Result<bool, Error> {
    if exists(db, room.id)? {
        return Ok(false);
    }
    // A room of this id may just have gone.
    leftovers::finish(db, room.id)?;
    add(db, room)?;
    Ok(true)
}

pub fn exists(db: &Connection, id: RoomId) -> Result<bool, Error> {
    Ok(db.prepare_cached(sql::ROOM)?.exists([id])?)
}

fn add(db: &Connection, room: &Room) -> Result<(), Error> {
    db.prepare_cached(sql::ADD_ROOM)?.execute(params![
        room.id,
        room.title.as_str(),
        room.capacity.get(),
        room.owner,
        room.password.as_ref().map(|hash| &hash.0),
        room.created_at,
        room.spoken_at,
        Count(room.rev),
        stored_bars(&room.bars),
    ])?;
    store_seats(db, room.id, Vec::new(), &room.seats)
}

pub fn load(db: &Connection, id: RoomId) -> Result<Room, Error> {
    let (mut room, seats) = load_with_places(db, id)?;
    room.seats = seats.into_iter().map(|placed| placed.seat).collect();
    Ok(room)
}

pub fn update(
    db: &Connection,
    id: RoomId,
    change: &(dyn Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync),
) -> Result<Updated, Error> {
    let (mut before, placed) = load_with_places(db, id)?;
    before.seats = placed.iter().map(|placed| placed.seat.clone()).collect();
    let mut room = before.clone();
    let entries = log::add_facts(db, id, change(&mut room)?)?;
    if room == before && entries.is_empty() {
        return Ok(Updated { room, entries });
    }
    room.rev = before.rev + 1;
    if room.is_gone() {
        remove(db, id)?;
    } else {
        db.prepare_cached(sql::SET_ROOM)?.execute(params![
            id,
            room.title.as_str(),
            room.capacity.get(),
            room.owner,
            room.password.as_ref().map(|hash| &hash.0),
            room.spoken_at,
            Count(room.rev),
            stored_bars(&room.bars),
        ])?;
        store_seats(db, id, placed, &room.seats)?;
    }
    Ok(Updated { room, entries })
}

/// Removes a room for everybody, and the first of what it held.
fn remove(db: &Connection, id: RoomId) -> Result<(), Error> {
    for step in [sql::REMOVE_SEATS, sql::REMOVE_ROOM] {
        db.prepare_cached(step)?.execute([id])?;
    }
    leftovers::begin(db, id)
}

pub fn after(db: &Connection, id: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
    let after = id.as_ref().map_or(&[][..], |id| &id.0);
    let mut rooms: Vec<Room> =
        db.prepare_cached(sql::ROOMS_AFTER)?.query_map(params![after, limit], read_room)?.collect::<Result<_, _>>()?;
    for room in &mut rooms {
        room.seats = seats_of(db, room.id)?.into_iter().map(|placed| placed.seat).collect();
    }
    Ok(rooms)
}

pub fn cards(db: &Connection) -> Result<Vec<Listed>, Error> {
    let mut rooms = db.prepare_cached(sql::ALL_ROOMS)?;
    let mut seats = db.prepare_cached(sql::SEATS_OF_ALL_ROOMS)?;
    let mut seats = seats.query_map([], read_seat)?.peekable();
    let mut cards = Vec::new();
    for room in rooms.query_map([], read_room)? {
        let mut room = room?;
        while let Some(seat) = seats.next_if(|seat| seat.as_ref().map_or(true, |seat| seat.room == room.id)) {
            room.seats.push(seat?.seat);
        }
        // They came backwards, as the rooms do.
        room.seats.reverse();
        cards.push(Listed { card: room.card(), rev: room.rev });
    }
    Ok(cards)
}

pub fn unattended(db: &Connection) -> Result<Vec<Unattended>, Error> {
    let mut seats = db.prepare_cached(sql::UNATTENDED_SEATS)?;
    let seats = seats.query_map([], |row| {
        Ok(Unattended { room: row.get(0)?, visitor: row.get(1)?, renewed: row.get::<_, Count>(2)?.0 })
    })?;
    Ok(seats.collect::<Result<_, _>>()?)
}

pub fn of_others(db: &Connection, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
    let mut others: BTreeMap<RoomId, BTreeSet<NodeId>> = BTreeMap::new();
    let mut seats = db.prepare_cached(sql::ATTENDED_SEATS)?;
    for seat in seats.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (room, Nodes(nodes)) = seat?;
        for node in nodes.iter().filter(|node| !known.contains(node)) {
            others.entry(room).or_default().insert(*node);
        }
    }
    Ok(others.into_iter().map(|(room, nodes)| (room, nodes.into_iter().collect())).collect())
}

/// A seat with its place in the order of its room.
struct Placed {
    room: RoomId,
    place: i64,
    seat: Seat,
}

fn load_with_places(db: &Connection, id: RoomId) -> Result<(Room, Vec<Placed>), Error> {
    let room = db.prepare_cached(sql::ROOM)?.query_row([id], read_room).optional()?.ok_or(Error::NotFound)?;
    Ok((room, seats_of(db, id)?))
}

fn seats_of(db: &Connection, id: RoomId) -> Result<Vec<Placed>, Error> {
    Ok(db.prepare_cached(sql::SEATS)?.query_map([id], read_seat)?.collect::<Result<_, _>>()?)
}

/// Writes the difference between the seats as stored and as they are to be. Who keeps their place in the order is
/// written only when their seat has changed; who comes in gets a place after all others.
fn store_seats(db: &Connection, room: RoomId, stored: Vec<Placed>, seats: &[Seat]) -> Result<(), Error> {
    let mut free = stored.last().map_or(1, |last| last.place + 1);
    let mut stored: HashMap<VisitorId, Placed> =
        stored.into_iter().map(|placed| (placed.seat.person.id, placed)).collect();
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut previous = 0;
    for seat in seats {
        match stored.get(&seat.person.id) {
            Some(placed) if placed.place > previous => {
                previous = placed.place;
                if placed.seat != *seat {
                    changed.push((placed.place, seat));
                }
                stored.remove(&seat.person.id);
            }
            _ => {
                added.push((free, seat));
                previous = free;
                free += 1;
            }
        }
    }
    // First out, then in: a seat that moved does both.
    let mut out = db.prepare_cached(sql::REMOVE_SEAT)?;
    for placed in stored.values() {
        out.execute(params![room, placed.place])?;
    }
    let mut into = db.prepare_cached(sql::ADD_SEAT)?;
    for (place, seat) in added {
        into.execute(params![
            room,
            place,
            seat.person.id,
            Json(&seat.person.name),
            seat.since,
            Nodes(Cow::Borrowed(&seat.nodes)),
            Count(seat.renewed),
            seat.away,
        ])?;
    }
    let mut set = db.prepare_cached(sql::SET_SEAT)?;
    for (place, seat) in changed {
        set.execute(params![
            room,
            place,
            Json(&seat.person.name),
            seat.since,
            Nodes(Cow::Borrowed(&seat.nodes)),
            Count(seat.renewed),
            seat.away,
        ])?;
    }
    Ok(())
}

/// A room as [`sql::ROOM`] lists it, without its seats.
fn read_room(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: row.get(0)?,
        title: row.get(1)?,
        capacity: row.get(2)?,
        owner: row.get(3)?,
        password: row.get::<_, Option<String>>(4)?.map(PasswordHash),
        created_at: row.get(5)?,
        spoken_at: row.get(6)?,
        rev: row.get::<_, Count>(7)?.0,
        seats: Vec::new(),
        bars: read_bars(row, 8)?,
    })
}

/// Those thrown out of a room.
pub fn bars(db: &Connection, id: RoomId) -> Result<Vec<Bar>, Error> {
    Ok(db.prepare_cached(sql::BARS_OF)?.query_row([id], |row| read_bars(row, 0)).optional()?.unwrap_or_default())
}

fn stored_bars(bars: &[Bar]) -> Option<Json<&[Bar]>> {
    (!bars.is_empty()).then_some(Json(bars))
}

fn read_bars(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Bar>> {
    Ok(row.get::<_, Option<Json<_>>>(column)?.map(|Json(bars)| bars).unwrap_or_default())
}

/// A seat as [`sql::SEATS`] lists it.
fn read_seat(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let person = Person { id: row.get(1)?, name: row.get::<_, Json<_>>(2)?.0 };
    let Nodes(nodes) = row.get(5)?;
    let Count(renewed) = row.get(6)?;
    let seat = Seat { person, since: row.get(3)?, nodes: nodes.into_owned(), renewed, away: row.get(7)? };
    Ok(Placed { room: row.get(0)?, place: row.get(4)?, seat })
}
