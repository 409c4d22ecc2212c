//! The header of the pages outside rooms: the logo and the visitor's own name.

use super::copy::copy_button;
use super::face::{face_of, person_name};
use super::gif_settings::gif_settings;
use crate::address::in_query;
use crate::icon;
use crate::markup::{Markup, element};
use crate::site::{own_colour, site};
use crate::strings::Lang;

/// `here`: the address to which the language switch comes back.
pub fn header(here: &str) -> Markup {
    let sheets = element("span").class("mark-sheets").set("aria-hidden", "true").child(element("span").child("GIF"));
    element("header")
        .class("site-head")
        .child(element("a").class("mark").set("href", "/").child(sheets).child("gifchat"))
        .children(me(here))
}

/// The visitor's own name and face. The popover shows their colour, the language switch and the settings for GIFs.
fn me(here: &str) -> [Markup; 2] {
    let site = site();
    let words = site.lang.common();
    let me = site.me();
    // The server writes the colour and the browser keeps it, so that the browser does not need the code that computes it.
    #[cfg(feature = "ssr")]
    let colour = me.id.hex();
    #[cfg(not(feature = "ssr"))]
    let colour = own_colour();
    let button = element("button")
        .set("type", "button")
        .class("me")
        .set("popovertarget", "me-card")
        .set("aria-label", words.me_title())
        .child(element("span").class("me-name").set("dir", "auto").child(site.lang.name(&me.name)))
        .child(face_of("own", &me));
    let colour = element("p")
        .class("colour")
        .set("data-hex", colour.clone())
        .child(element("span").class("swatch").set("aria-hidden", "true"))
        .child(element("code").child(colour))
        .children(copy_button("quiet-button", words.copy_colour(), icon::COPY, own_colour));
    let who = element("div").child(person_name(&me)).child(colour);
    let card = element("div")
        .class("sheet me-card")
        .set("id", "me-card")
        .set("popover", "auto")
        .set("role", "dialog")
        .set("aria-label", words.me_title())
        .child(element("div").class("me-who").child(face_of("big", &me)).child(who))
        .child(element("p").class("soft small").child(words.me_hint()))
        .child(language_switch(here))
        .child(gif_settings(here))
        // CSS shows this button where the browser can install the page (public/installed.js).
        .child(element("button").set("type", "button").class("button install").child(words.install()));
    [button, card]
}

/// A plain form that reloads the page in the other language.
fn language_switch(here: &str) -> Markup {
    let site = site();
    let choice = |lang: Lang| {
        element("button")
            .set("name", "lang")
            .set("value", lang.code())
            .set("lang", lang.code())
            .set("aria-pressed", (lang == site.lang).to_string())
            .child(lang.own_name())
    };
    element("form")
        .class("segments")
        .set("method", "post")
        .set("action", format!("/api/set_language?back={}", in_query(here)))
        .set("aria-label", site.lang.common().language())
        .children(Lang::ALL.into_iter().map(choice))
}
