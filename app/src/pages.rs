//! The pages, each from its part of [`crate::page::PageState`].

#[cfg(feature = "ssr")]
pub mod barred;
pub mod door;
#[cfg(feature = "ssr")]
pub mod error;
pub mod lobby;
#[cfg(feature = "ssr")]
pub mod log;
pub mod new_room;
pub mod room;
