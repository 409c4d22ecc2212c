//! Rooms and their seats.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::log;
use super::sql;
use super::values::{Count, Json};
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::record::{NewEntry, PasswordHash, Room, Seat};
use crate::room::RoomCard;
use crate::store::Updated;
use crate::visitor::Person;

pub fn create(db: &Connection, mut room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
    room.rev += 1;
    db.prepare_cached(sql::ADD_ROOM)?.execute(params![
        room.id,
        room.title.as_str(),
        room.capacity.get(),
        room.owner,
        room.password.as_ref().map(|hash| &hash.0),
        room.created_at,
        room.spoken_at,
        Count(room.rev),
    ])?;
    store_seats(db, room.id, Vec::new(), &room.seats)?;
    let entries = log::add_facts(db, room.id, entries)?;
    Ok(Updated { room, entries })
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
        ])?;
        store_seats(db, id, placed, &room.seats)?;
    }
    Ok(Updated { room, entries })
}

fn remove(db: &Connection, id: RoomId) -> Result<(), Error> {
    for step in [sql::DOUBT_GIFS_OF, sql::REMOVE_ENTRIES, sql::REMOVE_SEATS, sql::REMOVE_ROOM] {
        db.prepare_cached(step)?.execute([id])?;
    }
    Ok(())
}

pub fn cards(db: &Connection) -> Result<Vec<RoomCard>, Error> {
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
        cards.push(room.card());
    }
    Ok(cards)
}

pub fn all_seats(db: &Connection) -> Result<Vec<(RoomId, VisitorId)>, Error> {
    let mut seats = db.prepare_cached(sql::ALL_SEATS)?;
    let seats = seats.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(seats.collect::<Result<_, _>>()?)
}

/// A seat with its place in the order of its room.
struct Placed {
    room: RoomId,
    place: i64,
    seat: Seat,
}

fn load_with_places(db: &Connection, id: RoomId) -> Result<(Room, Vec<Placed>), Error> {
    let room = db.prepare_cached(sql::ROOM)?.query_row([id], read_room).optional()?.ok_or(Error::NotFound)?;
    let seats = db.prepare_cached(sql::SEATS)?.query_map([id], read_seat)?.collect::<Result<_, _>>()?;
    Ok((room, seats))
}

/// Writes the difference between the seats as stored and as they are to be. Who keeps their place in the order is not
/// written; who comes in gets a place after all others.
fn store_seats(db: &Connection, room: RoomId, stored: Vec<Placed>, seats: &[Seat]) -> Result<(), Error> {
    let mut free = stored.last().map_or(1, |last| last.place + 1);
    let mut stored: HashMap<VisitorId, Placed> =
        stored.into_iter().map(|placed| (placed.seat.person.id, placed)).collect();
    let mut added = Vec::new();
    let mut previous = 0;
    for seat in seats {
        match stored.get(&seat.person.id) {
            Some(placed) if placed.seat == *seat && placed.place > previous => {
                previous = placed.place;
                stored.remove(&seat.person.id);
            }
            _ => {
                added.push((free, seat));
                previous = free;
                free += 1;
            }
        }
    }
    // First out, then in: a seat that moved or changed does both.
    let mut out = db.prepare_cached(sql::REMOVE_SEAT)?;
    for placed in stored.values() {
        out.execute(params![room, placed.place])?;
    }
    let mut into = db.prepare_cached(sql::ADD_SEAT)?;
    for (place, seat) in added {
        into.execute(params![room, place, seat.person.id, Json(&seat.person.name), seat.since])?;
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
    })
}

/// A seat as [`sql::SEATS`] lists it.
fn read_seat(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let person = Person { id: row.get(1)?, name: row.get::<_, Json<_>>(2)?.0 };
    Ok(Placed { room: row.get(0)?, place: row.get(4)?, seat: Seat { person, since: row.get(3)? } })
}
