//! The components that pages are made of.

pub mod card;
pub mod composer;
pub mod composer_notices;
pub mod connection_notice;
pub mod copy;
pub mod dead_end;
pub mod face;
pub mod field;
pub mod files;
pub mod gif;
pub mod header;
pub mod icon;
pub mod leave;
pub mod log;
pub mod menu;
pub mod message;
#[cfg(feature = "ssr")]
pub mod owner_form;
pub mod pending;
pub mod people;
pub mod question;
pub mod shared;
pub mod switch;
pub mod target;
pub mod time;
pub mod visibility;
