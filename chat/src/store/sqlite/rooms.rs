//! Rooms and their seats.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::room_cache::{self, Placed, RoomCache};
use super::values::{Count, Json, Nodes};
use super::{leftovers, log, sql};
use crate::error::Error;
use crate::id::{NodeId, RoomId, VisitorId};
use crate::record::{NewEntry, PasswordHash, Room, Seat};
use crate::room::Bar;
use crate::store::{Listed, Unattended, Updated};
use crate::visitor::Person;
use crate::visitor::likeness::{self, Looks};

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
        room.slow.seconds(),
        Count(room.password_rev),
    ])?;
    store_seats(db, room.id, &[], &[], &room.seats).map(drop)
}

pub fn load(db: &Connection, id: RoomId) -> Result<Room, Error> {
    Ok(load_with_places(db, id)?.room)
}

pub fn update(
    db: &Connection,
    cache: &RoomCache,
    id: RoomId,
    change: &(dyn Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync),
) -> Result<Updated, Error> {
    let before = now(db, cache, id)?;
    let mut room = before.room.clone();
    let entries = match change(&mut room).and_then(|facts| log::add_facts(db, id, facts)) {
        Ok(entries) => entries,
        Err(error) => {
            cache.put(before);
            return Err(error);
        }
    };
    if room == before.room && entries.is_empty() {
        cache.put(before);
        return Ok(Updated { room, entries });
    }
    room.rev = before.room.rev + 1;
    if room.is_gone() {
        remove(db, id)?;
        return Ok(Updated { room, entries });
    }
    db.prepare_cached(sql::SET_ROOM)?.execute(params![
        id,
        room.title.as_str(),
        room.capacity.get(),
        room.owner,
        room.password.as_ref().map(|hash| &hash.0),
        room.spoken_at,
        Count(room.rev),
        stored_bars(&room.bars),
        room.slow.seconds(),
        Count(room.password_rev),
    ])?;
    let places = store_seats(db, id, &before.room.seats, &before.places, &room.seats)?;
    if room_cache::is_large(&room) {
        cache.put(Placed { room: room.clone(), places });
    }
    Ok(Updated { room, entries })
}

/// The room as it is stored now, from memory where that knows it.
fn now(db: &Connection, cache: &RoomCache, id: RoomId) -> Result<Placed, Error> {
    if let Some(mut placed) = cache.take(id) {
        let state = db.prepare_cached(sql::ROOM_STATE)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
        let (Count(rev), spoken_at) = state.optional()?.ok_or(Error::NotFound)?;
        if placed.room.rev == rev {
            placed.room.spoken_at = spoken_at;
            return Ok(placed);
        }
    }
    load_with_places(db, id)
}

/// Removes a room for everybody, and the first of what it held.
fn remove(db: &Connection, id: RoomId) -> Result<(), Error> {
    db.prepare_cached(sql::REMOVE_ROOM)?.execute([id])?;
    leftovers::begin(db, id)
}

pub fn after(db: &Connection, id: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
    let after = id.as_ref().map_or(&[][..], |id| &id.0);
    let mut rooms: Vec<Room> =
        db.prepare_cached(sql::ROOMS_AFTER)?.query_map(params![after, limit], read_room)?.collect::<Result<_, _>>()?;
    for room in &mut rooms {
        (room.seats, _) = seats_of(db, room.id)?;
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
struct PlacedSeat {
    room: RoomId,
    place: i64,
    seat: Seat,
}

fn load_with_places(db: &Connection, id: RoomId) -> Result<Placed, Error> {
    let mut room = db.prepare_cached(sql::ROOM)?.query_row([id], read_room).optional()?.ok_or(Error::NotFound)?;
    let (seats, places) = seats_of(db, id)?;
    room.seats = seats;
    Ok(Placed { room, places })
}

fn seats_of(db: &Connection, id: RoomId) -> Result<(Vec<Seat>, Vec<i64>), Error> {
    let mut placed = db.prepare_cached(sql::SEATS)?;
    let placed = placed.query_map([id], read_seat)?.map(|placed| placed.map(|placed| (placed.seat, placed.place)));
    Ok(placed.collect::<Result<_, _>>()?)
}

/// Looks at the names that were stored before names were looked at, or with other tables. At the start, so that no change
/// of a room has to wait for it.
pub fn look_at_names(db: &mut Connection) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    let looks: Vec<(RoomId, i64, Looks)> = transaction
        .prepare(sql::SEATS_NOT_LOOKED_AT)?
        .query_map([likeness::tables()], |row| {
            let Json(name) = row.get(2)?;
            Ok((row.get(0)?, row.get(1)?, Looks::of(&name)))
        })?
        .collect::<Result<_, _>>()?;
    for (room, place, looks) in looks {
        transaction.prepare_cached(sql::SET_LOOKS)?.execute(params![room, place, looks.to_bytes()])?;
    }
    transaction.commit()
}

/// Writes the difference between the seats as stored, each at its place, and as they are to be. Who keeps their place in
/// the order is written only when their seat has changed; who comes in gets a place after all others. Gives the places.
fn store_seats(
    db: &Connection,
    room: RoomId,
    stored: &[Seat],
    places: &[i64],
    seats: &[Seat],
) -> Result<Vec<i64>, Error> {
    let mut free = places.last().map_or(1, |last| last + 1);
    let is_same = |(stored, seat): &(&Seat, &Seat)| stored.person.id == seat.person.id;
    // Mostly nearly all of them sit where they sat.
    let same = stored.iter().zip(seats).take_while(is_same).count();
    let placed = || stored.iter().zip(places.iter().copied());
    let mut moved: HashMap<VisitorId, (&Seat, i64)> =
        placed().skip(same).map(|(seat, place)| (seat.person.id, (seat, place))).collect();
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut places: Vec<i64> = Vec::with_capacity(seats.len());
    for ((stored, place), seat) in placed().take(same).zip(seats) {
        if stored != seat {
            changed.push((place, seat));
        }
        places.push(place);
    }
    for seat in &seats[same..] {
        let previous = places.last().copied().unwrap_or(0);
        let place = match moved.get(&seat.person.id) {
            Some((stored, place)) if *place > previous => {
                if *stored != seat {
                    changed.push((*place, seat));
                }
                let place = *place;
                moved.remove(&seat.person.id);
                place
            }
            _ => {
                added.push((free, seat));
                free += 1;
                free - 1
            }
        };
        places.push(place);
    }
    // First out, then in: a seat that moved does both.
    let mut out = db.prepare_cached(sql::REMOVE_SEAT)?;
    for (_, place) in moved.values() {
        out.execute(params![room, place])?;
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
            seat.looks.to_bytes(),
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
            seat.looks.to_bytes(),
        ])?;
    }
    Ok(places)
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
        slow: row.get(9)?,
        password_rev: row.get::<_, Count>(10)?.0,
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
fn read_seat(row: &Row<'_>) -> rusqlite::Result<PlacedSeat> {
    let person = Person { id: row.get(1)?, name: row.get::<_, Json<_>>(2)?.0 };
    // (All were looked at when this process started.)
    let looks = Looks::from_bytes(row.get_ref(8)?.as_blob()?).unwrap_or_else(|| Looks::of(&person.name));
    let Nodes(nodes) = row.get(5)?;
    let Count(renewed) = row.get(6)?;
    let seat = Seat { person, looks, since: row.get(3)?, nodes: nodes.into_owned(), renewed, away: row.get(7)? };
    Ok(PlacedSeat { room: row.get(0)?, place: row.get(4)?, seat })
}
