//! The page for a person who was thrown out of the room.

use chat::RoomCard;
use chat::room::Reason;
use chat::text::shown;

use crate::components::dead_end::dead_end;
use crate::html::isolated;
use crate::markup::{Markup, element};
use crate::site::site;

pub fn barred_page(room: &RoomCard, reason: Option<&Reason>) -> Markup {
    let lang = site().lang;
    let words = lang.errors();
    let title = isolated(&room.title.shown());
    let hint = match reason {
        Some(reason) => lang.thrown_out_because(&title, &isolated(&shown(reason.as_str()))),
        None => lang.thrown_out_of(&title),
    };
    element("main").class("middle").child(dead_end(words.barred_title(), &hint, None, false))
}
