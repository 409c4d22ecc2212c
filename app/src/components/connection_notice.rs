//! A notice about the connection when it is lost, refused or has ended: what it is, and what to do.

use chat::event::Close;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser::{self, storage};
use crate::live::{Connection, Refusal};
use crate::markup::{Markup, element};
use crate::site::site;

/// `has_text`: whether this page has a text field, whose text people may worry about.
pub fn connection_notice(connection: Connection, has_text: bool) -> Markup {
    let words = site().lang.common();
    Effect::new(move |_| {
        if connection.joined.get() > 1 {
            // The server may be of a newer version now (public/installed.js).
            browser::call(&window(), "reconnected", &JsValue::UNDEFINED);
        }
    });
    // The page that follows explains these endings.
    let is_told = |close| matches!(close, Close::NotSeated | Close::Barred | Close::RoomGone);
    let stuck = move || match (connection.ended.get(), connection.refused.get()) {
        (Some(Close::OldPage), _) => words.old_page(),
        (Some(close), _) if is_told(close) => "",
        (Some(_), _) => words.ended(),
        (None, Some(Refusal::Stranger)) => words.stranger(),
        (None, Some(Refusal::TooMany)) => words.too_many_tabs(),
        (None, None) => "",
    };
    let searching = move || connection.ended.get().is_none() && connection.lost.get() && stuck().is_empty();
    let shown = move || searching() || !stuck().is_empty();
    let text = move || if searching() { words.lost() } else { stuck() };
    // A text that the browser did not store does not survive a reload.
    let kept = move || if has_text && shown() && (searching() || storage::is_kept()) { words.text_kept() } else { "" };
    let helps_to_wait = move || connection.ended.get().is_none() && connection.refused.get() == Some(Refusal::TooMany);
    let press = move |_| if helps_to_wait() { connection.try_again() } else { browser::reload() };
    element("div")
        .class("link-notice")
        .class_while("shown", shown)
        .child(element("span").class("spinner").hidden_while(move || !searching()))
        .child(element("span").set("role", "status").live_text(move || [text(), " ", kept()].concat()))
        .child(
            element("button")
                .set("type", "button")
                .hidden_while(move || stuck().is_empty())
                .on("click", press)
                .live_text(move || if helps_to_wait() { words.retry() } else { words.reload() }.to_owned()),
        )
}
