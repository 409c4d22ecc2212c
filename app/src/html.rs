//! Pieces of HTML as text, for menus and dialogs, which are rebuilt each time they open. Views for them would make the
//! WASM several times as large.

/// Escapes text that people wrote, for use between tags and inside quoted attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Marks something that people wrote inside a sentence of ours, so that its direction does not turn the rest
/// around. [`sentence`] makes elements of the marks.
pub fn isolated(text: &str) -> String {
    ["\u{2068}", text, "\u{2069}"].concat()
}

/// The HTML of a sentence with something [`isolated`] in it.
pub fn sentence(text: &str) -> String {
    escaped(text).replace('\u{2068}', "<bdi>").replace('\u{2069}', "</bdi>")
}

/// A button that is identified by its value. The surrounding element listens for all of its buttons.
pub fn button(value: &str, class: &str, text: &str) -> String {
    format!(r#"<button type="button" value="{value}" class="{class}">{text}</button>"#)
}

/// The button that was pressed, whichever part of it was hit, and its value.
pub fn pressed(event: &web_sys::MouseEvent) -> Option<(web_sys::Element, String)> {
    use wasm_bindgen::JsCast;
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button").ok()??;
    let value = button.get_attribute("value")?;
    Some((button, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stands_in_an_element_of_its_own() {
        let told = format!("{} has left.", isolated("<שרה> 2"));
        assert_eq!(sentence(&told), "<bdi>&lt;שרה&gt; 2</bdi> has left.");
    }

    #[test]
    fn nothing_that_people_write_becomes_a_tag_or_leaves_its_quotes() {
        assert_eq!(escaped(r#"<b title="x">&amp;"#), "&lt;b title=&quot;x&quot;&gt;&amp;amp;");
    }
}
