//! Finds web addresses in a message: only http and https, and only text that is clearly an address.

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Plain(&'a str),
    Link(&'a str),
}

/// Splits `text` into pieces. Put together, they are the text again.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    while let Some(found) = next_scheme(text, at) {
        let end = end_of(&text[found.start..]) + found.start;
        // After a letter or digit it is part of a word, and with nothing after "://" it is no address.
        if end > found.host && !text[..found.start].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            if found.start > plain_from {
                pieces.push(Piece::Plain(&text[plain_from..found.start]));
            }
            pieces.push(Piece::Link(&text[found.start..end]));
            plain_from = end;
        }
        at = end.max(found.host);
    }
    if plain_from < text.len() {
        pieces.push(Piece::Plain(&text[plain_from..]));
    }
    pieces
}

struct Found {
    start: usize,
    host: usize,
}

fn next_scheme(text: &str, from: usize) -> Option<Found> {
    let rest = &text[from..];
    let of = |scheme: &str| rest.find(scheme).map(|at| Found { start: from + at, host: from + at + scheme.len() });
    match (of("http://"), of("https://")) {
        (Some(a), Some(b)) => Some(if a.start < b.start { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// The end of an address: white space, quotes or angle brackets. A sentence's own punctuation stays outside, and so
/// does a closing bracket that was not opened inside.
fn end_of(text: &str) -> usize {
    let mut end =
        text.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"“”`".contains(c)).unwrap_or(text.len());
    while let Some(last) = text[..end].chars().next_back() {
        let unopened = |open: char, close: char| {
            last == close && text[..end].matches(close).count() > text[..end].matches(open).count()
        };
        if ".,!?;:'…。，".contains(last) || unopened('(', ')') || unopened('[', ']') || unopened('{', '}') {
            end -= last.len_utf8();
        } else {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::Piece::{Link, Plain};
    use super::*;

    #[test]
    fn addresses_are_found_without_the_sentence_around_them() {
        assert_eq!(
            pieces("보세요: https://a.kr/x(y)?q=1. 네"),
            [Plain("보세요: "), Link("https://a.kr/x(y)?q=1"), Plain(". 네")]
        );
        assert_eq!(pieces("(http://a.kr)"), [Plain("("), Link("http://a.kr"), Plain(")")]);
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for text in ["javascript:alert(1)", "https://", "xhttps://a.kr", "data:text/html,x", "https:// a", ""] {
            assert!(pieces(text).iter().all(|piece| matches!(piece, Plain(_))), "{text}");
        }
    }

    #[test]
    fn the_pieces_are_the_text() {
        for text in ["a https://b.c http://d\nhttps://e)", "https://x", "http://http://a", "가https://나.한국/다 라"]
        {
            let whole: String = pieces(text)
                .into_iter()
                .map(|piece| match piece {
                    Plain(text) | Link(text) => text,
                })
                .collect();
            assert_eq!(whole, text);
        }
    }
}
