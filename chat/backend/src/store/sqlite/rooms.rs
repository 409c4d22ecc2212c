//! Creates, changes and lists rooms with their seats. The module `lookup` reads one room.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, params};

use super::lookup::{self, RoomState, exists, load_with_places, read_room, read_seat, seats_of};
use super::room_cache::{self, PlacedRoom, RoomCache};
use super::values::{Count, Failure, Json, Nodes, Pages, PartingNumber, address};
use super::{leftovers, log, sql};
use crate::store::{Listed, Unattended, Updated};
use chat::error::Error;
use chat::id::{NodeId, RoomId, VisitorId};
use chat::record::{NewEntry, Room, Seat};
use chat::visitor::likeness::{self, Looks};

pub fn create(db: &Connection, mut room: Room, entries: Vec<NewEntry>) -> Result<Updated, Failure> {
    room.rev += 1;
    add(db, &room)?;
    let entries = log::add_facts(db, room.id, entries)?;
    Ok(Updated { room, entries })
}

/// Stores a room as it is. False when the room exists.
pub fn restore(db: &Connection, room: &Room) -> Result<bool, Failure> {
    if exists(db, room.id)? {
        return Ok(false);
    }
    // A room with this id may have ended a moment ago and left some of its contents behind.
    leftovers::finish(db, room.id)?;
    add(db, room)?;
    Ok(true)
}

fn add(db: &Connection, room: &Room) -> Result<(), Failure> {
    db.prepare_cached(sql::ADD_ROOM)?.execute(params![
        room.id.0,
        room.title.as_str(),
        room.capacity.get(),
        room.owner.0,
        room.password.as_ref().map(|hash| &hash.0),
        Count(room.created_at.0),
        room.spoken_at.map(|at| Count(at.0)),
        Count(room.rev),
        stored(&room.bars),
        room.slow.seconds(),
        Count(room.password_rev),
        stored(&room.outside),
        room.veil,
    ])?;
    store_seats(db, room.id, &[], &[], &room.seats).map(drop)
}

pub fn update(
    db: &Connection,
    cache: &RoomCache,
    id: RoomId,
    change: &(dyn Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync),
) -> Result<Updated, Failure> {
    let before = current(db, cache, id)?;
    let mut room = before.room.clone();
    let entries = match change(&mut room).map_err(Failure::from).and_then(|facts| log::add_facts(db, id, facts)) {
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
        id.0,
        room.title.as_str(),
        room.capacity.get(),
        room.owner.0,
        room.password.as_ref().map(|hash| &hash.0),
        room.spoken_at.map(|at| Count(at.0)),
        Count(room.rev),
        stored(&room.bars),
        room.slow.seconds(),
        Count(room.password_rev),
        stored(&room.outside),
        room.veil,
    ])?;
    let places = store_seats(db, id, &before.room.seats, &before.places, &room.seats)?;
    if room_cache::is_large(&room) {
        cache.put(PlacedRoom { room: room.clone(), places });
    }
    Ok(Updated { room, entries })
}

/// The room as it is stored, from the cache if that has its current state.
fn current(db: &Connection, cache: &RoomCache, id: RoomId) -> Result<PlacedRoom, Failure> {
    if let Some(mut placed) = cache.take(id) {
        let RoomState { rev, spoken_at } = lookup::state(db, id)?;
        if placed.room.rev == rev {
            placed.room.spoken_at = spoken_at;
            return Ok(placed);
        }
    }
    load_with_places(db, id)
}

/// Removes a room, and the first of its seats, passes and entries.
fn remove(db: &Connection, id: RoomId) -> Result<(), Failure> {
    db.prepare_cached(sql::REMOVE_ROOM)?.execute([id.0])?;
    leftovers::begin(db, id)
}

pub fn after(db: &Connection, id: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Failure> {
    let after = id.as_ref().map_or(&[][..], |id| &id.0);
    let mut rooms: Vec<Room> =
        db.prepare_cached(sql::ROOMS_AFTER)?.query_map(params![after, limit], read_room)?.collect::<Result<_, _>>()?;
    for room in &mut rooms {
        (room.seats, _) = seats_of(db, room.id)?;
    }
    Ok(rooms)
}

pub fn cards(db: &Connection) -> Result<Vec<Listed>, Failure> {
    let mut rooms = db.prepare_cached(sql::ALL_ROOMS)?;
    let mut seats = db.prepare_cached(sql::SEATS_OF_ALL_ROOMS)?;
    let mut seats = seats.query_map([], read_seat)?.peekable();
    let mut cards = Vec::new();
    for room in rooms.query_map([], read_room)? {
        let mut room = room?;
        while let Some(seat) = seats.next_if(|seat| seat.as_ref().map_or(true, |seat| seat.room == room.id)) {
            room.seats.push(seat?.seat);
        }
        // The query lists seats in descending order, like rooms.
        room.seats.reverse();
        cards.push(Listed { card: room.card(), rev: room.rev });
    }
    Ok(cards)
}

pub fn unattended(db: &Connection) -> Result<Vec<Unattended>, Failure> {
    let mut seats = db.prepare_cached(sql::UNATTENDED_SEATS)?;
    let seats = seats.query_map([], |row| {
        Ok(Unattended {
            room: RoomId(row.get(0)?),
            visitor: VisitorId(row.get(1)?),
            renewed: row.get::<_, Count>(2)?.0,
            parting: row.get::<_, PartingNumber>(3)?.0,
            address: address(row, 4)?,
        })
    })?;
    Ok(seats.collect::<Result<_, _>>()?)
}

pub fn of_others(db: &Connection, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Failure> {
    let mut others: BTreeMap<RoomId, BTreeSet<NodeId>> = BTreeMap::new();
    let mut seats = db.prepare_cached(sql::ATTENDED_SEATS)?;
    for seat in seats.query_map([], |row| Ok((RoomId(row.get(0)?), row.get(1)?)))? {
        let (room, Nodes(nodes)) = seat?;
        for node in nodes.iter().filter(|node| !known.contains(node)) {
            others.entry(room).or_default().insert(*node);
        }
    }
    Ok(others.into_iter().map(|(room, nodes)| (room, nodes.into_iter().collect())).collect())
}

/// Computes how names look, for seats stored by a version without [`Looks`] or with other tables of similar characters. This
/// happens when the database is opened, so that no change of a room has to wait for it.
pub fn store_missing_looks(db: &mut Connection) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    let looks: Vec<(RoomId, i64, Looks)> = transaction
        .prepare(sql::SEATS_WITH_STALE_LOOKS)?
        .query_map([likeness::tables()], |row| {
            let Json(name) = row.get(2)?;
            Ok((RoomId(row.get(0)?), row.get(1)?, Looks::of(&name)))
        })?
        .collect::<Result<_, _>>()?;
    for (room, place, looks) in looks {
        transaction.prepare_cached(sql::SET_LOOKS)?.execute(params![room.0, place, looks.to_bytes()])?;
    }
    transaction.commit()
}

/// Writes the difference between the `stored` seats, with their `places`, and the new `seats`. A seat that keeps its place in
/// the order is written only if it has changed. A new seat gets a place after all others. Returns the places of `seats`.
fn store_seats(
    db: &Connection,
    room: RoomId,
    stored: &[Seat],
    places: &[i64],
    seats: &[Seat],
) -> Result<Vec<i64>, Failure> {
    let mut free = places.last().map_or(1, |last| last + 1);
    let is_same = |(stored, seat): &(&Seat, &Seat)| stored.person.id == seat.person.id;
    // Usually nearly all seats are where they were.
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
    // Removals come first, because a seat that moved is removed and added.
    let mut out = db.prepare_cached(sql::REMOVE_SEAT)?;
    for (_, place) in moved.values() {
        out.execute(params![room.0, place])?;
    }
    let mut into = db.prepare_cached(sql::ADD_SEAT)?;
    for (place, seat) in added {
        into.execute(params![
            room.0,
            place,
            seat.person.id.0,
            Json(&seat.person.name),
            Count(seat.since.0),
            Nodes(Cow::Borrowed(&seat.nodes)),
            Count(seat.renewed),
            seat.away,
            seat.looks.to_bytes(),
            PartingNumber(seat.parting),
            Pages(Cow::Borrowed(&seat.cut)),
            seat.address.map(|tag| tag.0),
        ])?;
    }
    let mut set = db.prepare_cached(sql::SET_SEAT)?;
    for (place, seat) in changed {
        set.execute(params![
            room.0,
            place,
            Json(&seat.person.name),
            Count(seat.since.0),
            Nodes(Cow::Borrowed(&seat.nodes)),
            Count(seat.renewed),
            seat.away,
            seat.looks.to_bytes(),
            PartingNumber(seat.parting),
            Pages(Cow::Borrowed(&seat.cut)),
            seat.address.map(|tag| tag.0),
        ])?;
    }
    Ok(places)
}

/// A list that is NULL when it is empty.
fn stored<T>(list: &[T]) -> Option<Json<&[T]>> {
    (!list.is_empty()).then_some(Json(list))
}
