//! What all text that people type has in common. The browser uses its own Unicode tables, so that ours need not be sent.

use crate::error::{Error, Field, Problem};

/// `text` in NFC and trimmed, when it has 1 to `max_chars` characters.
pub fn text_within(text: &str, field: Field, max_chars: u32) -> Result<String, Error> {
    let text = normal(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, Problem::Empty));
    }
    if text.chars().count() > max_chars as usize {
        return Err(Error::invalid(field, Problem::TooLong { max: max_chars }));
    }
    Ok(text.to_owned())
}

/// `text` in NFC (Unicode Standard Annex 15).
#[cfg(not(target_arch = "wasm32"))]
pub fn normal(text: &str) -> std::borrow::Cow<'_, str> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        _ => text.nfc().collect::<String>().into(),
    }
}

/// `text` in NFC by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn normal(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// `text` in lower case.
#[cfg(not(target_arch = "wasm32"))]
pub fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

/// `text` in lower case by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn lowercase(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}
