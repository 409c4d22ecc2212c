//! The update that takes a room's document from one state to the next. If few of many seats are added, removed or changed, only
//! these are written. The result is the same as if the whole room were written.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};

use crate::store::mongo::entry_doc::FactDoc;
use crate::store::mongo::room_doc::{RoomDoc, stamped};
use crate::store::mongo::values::AsBson;
use chat::error::Error;
use chat::id::VisitorId;
use chat::record::{Room, Seat};

/// The update from `before`, exactly as it is stored, to `after`, with the news and the stamp of the change.
pub fn update(before: &Room, after: &Room, news: Vec<FactDoc>, stamp: ObjectId) -> Result<Document, Error> {
    let mut set = RoomDoc::new(after, news).into_changes()?;
    let mut update = Document::new();
    if before.bars == after.bars {
        set.remove("bars");
    }
    if before.outside == after.outside {
        set.remove("outside");
    }
    match SeatsChange::between(&before.seats, &after.seats) {
        SeatsChange::Unchanged => {
            set.remove("seats");
        }
        SeatsChange::Added { from } => {
            let added: Vec<Bson> = seats_of(&mut set).into_iter().skip(from).collect();
            update.insert("$push", doc! { "seats": { "$each": added } });
        }
        SeatsChange::Removed(ids) => {
            set.remove("seats");
            let ids: Vec<Bson> = ids.iter().map(AsBson::bson).collect();
            update.insert("$pull", doc! { "seats": { "id": { "$in": ids } } });
        }
        // (The places are still right, because the update applies only if the room has not changed since.)
        SeatsChange::Changed(places) => {
            let seats = seats_of(&mut set).into_iter().enumerate();
            for (place, seat) in seats.filter(|(place, _)| places.contains(place)) {
                set.insert(format!("seats.{place}"), seat);
            }
        }
        SeatsChange::Rewritten => {}
    }
    // Appends set `spoken_at` on their own. So it is left alone, unless this change is about it.
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
enum SeatsChange {
    Unchanged,
    /// The seats from this place on are new.
    Added {
        from: usize,
    },
    /// The seats of these visitors are removed.
    Removed(Vec<VisitorId>),
    /// The people are the same, and the seats at these places are different.
    Changed(Vec<usize>),
    /// Several of these at once, or a change of most seats. All seats are written.
    Rewritten,
}

impl SeatsChange {
    fn between(before: &[Seat], after: &[Seat]) -> Self {
        if before == after {
            return Self::Unchanged;
        }
        let found = if after.len() > before.len() && after.starts_with(before) {
            Self::Added { from: before.len() }
        } else if after.len() < before.len() {
            let mut left = after.iter().peekable();
            let removed = before.iter().filter(|seat| left.next_if(|left| left == seat).is_none());
            let removed: Vec<_> = removed.map(|seat| seat.person.id).collect();
            // (Otherwise a seat that is left is new, changed or in another order.)
            if removed.len() == before.len() - after.len() { Self::Removed(removed) } else { Self::Rewritten }
        } else if before.iter().map(|seat| seat.person.id).eq(after.iter().map(|seat| seat.person.id)) {
            let pairs = before.iter().zip(after).enumerate();
            Self::Changed(pairs.filter(|(_, (before, after))| before != after).map(|(place, _)| place).collect())
        } else {
            Self::Rewritten
        };
        let written = match &found {
            Self::Added { from } => after.len() - from,
            Self::Removed(removed) => removed.len(),
            Self::Changed(places) => places.len(),
            Self::Unchanged | Self::Rewritten => 0,
        };
        if written > after.len() / 2 { Self::Rewritten } else { found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cases::{NOW, new_room, node, person, visitor};
    use chat::visitor::likeness::Named;

    /// A room of 999 people, before and after `act`.
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

    fn assert_small(act: impl Fn(&mut Room), expected: SeatsChange) {
        let (before, after) = seats_after(act);
        assert_eq!(SeatsChange::between(&before.seats, &after.seats), expected);
        let update = update(&before, &after, Vec::new(), ObjectId::new()).expect("an update");
        let whole = bytes(&RoomDoc::new(&after, Vec::new()).into_changes().expect("a document"));
        assert!(bytes(&update) * 20 < whole, "{} of {whole} bytes", bytes(&update));
    }

    #[test]
    fn of_a_large_room_one_coming_or_going_writes_little() {
        let enter = |room: &mut Room| drop(room.take_seat(&Named::new(person(1000)), NOW));
        assert_small(enter, SeatsChange::Added { from: 999 });
        assert_small(|room| drop(room.end_seat(visitor(500), NOW)), SeatsChange::Removed(vec![visitor(500)]));
        assert_small(|room| drop(room.end_seat(visitor(1), NOW)), SeatsChange::Removed(vec![visitor(1)]));
        assert_small(|room| room.watch_seat(visitor(7), node(1)).expect("a seat"), SeatsChange::Changed(vec![6]));
        assert_small(|room| room.renew_seat(visitor(999)), SeatsChange::Changed(vec![998]));
        assert_small(|room| room.owner = visitor(3), SeatsChange::Unchanged);
    }

    #[test]
    fn what_is_not_simple_is_written_whole() {
        let both = |room: &mut Room| {
            drop(room.end_seat(visitor(5), NOW));
            drop(room.take_seat(&Named::new(person(1000)), NOW));
        };
        let (before, after) = seats_after(both);
        assert_eq!(SeatsChange::between(&before.seats, &after.seats), SeatsChange::Rewritten);
        let (before, after) = seats_after(|room| room.seats.swap(3, 4));
        assert_eq!(SeatsChange::between(&before.seats, &after.seats), SeatsChange::Rewritten);
        let moved = |room: &mut Room| {
            drop(room.end_seat(visitor(5), NOW));
            room.renew_seat(visitor(6));
        };
        let (before, after) = seats_after(moved);
        assert_eq!(SeatsChange::between(&before.seats, &after.seats), SeatsChange::Rewritten);
        let (before, after) = seats_after(|room| room.seats.iter_mut().for_each(|seat| seat.renewed += 1));
        assert_eq!(SeatsChange::between(&before.seats, &after.seats), SeatsChange::Rewritten);
    }
}
