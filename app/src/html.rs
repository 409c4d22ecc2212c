//! Pieces of HTML as text, for what is made anew each time it is opened: menus and dialogs. A view for each would make
//! the WASM several times as large.

/// Text that was written by people, between tags and inside quoted attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A button that is told from its neighbours by its value: whatever holds it listens for all.
pub fn button(value: &str, class: &str, text: &str) -> String {
    format!(r#"<button type="button" value="{value}" class="{class}">{text}</button>"#)
}

/// The value of the button that was pressed, whatever of it was hit.
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
