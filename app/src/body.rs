//! The content of a text message as HTML: links, code, and large emoji. The server, hydration and live rows make it by this alone.

use chat::text::is_emoji_alone;

use crate::code::{Part, parts};
use crate::components::icon;
use crate::html::escaped;
use crate::links::{Link, Piece, pieces};
use crate::strings::Lang;

/// The value of a button that copies the code beside it.
pub const COPY: &str = "c";

/// The class of a message's bubble, and what is inside.
pub fn body(text: &str, lang: Lang) -> (&'static str, String) {
    let class = if is_emoji_alone(text) { "bubble emoji" } else { "bubble" };
    let parts = parts(text);
    let part = |(place, part): (usize, &Part<'_>)| {
        // A line ends between the parts, for who copies all of them. It makes no blank line to the eye.
        let end = if place + 1 < parts.len() { "\n" } else { "" };
        match part {
            Part::Words(words) => words_html(words) + end,
            Part::Code { language, code } => code_html(language, code, end, lang),
        }
    };
    (class, parts.iter().enumerate().map(part).collect())
}

fn words_html(words: &str) -> String {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(text) => escaped(text),
        Piece::Link(link) => link_html(&link),
    };
    pieces(words).into_iter().map(piece).collect()
}

fn link_html(link: &Link<'_>) -> String {
    let href = escaped(&link.href);
    let title = if link.is_changed() { format!(r#" title="{href}""#) } else { String::new() };
    let shown = address(link);
    format!(r#"<a href="{href}"{title} target="_blank" rel="noopener noreferrer nofollow">{shown}</a>"#)
}

/// What people read of an address. A long one is shortened by the style sheet, so that copying it gives all of it.
fn address(link: &Link<'_>) -> String {
    let [head, middle, tail] = link.shown().map(escaped);
    if middle.is_empty() {
        return head;
    }
    [&*head, r#"<span class="cut">"#, &middle, "</span>", &tail].concat()
}

/// Code runs from left to right in every language. It has the focus to be scrolled by keys. (The style sheet shows the language, so
/// that it is not copied.)
fn code_html(language: &str, code: &str, end: &str, lang: Lang) -> String {
    let words = lang.in_room();
    let (label, copy, code) = (words.code, words.copy_code, escaped(code));
    let icons = icon::COPY.svg() + &icon::CHECK.svg();
    format!(
        r#"<div class="code" dir="ltr" data-language="{language}"><pre tabindex="0" role="group" aria-label="{label}"><code>{code}</code></pre><button type="button" class="copy-code js" value="{COPY}" aria-label="{copy}" title="{copy}"><span class="swap">{icons}</span></button>{end}</div>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        body(text, Lang::En).1
    }

    #[test]
    fn a_link_leads_to_the_whole_address_and_nothing_in_it_becomes_a_tag() {
        let short = html("가 www.a.kr/?a=1&b=\"<b>");
        assert!(short.contains(r#"href="https://www.a.kr/?a=1&amp;b=""#), "{short}");
        assert!(short.contains(">www.a.kr/?a=1&amp;b=</a>"), "{short}");
        assert!(short.ends_with("&quot;&lt;b&gt;"), "{short}");
        assert!(short.contains(r#"rel="noopener noreferrer nofollow""#) && !short.contains("title"), "{short}");
        let long = format!("https://a.kr/{}", "가나다라/".repeat(20));
        let shown = html(&long);
        assert!(shown.contains(&format!(r#"title="{long}""#)), "{shown}");
        assert_eq!(shown.matches(r#"<span class="cut">"#).count(), 1, "{shown}");
    }

    #[test]
    fn code_is_as_it_was_written_and_holds_no_links_and_no_tags() {
        let shown = html("보세요 https://a.kr\n```rust\n\tlet a = \"https://b.kr\"; // <b>&amp;\n```\n끝");
        assert!(shown.contains("<code>\tlet a = &quot;https://b.kr&quot;; // &lt;b&gt;&amp;amp;</code>"), "{shown}");
        assert_eq!((shown.matches("<a ").count(), shown.matches("<b>").count()), (1, 0), "{shown}");
        assert!(shown.contains(r#"data-language="rust""#) && !shown.contains("```"), "{shown}");
        assert!(shown.starts_with("보세요 <a ") && shown.ends_with("</div>끝"), "{shown}");
    }

    #[test]
    fn each_code_has_a_button_that_copies_it() {
        let shown = html("```\na\n```\nb\n\n    c");
        assert_eq!(shown.matches(r#"class="copy-code js" value="c" aria-label="Copy code""#).count(), 2, "{shown}");
        assert!(!html("a `b` ```c```").contains("<button"));
    }

    #[test]
    fn emoji_alone_are_large_and_in_code_they_are_not() {
        assert_eq!(body("😀 👍🏽", Lang::Ko), ("bubble emoji", "😀 👍🏽".to_owned()));
        assert_eq!(body("😀 네", Lang::Ko).0, "bubble");
        assert_eq!(body("```\n😀\n```", Lang::Ko).0, "bubble");
        assert_eq!(body("    x", Lang::Ko).0, "bubble");
    }
}
