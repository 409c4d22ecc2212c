//! One entry of the log.

use chat::{Entry, RoomId, What};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::face::{Face, PersonName, hue};
use super::gif::GifView;
use super::time::Clock;
use crate::links::{Piece, pieces};
use crate::state::site::{Site, site};

#[component]
pub fn Line(
    room: RoomId,
    entry: Entry,
    /// Continues the message above.
    joined: bool,
    /// Arrived while the page was open.
    #[prop(optional)]
    fresh: bool,
) -> impl IntoView {
    let site = site();
    if !entry.what.is_message() {
        return EitherOf3::A(view! { <li class="system" class:fresh=fresh>{system_text(site, &entry)}</li> });
    }
    let Entry { person, at, what, .. } = entry;
    let name = site.lang.name(&person.name);
    if site.is_me(person.id) {
        return EitherOf3::B(view! {
            <li class="msg own" class:joined=joined>
                <span class="sr">{name.clone()}</span>
                <Body room what name/>
                <p class="msg-time"><Clock at/></p>
            </li>
        });
    }
    let class = format!("msg {}", hue(&person));
    EitherOf3::C(view! {
        <li class=class class:joined=joined class:fresh=fresh>
            {(!joined)
                .then(|| {
                    view! {
                        <Face person=person.clone()/>
                        <p class="msg-head"><PersonName person/> " " <Clock at/></p>
                    }
                })}
            <Body room what name/>
        </li>
    })
}

#[component]
fn Body(room: RoomId, what: What, name: String) -> impl IntoView {
    match what {
        What::Gif(gif) => Either::Left(view! { <GifView room gif alt=site().lang.gif_of(&name)/> }),
        What::Text(text) => Either::Right(view! { <Said text=text.as_str().to_owned()/> }),
        // Facts are worded by `system_text`.
        What::Entered | What::Left | What::NewOwner => Either::Right(view! { <Said text=String::new()/> }),
    }
}

/// A text with its addresses made links.
#[component]
pub fn Said(text: String) -> impl IntoView {
    let show = |piece: Piece<'_>| match piece {
        Piece::Plain(text) => Either::Left(text.to_owned()),
        Piece::Link(address) => Either::Right(view! {
            <a href=address.to_owned() target="_blank" rel="noopener noreferrer nofollow">{address.to_owned()}</a>
        }),
    };
    view! { <p class="bubble">{pieces(&text).into_iter().map(show).collect_view()}</p> }
}

fn system_text(site: Site, entry: &Entry) -> String {
    let name = site.lang.name(&entry.person.name);
    match entry.what {
        What::Left => site.lang.left(&name),
        What::NewOwner => site.lang.new_owner(&name),
        _ => site.lang.entered(&name),
    }
}
