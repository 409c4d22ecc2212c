//! Parts that pages are made of.

pub mod aim;
pub mod card;
pub mod composer;
pub mod confirm;
pub mod copy;
pub mod face;
pub mod field;
pub mod files;
pub mod gif;
pub mod header;
pub mod icon;
pub mod link_notice;
pub mod log;
pub mod lost;
pub mod menu;
pub mod message;
#[cfg(feature = "ssr")]
pub mod owner_form;
pub mod pending;
pub mod people;
pub mod place;
pub mod question;
pub mod switch;
pub mod time;
