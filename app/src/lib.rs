//! The pages of gifchat. This crate decides nothing about rooms: it asks `chat` and shows the answers.
//!
//! [`page::PageState`] is everything a page shows at first. The server renders it ([`document`]), and the browser hydrates from
//! the same value ([`start`]). After that, [`live`] feeds events into [`state`], and `components` show that state.

// Views are deeply nested types.
#![recursion_limit = "512"]
// A build for only some of the pages leaves a part of the shared code unused.
#![cfg_attr(
    not(all(feature = "lobby", feature = "door", feature = "room", feature = "panel")),
    allow(dead_code, unused_imports)
)]

mod action;
mod address;
pub mod api;
mod body;
pub mod browser;
mod call;
mod code;
mod components;
#[cfg(test)]
mod contrast;
#[cfg(feature = "ssr")]
mod data;
#[cfg(feature = "ssr")]
mod document;
mod html;
mod icon;
mod links;
pub mod live;
mod markup;
pub mod page;
mod pages;
#[cfg(any(feature = "panel", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code, unused_imports))]
pub mod panel;
pub mod play;
mod root;
pub mod site;
pub mod state;
pub mod strings;
mod when;
#[cfg(feature = "ssr")]
mod written;

#[cfg(feature = "ssr")]
pub use data::{data, read_data};
#[cfg(feature = "ssr")]
pub use document::{Build, built_files, document, maker_files};
#[cfg(feature = "hydrate")]
pub use root::start;
