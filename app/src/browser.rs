//! The browser's APIs in the few forms this page needs. Nothing here runs on the server.

use std::time::Duration;

use chat::{Error, GifHash, PageId, wire};
use leptos::prelude::{document, set_timeout, window};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since 1970 by the browser's clock.
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// Milliseconds since the page was loaded, by a clock that nobody can set.
pub fn uptime() -> u64 {
    let millis = call(&property(&window(), "performance"), "now", &JsValue::UNDEFINED).and_then(|now| now.as_f64());
    millis.unwrap_or_default() as u64
}

/// Whether this page came from the server just now, and not from a cache. (False in browsers that do not report it.)
pub fn is_from_network() -> bool {
    let entries =
        call(&property(&window(), "performance"), "getEntriesByType", &"navigation".into()).unwrap_or_default();
    property(&property(&entries, "0"), "transferSize").as_f64().is_some_and(|bytes| bytes > 0.0)
}

/// Random bytes. Pages on plain http lack `crypto.randomUUID`, but they have `getRandomValues`.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes
}

/// The id of this page. The tab stores it, so that the page keeps its id over a reload, or when the browser has discarded the
/// page and restores it.
pub fn page_id() -> PageId {
    const KEY: &str = "gifchat.page";
    let tab = window().session_storage().ok().flatten();
    let kept = tab.as_ref().and_then(|tab| tab.get_item(KEY).ok()??.parse().ok());
    kept.unwrap_or_else(|| {
        let id = PageId(random());
        if let Some(tab) = tab {
            // Private windows may store nothing; then a reload makes another page.
            let _ = tab.set_item(KEY, &id.to_string());
        }
        id
    })
}

/// The key under which a tab notes that no socket has worked.
const NO_SOCKETS: &str = "gifchat.polls";

/// Whether no socket has worked on this tab's last page.
pub fn has_no_sockets() -> bool {
    let tab = window().session_storage().ok().flatten();
    tab.and_then(|tab| tab.get_item(NO_SOCKETS).ok()?).is_some()
}

/// Notes whether sockets work, for the next page of this tab.
pub fn note_sockets(work: bool) {
    if let Some(tab) = window().session_storage().ok().flatten() {
        // Where nothing is stored, the next page finds out by itself.
        let _ = if work { tab.remove_item(NO_SOCKETS) } else { tab.set_item(NO_SOCKETS, "1") };
    }
}

/// Whether the tab is visible.
pub fn is_visible() -> bool {
    document().visibility_state() != web_sys::VisibilityState::Hidden
}

/// Whether the window has the focus.
pub fn has_focus() -> bool {
    document().has_focus().unwrap_or(true)
}

/// Whether a media query holds.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Copies a text to the clipboard, and then tells `then` whether that worked. Pages on plain http have no clipboard API, and some
/// browsers refuse it. In these cases `execCommand` copies the text from a selected field.
pub fn copy(text: String, then: impl FnOnce(bool) + 'static) {
    let clipboard = property(&window().navigator(), "clipboard");
    let then: Box<dyn FnOnce(bool)> = Box::new(then);
    match call(&clipboard, "writeText", &text.as_str().into()) {
        Some(written) => spawn_local(async move {
            let is_written = JsFuture::from(js_sys::Promise::resolve(&written)).await.is_ok();
            then(is_written || copy_from_field(&text));
        }),
        None => then(copy_from_field(&text)),
    }
}

fn copy_from_field(text: &str) -> bool {
    let document = document();
    let (Some(body), Ok(field)) = (document.body(), document.create_element("textarea")) else { return false };
    set_property(&field, "value", text);
    set_property(&field, "className", "sr");
    // No keyboard comes up on a phone.
    set_property(&field, "readOnly", true);
    let focused = document.active_element();
    let options = js_sys::Object::new();
    set_property(&options, "preventScroll", true);
    if body.append_child(&field).is_err() {
        return false;
    }
    call(&field, "focus", &options);
    call(&field, "select", &JsValue::UNDEFINED);
    let is_copied = call(&document, "execCommand", &"copy".into()).is_some_and(|copied| copied.is_truthy());
    field.remove();
    if let Some(focused) = focused {
        call(&focused, "focus", &options);
    }
    is_copied
}

/// A signal that aborts a request after this time. Browsers before 2022 have none, so there a request has no time limit.
pub fn timeout_signal(millis: u32) -> Option<web_sys::AbortSignal> {
    call(&property(&window(), "AbortSignal"), "timeout", &millis.into()).map(JsCast::unchecked_into)
}

/// Whether a file can still be read. The browser holds the name of a file and not its bytes: it may have been changed or
/// deleted, or its disk may be gone.
pub async fn is_readable(file: &web_sys::File) -> bool {
    let start = file.slice_with_i32_and_i32(0, 1).ok();
    // (A browser that lacks this method cannot tell.)
    match start.and_then(|start| call(&start, "arrayBuffer", &JsValue::UNDEFINED)) {
        Some(bytes) => JsFuture::from(js_sys::Promise::resolve(&bytes)).await.is_ok(),
        None => true,
    }
}

/// What the server would answer to a GIF.
pub enum Judged {
    Bad(Error),
    /// The server would store it under this hash.
    Good(GifHash),
}

/// Checks a GIF, which may have at most `most` bytes, as the server would. `None` if the browser cannot do that, or not in time.
pub async fn judge(file: &web_sys::File, most: u64) -> Option<Judged> {
    let wait = |promise: JsValue| JsFuture::from(js_sys::Promise::resolve(&promise));
    let bytes = wait(call(file, "arrayBuffer", &JsValue::UNDEFINED)?).await.ok()?;
    let judge = property(&window(), "judge").dyn_into::<js_sys::Function>().ok()?;
    let judged = judge.call2(&JsValue::UNDEFINED, &bytes, &(most as f64).into()).ok()?;
    let judged = wait(judged).await.ok()?.as_string()?;
    judged.parse().map(Judged::Good).ok().or_else(|| wire::read(&judged).map(Judged::Bad))
}

/// Whether this is a secure context, in which browsers allow more than on plain http.
pub fn is_secure() -> bool {
    !property(&window(), "isSecureContext").is_falsy()
}

/// Puts a number on the installed app's icon; zero removes it. Does nothing in browsers without badges.
pub fn set_badge(count: u32) {
    if let Some(promise) = call(&window().navigator(), "setAppBadge", &count.into()) {
        // If the browser refuses, there is no number.
        after_promise(promise, || {});
    }
}

/// Goes to another page.
pub fn navigate(path: &str) {
    // This fails only for a malformed address.
    let _ = window().location().assign(path);
}

/// Replaces the address of this page without loading anything, for reloads and for links that are copied.
pub fn replace_address(path: &str) {
    if let Ok(history) = window().history() {
        // Browsers refuse this only when it is called hundreds of times a second.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Reloads this page.
pub fn reload() {
    let _ = window().location().reload();
}

/// Calls `then` once all of the page's functions are there (boot.js).
pub fn when_whole(then: impl FnOnce() + 'static) {
    if property(&window(), "isWhole").is_truthy() {
        return then();
    }
    set_property(&window(), "whenWhole", wasm_bindgen::closure::Closure::once_into_js(then));
}

pub fn after_millis(millis: u32, then: impl FnOnce() + 'static) {
    set_timeout(then, Duration::from_millis(millis.into()));
}

pub async fn pause(seconds: u32) {
    let passed = js_sys::Promise::new(&mut |resolve, _| {
        after_millis(seconds.saturating_mul(1000), move || _ = resolve.call0(&JsValue::UNDEFINED));
    });
    let _ = JsFuture::from(passed).await;
}

/// Claims those of these names, which are separated by spaces, that no other page holds, and returns them. This page then holds
/// them as long as it lives (boot.js).
pub fn claim(names: String) -> impl Future<Output = String> {
    let claimed = call(&window(), "claim", &names.as_str().into()).unwrap_or_default();
    async move {
        let claimed = JsFuture::from(js_sys::Promise::resolve(&claimed)).await.ok();
        claimed.and_then(|claimed| claimed.as_string()).unwrap_or(names)
    }
}

/// Calls `then` once a promise is settled, either way.
pub fn after_promise(promise: JsValue, then: impl FnOnce() + 'static) {
    let then: Box<dyn FnOnce()> = Box::new(then);
    spawn_local(async move {
        let _ = JsFuture::from(js_sys::Promise::resolve(&promise)).await;
        then();
    });
}

/// Sets a length, in pixels, as a custom property on the page's root, or removes the property. (CSP forbids style attributes in
/// the HTML, but not styles that a script sets.)
pub fn set_root_property(name: &str, pixels: Option<f64>) {
    let Some(root) = document().document_element() else { return };
    let Ok(style) = property(&root, "style").dyn_into::<web_sys::CssStyleDeclaration>() else { return };
    // Both fail only for malformed names and values.
    match pixels {
        Some(pixels) => _ = style.set_property(name, &format!("{}px", pixels as i32)),
        None if style.length() > 0 => _ = style.remove_property(name),
        None => {}
    }
}

/// The browser's local storage for this site. It may be refused in private windows, or be full. Values that could not be stored
/// are kept in memory as long as the page lives.
pub mod storage {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        /// The pairs that the browser did not store. (The browser has one thread, and the server stores nothing.)
        static NOT_STORED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
    }

    fn local() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    fn not_stored(key: &str) -> Option<String> {
        NOT_STORED.with_borrow(|pairs| pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone()))
    }

    pub fn get(key: &str) -> Option<String> {
        not_stored(key).or_else(|| local()?.get_item(key).ok()?)
    }

    /// Sets a value. Returns whether the browser has stored it, so that it outlives the page and other tabs see it.
    pub fn set(key: &str, value: &str) -> bool {
        let is_stored = local().is_some_and(|storage| storage.set_item(key, value).is_ok());
        NOT_STORED.with_borrow_mut(|pairs| {
            pairs.retain(|(known, _)| known != key);
            if !is_stored {
                pairs.push((key.to_owned(), value.to_owned()));
            }
        });
        is_stored
    }

    /// Whether everything so far has been stored.
    pub fn is_kept() -> bool {
        local().is_some() && NOT_STORED.with_borrow(Vec::is_empty)
    }

    pub fn remove(key: &str) {
        NOT_STORED.with_borrow_mut(|pairs| pairs.retain(|(known, _)| known != key));
        if let Some(storage) = local() {
            let _ = storage.remove_item(key);
        }
    }

    /// All pairs of key and value whose keys have this prefix.
    pub fn with_prefix(prefix: &str) -> Vec<(String, String)> {
        let mut pairs = NOT_STORED.with_borrow(Vec::clone);
        if let Some(storage) = local() {
            let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
            let stored = keys.filter(|key| not_stored(key).is_none());
            pairs.extend(stored.filter_map(|key| storage.get_item(&key).ok()?.map(|value| (key, value))));
        }
        pairs.retain(|(key, _)| key.starts_with(prefix));
        pairs
    }
}

/// The files of a drag, a paste or a file field.
pub fn files(list: Option<web_sys::FileList>) -> Vec<web_sys::File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// A property of a JavaScript object, for those that web-sys does not declare.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property of a JavaScript object.
pub fn set_property(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    // This fails only for values that are not objects.
    let _ = js_sys::Reflect::set(object, &name.into(), &value.into());
}

/// Calls a method of a JavaScript object. `None` if it does not exist or fails.
pub fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<JsValue> {
    property(object, name).dyn_into::<js_sys::Function>().ok()?.call1(object, argument).ok()
}
