//! Texts that begin like a command: typing mistakes in the prefix, the keyboard layout, the width or case of letters,
//! and spaces.

use super::Meant;

/// The names of commands for whispers, here and in other chats, and what these become when they are typed in the wrong
/// layout of a Korean keyboard: ㅈ is `w`, and `rnlt` is 귓.
const WHISPERS: &str = "w ww whisper whisp wisper msg message dm tell pm 귓 귓속 귓말 귓속말 귓엣말 귀말 귀속말 귀엣말 속삭임 ㅈ ㅉ ㅈㅈ \
    조ㅑ넫ㄱ ㅡㄴㅎ ㅡㄶ 으 ㅅ디ㅣ ㅔㅡ rnlt rnltthr rnltakf rnltthrakf rnltdptakf rnlthrakf rnlakf";

const GIFS: &str = "gif 햘 움짤 dnawkf";

/// A slash of any width.
pub fn is_slash(c: char) -> bool {
    matches!(c, '/' | '／' | '∕' | '⁄' | '╱' | '⧸')
}

/// Whether a text has one line, not counting blank lines around it.
pub fn is_one_line(text: &str) -> bool {
    !text.trim_matches(is_blank).contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}

/// What follows the prefix of a text that begins like a command: a single line with a slash and a letter after it, or
/// with a dot and the name of a command.
pub fn after_prefix(text: &str) -> Option<&str> {
    if !is_one_line(text) {
        return None;
    }
    let text = text.trim_matches(is_blank);
    let prefix = text.chars().next()?;
    let name = text[prefix.len_utf8()..].trim_start_matches(is_blank);
    let is_command = match prefix {
        '.' | '．' => {
            let name = &text[prefix.len_utf8()..];
            [WHISPERS, GIFS].iter().any(|names| named(name, names).is_some_and(is_separate))
        }
        // A second slash in the first word makes it a path.
        _ => is_slash(prefix) && name.starts_with(is_letter) && !first_word(name).contains(is_slash),
    };
    is_command.then_some(name)
}

/// Whether the slash before `inside` escapes it: `inside` begins like a command, without blanks at its beginning or
/// after its own slash.
pub fn is_escaped(inside: &str) -> bool {
    let is_close = match inside.strip_prefix(is_slash) {
        Some(name) => name.starts_with(is_letter),
        None => !inside.starts_with(is_blank),
    };
    is_close && after_prefix(inside).is_some()
}

/// What the writer of a prefix and `name` probably meant.
pub fn meant(name: &str) -> Option<Meant<'_>> {
    if named(name, GIFS).is_some() {
        return Some(Meant::Gif);
    }
    let rest = named(name, WHISPERS)?;
    Some(Meant::Whisper(rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '：' | '，'))))
}

/// What follows the longest of `names` (separated by spaces) at the beginning of `text`. A person's name may follow it
/// without a space.
fn named<'a>(text: &'a str, names: &str) -> Option<&'a str> {
    let fits = |name: &str| after(text, name).filter(|rest| is_end(name, rest));
    names.split(' ').filter_map(fits).min_by_key(|rest| rest.len())
}

fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    name.chars().all(|c| rest.next().map(folded) == Some(folded(c))).then_some(rest.as_str())
}

/// Whether the `name` of a command can end before `rest`.
fn is_end(name: &str, rest: &str) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    if is_separate(rest) {
        return true;
    }
    match name.is_ascii() {
        true => !folded(next).is_ascii_alphanumeric() && !"-_'".contains(next),
        false => {
            name.starts_with('귓')
                || name.starts_with(['ㅈ', 'ㅉ']) && ('가'..='힣').contains(&next)
                || next.is_ascii_punctuation()
        }
    }
}

fn is_separate(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(is_blank)
}

fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

/// Turns a full-width character into the ASCII one, and ASCII letters into lower case.
fn folded(c: char) -> char {
    let narrow = match u32::from(c) {
        wide @ 0xFF21..=0xFF5A => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    narrow.to_ascii_lowercase()
}

/// Whether a character is white space or invisible.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(u32::from(c),
            0xAD | 0x115F | 0x1160 | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFEFF | 0xFFA0)
}

/// The letters of all scripts up to U+FFFF, roughly: the first and the last of each range. They are listed by hand,
/// because browsers are not sent the tables of Unicode.
const LETTERS: &[[u16; 2]] = &[
    [0xAA, 0xAA],
    [0xB5, 0xB5],
    [0xBA, 0xBA],
    [0xC0, 0xD6],
    [0xD8, 0xF6],
    [0xF8, 0x2C1],
    [0x370, 0x37D],
    [0x37F, 0x1FFF],
    [0x2071, 0x2071],
    [0x207F, 0x209C],
    [0x2100, 0x214F],
    [0x24B6, 0x24E9],
    [0x2C00, 0x2DFF],
    [0x3005, 0x3006],
    [0x3041, 0x309F],
    [0x30A1, 0x30FA],
    [0x30FC, 0x31FF],
    [0x3400, 0x4DBF],
    [0x4E00, 0xD7FB],
    [0xF900, 0xFDFB],
    [0xFE70, 0xFEFC],
    [0xFF21, 0xFF3A],
    [0xFF41, 0xFF5A],
    [0xFF66, 0xFFDC],
];

fn is_letter(c: char) -> bool {
    match u16::try_from(u32::from(c)) {
        Ok(low) if !c.is_ascii() => !is_blank(c) && LETTERS.iter().any(|[first, last]| (*first..=*last).contains(&low)),
        Ok(_) => c.is_ascii_alphabetic(),
        // The code points between these ranges are mostly symbols and emoji.
        Err(_) => matches!(u32::from(c), 0x10000..=0x1CFFF | 0x1D400..=0x1D7FF | 0x20000..=0x3FFFF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(text: &str) -> &'static str {
        match after_prefix(text).map(meant) {
            None => "plain",
            Some(None) => "unknown",
            Some(Some(Meant::Whisper(_))) => "whisper",
            Some(Some(Meant::Gif)) => "gif",
        }
    }

    #[test]
    fn every_slip_of_a_whisper_is_known_as_one() {
        for text in [
            "/w 민수 비밀",
            "/W 민수 비밀",
            "/ㅈ 민수 비밀",
            "/ㅉ 민수 비밀",
            "/ㅈ민수 비밀",
            "/w민수 비밀",
            "/w:민수",
            "/w, 민수",
            "/w@민수",
            "/w\"민수\" 비밀",
            "/ w 민수 비밀",
            "/  w 민수",
            "/\u{3000}w 민수",
            "/\u{200B}w 민수",
            "\u{200B}/w 민수",
            "\u{3164}/w 민수",
            " /W 민수",
            "/\tw 민수",
            "/\u{A0}w 민수",
            "／w 민수",
            "／ｗ 민수",
            "／Ｗ 민수",
            "/ｗ 민수",
            "∕w 민수",
            "⁄w 민수",
            "⧸w 민수",
            "／ ｗ 민수",
            ".w 민수",
            ".W 민수",
            ".ㅈ 민수",
            ".귓 민수",
            ".귓속말 민수",
            ".msg 민수",
            "．ｗ 민수",
            ".whisper",
            "/whisper 민수",
            "/Whisper 민수",
            "/WHISPER 민수",
            "/ｗｈｉｓｐｅｒ 민수",
            "/조ㅑ넫ㄱ 민수",
            "/msg 민수",
            "/MSG 민수",
            "/dm 민수",
            "/DM 민수",
            "/tell 민수",
            "/pm 민수",
            "/귓말 민수",
            "/귓속 민수",
            "/귓엣말 민수",
            "/귀속말 민수",
            "/귓속말민수 비밀",
            "/귓민수 비밀",
            "/ 귓 민수",
            "／귓 민수",
            "/귓:민수",
            "/rnlt alstn",
            "/rnltthrakf alstn",
            "/RNLT 민수",
            "/rnltakf 민수",
            "/ㅡㄴㅎ 민수",
            "/ㅅ디ㅣ 민수",
            "/ㅔㅡ 민수",
            "/ww 민수",
            "/w\u{200B} 민수",
        ] {
            assert_eq!(like(text), "whisper", "{text:?}");
        }
    }

    #[test]
    fn what_begins_like_a_command_is_held_back() {
        for text in [
            "/web",
            "/me waves",
            "/ㅋㅋ",
            "/안녕",
            "/ 안녕",
            "/é",
            "/Ж",
            "/あ",
            "/中",
            "/ا",
            "/ไ",
            "/ⓦ 민수",
            "/𝐰 민수",
            "/s",
            "/x 3",
            "/help",
            "/ㅁㄴㅇㄹ",
            "/wave 민수",
            "/w-x 민수",
            "/whispering",
            "/kick 민수",
            "／안녕",
            "/ᄀ",
            "/ﾜ",
            "/dms",
            "/w2 민수",
        ] {
            assert_eq!(like(text), "unknown", "{text:?}");
        }
        for text in ["/gif", "/GIF 고양이", "/ gif", "／ｇｉｆ", "/햘", ".gif", "/움짤"] {
            assert_eq!(like(text), "gif", "{text:?}");
        }
    }

    #[test]
    fn everything_else_goes_as_it_is() {
        for text in [
            "",
            "/",
            "//",
            "// w",
            "//w",
            "///",
            "/*",
            "/* w */",
            "/1",
            "/ 1",
            "/-",
            "/?",
            "/😀",
            "/ 😀",
            "/.w",
            "/usr/bin",
            "/w/x 민수",
            "/a:/b/",
            "/ usr/bin",
            "／usr／bin",
            "/etc/hosts is a file",
            "/w\n민수",
            "/안녕\n하세요",
            "// 안녕",
            "w 민수",
            "a /w 민수",
            "\\w 민수",
            "-w 민수",
            "..w 민수",
            "...",
            ".",
            ".com",
            ".net은",
            ".wav",
            ".web",
            ".rs",
            ". w 민수",
            ".귓속말민수",
            ".안녕",
            ".1",
            "/\u{200B}",
            "/\u{3164}",
            "/3월",
            "/~w",
            "/@민수",
            "/\"w\"",
        ] {
            assert_eq!(like(text), "plain", "{text:?}");
        }
    }

    #[test]
    fn what_follows_the_command_is_for_the_whisper() {
        for text in [
            "/W 민수 비밀",
            "/ㅈ민수 비밀",
            "/w: 민수 비밀",
            "／ ｗ  민수 비밀",
            ".w 민수 비밀",
            "/귓속말민수 비밀",
            "/rnlt 민수 비밀 ",
        ] {
            assert_eq!(after_prefix(text).and_then(meant), Some(Meant::Whisper("민수 비밀")), "{text:?}");
        }
    }
}
