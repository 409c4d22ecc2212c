//! The content of a text message: links, code, and large emoji. The server, hydration and live rows all use this code.

use chat::text::is_emoji_alone;

use crate::action::Action;
use crate::code::{Segment, parts};
use crate::icon;
use crate::links::{Link, Piece, pieces};
use crate::markup::{Child, Markup, button, element};
use crate::strings::Lang;

/// The class of a message's bubble, and what is inside.
pub fn body(text: &str, lang: Lang) -> (&'static str, Vec<Child>) {
    let class = if is_emoji_alone(text) { "bubble emoji" } else { "bubble" };
    let parts = parts(text);
    let last = parts.len().saturating_sub(1);
    let mut content = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        // A line break between the parts keeps copied text in separate lines. It is not visible as a blank line.
        let end = (place < last).then_some("\n");
        match part {
            Segment::Words(words) => {
                content.extend(pieces(words).into_iter().map(|piece| match piece {
                    Piece::Plain(text) => Child::from(text.to_owned()),
                    Piece::Link(link) => self::link(&link).into(),
                }));
                content.extend(end.map(Child::from));
            }
            Segment::Code { language, code } => content.push(self::code(language, code, lang).children(end).into()),
        }
    }
    (class, content)
}

fn link(link: &Link<'_>) -> Markup {
    let title = link.is_changed().then(|| link.href.to_string());
    let [head, middle, tail] = link.shown().map(str::to_owned);
    let anchor = element("a").set("href", link.href.to_string());
    let anchor = title.into_iter().fold(anchor, |anchor, title| anchor.set("title", title));
    let anchor = anchor.set("target", "_blank").set("rel", "noopener noreferrer nofollow").child(head);
    // The style sheet hides the middle of a long address. The text stays complete, so copying it gives the whole address.
    if middle.is_empty() { anchor } else { anchor.child(element("span").class("cut").child(middle)).child(tail) }
}

/// A block of code, which runs from left to right in every language. It can take the focus, so that keys scroll it. (The style
/// sheet shows the name of the code's language, so that it is not copied.)
fn code(language: &str, code: &str, lang: Lang) -> Markup {
    let words = lang.in_room();
    let pre = element("pre").set("tabindex", "0").set("role", "group").set("aria-label", words.code());
    let icons = element("span").class("swap").child(icon::COPY).child(icon::CHECK);
    element("div")
        .class("code")
        .set("dir", "ltr")
        .set("data-language", language.to_owned())
        .child(pre.child(element("code").child(code.to_owned())))
        .child(
            button(Action::Copy, "copy-code js")
                .set("aria-label", words.copy_code())
                .set("title", words.copy_code())
                .child(icons),
        )
}

#[cfg(test)]
mod tests {
    use leptos::prelude::RenderHtml;

    use super::*;

    fn html(text: &str) -> String {
        let whole = element("p").children(body(text, Lang::En).1).to_html();
        whole["<p>".len()..whole.len() - "</p>".len()].to_owned()
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
        assert_eq!(shown.matches(r#"class="copy-code js" value="copy" aria-label="Copy code""#).count(), 2, "{shown}");
        assert!(!html("a `b` ```c```").contains("<button"));
    }

    #[test]
    fn emoji_alone_are_large_and_in_code_they_are_not() {
        assert_eq!((body("😀 👍🏽", Lang::Ko).0, html("😀 👍🏽")), ("bubble emoji", "😀 👍🏽".to_owned()));
        assert_eq!(body("😀 네", Lang::Ko).0, "bubble");
        assert_eq!(body("```\n😀\n```", Lang::Ko).0, "bubble");
        assert_eq!(body("    x", Lang::Ko).0, "bubble");
    }
}
