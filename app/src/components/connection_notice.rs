//! A notice about the connection when it is lost or has ended.

use chat::event::Close;
use leptos::prelude::*;

use crate::browser;
use crate::live::Connection;
use crate::state::site::site;

#[component]
pub fn ConnectionNotice(connection: Connection) -> impl IntoView {
    let words = site().lang.common();
    // The page that follows explains these.
    let is_told = |close| matches!(close, Close::NotSeated | Close::Barred | Close::RoomGone);
    let text = move || match connection.ended.get() {
        Some(Close::OldPage) => words.old_page,
        Some(close) if is_told(close) => "",
        Some(_) => words.ended,
        None if connection.lost.get() => words.lost,
        None => "",
    };
    let searching = move || connection.ended.get().is_none() && connection.lost.get();
    let stuck = move || connection.ended.get().is_some_and(|close| !is_told(close));
    view! {
        <div class="link-notice" class:shown=move || searching() || stuck()>
            <span class="spinner" hidden=move || !searching()></span>
            <span role="status">{text}</span>
            <button type="button" hidden=move || !stuck() on:click=|_| browser::reload()>{words.reload}</button>
        </div>
    }
}
