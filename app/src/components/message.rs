//! One entry of the log.

use std::sync::LazyLock;

use chat::entry::{GifReaction, Reaction};
use chat::gif::Facts;
use chat::text::shown;
use chat::view::RoomView;
use chat::{Entry, Gif, RoomId, What};
use leptos::prelude::*;

use super::face::{face, hue, person_name};
use super::gif::gif_view;
use super::shared::Shared;
use super::time::clock;
use crate::action::{Action, Sign};
use crate::body::body;
use crate::browser;
use crate::html::isolated;
use crate::markup::{Markup, button, element, sentence};
use crate::play::{Play, Playback};
use crate::site::{Site, site};
use crate::state::log::Quote;
use crate::strings::Lang;
use crate::when::Day;

/// Everything besides its content that decides how an entry looks: the room, its number, the language, whether it is the
/// reader's own, is whispered to the reader, continues the message above, is new, and is in a room of veiled GIFs, what day it is,
/// how GIFs play for the reader, and what is known of the entry's GIF.
type Looks = (RoomId, u64, Lang, [bool; 5], Day, Playback, Option<Facts>);

static ENTRIES: LazyLock<Shared<Looks, (Entry, Option<Quote>)>> = LazyLock::new(Shared::new);

/// An entry of the log. `joined`: it continues the message above. `quote` is the content of the message that it answers. `fresh`: it
/// arrived while the page was open. `view` is of the room.
pub fn entry_view(
    room: RoomId,
    entry: Entry,
    joined: bool,
    quote: Option<Quote>,
    fresh: bool,
    view: RwSignal<RoomView>,
) -> Markup {
    let site = site();
    let is_mine = site.is_me(entry.person.id);
    let to_me = entry.to.as_ref().is_some_and(|to| site.is_me(to.id));
    let today = site.calendar.get_untracked().today();
    let facts = |view: &RoomView| view.facts(entry.what.gif()?.sha);
    let (veil, facts) = view.with_untracked(|view| (view.veil, facts(view)));
    let differs = [is_mine, to_me, joined, fresh, veil];
    let looks = (room, entry.seq, site.lang, differs, today, site.playback.get_untracked(), facts);
    ENTRIES.view(looks, (entry, quote), move |(entry, quote)| markup(view, entry, joined, quote, fresh))
}

fn markup(view: RwSignal<RoomView>, entry: Entry, joined: bool, quote: Option<Quote>, fresh: bool) -> Markup {
    let site = site();
    let row = |class: String| {
        let class = if joined { class + " joined" } else { class };
        let class = if entry.to.is_some() { class + " whisper" } else { class };
        element("li").class(class).set("id", format!("m{}", entry.seq)).set("tabindex", "-1")
    };
    let is_new = |class: &str| if fresh { format!("{class} fresh") } else { class.to_owned() };
    let name = site.lang.name(&entry.person.name);
    if !entry.what.is_message() {
        return row(is_new("system")).children(sentence(&site.lang.fact(&entry, &isolated(&name))));
    }
    // A message shows above its content who whispers to whom and what it answers, and beside it the button of its menu.
    let whisper = whisper_mark(site, &entry, isolated);
    let whisper = (!whisper.is_empty()).then(|| element("span").class("whisper-mark").children(sentence(&whisper)));
    let content = content(view, &entry, &name);
    let inside = [quote_above(site, &entry, quote), Some(content), menu_button(site, &entry)].into_iter().flatten();
    if site.is_me(entry.person.id) {
        return row("msg own".to_owned())
            .child(element("span").class("sr").child(name))
            .children(whisper)
            .children(inside)
            .child(element("p").class("msg-time").child(clock(entry.at)));
    }
    let head = (!joined).then(|| {
        let head = element("p").class("msg-head").child(person_name(&entry.person)).child(" ");
        [face(&entry.person), head.children(whisper).child(" ").child(clock(entry.at))]
    });
    row(is_new(&format!("msg {}", hue(&entry.person)))).children(head.into_iter().flatten()).children(inside)
}

/// To whom a message is whispered; nothing if it is for all. `written` prepares the name, for example for markup or plain text.
pub fn whisper_mark(site: Site, entry: &Entry, written: fn(&str) -> String) -> String {
    match &entry.to {
        Some(to) if site.is_me(to.id) => site.lang.in_room().whisper_to_me().to_owned(),
        Some(to) => site.lang.whispered_to(&written(&site.lang.name(&to.name))),
        None => String::new(),
    }
}

/// A button that quotes the answered message and leads to it.
fn quote_above(site: Site, entry: &Entry, quote: Option<Quote>) -> Option<Markup> {
    let words = site.lang.in_room();
    let reply = entry.reply.as_ref()?;
    let said = match quote {
        Some(Quote::Text(text)) => text,
        Some(Quote::Gif) => "GIF".to_owned(),
        Some(Quote::Removed) => words.removed().to_owned(),
        None => words.earlier_message().to_owned(),
    };
    let name = site.lang.name(&reply.person.name);
    let quote = button(Action::Find(reply.seq), "quote").set("title", site.lang.answer_to(&name));
    Some(quote.child(element("b").set("dir", "auto").child(name)).child(" ").child(element("bdi").child(said)))
}

fn menu_button(site: Site, entry: &Entry) -> Option<Markup> {
    let label = site.lang.in_room().message_menu();
    let menu = || button(Action::MessageMenu(entry.seq), "more js").set("aria-haspopup", "true").set("title", label);
    (entry.what != What::Removed).then(|| menu().set("aria-label", label).child("⋯"))
}

fn content(view: RwSignal<RoomView>, entry: &Entry, name: &str) -> Markup {
    match &entry.what {
        What::Gif(gif) => gif_view(view, gif, &entry.showing, name),
        What::Text(text) => text_bubble(&shown(text.as_str())),
        // Other kinds are no messages.
        _ => element("p").class("bubble removed").child(site().lang.in_room().removed()),
    }
}

pub fn text_bubble(text: &str) -> Markup {
    let (class, content) = body(text, site().lang);
    element("div").class(class).set("dir", "auto").children(content)
}

/// The reactions to the message above, `own` if that is the reader's.
pub fn reactions(
    view: RwSignal<RoomView>,
    seq: u64,
    reactions: &[Reaction],
    gifs: &[GifReaction],
    own: bool,
) -> Markup {
    let site = site();
    let by_gif = |GifReaction { gif, people }: &GifReaction| {
        let mine = people.iter().any(|person| site.is_me(*person));
        button(Action::React(seq, Sign::Gif(gif.sha)), "chip gif-chip")
            .set("aria-pressed", mine.to_string())
            .child(small_gif(view, gif))
            .child(" ")
            .child(element("span").class("number").child(people.len().to_string()))
    };
    let chip = |Reaction { emoji, people }: &Reaction| {
        let mine = people.iter().any(|person| site.is_me(*person));
        button(Action::React(seq, Sign::Emoji(*emoji)), "chip")
            .set("aria-pressed", mine.to_string())
            .child(emoji.symbol())
            .child(" ")
            .child(element("span").class("number").child(people.len().to_string()))
    };
    element("li")
        .class(if own { "reactions own" } else { "reactions" })
        .set("aria-label", site.lang.in_room().reactions())
        .children(reactions.iter().map(chip))
        .children(gifs.iter().map(by_gif))
}

/// A GIF as high as an emoji. It plays while the pointer is on it, and is not fetched where GIFs are veiled. Flashes of so
/// small a picture are no danger (see [`super::gif`]).
fn small_gif(view: RwSignal<RoomView>, gif: &Gif) -> Markup {
    let site = site();
    let address = format!("/gif/{}/{}", view.with_untracked(|view| view.id), gif.sha);
    let points = RwSignal::new(false);
    let is_calm = move || {
        let never = site.playback.with(|wishes| wishes.play == Some(Play::Never));
        never || browser::matches("(prefers-reduced-motion: reduce)")
    };
    let source = move || {
        let is_veiled = view.with(|view| view.veil) || site.playback.with(|wishes| wishes.veil);
        let part = if points.get() && !is_calm() { "" } else { "/still?webp" };
        (!is_veiled).then(|| format!("{address}{part}"))
    };
    element("img")
        .set("alt", "GIF")
        .set("loading", "lazy")
        .set("height", "24")
        .on("pointerenter", move |_| points.set(true))
        .on("pointerleave", move |_| points.set(false))
        .live("src", source)
}
