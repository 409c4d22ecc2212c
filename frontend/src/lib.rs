//! Starts what runs in the browser and does nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts a page. Its script (boot.js in `app`) calls this once the WASM is loaded.
#[cfg(any(feature = "outside", feature = "room"))]
#[wasm_bindgen]
pub fn start(anew: bool) -> bool {
    app::start(anew)
}

/// Judges a file as the server will, so that nothing is sent that would be refused: the error as JSON, or else the hash by which the
/// server would know it. `most` is the limit of bytes.
#[cfg(feature = "judge")]
#[wasm_bindgen]
pub fn judge(bytes: &[u8], most: f64) -> String {
    let limits = chat::gif::Limits { max_bytes: most as u64, ..chat::gif::Limits::default() };
    match chat::gif::check(bytes, &limits) {
        Ok(checked) => checked.gif.sha.to_string(),
        Err(error) => chat::wire::write(&error),
    }
}

/// What a room does with the panel of GIFs: opening it, closing it, giving it files, and searching for a GIF from the composer.
#[cfg(feature = "panel")]
mod panel {
    use wasm_bindgen::prelude::JsValue;

    use super::wasm_bindgen;

    /// Loads the panel's style. The promise is fulfilled once it is there, or cannot be had.
    #[wasm_bindgen]
    pub fn dress() -> JsValue {
        app::panel::dress()
    }

    #[wasm_bindgen]
    pub fn open(host: JsValue, room: JsValue, files: JsValue) {
        app::panel::open(host, room, files);
    }

    #[wasm_bindgen]
    pub fn close() {
        app::panel::close();
    }

    #[wasm_bindgen]
    pub fn offer(files: JsValue) {
        app::panel::offer(files);
    }

    #[wasm_bindgen]
    pub fn search(host: JsValue, room: JsValue, query: &str) {
        app::panel::search(host, room, query);
    }

    #[wasm_bindgen]
    pub fn press(key: &str) -> bool {
        app::panel::press(key)
    }
}
