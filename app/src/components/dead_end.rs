//! The content of a page that leads nowhere: what happened, possible reasons, and links to other pages.

use leptos::prelude::*;

use super::face::face_of;
use super::icon::{self, Picture};
use crate::markup::{element, sentence};
use crate::state::site::site;

#[component]
pub fn DeadEnd(
    #[prop(into)] title: String,
    /// May have marks around what people wrote ([`crate::html::isolated`]).
    #[prop(into)]
    hint: String,
    /// The HTTP status, shown small at the bottom.
    #[prop(optional_no_strip, into)]
    status: Option<u16>,
    /// Offers to reload, because that may help.
    #[prop(optional)]
    reload: bool,
) -> impl IntoView {
    let site = site();
    let words = site.lang.common();
    view! {
        <div class="lost">
            {face_of("huge", &site.me())}
            <h1>{title}</h1>
            {element("p").class("soft").children(sentence(&hint))}
            <div class="actions">
                {reload.then(|| view! { <a class="button accent" href="">{words.retry}</a> })}
                {(!reload)
                    .then(|| {
                        view! {
                            <a class="button accent" href="/room"><Picture icon=icon::PLUS/>{words.make_room}</a>
                        }
                    })}
                <a class="button" href="/">{words.to_lobby}</a>
            </div>
            {status.map(|status| view! { <p class="soft small number">{status}</p> })}
        </div>
    }
}
