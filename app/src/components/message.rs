//! One entry of the log.

use std::sync::LazyLock;

use chat::entry::Reaction;
use chat::text::shown;
use chat::{Entry, RoomId, What};
use leptos::either::EitherOf3;
use leptos::prelude::*;

use super::face::{Face, PersonName, hue};
use super::gif::GifView;
use super::shared::Shared;
use super::time::Clock;
use crate::body::body;
use crate::html;
use crate::state::log::Quote;
use crate::state::site::{Site, site};
use crate::strings::Lang;
use crate::when::Day;

/// Everything besides its content that decides how an entry looks: the room, its number, the language, whether it is the
/// reader's own, is whispered to the reader, continues the message above, and is new, and what day it is.
type Looks = (RoomId, u64, Lang, [bool; 4], Day);

static ENTRIES: LazyLock<Shared<Looks, (Entry, Option<Quote>)>> = LazyLock::new(Shared::new);

/// An entry of the log. `quote` is the content of the message that it answers.
pub fn entry_view(room: RoomId, entry: Entry, joined: bool, quote: Option<Quote>, fresh: bool) -> impl IntoView {
    let site = site();
    let is_mine = site.is_me(entry.person.id);
    let to_me = entry.to.as_ref().is_some_and(|to| site.is_me(to.id));
    let today = site.calendar.get_untracked().today();
    let content = (entry, quote);
    ENTRIES.view(
        (room, content.0.seq, site.lang, [is_mine, to_me, joined, fresh], today),
        content,
        move |(entry, quote)| view! { <EntryView room entry joined quote fresh/> },
    )
}

#[component]
fn EntryView(
    room: RoomId,
    entry: Entry,
    /// The entry continues the message above.
    joined: bool,
    /// The content of the message that this one answers.
    quote: Option<Quote>,
    /// The entry arrived while the page was open.
    fresh: bool,
) -> impl IntoView {
    let site = site();
    let id = format!("m{}", entry.seq);
    if !entry.what.is_message() {
        let text = site.lang.fact(&entry, &html::isolated(&site.lang.name(&entry.person.name)));
        return EitherOf3::A(
            view! { <li class="system" class:fresh=fresh id=id tabindex="-1" inner_html=html::sentence(&text)></li> },
        );
    }
    // A message shows above its content who whispers to whom and what it answers, and beside it the button of its menu.
    let label = whisper_mark(site, &entry, html::isolated);
    let whisper =
        (!label.is_empty()).then(|| view! { <span class="whisper-mark" inner_html=html::sentence(&label)></span> });
    let is_whisper = whisper.is_some();
    let above = quote_above(site, &entry, quote);
    let menu = menu_button(site, &entry);
    let Entry { person, at, what, .. } = entry;
    let name = site.lang.name(&person.name);
    let inside = view! {
        {above}
        <MessageBody room what name=name.clone()/>
        {menu}
    };
    if site.is_me(person.id) {
        return EitherOf3::B(view! {
            <li class="msg own" class:joined=joined class:whisper=is_whisper id=id tabindex="-1">
                <span class="sr">{name}</span>
                {whisper}
                {inside}
                <p class="msg-time"><Clock at/></p>
            </li>
        });
    }
    let class = format!("msg {}", hue(&person));
    EitherOf3::C(view! {
        <li class=class class:joined=joined class:fresh=fresh class:whisper=is_whisper id=id tabindex="-1">
            {(!joined)
                .then(|| {
                    view! {
                        <Face person=person.clone()/>
                        <p class="msg-head"><PersonName person/> " " {whisper} " " <Clock at/></p>
                    }
                })}
            {inside}
        </li>
    })
}

/// To whom a message is whispered; nothing if it is for all.
pub fn whisper_mark(site: Site, entry: &Entry, written: fn(&str) -> String) -> String {
    match &entry.to {
        Some(to) if site.is_me(to.id) => site.lang.in_room().whisper_to_me.to_owned(),
        Some(to) => site.lang.whispered_to(&written(&site.lang.name(&to.name))),
        None => String::new(),
    }
}

/// A button that quotes the answered message and leads to it.
fn quote_above(site: Site, entry: &Entry, quote: Option<Quote>) -> Option<impl IntoView + use<>> {
    let words = site.lang.in_room();
    let reply = entry.reply.as_ref()?;
    let said = match quote {
        Some(Quote::Text(text)) => text,
        Some(Quote::Gif) => "GIF".to_owned(),
        Some(Quote::Removed) => words.removed.to_owned(),
        None => words.earlier_message.to_owned(),
    };
    let name = site.lang.name(&reply.person.name);
    let html = format!(r#"<b dir="auto">{}</b> <bdi>{}</bdi>"#, html::escaped(&name), html::escaped(&said));
    let (value, label) = (format!("j{}", reply.seq), site.lang.answer_to(&name));
    Some(view! { <button type="button" class="quote" value=value title=label inner_html=html></button> })
}

fn menu_button(site: Site, entry: &Entry) -> Option<impl IntoView + use<>> {
    let label = site.lang.in_room().message_menu;
    (entry.what != What::Removed).then(|| {
        let value = format!("m{}", entry.seq);
        view! {
            <button type="button" class="more js" value=value aria-haspopup="true" aria-label=label title=label>
                "⋯"
            </button>
        }
    })
}

#[component]
fn MessageBody(room: RoomId, what: What, name: String) -> impl IntoView {
    match what {
        What::Gif(gif) => EitherOf3::A(view! { <GifView room gif alt=site().lang.gif_of(&name)/> }),
        What::Text(text) => EitherOf3::B(view! { <TextBubble text=shown(text.as_str())/> }),
        // Other kinds are no messages.
        _ => EitherOf3::C(view! { <p class="bubble removed">{site().lang.in_room().removed}</p> }),
    }
}

#[component]
pub fn TextBubble(text: String) -> impl IntoView {
    let (class, html) = body(&text, site().lang);
    view! { <div class=class dir="auto" inner_html=html></div> }
}

/// The reactions to the message above.
#[component]
pub fn Reactions(seq: u64, reactions: Vec<Reaction>, own: bool) -> impl IntoView {
    let site = site();
    // This contains only our own symbols and numbers, and no text that people wrote.
    let chip = |Reaction { emoji, people }: &Reaction| {
        let (mine, count) = (people.iter().any(|person| site.is_me(*person)), people.len());
        format!(
            r#"<button type="button" class="chip" value="e{seq}.{}" aria-pressed="{mine}">{} <span class="number">{count}</span></button>"#,
            *emoji as u8,
            emoji.symbol()
        )
    };
    let html: String = reactions.iter().map(chip).collect();
    view! { <li class="reactions" class:own=own aria-label=site.lang.in_room().reactions inner_html=html></li> }
}
