//! What boot.js compares a page with, to see whether something on the way has altered it.

use memchr::memchr;

/// A page's HTML as a browser reads it that runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// A hash of the order of all nodes and of the lengths of their names.
    pub shape: i32,
    /// The `textContent` of the page's root.
    pub words: String,
}

impl Written {
    /// Reads the HTML of [`crate::root::App`]. (Looking for `<` and `>` is safe, because both are escaped in texts and attributes.)
    pub fn of(html: &str) -> Self {
        let mut written = Self { shape: 0, words: String::with_capacity(html.len() / 8) };
        let mut rest = html;
        while let Some((text, inside)) = split_at(b'<', rest) {
            written.add_text(text);
            let (tag, after) = split_at(b'>', inside).unwrap_or((inside, ""));
            rest = after;
            let node = match tag.as_bytes().first() {
                // The end of an element.
                Some(b'/') => continue,
                Some(b'!') => "#comment",
                _ => name(tag),
            };
            written.add_node(node);
            // Browsers that run scripts parse the content of this element as one text node, in which nothing is escaped.
            if node == "noscript" {
                let (content, after) = rest.split_at(rest.find("</noscript").unwrap_or(rest.len()));
                written.add_raw_text(content);
                rest = after;
            }
        }
        written.add_text(rest);
        written
    }

    /// A hash of the words.
    pub fn hash(&self) -> i32 {
        self.words.encode_utf16().map(i32::from).fold(0, add)
    }

    fn add_node(&mut self, name: &str) {
        self.shape = add(self.shape, name.len() as i32);
    }

    fn add_raw_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.add_node("#text");
            self.words.push_str(text);
        }
    }

    fn add_text(&mut self, text: &str) {
        let mut rest = text;
        if !text.is_empty() {
            self.add_node("#text");
        }
        while let Some(at) = rest.find(['&', '\r']) {
            self.words.push_str(&rest[..at]);
            rest = &rest[at..];
            let known = READ_AS.iter().find(|(written, _)| rest.starts_with(written));
            let (written, read) = known.copied().unwrap_or(("&", "&"));
            self.words.push_str(read);
            rest = &rest[written.len()..];
        }
        self.words.push_str(rest);
    }
}

/// What is before and behind the first such byte. (The standard library's search takes twice as long, and a page has a thousand tags.)
fn split_at(byte: u8, text: &str) -> Option<(&str, &str)> {
    let at = memchr(byte, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// The name of the element that this tag begins.
fn name(tag: &str) -> &str {
    let end = tag.bytes().position(|byte| matches!(byte, b' ' | b'/'));
    &tag[..end.unwrap_or(tag.len())]
}

/// What stands in HTML for other characters. (A parser turns every end of a line into a line feed.)
const READ_AS: [(&str, &str); 6] =
    [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("\r\n", "\n"), ("\r", "\n")];

fn add(hash: i32, number: i32) -> i32 {
    hash.wrapping_mul(31).wrapping_add(number)
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::Written;

    fn shape(html: &str) -> i32 {
        Written::of(html).shape
    }

    fn words(html: &str) -> String {
        Written::of(html).words
    }

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

    #[test]
    fn the_words_are_those_of_all_texts() {
        assert_eq!(words("<p>가<!>나<br/> 다</p>라"), "가나 다라");
        assert_eq!(words("a<noscript x><p>b &amp; c</p></noscript>d"), "a<p>b &amp; c</p>d");
        assert_eq!(
            words("<p title=\"no\">1\r\n2\r3\n4 &lt;&amp;amp;&gt;&quot; &nbsp; &</p>"),
            "1\n2\n3\n4 <&amp;>\" &nbsp; &"
        );
        let wrote = "<b title=\"x\">&amp; &lt;🙂\r\n</b>";
        assert_eq!(words(&view! { <p title=wrote>{wrote}</p> }.to_html()), wrote.replace("\r\n", "\n"));
    }

    #[test]
    fn the_hash_of_words_counts_utf_16() {
        assert_eq!(Written::of("<p>a</p>").hash(), 0x61);
        assert_eq!(Written::of("🙂").hash(), 0xd83d * 31 + 0xde42);
    }
}
