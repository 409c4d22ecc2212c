//! The page for somebody who was thrown out of the room.

use chat::RoomCard;
use chat::room::Reason;
use leptos::prelude::*;

use crate::components::dead_end::DeadEnd;
use crate::state::site::site;

#[component]
pub fn BarredPage(room: RoomCard, reason: Option<Reason>) -> impl IntoView {
    let lang = site().lang;
    let words = lang.errors();
    let hint = match &reason {
        Some(reason) => lang.thrown_out_because(room.title.as_str(), reason.as_str()),
        None => lang.thrown_out_of(room.title.as_str()),
    };
    view! {
        <main class="middle">
            <DeadEnd title=words.barred_title hint status=None/>
        </main>
    }
}
