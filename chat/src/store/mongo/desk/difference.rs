//! The update that takes a room's document from one state to the next. Of a room with many seats it says only which of them
//! come, go or change; the result is the same as if all of it were written.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};

use crate::error::Error;
use crate::id::VisitorId;
use crate::record::{Room, Seat};
use crate::store::mongo::entry_doc::FactDoc;
use crate::store::mongo::room_doc::{RoomDoc, stamped};
use crate::store::mongo::values::AsBson;

/// The update from `before`, exactly as it is stored, to `after`, with what that tells.
pub fn update(before: &Room, after: &Room, news: Vec<FactDoc>, stamp: ObjectId) -> Result<Document, Error> {
    let mut set = RoomDoc::new(after, news).into_changes()?;
    let mut update = Document::new();
    if before.bars == after.bars {
        set.remove("bars");
    }
    match Seats::between(&before.seats, &after.seats) {
        Seats::Same => {
            set.remove("seats");
        }
        Seats::Come { from } => {
            let come: Vec<Bson> = seats_of(&mut set).into_iter().skip(from).collect();
            update.insert("$push", doc! { "seats": { "$each": come } });
        }
        Seats::Go(ids) => {
            set.remove("seats");
            let ids: Vec<Bson> = ids.iter().map(AsBson::bson).collect();
            update.insert("$pull", doc! { "seats": { "id": { "$in": ids } } });
        }
        // (Places are as they were read: the update is made on condition that nobody has changed the room since.)
        Seats::Change(places) => {
            let seats = seats_of(&mut set).into_iter().enumerate();
            for (place, seat) in seats.filter(|(place, _)| places.contains(place)) {
                set.insert(format!("seats.{place}"), seat);
            }
        }
        Seats::Other => {}
    }
    // Who speaks notes it by themselves: left alone, unless this change is about it.
    if after.spoken_at != before.spoken_at {
        match after.spoken_at {
            Some(at) => {
                set.insert("spoken_at", at.bson());
            }
            None => {
                update.insert("$unset", doc! { "spoken_at": "" });
            }
        }
    }
    update.insert("$set", set);
    Ok(stamped(update, stamp))
}

fn seats_of(set: &mut Document) -> Vec<Bson> {
    match set.remove("seats") {
        Some(Bson::Array(seats)) => seats,
        _ => Vec::new(),
    }
}

/// How the seats of one state become those of the next.
#[derive(Debug, PartialEq, Eq)]
enum Seats {
    Same,
    /// Those from this place on are new.
    Come {
        from: usize,
    },
    /// These are no more.
    Go(Vec<VisitorId>),
    /// At these places something is different, for the same people.
    Change(Vec<usize>),
    /// In more than one of these ways, or most of them: all are written.
    Other,
}

impl Seats {
    fn between(before: &[Seat], after: &[Seat]) -> Self {
        if before == after {
            return Self::Same;
        }
        let found = if after.len() > before.len() && after.starts_with(before) {
            Self::Come { from: before.len() }
        } else if after.len() < before.len() {
            let mut left = after.iter().peekable();
            let gone = before.iter().filter(|seat| left.next_if(|left| left == seat).is_none());
            let gone: Vec<_> = gone.map(|seat| seat.person.id).collect();
            // (Else somebody is where nobody of the state before is, or has changed.)
            if gone.len() == before.len() - after.len() { Self::Go(gone) } else { Self::Other }
        } else if before.iter().map(|seat| seat.person.id).eq(after.iter().map(|seat| seat.person.id)) {
            let pairs = before.iter().zip(after).enumerate();
            Self::Change(pairs.filter(|(_, (before, after))| before != after).map(|(place, _)| place).collect())
        } else {
            Self::Other
        };
        let written = match &found {
            Self::Come { from } => after.len() - from,
            Self::Go(gone) => gone.len(),
            Self::Change(places) => places.len(),
            Self::Same | Self::Other => 0,
        };
        if written > after.len() / 2 { Self::Other } else { found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cases::{NOW, new_room, node, person, visitor};
    use crate::visitor::likeness::Named;

    /// A full room, and what an act makes of it.
    fn seats_after(act: impl Fn(&mut Room)) -> (Room, Room) {
        let people: Vec<u16> = (1..=999).collect();
        let (before, _) = new_room(&people, 1000);
        let mut after = before.clone();
        act(&mut after);
        (before, after)
    }

    fn bytes(update: &Document) -> usize {
        mongodb::bson::serialize_to_vec(update).expect("bytes").len()
    }

    fn assert_small(act: impl Fn(&mut Room), expected: Seats) {
        let (before, after) = seats_after(act);
        assert_eq!(Seats::between(&before.seats, &after.seats), expected);
        let update = update(&before, &after, Vec::new(), ObjectId::new()).expect("an update");
        let whole = bytes(&RoomDoc::new(&after, Vec::new()).into_changes().expect("a document"));
        assert!(bytes(&update) * 20 < whole, "{} of {whole} bytes", bytes(&update));
    }

    #[test]
    fn of_a_large_room_one_coming_or_going_writes_little() {
        let enter = |room: &mut Room| drop(room.take_seat(&Named::new(person(1000)), NOW));
        assert_small(enter, Seats::Come { from: 999 });
        assert_small(|room| drop(room.end_seat(visitor(500), NOW)), Seats::Go(vec![visitor(500)]));
        assert_small(|room| drop(room.end_seat(visitor(1), NOW)), Seats::Go(vec![visitor(1)]));
        assert_small(|room| room.watch_seat(visitor(7), node(1)).expect("a seat"), Seats::Change(vec![6]));
        assert_small(|room| room.renew_seat(visitor(999)), Seats::Change(vec![998]));
        assert_small(|room| room.owner = visitor(3), Seats::Same);
    }

    #[test]
    fn what_is_not_simple_is_written_whole() {
        let both = |room: &mut Room| {
            drop(room.end_seat(visitor(5), NOW));
            drop(room.take_seat(&Named::new(person(1000)), NOW));
        };
        let (before, after) = seats_after(both);
        assert_eq!(Seats::between(&before.seats, &after.seats), Seats::Other);
        let (before, after) = seats_after(|room| room.seats.swap(3, 4));
        assert_eq!(Seats::between(&before.seats, &after.seats), Seats::Other);
        let moved = |room: &mut Room| {
            drop(room.end_seat(visitor(5), NOW));
            room.renew_seat(visitor(6));
        };
        let (before, after) = seats_after(moved);
        assert_eq!(Seats::between(&before.seats, &after.seats), Seats::Other);
        let (before, after) = seats_after(|room| room.seats.iter_mut().for_each(|seat| seat.renewed += 1));
        assert_eq!(Seats::between(&before.seats, &after.seats), Seats::Other);
    }
}
