//! The domain of gifchat: what rooms, visitors and entries are, who may do what, and what the socket says.
//!
//! Without the feature `server` this crate holds what the browser needs too: values that check themselves, the
//! wire's events and the views that apply them. With it come the service (the only door), the three ports
//! (`store`, `bus`, `media`) and their drivers. It knows no Leptos, axum or HTTP.
//!
//! Reading order: [`id`], [`visitor`], [`room`], [`entry`], [`event`], [`view`], [`error`]; then `record`, `store`,
//! `service`.

pub mod entry;
pub mod error;
pub mod event;
pub mod gif;
pub mod id;
pub mod limit;
pub mod room;
pub mod time;
pub mod view;
pub mod visitor;

#[cfg(feature = "server")]
pub mod address;
#[cfg(feature = "server")]
pub mod background;
#[cfg(feature = "server")]
pub mod bus;
#[cfg(feature = "server")]
mod finish;
#[cfg(feature = "server")]
pub mod media;
#[cfg(feature = "server")]
pub mod moving;
#[cfg(feature = "server")]
pub mod policy;
#[cfg(feature = "server")]
pub mod record;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod spool;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod throttle;

#[cfg(feature = "server")]
pub use address::Address;
pub use entry::{Entry, What};
pub use error::{Error, Field, FieldError, Problem};
pub use gif::{Gif, GifHash};
pub use id::{ClientId, NodeId, RoomId, VisitorId};
pub use limit::Act;
pub use room::{Capacity, Password, RoomCard, RoomTitle, Slow};
pub use time::Timestamp;
pub use visitor::{Name, Person};
