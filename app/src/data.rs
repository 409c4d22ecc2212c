//! The data of a page: its state as JSON in its document, without the texts that the page shows already (decision 34).
//!
//! Each of these is replaced by `{"":[gap,length]}`: it is this many UTF-16 code units of [`Written::words`] long, and begins this many
//! behind the end of the one before (`gap` may be negative). boot.js puts the texts back before it starts the WASM. (No value of the
//! state has a field without a name.)

use std::borrow::Cow;
use std::ops::Range;

use crate::page::PageState;
use crate::written::Written;

/// The searches for the texts of a page together read its words at most this often, whatever people write.
const READINGS: usize = 8;

/// The whole state as JSON. It contains no `<`, so that nothing in it can end a script element.
pub fn data(state: &PageState) -> String {
    serde_json::to_string(state).unwrap_or_default().replace('<', "\\u003c")
}

/// The state that a document was made from. The browser reads it likewise.
pub fn read_data(document: &str) -> Option<PageState> {
    let inside =
        |start, end| document.split_once(start)?.1.split_once('>')?.1.split_once(end).map(|(inside, _)| inside);
    let words = Written::of(inside("<div id=\"app\"", "</body>")?).words;
    serde_json::from_str(&with_shown(inside("id=\"page\"", "</script>")?, &words)?).ok()
}

/// The data as it stands in a document, and what boot.js compares the page's root with.
#[derive(Debug, Default)]
pub struct Embedded {
    pub data: Option<String>,
    /// [`Written::shape`] of the root.
    pub shape: Option<String>,
    /// [`Written::hash`] of the root.
    pub words: Option<String>,
}

impl Embedded {
    /// For a page whose root has this HTML. The data stays whole unless the page's address gives it again.
    pub fn new(data: String, html: &str, can_be_asked_for: bool) -> Self {
        // With eight digits, so that a page's length does not depend on them.
        let hex = |hash: i32| Some(format!("{hash:08x}"));
        let written = Written::of(html);
        let data = if can_be_asked_for { without_shown(&data, &written.words) } else { data };
        Self { data: Some(data), shape: hex(written.shape), words: hex(written.hash()) }
    }
}

/// JSON without the texts that stand in `words`, unless they take less room than their places would.
fn without_shown(json: &str, words: &str) -> String {
    let mut shown = Shown { words, end: 0, left: READINGS * words.len() };
    let mut without = String::with_capacity(json.len());
    let mut copied = 0;
    let mut open = None;
    let mut bytes = json.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (byte, open) {
            // The character behind it ends nothing.
            (b'\\', _) => drop(bytes.next()),
            (b'"', None) => open = Some(at),
            (b'"', Some(start)) => {
                open = None;
                let end = at + 1;
                let is_name = json[end..].starts_with(':');
                if let Some(place) = (!is_name).then(|| shown.place_of(&json[start..end])).flatten() {
                    without.push_str(&json[copied..start]);
                    without.push_str(&place);
                    copied = end;
                }
            }
            _ => {}
        }
    }
    without.push_str(&json[copied..]);
    without
}

struct Shown<'a> {
    words: &'a str,
    /// Where the text that was found last ends, in bytes.
    end: usize,
    /// The bytes that may still be read in searches.
    left: usize,
}

impl Shown<'_> {
    /// What replaces this string literal.
    fn place_of(&mut self, literal: &str) -> Option<String> {
        let text = text_of(literal)?;
        // Texts stand in the same order in both, with few exceptions. One that begins before the last text is read again up to its
        // own end, so that no more than all words are read for it.
        let before = self.words.floor_char_boundary(self.end + text.len() - 1);
        let found = self.search(self.end..self.words.len(), &text).or_else(|| self.search(0..before, &text))?;
        let gap = match self.words.get(self.end..found) {
            Some(between) => units(between) as i64,
            None => -(units(self.words.get(found..self.end)?) as i64),
        };
        let place = format!("{{\"\":[{gap},{}]}}", units(&text));
        if place.len() >= literal.len() {
            return None;
        }
        self.end = found + text.len();
        Some(place)
    }

    fn search(&mut self, within: Range<usize>, text: &str) -> Option<usize> {
        let words = &self.words[within.clone()];
        if words.len() < text.len() {
            return None;
        }
        let found = words.find(text);
        self.left = self.left.checked_sub(found.unwrap_or(words.len()))?;
        found.map(|at| within.start + at)
    }
}

/// The text of a string literal that can be longer than its place. Ids are never shown, so they are not searched for.
fn text_of(literal: &str) -> Option<Cow<'_, str>> {
    let inside = literal.strip_prefix('"')?.strip_suffix('"')?;
    if literal.len() <= "{\"\":[0,1]}".len() || is_id(inside) {
        return None;
    }
    if inside.contains('\\') { serde_json::from_str(literal).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inside)) }
}

fn is_id(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Puts the texts back, as boot.js does. `None` if this is not what [`without_shown`] makes of these words.
fn with_shown(without: &str, words: &str) -> Option<String> {
    let words: Vec<u16> = words.encode_utf16().collect();
    let mut end = 0_usize;
    // (In a string literal the quotes would be escaped.)
    let mut parts = without.split("{\"\":[");
    let mut json = parts.next()?.to_owned();
    for part in parts {
        let (place, rest) = part.split_once("]}")?;
        let (gap, length) = place.split_once(',')?;
        let start = end.checked_add_signed(gap.parse().ok()?)?;
        end = start.checked_add(length.parse().ok()?)?;
        json.push_str(&serde_json::to_string(&String::from_utf16(words.get(start..end)?).ok()?).ok()?);
        json.push_str(rest);
    }
    Some(json)
}

#[cfg(test)]
mod tests {
    use chat::{Person, VisitorId};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::page::{Flash, Page};
    use crate::strings::Lang;

    fn round_trip(data: &Value, words: &str) -> String {
        let without = without_shown(&data.to_string(), words);
        let back = with_shown(&without, words).expect(&without);
        assert_eq!(serde_json::from_str::<Value>(&back).expect(&back), *data, "{without}");
        without
    }

    #[test]
    fn what_is_shown_is_not_said_again() {
        let words = "모두의 방 · 2명 🙂 미나 안녕하세요 여러분 소라 미나, 잘 지냈어요?";
        let data = r#"{"title":"모두의 방","entries":[{"text":"안녕하세요 여러분"},{"text":"미나, 잘 지냈어요?"}]}"#;
        let without = r#"{"title":{"":[0,5]},"entries":[{"text":{"":[12,9]}},{"text":{"":[4,11]}}]}"#;
        assert_eq!(without_shown(data, words), without);
        assert_eq!(with_shown(without, words).as_deref(), Some(data));
    }

    #[rstest]
    #[case::not_shown(json!("누구도 보지 못한 말"))]
    #[case::longer_when_replaced(json!(["하나", "둘"]))]
    #[case::a_name_of_a_field(json!({ "보이는 말입니다": 1 }))]
    #[case::an_id("0123456789abcdef0123456789abcdef".into())]
    fn everything_else_stays(#[case] data: Value) {
        let words = "하나 둘 보이는 말입니다 0123456789abcdef0123456789abcdef";
        assert_eq!(round_trip(&data, words), data.to_string());
    }

    #[test]
    fn escaped_texts_are_found_as_they_are_read() {
        let text = "\"따옴표\" \\ {\"\":[1,2]}\nund <b>🙂 & mehr";
        let without = round_trip(&json!([text, "{\"\":[0,3]} not shown", text]), &format!("그 {text} 뒤"));
        assert!(!without.contains("따옴표"), "{without}");
        // As the page writes it.
        let json = json!([text]).to_string().replace('<', "\\u003c");
        assert_eq!(without_shown(&json, text), format!("[{{\"\":[0,{}]}}]", text.encode_utf16().count()));
    }

    #[test]
    fn texts_may_stand_in_another_order() {
        let words = "첫째로 보이는 글, 둘째로 보이는 글";
        let without = round_trip(&json!(["둘째로 보이는 글", "첫째로 보이는 글", "둘째로 보이는 글"]), words);
        assert_eq!(without, r#"[{"":[11,9]},{"":[-20,9]},{"":[2,9]}]"#);
    }

    #[test]
    fn a_page_is_searched_only_so_often() {
        let texts: Vec<_> = (0..READINGS + 2).map(|n| format!("nowhere on this page {n}")).collect();
        let words = "words ".repeat(100) + "the last text";
        let data = json!([texts, "the last text"]);
        assert_eq!(round_trip(&data, &words), data.to_string());
        for missing in [1, READINGS - 1] {
            let without = round_trip(&json!([&texts[..missing], "the last text"]), &words);
            assert!(!without.contains("the last text"), "{missing}: {without}");
        }
    }

    #[test]
    fn other_data_is_refused() {
        for without in [r#"{"":[0,9]}"#, r#"{"":[-1,1]}"#, r#"{"":[0]}"#, r#"{"":[0,1"#, r#"{"":[1,1]}"#] {
            assert_eq!(with_shown(without, "🙂"), None, "{without}");
        }
    }

    #[test]
    fn nothing_typed_ends_the_pages_json() {
        let flash = Flash { error: chat::Error::Full, typed: vec![("title".into(), "</script><!--".into())] };
        let me = Person::new(VisitorId([1; 16]));
        let state = PageState {
            lang: Lang::Ko,
            me,
            playback: crate::play::Playback::default(),
            gif_max_bytes: 1,
            now: chat::Timestamp(1),
            page: Page::NewRoom,
            flash: Some(flash),
        };
        let json = data(&state);
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<PageState>(&json).ok(), Some(state));
    }
}
