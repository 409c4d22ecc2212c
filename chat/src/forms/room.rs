//! Rooms and people, as a page shows them.

use crate::id::{PageId, RoomId, VisitorId};
use crate::room::{Bar, Outside, RoomCard, Slow};
use crate::view::{LobbyView, RoomView};
use crate::visitor::{Name, Person};
use crate::wire::macros::wire_text;
use crate::{wire_enum, wire_struct};

wire_struct!(RoomCard {
    id,
    title,
    capacity,
    locked,
    slow = Slow::OFF,
    people,
    owner,
    faces,
    created_at,
    spoken_at,
});

wire_struct!(LobbyView { cards, more, totals, query, is_extended = false });

wire_struct!(RoomView {
    id,
    title,
    capacity,
    locked,
    slow = Slow::OFF,
    veil = false,
    owner,
    me,
    people,
    away = Vec::new(),
    absent = Vec::new(),
    entries,
    more,
    first = 0,
    seq,
    unloaded = 0,
    gifs = Vec::new(),
});

wire_struct!(Bar { person, at, reason = None });
wire_struct!(Person { id, name });
wire_struct!(Name { adjective, animal, own = None, number = 1 });
wire_enum!(Outside { Away, Replaced });
wire_text!(RoomId, VisitorId, PageId);
