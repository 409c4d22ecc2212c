//! Parts that pages are made of.

pub mod card;
pub mod composer;
pub mod confirm;
pub mod copy;
pub mod face;
pub mod field;
pub mod gif;
pub mod header;
pub mod icon;
pub mod link_notice;
pub mod log;
pub mod lost;
pub mod message;
pub mod pending;
pub mod people;
pub mod place;
pub mod switch;
pub mod time;
