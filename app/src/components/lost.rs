//! A page that leads nowhere: what happened, why perhaps, and ways on.

use leptos::prelude::*;

use super::face::Face;
use super::icon::{self, Picture};
use crate::state::site::site;

#[component]
pub fn Lost(
    #[prop(into)] title: String,
    #[prop(into)] hint: String,
    /// The HTTP status, small below.
    #[prop(optional_no_strip, into)]
    status: Option<u16>,
    /// Loading this address again may help.
    #[prop(optional)]
    reload: bool,
) -> impl IntoView {
    let site = site();
    let words = site.lang.common();
    view! {
        <div class="lost">
            <Face person=site.me() class="huge"/>
            <h1>{title}</h1>
            <p class="soft">{hint}</p>
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
