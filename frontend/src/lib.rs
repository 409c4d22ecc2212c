//! Hydrates the page and does nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// The page's script calls this once the WASM is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
