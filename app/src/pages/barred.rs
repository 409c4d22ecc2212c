//! What somebody sees who was thrown out of a room.

use chat::RoomCard;
use chat::entry::Reason;
use leptos::prelude::*;

use crate::components::lost::Lost;
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
            <Lost title=words.barred_title hint status=None/>
        </main>
    }
}
