//! Counts and cuts text by what people see as one character: extended grapheme clusters (Unicode Standard Annex 29).

/// How many characters people see in `text`.
#[cfg(not(target_arch = "wasm32"))]
pub fn length(text: &str) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    if text.is_ascii() { text.len() } else { text.graphemes(true).count() }
}

/// The first `max` characters of `text`. A character with an endless tail of marks is cut off, too.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(text: &str, max: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    let most = max.saturating_mul(super::SCALARS_PER_CHARACTER as usize);
    let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    let cut = text.get(..end).unwrap_or(text);
    let end = match cut.grapheme_indices(true).nth(max) {
        Some((end, _)) => end,
        None if cut.len() == text.len() => end,
        // The last character may be cut, so it is left out, unless it is the only one.
        None => cut.grapheme_indices(true).next_back().map_or(end, |(last, _)| if last == 0 { end } else { last }),
    };
    text.get(..end).unwrap_or(text)
}

/// How many characters people see in `text`, by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn length(text: &str) -> usize {
    match segments(text) {
        Some(segments) => segments.length() as usize,
        None => text.chars().count(),
    }
}

/// The first `max` characters of `text`, by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn start(text: &str, max: usize) -> &str {
    let end_of = |scalars: usize| text.char_indices().nth(scalars).map_or(text.len(), |(end, _)| end);
    let scalars = end_of(max);
    if scalars == text.len() {
        return text;
    }
    let most = end_of(max * super::SCALARS_PER_CHARACTER as usize);
    let end = segments(text.get(..most).unwrap_or(text)).map(|segments| {
        let first = segments.iter().take(max);
        first.filter_map(|segment| property(&segment, "segment")?.as_string()).map(|segment| segment.len()).sum()
    });
    text.get(..end.unwrap_or(scalars)).unwrap_or(text)
}

/// The characters of `text`. `None` in browsers without `Intl.Segmenter`.
#[cfg(target_arch = "wasm32")]
fn segments(text: &str) -> Option<js_sys::Array> {
    use wasm_bindgen::JsCast;
    let made: js_sys::Function = property(&property(&js_sys::global(), "Intl")?, "Segmenter")?.dyn_into().ok()?;
    let segmenter = js_sys::Reflect::construct(&made, &js_sys::Array::new()).ok()?;
    let segment: js_sys::Function = property(&segmenter, "segment")?.dyn_into().ok()?;
    Some(js_sys::Array::from(&segment.call1(&segmenter, &text.into()).ok()?))
}

#[cfg(target_arch = "wasm32")]
fn property(object: &wasm_bindgen::JsValue, name: &str) -> Option<wasm_bindgen::JsValue> {
    js_sys::Reflect::get(object, &name.into()).ok()
}
