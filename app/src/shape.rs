//! The shape of a page, by which boot.js sees whether something on the way has altered it.

/// A hash of the order of all nodes in this HTML and of the lengths of their names. boot.js computes the same hash from the
/// page that arrived. Both write it with eight hexadecimal digits, so that a page's length does not depend on it. (Splitting at
/// `<` and `>` is safe, because both are escaped in texts and attributes.)
pub fn shape(html: &str) -> i32 {
    let mut shape = 0_i32;
    let mut add = |name: &str| shape = shape.wrapping_mul(31).wrapping_add(name.len() as i32);
    let mut parts = html.split('<').skip(1).peekable();
    while let Some(part) = parts.next() {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let mut has_text = !text.is_empty();
        match tag.split([' ', '/']).next().unwrap_or_default() {
            // The end of an element.
            "" => {}
            name if name.starts_with('!') => add("#comment"),
            name => {
                add(name);
                // Browsers that run scripts parse the content of this element as one text node.
                while name == "noscript" && parts.next_if(|part| !part.starts_with("/noscript")).is_some() {
                    has_text = true;
                }
            }
        }
        if has_text {
            add("#text");
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::shape;

    /// The shape of nodes with these names.
    fn of(names: &[&str]) -> i32 {
        names.iter().fold(0, |shape, name| shape * 31 + name.len() as i32)
    }

    #[test]
    fn elements_texts_and_comments_count() {
        assert_eq!(shape(""), 0);
        assert_eq!(shape("<p>a<!>b<br/>c</p>d"), of(&["p", "#text", "#comment", "#text", "br", "#text", "#text"]));
        assert_eq!(shape("<p></p><noscript></noscript><b></b>"), of(&["p", "noscript", "b"]));
        assert_eq!(shape("<noscript><p>a</p></noscript><b></b>"), of(&["noscript", "#text", "b"]));
    }

    #[test]
    fn what_people_write_does_not() {
        let html = view! { <p title="a > b < c">"<b>" {">"}</p> }.to_html();
        assert_eq!(shape(&html), of(&["p", "#text", "#comment", "#text"]), "{html}");
    }

    #[test]
    fn another_order_is_another_shape() {
        assert_ne!(shape("<b></b><div></div>"), shape("<div></div><b></b>"));
    }
}
