//! Starts the page and does nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// The page's script (boot.js in `app`) calls this once the WASM is loaded.
#[wasm_bindgen]
pub fn start(anew: bool) -> bool {
    app::start(anew)
}
