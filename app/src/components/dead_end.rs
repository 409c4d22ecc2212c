//! The content of a page that leads nowhere: what happened, possible reasons, and links to other pages.

use super::face::face_of;
use crate::icon;
use crate::markup::{Markup, Words, element, sentence};
use crate::site::site;

/// `hint` may have marks around what people wrote ([`crate::html::isolated`]). `status` is the HTTP status, shown small at the
/// bottom. `reload` offers to reload, because that may help.
pub fn dead_end(title: impl Into<Words>, hint: &str, status: Option<u16>, reload: bool) -> Markup {
    let site = site();
    let words = site.lang.common();
    let way = |href: &'static str| element("a").set("href", href);
    let first = if reload {
        way("").class("button accent").child(words.retry())
    } else {
        way("/room").class("button accent").child(icon::PLUS).child(words.make_room())
    };
    let actions = element("div").class("actions").child(first).child(way("/").class("button").child(words.to_lobby()));
    element("div")
        .class("lost")
        .child(face_of("huge", &site.me()))
        .child(element("h1").child(title.into()))
        .child(element("p").class("soft").children(sentence(hint)))
        .child(actions)
        .children(status.map(|status| element("p").class("soft small number").child(status.to_string())))
}
