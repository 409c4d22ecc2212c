//! People: their face on a disc of their colour, and their name in that colour.

use chat::Person;
use leptos::prelude::*;

use crate::state::site::site;

/// The class that gives a person's colour to the content of an element.
pub fn hue(person: &Person) -> String {
    format!("hue h{}", person.id.hue())
}

/// The person's animal. Their name always stands beside it, or the surrounding element says it.
#[component]
pub fn Face(#[prop(into)] person: Person, #[prop(optional)] class: &'static str) -> impl IntoView {
    view! { <span class=format!("face {class} {}", hue(&person)) aria-hidden="true">{person.name.face()}</span> }
}

#[component]
pub fn PersonName(#[prop(into)] person: Person) -> impl IntoView {
    view! { <b class=format!("name {}", hue(&person)) dir="auto">{site().lang.name(&person.name)}</b> }
}
