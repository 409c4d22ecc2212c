//! Elements as data. Leptos' `view!` makes a type for each tree, and code for building, hydrating and changing each type. What people
//! see by the hundred is made of these instead, for which there is that code once (docs/decisions/0047).
//!
//! There is one description for the server's HTML, for hydration, and for elements that the browser makes. What people wrote can
//! only become a text or the value of an attribute, and is escaped here and nowhere else.

mod dom;
mod html;

use std::borrow::Cow;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;

use crate::components::icon::Icon;

/// Words of ours or of people.
pub type Words = Cow<'static, str>;
type Live<T> = Box<dyn Fn() -> T + Send>;

/// An element. It is a view, which may stand wherever other views do.
pub struct Markup {
    tag: &'static str,
    attributes: Vec<(&'static str, Value)>,
    content: Content,
    /// `None` on a server.
    wiring: Option<SendWrapper<dom::Wiring>>,
}

enum Value {
    Fixed(Words),
    /// The attribute is missing while this is `None`.
    Live(Live<Option<String>>),
    /// The name is a class, which the element has while this is true.
    Class(Live<bool>),
}

enum Content {
    /// All of the element, as a server has written it before.
    #[cfg(feature = "ssr")]
    Kept(String),
    Fixed(Vec<Child>),
    LiveText(Live<String>),
    Live(Live<Vec<Child>>),
    View(Box<dyn dom::Filling>),
}

/// What an element has inside.
pub enum Child {
    Element(Markup),
    Text(Words),
    Icon(Icon),
}

/// An element without attributes and content.
pub fn element(tag: &'static str) -> Markup {
    Markup { tag, attributes: Vec::new(), content: Content::Fixed(Vec::new()), wiring: None }
}

/// A button that is identified by its value. The surrounding element listens for all of its buttons.
pub fn button(value: impl Into<Words>, class: &'static str) -> Markup {
    element("button").set("type", "button").class(class).set("value", value)
}

impl Markup {
    /// An element that was written before. (It is never part of another one.)
    #[cfg(feature = "ssr")]
    pub fn kept(html: String) -> Self {
        Self { content: Content::Kept(html), ..element("") }
    }

    pub fn set(mut self, name: &'static str, value: impl Into<Words>) -> Self {
        self.attributes.push((name, Value::Fixed(value.into())));
        self
    }

    pub fn class(self, value: impl Into<Words>) -> Self {
        self.set("class", value)
    }

    /// An attribute that changes, and is missing while it is `None`.
    pub fn live(mut self, name: &'static str, value: impl Fn() -> Option<String> + Send + 'static) -> Self {
        self.attributes.push((name, Value::Live(Box::new(value))));
        self
    }

    /// The element has this class while that is true. [`Self::class`] comes first.
    pub fn class_while(mut self, class: &'static str, is_so: impl Fn() -> bool + Send + 'static) -> Self {
        self.attributes.push((class, Value::Class(Box::new(is_so))));
        self
    }

    pub fn hidden_while(self, is_so: impl Fn() -> bool + Send + 'static) -> Self {
        self.live("hidden", move || is_so().then(String::new))
    }

    pub fn child(mut self, child: impl Into<Child>) -> Self {
        if let Content::Fixed(children) = &mut self.content {
            children.push(child.into());
        }
        self
    }

    pub fn children<C: Into<Child>>(self, children: impl IntoIterator<Item = C>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// A text that changes. The element has nothing else inside.
    pub fn live_text(mut self, text: impl Fn() -> String + Send + 'static) -> Self {
        self.content = Content::LiveText(Box::new(text));
        self
    }

    /// Children that are made anew when they change. The element has nothing else inside.
    pub fn live_children(mut self, children: impl Fn() -> Vec<Child> + Send + 'static) -> Self {
        self.content = Content::Live(Box::new(children));
        self
    }

    /// Another view, such as a `<For>`. The element has nothing else inside.
    pub fn fill<V: RenderHtml<State: 'static> + 'static>(mut self, view: V) -> Self {
        self.content = Content::View(Box::new(view));
        self
    }

    /// Remembers the element, once it is there.
    pub fn remember(self, place: Place) -> Self {
        self.once_there(move |element| place.0.set_value(Some(element.clone())))
    }

    /// Listens for an event.
    pub fn on(mut self, event: &'static str, heard: impl Fn(web_sys::Event) + 'static) -> Self {
        if let Some(wiring) = self.wiring() {
            wiring.listeners.push((event, Box::new(heard)));
        }
        self
    }

    /// Is given the element once it is there.
    pub fn once_there(mut self, take: impl FnOnce(&web_sys::Element) + 'static) -> Self {
        if let Some(wiring) = self.wiring() {
            wiring.takers.push(Box::new(take));
        }
        self
    }

    /// `None` on a server, where nothing happens to elements.
    fn wiring(&mut self) -> Option<&mut dom::Wiring> {
        (!cfg!(feature = "ssr"))
            .then(|| &mut **self.wiring.get_or_insert_with(|| SendWrapper::new(dom::Wiring::default())))
    }
}

/// Where an element is.
#[derive(Debug, Clone, Copy)]
pub struct Place(StoredValue<Option<web_sys::Element>, LocalStorage>);

impl Place {
    pub fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    /// The element, once it is there. `T` must be its type.
    pub fn get<T: JsCast>(self) -> Option<T> {
        self.0.with_value(|element| element.clone().map(JsCast::unchecked_into))
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Markup> for Child {
    fn from(markup: Markup) -> Self {
        Self::Element(markup)
    }
}

impl From<&'static str> for Child {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Words> for Child {
    fn from(text: Words) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Child {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Icon> for Child {
    fn from(icon: Icon) -> Self {
        Self::Icon(icon)
    }
}

/// A sentence of ours with something [`crate::html::isolated`] in it, which gets elements of its own.
pub fn sentence(text: &str) -> Vec<Child> {
    let parts = text.split(['\u{2068}', '\u{2069}']).zip([false, true].into_iter().cycle());
    let parts = parts.filter(|(part, _)| !part.is_empty()).map(|(part, is_isolated)| match is_isolated {
        true => element("bdi").child(part.to_owned()).into(),
        false => part.to_owned().into(),
    });
    parts.collect()
}
