//! Loads a saved shelf: reads its file piece by piece, and puts one GIF after the other on the person's shelf.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chat::{Error, wire};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FormData};

use super::port::Port;
use super::saved::{Header, Lines, Saved};
use super::stock::Stock;
use crate::browser;
use crate::call;
use crate::markup::{Markup, element};

/// How many bytes of the file are read at a time.
const PIECE: f64 = 1_048_576.0;
/// How often one GIF is tried again when the server cannot be reached, and the pause before each try.
const MOST_TRIES: u32 = 5;
const PAUSE_SECONDS: u32 = 2;
/// How many of the refused lines are listed.
const MOST_TOLD: usize = 20;

#[derive(Debug, Clone, Copy)]
pub struct Load {
    port: Port,
    stock: Stock,
    /// A file is being loaded.
    pub runs: RwSignal<bool>,
    told: RwSignal<String>,
    refused: RwSignal<Vec<String>>,
    done: RwSignal<usize>,
    refusals: StoredValue<usize>,
}

impl Load {
    pub fn new(port: Port, stock: Stock) -> Self {
        Self {
            port,
            stock,
            runs: RwSignal::new(false),
            told: RwSignal::new(String::new()),
            refused: RwSignal::new(Vec::new()),
            done: RwSignal::new(0),
            refusals: StoredValue::new(0),
        }
    }

    pub fn start(self, file: File) {
        if self.runs.get_untracked() {
            return;
        }
        self.runs.set(true);
        self.done.set(0);
        self.refusals.set_value(0);
        self.refused.set(Vec::new());
        self.tell_progress();
        spawn_local(async move {
            let ended = self.read(file).await;
            // (The panel may have been closed.)
            if self.runs.try_set(false).is_some() {
                return;
            }
            let lang = self.port.lang;
            let told = match ended {
                Ok(()) => lang.loaded_shelf(self.done.get_untracked(), self.refusals.get_value()),
                Err(told) => told,
            };
            self.told.set(told);
            self.stock.fetch();
        });
    }

    fn is_stopped(self) -> bool {
        self.runs.try_get_untracked() != Some(true)
    }

    fn tell_progress(self) {
        self.told.set(self.port.lang.loading_shelf(self.done.get_untracked(), self.refusals.get_value()));
    }

    /// Reads the file to its end, unless the person stops it. The error is why it ended early, in words.
    async fn read(self, file: File) -> Result<(), String> {
        let words = self.port.lang.panel();
        let (mut lines, mut at, mut is_first) = (Lines::default(), 0.0, true);
        let size = file.size();
        loop {
            let piece = file.slice_with_f64_and_f64(at, (at + PIECE).min(size)).ok();
            let bytes = match piece.and_then(|piece| browser::call(&piece, "arrayBuffer", &JsValue::UNDEFINED)) {
                Some(bytes) => JsFuture::from(js_sys::Promise::resolve(&bytes)).await.ok(),
                None => None,
            };
            let bytes = bytes.ok_or_else(|| self.port.lang.in_room().file_changed().to_owned())?;
            lines.push(&js_sys::Uint8Array::new(&bytes).to_vec());
            at += PIECE;
            while let Some(line) = lines.next(at >= size) {
                if self.is_stopped() {
                    return Ok(());
                }
                if is_first {
                    is_first = false;
                    if !wire::read::<Header>(&line).is_some_and(|header| header.is_ours()) {
                        return Err(words.not_a_shelf().to_owned());
                    }
                } else if !line.trim().is_empty() {
                    self.put(&line).await?;
                }
            }
            if lines.is_endless() {
                return Err(words.not_a_shelf().to_owned());
            }
            if at >= size {
                return if is_first { Err(words.not_a_shelf().to_owned()) } else { Ok(()) };
            }
        }
    }

    /// Puts the GIF of a line on the shelf, and waits as long as the server asks for. A GIF that the server refuses is only
    /// noted; an error ends the loading, and is its reason in words.
    async fn put(self, line: &str) -> Result<(), String> {
        let lang = self.port.lang;
        let saved = wire::read::<Saved>(line);
        let bytes = saved.as_ref().and_then(|saved| STANDARD.decode(&saved.gif).ok());
        let (Some(saved), Some(bytes)) = (saved, bytes) else {
            self.refuse(lang.panel().broken_line().to_owned());
            return Ok(());
        };
        let mut tries = 0;
        while !self.is_stopped() {
            match shelve(&saved, &bytes).await {
                Ok(()) => {
                    let _ = self.done.try_update(|done| *done += 1);
                    break;
                }
                Err(Error::TooMany { retry_after, .. }) => self.wait(retry_after.max(1)).await,
                Err(Error::Unavailable) if tries < MOST_TRIES => {
                    tries += 1;
                    self.wait(PAUSE_SECONDS).await;
                }
                // The lines after this one would fail, too.
                Err(error @ (Error::ShelfFull(_) | Error::Unavailable)) => return Err(lang.error(&error)),
                Err(error) => {
                    let name = if saved.name.is_empty() { lang.panel().unnamed() } else { &saved.name };
                    self.refuse([name, ": ", &lang.error(&error)].concat());
                    break;
                }
            }
        }
        if !self.is_stopped() {
            self.tell_progress();
        }
        Ok(())
    }

    fn refuse(self, why: String) {
        let _ = self.refusals.try_update_value(|refusals| *refusals += 1);
        let _ = self.refused.try_update(|refused| {
            if refused.len() < MOST_TOLD {
                refused.push(why);
            }
        });
    }

    async fn wait(self, seconds: u32) {
        for left in (1..=seconds).rev() {
            if self.told.try_set(self.port.lang.waits_before_loading(left)).is_some() || self.is_stopped() {
                return;
            }
            browser::pause(1).await;
        }
    }

    pub fn view(self) -> Markup {
        let words = self.port.lang.panel();
        let stop = element("button")
            .set("type", "button")
            .class("link-button")
            .hidden_while(move || !self.runs.get())
            .on("click", move |_| self.runs.set(false))
            .child(words.stop());
        let refused = move || {
            self.refused.with(|refused| refused.iter().map(|why| element("li").child(why.clone()).into()).collect())
        };
        element("div")
            .class("panel-load small")
            .hidden_while(move || self.told.with(String::is_empty))
            .child(element("p").set("role", "status").live_text(move || self.told.get()))
            .child(stop)
            .child(element("ul").class("soft").live_children(refused))
    }
}

async fn shelve(saved: &Saved, bytes: &[u8]) -> Result<(), Error> {
    let form = FormData::new().map_err(|_| Error::Internal)?;
    let tags = saved.tags.join(",");
    for (name, text) in
        [("name", &saved.name), ("tags", &tags), ("folder", &saved.folder), ("description", &saved.description)]
    {
        form.append_with_str(name, text).map_err(|_| Error::Internal)?;
    }
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let gif = Blob::new_with_u8_array_sequence(&parts).map_err(|_| Error::Internal)?;
    form.append_with_blob_and_filename("gif", &gif, "shelf.gif").map_err(|_| Error::Internal)?;
    call::send_form("shelve_gif", &form).await
}
