//! People: their face on a disc of their colour, and their name in that colour.

use chat::Person;

use crate::markup::{Markup, element};
use crate::site::site;

/// The class that gives a person's colour to the content of an element.
pub fn hue(person: &Person) -> String {
    format!("hue h{}", person.id.hue())
}

/// The person's animal. Their name always stands beside it, or the surrounding element says it.
pub fn face(person: &Person) -> Markup {
    face_of("", person)
}

/// The same with one more class, which gives the size.
pub fn face_of(class: &'static str, person: &Person) -> Markup {
    let class = format!("face {class} {}", hue(person));
    element("span").class(class).set("aria-hidden", "true").child(person.name.face())
}

pub fn person_name(person: &Person) -> Markup {
    element("b").class(format!("name {}", hue(person))).set("dir", "auto").child(site().lang.name(&person.name))
}
