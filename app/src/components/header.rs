//! The header of the pages outside rooms: the logo and the visitor's own name.

use leptos::prelude::*;

use super::copy::CopyButton;
use super::face::{face_of, person_name};
use super::icon;
use crate::address::in_query;
use crate::state::site::{own_colour, site};
use crate::strings::Lang;

#[component]
pub fn Header(
    /// The address to which the language switch comes back.
    here: String,
) -> impl IntoView {
    view! {
        <header class="site-head">
            <a class="mark" href="/">
                <span class="mark-sheets" aria-hidden="true"><span>"GIF"</span></span>
                "gifchat"
            </a>
            <Me here/>
        </header>
    }
}

/// The visitor's own name and face. The popover shows their colour and the language switch.
#[component]
fn Me(here: String) -> impl IntoView {
    let site = site();
    let words = site.lang.common();
    let me = site.me();
    // The server writes the colour and the browser keeps it, so that the browser does not need the code that computes it.
    #[cfg(feature = "ssr")]
    let colour = me.id.hex();
    #[cfg(not(feature = "ssr"))]
    let colour = own_colour();
    view! {
        <button type="button" class="me" popovertarget="me-card" aria-label=words.me_title>
            <span class="me-name" dir="auto">{site.lang.name(&me.name)}</span>
            {face_of("own", &me)}
        </button>
        <div class="sheet me-card" id="me-card" popover="auto" role="dialog" aria-label=words.me_title>
            <div class="me-who">
                {face_of("big", &me)}
                <div>
                    {person_name(&me)}
                    <p class="colour">
                        <span class="swatch" aria-hidden="true"></span>
                        <code inner_html=colour></code>
                        <CopyButton
                            text=own_colour
                            label=words.copy_colour
                            icon=icon::COPY
                            class="quiet-button"
                        />
                    </p>
                </div>
            </div>
            <p class="soft small">{words.me_hint}</p>
            <LanguageSwitch here/>
            // The page shows it where the browser can install it (public/installed.js).
            <button type="button" class="button install">{words.install}</button>
        </div>
    }
}

/// A plain form that reloads the page in the other language.
#[component]
pub fn LanguageSwitch(here: String) -> impl IntoView {
    let site = site();
    let choice = move |lang: Lang| {
        view! {
            <button
                name="lang"
                value=lang.code()
                lang=lang.code()
                aria-pressed=if lang == site.lang { "true" } else { "false" }
            >
                {lang.own_name()}
            </button>
        }
    };
    view! {
        <form
            class="segments"
            method="post"
            action=format!("/api/set_language?back={}", in_query(&here))
            aria-label=site.lang.common().language
        >
            {Lang::ALL.into_iter().map(choice).collect_view()}
        </form>
    }
}
