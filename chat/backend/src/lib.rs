//! The parts of gifchat's domain that only a server needs: the service (the only way in), the three ports (`store`, `bus`,
//! `media`) and their drivers. The crate knows nothing of Leptos, axum or HTTP. The crate `chat` defines what rooms are and who
//! may do what.
//!
//! Reading order: [`store`], [`bus`], [`media`], then [`service`].

pub mod address;
pub mod background;
pub mod bus;
mod finish;
pub mod media;
pub mod service;
pub mod spool;
pub mod store;
pub mod throttle;
pub mod transfer;

pub use address::Address;
