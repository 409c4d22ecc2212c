//! The pages, each from its part of [`crate::page::PageState`].

pub mod door;
pub mod error;
pub mod lobby;
pub mod log;
pub mod new_room;
pub mod room;
