//! Notifications of messages while the tab is not visible, only where the person asked for them.

use chat::What;
use chat::text::{shown, start};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::reading::Reading;
use crate::browser::{self, call, property, set_property, storage};
use crate::code::one_line;
use crate::strings::kept_apart;

/// The key that is stored if the person wants notifications in this browser.
const WANTED: &str = "gifchat.notify";
/// Messages within this time share a notification. The delay also gives another tab time to report that they were read there.
const BATCH_MILLIS: u32 = 300;
/// No system shows more characters of a text than this.
const LONGEST_TEXT: usize = 200;

thread_local! {
    /// The last notification. (The browser has one thread, and each page one room; the server never notifies.)
    static SHOWN: std::cell::RefCell<JsValue> = const { std::cell::RefCell::new(JsValue::UNDEFINED) };
}

#[derive(Debug, Clone, Copy)]
pub struct Notify {
    /// Whether this browser notifies; `None` where it cannot or may not (plain http).
    pub on: RwSignal<Option<bool>>,
    /// The person told the browser to block notifications.
    pub blocked: RwSignal<bool>,
    planned: RwSignal<bool>,
    reading: Reading,
    /// The message that the composer shows to the person.
    notice: RwSignal<Option<String>>,
}

impl Notify {
    pub fn new(reading: Reading, notice: RwSignal<Option<String>>) -> Self {
        let (on, blocked, planned) = (RwSignal::new(None), RwSignal::new(false), RwSignal::new(false));
        Self { on, blocked, planned, reading, notice }
    }

    /// Updates the state from the browser's permission, and closes the last notification. Called when the page becomes visible.
    pub fn update(self) {
        let permission = permission();
        let granted = permission.as_deref() == Some("granted");
        self.blocked.set(permission.as_deref() == Some("denied"));
        self.on.set(permission.map(|_| granted && storage::get(WANTED).is_some()));
        let _ = call(&SHOWN.take(), "close", &JsValue::UNDEFINED);
    }

    /// The person has pressed the button.
    pub fn toggle(self) {
        let words = self.reading.shown.site.lang.in_room();
        let Some(notification) = constructor() else { return };
        if self.on.get_untracked() == Some(true) {
            storage::remove(WANTED);
            return self.update();
        }
        // Phones have this API, but it fails on them. Before permission is granted, the attempt shows nothing.
        let is_asked = permission().as_deref() == Some("default");
        if is_asked && js_sys::Reflect::construct(&notification, &js_sys::Array::of1(&"".into())).is_err() {
            self.on.set(None);
            return self.notice.set(Some(words.notify_missing().to_owned()));
        }
        let answer = call(&notification, "requestPermission", &JsValue::UNDEFINED).unwrap_or_default();
        browser::after_promise(answer, move || {
            storage::set(WANTED, "1");
            self.update();
            if self.blocked.get_untracked() {
                self.notice.set(Some(words.notify_blocked().to_owned()));
            }
        });
    }

    /// Plans a notification, because a message has arrived that the person does not see.
    pub fn plan(self) {
        if self.on.get_untracked() == Some(true) && !self.planned.get_untracked() {
            self.planned.set(true);
            browser::after_millis(BATCH_MILLIS, move || {
                self.planned.set(false);
                self.show();
            });
        }
    }

    fn show(self) {
        let room = self.reading.shown;
        let unseen = self.reading.newest_unread().filter(|_| !room.site.visible.get_untracked());
        let (Some(entry), Some(notification)) = (unseen, constructor()) else { return };
        let name = room.site.lang.name(&entry.person.name);
        let said = match &entry.what {
            What::Text(text) => shown(start(&one_line(text.as_str()), LONGEST_TEXT)),
            _ => "GIF".to_owned(),
        };
        let options = js_sys::Object::new();
        set_property(&options, "body", format!("{}: {}", kept_apart(&name), kept_apart(&said)));
        // There is one notification for each room: the next one replaces the last.
        set_property(&options, "tag", room.id.to_string());
        set_property(&options, "icon", "/icon-192.png");
        set_property(&options, "silent", true);
        let title = room.title.get_untracked().into();
        match js_sys::Reflect::construct(&notification, &js_sys::Array::of2(&title, &options)) {
            Ok(notification) => {
                if let Ok(focus) = property(&window(), "focus").dyn_into::<js_sys::Function>() {
                    set_property(&notification, "onclick", focus.bind0(&window()));
                }
                SHOWN.set(notification);
            }
            Err(_) => self.on.set(None),
        }
    }
}

fn constructor() -> Option<js_sys::Function> {
    property(&window(), "Notification").dyn_into().ok().filter(|_| browser::is_secure())
}

/// The browser's permission ("default" means that it would ask). `None` if it has no notifications, or this page may
/// not use them.
fn permission() -> Option<String> {
    property(constructor()?.as_ref(), "permission").as_string()
}
