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

// The pages outside of rooms are never told what happens in one, so they have no code to read it.
wire_enum!(Down {
    Hello { protocol },
    Lobby(page),
    LobbyChange(change),
    #[cfg(feature = "rooms")]
    Entry(entry),
    #[cfg(feature = "rooms")]
    Skip { seq },
    #[cfg(feature = "rooms")]
    CaughtUp { seq, absent = Vec::new() },
    #[cfg(feature = "rooms")]
    Absent { people },
    #[cfg(feature = "rooms")]
    Typing { person },
    Ping,
    Pong,
    #[cfg(feature = "rooms")]
    Gif(known),
    Time { now },
});

wire_struct!(LobbyPage { cards, more, totals });
wire_struct!(LobbyChange { changed, removed, totals });
wire_struct!(Totals { rooms, people });
wire_struct!(Poll { ups, state, waits, again, goodbye });
wire_struct!(Polled { downs, state, close, waits });
