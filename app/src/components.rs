//! The components that pages are made of.

pub mod card;
pub mod composer;
pub mod composer_notices;
pub mod connection_notice;
pub mod copy;
pub mod dead_end;
pub mod face;
pub mod field;
pub mod field_errors;
pub mod files;
pub mod gif;
pub mod header;
pub mod icon;
pub mod keys;
pub mod leave;
pub mod log;
pub mod menu;
pub mod message;
#[cfg(feature = "ssr")]
pub mod owner_form;
pub mod pending;
pub mod people;
pub mod question;
pub mod selection;
pub mod shared;
pub mod slow;
pub mod switch;
pub mod target;
pub mod time;
pub mod visibility;

use leptos::prelude::*;

/// A view is a large value, and without optimisation each function that passes one on has a copy on its stack. So the server
/// boxes the largest.
#[cfg(feature = "ssr")]
pub fn boxed(view: impl IntoView) -> AnyView {
    view.into_any()
}

/// In the browser a boxed view would bring code that only lazy hydration uses, a fifth of the WASM.
#[cfg(not(feature = "ssr"))]
pub fn boxed(view: impl IntoView) -> impl IntoView {
    view
}
