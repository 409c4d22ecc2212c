//! The domain of gifchat: what rooms, visitors and entries are, who may do what, and what goes over the socket.
//!
//! Browser and server share it: values that are checked when they are made, the rules of a room as pure functions, the
//! events on the wire, and the views that apply them. Nothing here does I/O, and only new ids read a clock. The crate
//! `backend` does both, with the service, the ports and their drivers.
//!
//! Reading order: [`id`], [`visitor`], [`room`], [`entry`], [`event`], [`view`], [`error`], [`wire`]; then
//! [`record`], [`policy`], and `acts`, which change a record.

// Changing a record means comparing names, which needs tables that browsers are not sent. So only servers do it.
#[cfg(not(target_arch = "wasm32"))]
mod acts;
#[cfg(not(target_arch = "wasm32"))]
pub mod policy;
#[cfg(not(target_arch = "wasm32"))]
pub mod record;

pub mod command;
pub mod entry;
pub mod error;
pub mod event;
mod forms;
pub mod gif;
pub mod id;
pub mod limit;
pub mod room;
pub mod shelf;
pub mod text;
pub mod time;
pub mod view;
pub mod visitor;
pub mod wire;

pub use entry::{Entry, What};
pub use error::{Error, Field, FieldError, Problem};
pub use gif::{Gif, GifHash};
pub use id::{ClientId, NodeId, PageId, RoomId, VisitorId};
pub use limit::Act;
pub use room::{Capacity, Password, RoomCard, RoomTitle, Slow};
pub use time::Timestamp;
pub use visitor::{Name, Person};
