//! Elements in the browser: made there, or found in the server's HTML.

use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, throw_str};
use web_sys::{Element, Event, Node};

use super::{Child, Content, Live, Markup, Value};

pub(super) type Listener = Box<dyn Fn(Event)>;
pub(super) type Taker = Box<dyn FnOnce(&Element)>;

/// The event listeners of an element, and the functions that are given the element once it exists.
#[derive(Default)]
pub(super) struct Wiring {
    pub listeners: Vec<(&'static str, Listener)>,
    pub takers: Vec<Taker>,
}

/// The effects, views and listeners that keep an element up to date until this is dropped.
#[derive(Default)]
pub struct Bound {
    values: Vec<RenderEffect<Option<String>>>,
    contents: Vec<RenderEffect<Bound>>,
    views: Vec<Box<dyn Mountable>>,
    listeners: Vec<Listening>,
}

/// A listener of an element, until this is dropped. Then it is removed, because an element that has left the page still
/// gets events, such as `load` of an image.
struct Listening {
    element: Element,
    event: &'static str,
    listener: Closure<dyn Fn(Event)>,
}

impl Listening {
    fn begin(element: &Element, event: &'static str, heard: Listener) -> Self {
        let listener = Closure::wrap(heard);
        let _ = element.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
        Self { element: element.clone(), event, listener }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Self { element, event, listener } = self;
        let _ = element.remove_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    }
}

/// A Leptos view of any type, as the content of an element: written as HTML, made in the browser, or found in the server's HTML.
pub(super) trait Filling: Send {
    fn write(self: Box<Self>, html: &mut String);
    fn make(self: Box<Self>, inside: &Element) -> Box<dyn Mountable>;
    fn find(self: Box<Self>, inside: &Element) -> Box<dyn Mountable>;
}

impl<V: RenderHtml<State: 'static> + 'static> Filling for V {
    fn write(self: Box<Self>, html: &mut String) {
        // (The browser never writes HTML, so its WASM is built without this code.)
        if cfg!(feature = "ssr") {
            html.push_str(&self.to_html());
        }
    }

    fn make(self: Box<Self>, inside: &Element) -> Box<dyn Mountable> {
        let mut state = self.build();
        state.mount(inside, None);
        Box::new(state)
    }

    fn find(self: Box<Self>, inside: &Element) -> Box<dyn Mountable> {
        let (cursor, position) = (Cursor::new(inside.clone()), PositionState::new(Position::FirstChild));
        Box::new(self.hydrate::<true>(&cursor, &position))
    }
}

/// The part of an element that changes.
#[derive(Clone, Copy)]
enum ElementPart {
    Attribute(&'static str),
    Class(&'static str),
    Text,
}

impl ElementPart {
    fn write(self, element: &Element, value: Option<&str>) {
        match (self, value) {
            (Self::Attribute(name), Some(value)) => Rndr::set_attribute(element, name, value),
            (Self::Attribute(name), None) => Rndr::remove_attribute(element, name),
            (Self::Class(name), Some(_)) => Rndr::add_class(&element.class_list(), name),
            (Self::Class(name), None) => Rndr::remove_class(&element.class_list(), name),
            (Self::Text, text) => element.set_text_content(text),
        }
    }
}

impl Bound {
    /// Writes the value now and whenever it changes. If the element is from the server (`is_new` is false), it has the first
    /// value already.
    fn follow(&mut self, element: &Element, part: ElementPart, is_new: bool, value: Live<Option<String>>) {
        let element = element.clone();
        self.values.push(RenderEffect::new(move |before: Option<Option<String>>| {
            let now = value();
            let is_known = before.map_or(!is_new, |before| before == now);
            if !is_known {
                part.write(&element, now.as_deref());
            }
            now
        }));
    }

    fn follow_while(&mut self, element: &Element, part: ElementPart, is_new: bool, is_so: Live<bool>) {
        self.follow(element, part, is_new, Box::new(move || is_so().then(String::new)));
    }

    fn follow_children(&mut self, element: &Element, is_new: bool, children: Live<Vec<Child>>) {
        let element = element.clone();
        self.contents.push(RenderEffect::new(move |before: Option<Bound>| {
            let mut bound = Bound::default();
            if before.is_some() {
                element.set_text_content(None);
            }
            bound.bind_children(children(), &element, is_new || before.is_some());
            bound
        }));
    }

    fn make(&mut self, markup: Markup) -> Element {
        let element = Rndr::create_element(markup.0.tag, None);
        self.bind(markup, &element, true);
        element
    }

    fn bind(&mut self, markup: Markup, element: &Element, is_new: bool) {
        let markup = *markup.0;
        for (name, value) in markup.attributes {
            match value {
                Value::Fixed(value) if is_new => Rndr::set_attribute(element, name, &value),
                Value::Fixed(_) => {}
                Value::Live(value) => self.follow(element, ElementPart::Attribute(name), is_new, value),
                Value::Flag(is_so) => self.follow_while(element, ElementPart::Attribute(name), is_new, is_so),
                Value::Class(is_so) => self.follow_while(element, ElementPart::Class(name), is_new, is_so),
            }
        }
        match markup.content {
            Content::Fixed(children) => self.bind_children(children, element, is_new),
            #[cfg(feature = "ssr")]
            Content::Kept(_) => {}
            Content::LiveText(text) => self.follow(element, ElementPart::Text, is_new, Box::new(move || Some(text()))),
            Content::Live(children) => self.follow_children(element, is_new, children),
            Content::View(view) if is_new => self.views.push(view.make(element)),
            Content::View(view) => self.views.push(view.find(element)),
        }
        let Some(wiring) = markup.wiring else { return };
        let Wiring { listeners, takers } = wiring.take();
        for (event, heard) in listeners {
            self.listeners.push(Listening::begin(element, event, heard));
        }
        takers.into_iter().for_each(|take| take(element));
    }

    fn bind_children(&mut self, children: Vec<Child>, parent: &Element, is_new: bool) {
        let mut there = if is_new { None } else { parent.first_element_child() };
        for child in children {
            if is_new {
                let _ = parent.append_child(&self.make_child(child));
                continue;
            }
            let markup = match child {
                Child::Text(_) => continue,
                Child::Icon(_) => None,
                Child::Element(markup) => Some(markup),
            };
            let Some(found) = there.take() else { throw_str("an element is missing") };
            there = found.next_element_sibling();
            if let Some(markup) = markup.filter(Markup::is_live) {
                if !found.tag_name().eq_ignore_ascii_case(markup.0.tag) {
                    throw_str("another element was expected");
                }
                self.bind(markup, &found, false);
            }
        }
    }

    fn make_child(&mut self, child: Child) -> Node {
        match child {
            Child::Element(markup) => self.make(markup).into(),
            Child::Text(text) => Rndr::create_text_node(&text).into(),
            Child::Icon(icon) => Rndr::create_element_from_html(icon.svg().into()).into(),
        }
    }
}

impl Markup {
    /// Whether this element, or one inside it, changes or listens.
    fn is_live(&self) -> bool {
        let is_inside = |child: &Child| matches!(child, Child::Element(markup) if markup.is_live());
        self.0.wiring.is_some()
            || self.0.attributes.iter().any(|(_, value)| !matches!(value, Value::Fixed(_)))
            || match &self.0.content {
                Content::Fixed(children) => children.iter().any(is_inside),
                #[cfg(feature = "ssr")]
                Content::Kept(_) => false,
                Content::LiveText(_) | Content::Live(_) | Content::View(_) => true,
            }
    }
}

/// The state of a mounted [`Markup`]: its element, and what keeps that up to date.
pub struct MarkupState {
    element: Element,
    _bound: Bound,
}

impl Mountable for MarkupState {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl Render for Markup {
    type State = MarkupState;

    fn build(self) -> MarkupState {
        let mut bound = Bound::default();
        MarkupState { element: bound.make(self), _bound: bound }
    }

    fn rebuild(self, shown: &mut MarkupState) {
        let mut anew = self.build();
        shown.insert_before_this(&mut anew);
        shown.unmount();
        *shown = anew;
    }
}

no_attrs!(Markup);

impl RenderHtml for Markup {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        self.write(html);
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> MarkupState {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        let Ok(element) = cursor.current().dyn_into::<Element>() else { throw_str("an element was expected") };
        if !element.tag_name().eq_ignore_ascii_case(self.0.tag) {
            throw_str("another element was expected");
        }
        let mut bound = Bound::default();
        bound.bind(self, &element, false);
        MarkupState { element, _bound: bound }
    }

    fn into_owned(self) -> Self {
        self
    }
}
