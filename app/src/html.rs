//! Pieces of HTML as text, for menus and dialogs, which are rebuilt each time they open. Views for them would make the
//! WASM several times as large.

/// Escapes text that people wrote, for use between tags and inside quoted attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
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
    fn nothing_that_people_write_becomes_a_tag_or_leaves_its_quotes() {
        assert_eq!(escaped(r#"<b title="x">&amp;"#), "&lt;b title=&quot;x&quot;>&amp;amp;");
    }
}
