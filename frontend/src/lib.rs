//! Hydrates the page, nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the WASM is there.
#[wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
