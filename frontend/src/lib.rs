//! Starts what runs in the browser and does nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts a page. Its script (boot.js in `app`) calls this once the WASM is loaded.
#[cfg(feature = "pages")]
#[wasm_bindgen]
pub fn start(anew: bool) -> bool {
    app::start(anew)
}

/// Judges a file as the server will, so that nothing is sent that would be refused: the error as JSON, or nothing. `most` is the
/// limit of bytes.
#[cfg(feature = "judge")]
#[wasm_bindgen]
pub fn judge(bytes: &[u8], most: f64) -> Option<String> {
    let limits = chat::gif::Limits { max_bytes: most as u64, ..chat::gif::Limits::default() };
    chat::gif::check(bytes, &limits).err().map(|error| chat::wire::write(&error))
}
