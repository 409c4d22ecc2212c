//! The messages on the socket, and the polls that take their place where no socket works.

use crate::event::{Down, LobbyChange, LobbyPage, Poll, Polled, Totals, Up};
use crate::{wire_enum, wire_struct};

wire_enum!(Up {
    Hello { protocol },
    WatchLobby,
    ShowCards { rooms },
    Page { id },
    WatchRoom { room, after },
    Typing,
    Ping,
    Time,
    Pong,
});

wire_enum!(Down {
    Hello { protocol },
    Lobby(page),
    LobbyChange(change),
    Entry(entry),
    Skip { seq },
    CaughtUp { seq, absent = Vec::new() },
    Absent { people },
    Typing { person },
    Ping,
    Pong,
    Gif(known),
    Time { now },
});

wire_struct!(LobbyPage { cards, more, totals });
wire_struct!(LobbyChange { changed, removed, totals });
wire_struct!(Totals { rooms, people });
wire_struct!(Poll { ups, state, waits, again, goodbye });
wire_struct!(Polled { downs, state, close, waits });
