//! Notifications of messages in a tab that is not seen: only where the person asked for them.

use chat::What;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::room::RoomState;
use crate::browser::{self, call, kept, property, set_property};

/// Kept where this browser is to notify.
const WANTED: &str = "gifchat.notify";
/// What comes within this is told at once; and another tab has time to say that it has been read there.
const TOGETHER_MILLIS: u32 = 300;
/// More of a text than this no system shows.
const LONGEST_TEXT: usize = 200;

thread_local! {
    /// What was notified last. (The browser has one thread and one room a page; the server never notifies.)
    static SHOWN: std::cell::RefCell<JsValue> = const { std::cell::RefCell::new(JsValue::UNDEFINED) };
}

#[derive(Debug, Clone, Copy)]
pub struct Notify {
    /// Whether this browser notifies; nothing where it cannot, or may not: plain http.
    pub on: RwSignal<Option<bool>>,
    /// It was told to refuse.
    pub blocked: RwSignal<bool>,
    planned: RwSignal<bool>,
}

impl Notify {
    pub fn new() -> Self {
        Self { on: RwSignal::new(None), blocked: RwSignal::new(false), planned: RwSignal::new(false) }
    }

    /// The page is seen: keeps to what the browser allows now, and takes back what was notified.
    pub(super) fn look(self) {
        let permission = permission();
        let granted = permission.as_deref() == Some("granted");
        self.blocked.set(permission.as_deref() == Some("denied"));
        self.on.set(permission.map(|_| granted && kept::get(WANTED).is_some()));
        let _ = call(&SHOWN.take(), "close", &JsValue::UNDEFINED);
    }

    /// The person has pressed the button.
    pub fn toggle(self, room: RoomState) {
        let words = room.site.lang.in_room();
        let Some(notification) = constructor() else { return };
        if self.on.get_untracked() == Some(true) {
            kept::remove(WANTED);
            return self.look();
        }
        // Phones have the words for it but not the thing; while it may not show anything, a try shows nothing.
        let is_asked = permission().as_deref() == Some("default");
        if is_asked && js_sys::Reflect::construct(&notification, &js_sys::Array::of1(&"".into())).is_err() {
            self.on.set(None);
            return room.notice.set(Some(words.notify_missing.to_owned()));
        }
        let answer = call(&notification, "requestPermission", &JsValue::UNDEFINED).unwrap_or_default();
        browser::after(answer, move || {
            kept::set(WANTED, "1");
            self.look();
            if self.blocked.get_untracked() {
                room.notice.set(Some(words.notify_blocked.to_owned()));
            }
        });
    }

    /// A message has come that the person does not see.
    pub(super) fn tell(self, room: RoomState) {
        if self.on.get_untracked() == Some(true) && !self.planned.get_untracked() {
            self.planned.set(true);
            browser::after_millis(TOGETHER_MILLIS, move || {
                self.planned.set(false);
                self.show(room);
            });
        }
    }

    fn show(self, room: RoomState) {
        let unseen = room.newest_news().filter(|_| !room.site.visible.get_untracked());
        let (Some(entry), Some(notification)) = (unseen, constructor()) else { return };
        let name = room.site.lang.name(&entry.person.name);
        let said = match &entry.what {
            What::Text(text) => text.as_str().chars().take(LONGEST_TEXT).collect(),
            _ => "GIF".to_owned(),
        };
        let options = js_sys::Object::new();
        set_property(&options, "body", format!("{name}: {said}"));
        // One a room: the next takes the place of the last.
        set_property(&options, "tag", room.id.to_string());
        set_property(&options, "icon", "/icon-192.png");
        set_property(&options, "silent", true);
        let title = room.view.with_untracked(|view| view.title.as_str().into());
        match js_sys::Reflect::construct(&notification, &js_sys::Array::of2(&title, &options)) {
            Ok(shown) => {
                if let Ok(focus) = property(&window(), "focus").dyn_into::<js_sys::Function>() {
                    set_property(&shown, "onclick", focus.bind0(&window()));
                }
                SHOWN.set(shown);
            }
            Err(_) => self.on.set(None),
        }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

fn constructor() -> Option<js_sys::Function> {
    property(&window(), "Notification").dyn_into().ok().filter(|_| browser::is_secure())
}

/// What the browser allows ("default": it would ask), where it has notifications and trusts this page with them.
fn permission() -> Option<String> {
    property(constructor()?.as_ref(), "permission").as_string()
}
