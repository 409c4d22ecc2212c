//! The path, query and fragment of an address.

use super::letters::{CharKind, kind};

/// Korean particles. After a slash they are not the name of a page but belong to the sentence: "https://a.kr/에서 봤어요".
const PARTICLES: &str = "은 는 이 가 을 를 에 의 도 만 로 와 과 요 에서 에게 에는 에도 에서는 으로 부터 까지 보다 처럼 라고 이라고 라는 \
    이라는 이랑 랑 하고 입니다 이에요 예요";

/// The end of the address at the beginning of `text`, whose path begins at `from`. `before` is the text before the address.
pub fn end(before: &str, text: &str, from: usize) -> usize {
    // Many addresses contain underscores. But if there is an open underscore before the address, the next one closes the
    // emphasis.
    let underscores = before.bytes().filter(|byte| *byte == b'_').count();
    let is_emphasized = underscores % 2 == 1 || matches!(before.as_bytes().last(), Some(b'_' | b'*'));
    let mut path = &text[from..from + scan(&text[from..], is_emphasized)];
    while let Some(last) = path.chars().next_back() {
        match last {
            '.' | ',' | '!' | '?' | ';' | ':' | '\'' | '*' | '~' | '(' | '[' | '{' | '·' => {}
            '_' if is_emphasized => {}
            _ => break,
        }
        path = &path[..path.len() - last.len_utf8()];
    }
    if let Some(slash) = path.bytes().rposition(|byte| byte == b'/')
        && PARTICLES.split(' ').any(|particle| particle == &path[slash + 1..])
    {
        return from + slash + 1;
    }
    from + path.len()
}

/// The place of the first character that cannot belong to the address. Two of the rules are less simple:
///
/// - Korean, Chinese and Japanese letters belong to the address after one of `/_-=&#+@·` and after each other. After other
///   letters, digits and punctuation they belong to the sentence. An opening bracket or a colon counts as the character before
///   it, so that "/사과_(과일)" is a path, and "(문서)" in "/docs(문서)" belongs to the sentence.
/// - A closing bracket belongs to the address if it was opened there, and an opening one if it is closed there.
fn scan(text: &str, is_emphasized: bool) -> usize {
    let (mut depth, mut opened, mut before_bracket) = (0u32, 0, '/');
    let mut before = '/';
    for (at, c) in text.char_indices() {
        let belongs = match c {
            '(' | '[' | '{' => {
                if depth == 0 {
                    (opened, before_bracket) = (at, before);
                }
                depth += 1;
                continue;
            }
            ')' | ']' | '}' if depth == 0 => false,
            ')' | ']' | '}' => {
                depth -= 1;
                // "(여자)아이들" is one name.
                before = if before_bracket == '/' { '/' } else { c };
                continue;
            }
            ':' => continue,
            '<' | '>' | '"' | '`' | '\\' | '|' => false,
            '·' => kind(before) == CharKind::Cjk,
            _ => match kind(c) {
                CharKind::Ascii => c.is_ascii_graphic(),
                CharKind::Cjk if before == '_' => !is_emphasized,
                CharKind::Cjk => {
                    matches!(before, '/' | '-' | '=' | '&' | '#' | '+' | '@' | '·') || kind(before) == CharKind::Cjk
                }
                CharKind::Letter => true,
                CharKind::Other => false,
            },
        };
        if !belongs {
            return if depth > 0 { opened } else { at };
        }
        before = c;
    }
    if depth > 0 { opened } else { text.len() }
}
