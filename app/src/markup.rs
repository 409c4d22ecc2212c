//! Elements as data. Leptos' `view!` makes a type for each tree, and code for building, hydrating and changing each type. Most
//! elements are made of [`Markup`] instead, which needs that code only once (docs/decisions/0047).
//!
//! There is one description for the server's HTML, for hydration, and for elements that the browser makes. Text that people
//! wrote can only become a text node or the value of an attribute, and it is escaped here and nowhere else.

mod dom;
mod html;

use std::borrow::Cow;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;

use crate::action::Action;
use crate::icon::Icon;

/// A text that is static, or made at run time, for example from what people wrote.
pub type Words = Cow<'static, str>;
type Live<T> = Box<dyn Fn() -> T + Send>;

/// An element. It is a view and may be used wherever other views may.
///
/// It is a pointer, and the functions that build it are never inlined. There are about a thousand calls of them, each of which
/// costs a dozen bytes of WASM.
pub struct Markup(Box<Element>);

struct Element {
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
    /// The attribute is there, without a value, while this is true.
    Flag(Live<bool>),
    /// The name is a class, which the element has while this is true.
    Class(Live<bool>),
}

enum Content {
    /// The HTML of the whole element, which the server wrote earlier.
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
#[inline(never)]
pub fn element(tag: &'static str) -> Markup {
    Markup(Box::new(Element { tag, attributes: Vec::new(), content: Content::Fixed(Vec::new()), wiring: None }))
}

/// A button whose value says what it does. The surrounding element listens for all of its buttons.
pub fn button(action: Action, class: &'static str) -> Markup {
    element("button").set("type", "button").class(class).set("value", action.value())
}

/// Children that are made when all of the page's functions are there, for what is closed until something is pressed. They are not
/// in the server's HTML. `make` should only call a function that is never inlined, so that a page need not have it at first
/// (docs/decisions/0060).
pub fn later(make: impl Fn() -> Vec<Child> + Send + 'static) -> Markup {
    let is_whole = crate::site::site().is_whole;
    element("div").class("contents").live_children(move || if is_whole.get() { untrack(&make) } else { Vec::new() })
}

impl Markup {
    /// An element from HTML that was written earlier. Attributes and children that are added to it are ignored.
    #[cfg(feature = "ssr")]
    pub fn kept(html: String) -> Self {
        element("").filled_with(Content::Kept(html))
    }

    #[inline(never)]
    pub fn set<V: Into<Words>>(self, name: &'static str, value: V) -> Self {
        self.with(name, Value::Fixed(value.into()))
    }

    pub fn class(self, value: impl Into<Words>) -> Self {
        self.set("class", value)
    }

    /// An attribute that changes, and is missing while it is `None`.
    pub fn live(self, name: &'static str, value: impl Fn() -> Option<String> + Send + 'static) -> Self {
        self.with(name, Value::Live(Box::new(value)))
    }

    /// The element has this class while `is_so` is true. Call [`Self::class`] first, because it replaces all classes.
    pub fn class_while(self, class: &'static str, is_so: impl Fn() -> bool + Send + 'static) -> Self {
        self.with(class, Value::Class(Box::new(is_so)))
    }

    pub fn hidden_while(self, is_so: impl Fn() -> bool + Send + 'static) -> Self {
        self.with("hidden", Value::Flag(Box::new(is_so)))
    }

    #[inline(never)]
    pub fn child<C: Into<Child>>(mut self, child: C) -> Self {
        if let Content::Fixed(children) = &mut self.0.content {
            children.push(child.into());
        }
        self
    }

    pub fn children<C: Into<Child>>(self, children: impl IntoIterator<Item = C>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// A text that changes. The element has nothing else inside.
    pub fn live_text(self, text: impl Fn() -> String + Send + 'static) -> Self {
        self.filled_with(Content::LiveText(Box::new(text)))
    }

    /// Children that are made anew when they change. The element has nothing else inside.
    pub fn live_children(self, children: impl Fn() -> Vec<Child> + Send + 'static) -> Self {
        self.filled_with(Content::Live(Box::new(children)))
    }

    /// Another view, such as a `<For>`. The element has nothing else inside.
    pub fn fill<V: RenderHtml<State: 'static> + 'static>(self, view: V) -> Self {
        self.filled_with(Content::View(Box::new(view)))
    }

    /// Stores the element in `place` once it exists.
    pub fn remember(self, place: Place) -> Self {
        self.once_there(move |element| place.0.set_value(Some(element.clone())))
    }

    /// Listens for an event.
    pub fn on(self, event: &'static str, heard: impl Fn(web_sys::Event) + 'static) -> Self {
        // (On a server nothing happens to elements.)
        if cfg!(feature = "ssr") { self } else { self.listening(event, Box::new(heard)) }
    }

    /// Calls `take` with the element once it exists.
    pub fn once_there(self, take: impl FnOnce(&web_sys::Element) + 'static) -> Self {
        if cfg!(feature = "ssr") { self } else { self.taken_by(Box::new(take)) }
    }

    #[inline(never)]
    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.attributes.push((name, value));
        self
    }

    #[inline(never)]
    fn filled_with(mut self, content: Content) -> Self {
        self.0.content = content;
        self
    }

    #[inline(never)]
    fn listening(mut self, event: &'static str, heard: dom::Listener) -> Self {
        self.wiring().listeners.push((event, heard));
        self
    }

    #[inline(never)]
    fn taken_by(mut self, take: dom::Taker) -> Self {
        self.wiring().takers.push(take);
        self
    }

    fn wiring(&mut self) -> &mut dom::Wiring {
        self.0.wiring.get_or_insert_with(|| SendWrapper::new(dom::Wiring::default()))
    }
}

/// A reference to an element of the page, which [`Markup::remember`] fills.
#[derive(Debug, Clone, Copy)]
pub struct Place(StoredValue<Option<web_sys::Element>, LocalStorage>);

impl Place {
    pub fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    /// The element. `None` before it exists and after its owner was disposed. `T` must be the element's type: it is not checked.
    pub fn get<T: JsCast>(self) -> Option<T> {
        self.0.try_with_value(|element| element.clone())?.map(JsCast::unchecked_into)
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

/// The children for one of our sentences. Each text that [`crate::html::isolated`] marked gets a `bdi` element of its own.
pub fn sentence(text: &str) -> Vec<Child> {
    let parts = text.split(['\u{2068}', '\u{2069}']).zip([false, true].into_iter().cycle());
    let parts = parts.filter(|(part, _)| !part.is_empty()).map(|(part, is_isolated)| match is_isolated {
        true => element("bdi").child(part.to_owned()).into(),
        false => part.to_owned().into(),
    });
    parts.collect()
}
