//! Shelves and what they hold.

use crate::shelf::{Item, Label, Seen, SeenInRoom, Shelf};
use crate::wire_struct;

wire_struct!(Shelf { items, known, next = None });
wire_struct!(Item { gif, description = None, label = Label::default(), kept = false, used_at });
wire_struct!(Label { name = None, tags = Vec::new(), folder = None });
wire_struct!(Seen { seq, gif, description = None });
wire_struct!(SeenInRoom { gifs, known });
