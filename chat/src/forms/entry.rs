//! Entries and what they hold.

use crate::entry::{Emoji, Entry, GifReaction, LogPage, PasswordChange, Reaction, Reply, Settings, Showing, What};
use crate::gif::{Facts, Gif, GifFacts, GifHash};
use crate::id::ClientId;
use crate::wire::macros::wire_text;
use crate::{wire_enum, wire_struct};

wire_struct!(Entry { seq, at, person, client, what, to = None, reply = None, showing = Showing::default(), reactions = Vec::new(), gif_reactions = Vec::new() });

wire_enum!(What {
    Text(text),
    Gif(gif),
    Removed,
    Entered,
    Left,
    NewOwner,
    ThrownOut { reason },
    Renamed { from },
    Settings(settings),
    Removal { seq },
    Reaction { seq, emoji, on },
    GifReaction { seq, gif, on },
    Showing { seq, showing },
    Away(is_away),
});

wire_struct!(Reply { seq, person });
wire_struct!(Showing { description = None, veiled = false });
wire_struct!(Reaction { emoji, people });
wire_struct!(GifReaction { gif, people });
wire_enum!(Emoji { ThumbsUp, Heart, Laugh, Wow, Sad, Party });
wire_struct!(Settings { title = None, capacity = None, password = None, slow = None, veil = None });
wire_enum!(PasswordChange { Set, Changed, Removed });
wire_struct!(LogPage { entries, more, first = 0, seq = 0, gifs = Vec::new() });
wire_struct!(Gif { sha, width, height, frames, duration_ms, bytes });
wire_struct!(Facts { still = false, light = false, flashes = None });
wire_struct!(GifFacts { sha, facts });
wire_text!(ClientId, GifHash);
