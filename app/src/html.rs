//! What is told apart in sentences, and which button was pressed.

/// Marks something that people wrote inside a sentence of ours, so that its direction does not turn the rest
/// around. [`crate::markup::sentence`] makes elements of the marks.
pub fn isolated(text: &str) -> String {
    ["\u{2068}", text, "\u{2069}"].concat()
}

/// The button that was pressed, whichever part of it was hit, and its value.
pub fn pressed(event: &web_sys::Event) -> Option<(web_sys::Element, String)> {
    use wasm_bindgen::JsCast;
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button").ok()??;
    let value = button.get_attribute("value")?;
    Some((button, value))
}
