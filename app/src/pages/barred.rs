//! The page for somebody who was thrown out of the room.

use chat::RoomCard;
use chat::room::Reason;
use chat::text::shown;
use leptos::prelude::*;

use crate::components::dead_end::DeadEnd;
use crate::html::isolated;
use crate::state::site::site;

#[component]
pub fn BarredPage(room: RoomCard, reason: Option<Reason>) -> impl IntoView {
    let lang = site().lang;
    let words = lang.errors();
    let title = isolated(&room.title.shown());
    let hint = match &reason {
        Some(reason) => lang.thrown_out_because(&title, &isolated(&shown(reason.as_str()))),
        None => lang.thrown_out_of(&title),
    };
    view! {
        <main class="middle">
            <DeadEnd title=words.barred_title hint status=None/>
        </main>
    }
}
