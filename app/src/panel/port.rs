//! The room that the panel belongs to, as its page describes it.

use chat::RoomId;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::tiles::Tile;
use crate::browser::{call, property, set_property};
use crate::strings::Lang;

#[derive(Debug, Clone, Copy)]
pub struct Port {
    pub room: RoomId,
    pub lang: Lang,
    /// The most bytes that a GIF may have.
    pub most: u64,
    /// A GIF is chosen as a reaction, and nothing else can be said with it.
    pub reacts: bool,
    object: StoredValue<JsValue, LocalStorage>,
}

/// A message that the room is to send.
#[derive(Default)]
pub struct Order {
    /// Files, and a text for each GIF that the server has ([`Self::add_tile`]).
    pub gifs: js_sys::Array,
    pub description: String,
    pub veiled: bool,
    pub caption: String,
}

impl Order {
    pub fn add_file(&self, file: &File) {
        self.gifs.push(file);
    }

    /// Adds a GIF that the server has, as the text `hash address`. The address is that of its still picture.
    pub fn add_tile(&self, tile: &Tile, still: &str) {
        self.gifs.push(&format!("{} {still}", tile.sha()).into());
    }
}

impl Port {
    pub fn new(object: &JsValue) -> Option<Self> {
        let text = |name: &str| property(object, name).as_string();
        Some(Self {
            room: text("id")?.parse().ok()?,
            lang: Lang::from_code(&text("lang")?)?,
            most: property(object, "most").as_f64()? as u64,
            reacts: property(object, "reacts").is_truthy(),
            object: StoredValue::new_local(object.clone()),
        })
    }

    /// Gives the order to the room, whose log shows it as a pending message until the server has it.
    pub fn send(self, order: Order) {
        let Order { gifs, description, veiled, caption } = order;
        let object = js_sys::Object::new();
        set_property(&object, "gifs", gifs);
        set_property(&object, "description", description);
        set_property(&object, "veiled", veiled);
        set_property(&object, "caption", caption);
        self.object.with_value(|room| call(room, "send", &object));
    }

    /// Closes the panel. (The room closes it when `send` is called without an order.)
    pub fn close(self) {
        self.object.with_value(|room| call(room, "send", &JsValue::UNDEFINED));
    }
}
