//! Says how the connection is, when there is something to say.

use chat::event::Close;
use leptos::prelude::*;

use crate::browser;
use crate::live::Link;
use crate::state::site::site;

#[component]
pub fn LinkNotice(link: Link) -> impl IntoView {
    let words = site().lang.common();
    // By the page that follows.
    let is_told = |close| matches!(close, Close::NotSeated | Close::Barred | Close::RoomGone);
    let text = move || match link.ended.get() {
        Some(Close::OldPage) => words.old_page,
        Some(close) if is_told(close) => "",
        Some(_) => words.ended,
        None if link.lost.get() => words.lost,
        None => "",
    };
    let searching = move || link.ended.get().is_none() && link.lost.get();
    let stuck = move || link.ended.get().is_some_and(|close| !is_told(close));
    view! {
        <div class="link-notice" class:shown=move || searching() || stuck()>
            <span class="spinner" hidden=move || !searching()></span>
            <span role="status">{text}</span>
            <button type="button" hidden=move || !stuck() on:click=|_| browser::reload()>{words.reload}</button>
        </div>
    }
}
