//! The host and port of an address.

use chat::text::lowercase;

use super::letters::{CharKind, is_hangul, is_in_hosts, is_replaced, kind};
use super::punycode;

/// Why something is not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// There is an at sign before the host ends, so the host is another one than it seems.
    Userinfo,
    Host,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    /// The length of the host in bytes.
    pub length: usize,
    /// The length of the port with its colon in bytes.
    pub port: usize,
    /// Whether a path, a query or a fragment follows.
    pub goes_on: bool,
    /// The host in ASCII, with Punycode, if people could take it for another one.
    pub ascii: Option<String>,
}

/// Top-level domains in Korean, Chinese or Japanese letters. Letters of the sentence may follow them directly.
const CJK_ENDINGS: &str = "한국 닷컴 닷넷 삼성 中国 中國 台灣 台湾 香港 公司 网络 網路 みんな";

/// Reads the host and the port at the beginning of `text`. `is_bare`: the address has no scheme and begins with `www.`.
pub fn read(text: &str, is_bare: bool) -> Result<Host, Wrong> {
    let mut authority = text;
    for (at, c) in text.char_indices() {
        match c {
            '@' | '＠' | '﹫' => return Err(Wrong::Userinfo),
            '/' | '\\' | '?' | '#' => {}
            _ if c.is_whitespace() => {}
            _ => continue,
        }
        authority = &text[..at];
        break;
    }
    if authority.starts_with('[') {
        let length = authority
            .bytes()
            .position(|byte| byte == b']')
            .filter(|end| is_ipv6(&authority[1..*end]))
            .ok_or(Wrong::Host)?
            + 1;
        return finish(text, length, length, None);
    }
    let (run, is_cjk) = run(authority)?;
    let host = without_sentence(&text[..run], is_cjk && byte(text, run) == b'/');
    let (ascii, is_disguised) = check(host, byte(text, host.len()), is_bare)?;
    finish(text, host.len(), run, is_disguised.then_some(ascii))
}

/// The byte at this place, or a space behind the end.
fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or(b' ')
}

/// The end of the characters that can stand in a host, and whether each of its labels begins with a Korean, Chinese or Japanese
/// letter. In a label that begins otherwise, such a letter belongs to the sentence and ends the host.
fn run(text: &str) -> Result<(usize, bool), Wrong> {
    let (mut label_from, mut is_label_cjk, mut is_cjk) = (0, false, true);
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        if at == label_from {
            is_label_cjk = kind == CharKind::Cjk;
            is_cjk &= is_label_cjk;
        }
        let goes_on = match kind {
            CharKind::Ascii => {
                if c == '.' {
                    label_from = at + 1;
                }
                c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
            }
            CharKind::Cjk => is_label_cjk,
            CharKind::Letter if is_in_hosts(c) => true,
            CharKind::Letter => return Err(Wrong::Host),
            CharKind::Other if is_replaced(c) => return Err(Wrong::Host),
            CharKind::Other => false,
        };
        if !goes_on {
            return Ok((at, is_cjk));
        }
    }
    Ok((text.len(), is_cjk))
}

/// The host without the sentence that follows it: "a.kr.다음" and "정부.한국에서" are a host and the next word. `is_whole`: the last
/// label is known to belong to the host.
fn without_sentence(mut host: &str, is_whole: bool) -> &str {
    while let Some(b'.' | b'-' | b'_') = host.as_bytes().last() {
        host = &host[..host.len() - 1];
    }
    loop {
        let from = host.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
        let last = &host[from..];
        if from > 0
            && let Some(ending) = CJK_ENDINGS.split(' ').find(|ending| last.starts_with(*ending))
        {
            return &host[..from + ending.len()];
        }
        if from > 0 && is_whole || !last.chars().next().is_some_and(|c| kind(c) == CharKind::Cjk) {
            return host;
        }
        host = &host[..from.saturating_sub(1)];
    }
}

/// Checks the labels of a host, which the byte `next` follows. Returns the host in ASCII, and whether people could take it for
/// another one. They could if a label is neither in ASCII, nor in Hangul, nor in Chinese and Japanese letters, and also if one
/// of these letters looks like a dash, a slash or a dot.
fn check(host: &str, next: u8, is_bare: bool) -> Result<(String, bool), Wrong> {
    let lower = host.to_ascii_lowercase();
    let (mut ascii, mut is_disguised) = (String::new(), false);
    let (mut labels, mut bytes, mut is_number, mut is_host) = (0, 0, false, true);
    for label in lower.split('.') {
        if labels > 0 {
            ascii.push('.');
        }
        labels += 1;
        let from = ascii.len();
        if label.is_ascii() {
            ascii.push_str(label);
        } else {
            let (mut is_korean, mut is_east_asian) = (true, true);
            for c in label.chars().filter(|c| !c.is_ascii_digit() && *c != '-') {
                is_korean &= is_hangul(c);
                let is_line = matches!(c, '一' | 'ノ' | 'ー' | '丨' | '丿' | '丶');
                is_east_asian &= kind(c) == CharKind::Cjk && !is_hangul(c) && !is_line;
            }
            is_disguised |= !is_korean && !is_east_asian;
            punycode::encode(label, &mut ascii);
        }
        is_number = number(label).is_some() || label.starts_with("0x");
        bytes +=
            u32::from(number(label).is_some_and(|number| number < 256 && (label.len() == 1 || byte(label, 0) != b'0')));
        is_host &= !matches!((byte(label, 0), label.as_bytes().last()), (b'-', _) | (_, None | Some(b'-')));
        is_host &= ascii.len() - from < 64;
    }
    // A host without a dot is a computer in the local network, or incomplete.
    let is_nearby = host.is_ascii() && next.is_ascii() && !matches!(next, b'$' | b'%' | b'&' | b'+' | b'=' | b'^');
    let is_dotted = labels > if is_bare { 2 } else { 1 };
    let is_host = is_host
        && ascii.len() < 254
        && (is_dotted || !is_bare && (is_nearby || lower == "localhost"))
        && (!is_number || labels == 4 && bytes == 4)
        // Browsers turn capital letters into small ones, which may be other letters.
        && (host.is_ascii() || lowercase(&lower) == lower);
    if is_host { Ok((ascii, is_disguised)) } else { Err(Wrong::Host) }
}

/// The number that these digits are, or `u32::MAX` if it is larger. `None` if not all of them are digits.
fn number(digits: &str) -> Option<u32> {
    digits.bytes().try_fold(0u32, |number, byte| {
        byte.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u32::from(byte - b'0')))
    })
}

/// Reads the port, and checks what follows. `length` is the end of the host, and `run` the end of all characters that could
/// stand in a host.
fn finish(text: &str, length: usize, run: usize, ascii: Option<String>) -> Result<Host, Wrong> {
    let has_colon = byte(text, run) == b':';
    let port_from = run + usize::from(has_colon);
    let mut end = port_from;
    while has_colon && byte(text, end).is_ascii_digit() {
        end += 1;
    }
    let after = byte(text, end);
    let begins_path = matches!(after, b'/' | b'?' | b'#');
    // Browsers read a backslash as a slash, but other programs read it as a part of a user name. They may read %40 as an at sign.
    let is_broken = after.is_ascii_alphanumeric() || matches!(after, b'\\' | b'%');
    let mut host = Host { length, port: 0, goes_on: false, ascii };
    let is_right = if run > length {
        // A full stop behind the host ends the sentence. If an address goes on behind it, the host is malformed.
        !text[length..run].is_ascii() || !is_broken && after != b'/' && end == port_from
    } else if end > port_from {
        host.port = end - length;
        host.goes_on = begins_path;
        let port = number(&text[port_from..end]).unwrap_or_default();
        !is_broken && end - port_from < 6 && (1..=65535).contains(&port)
    } else {
        host.goes_on = begins_path;
        !is_broken && !(has_colon && begins_path)
    };
    if is_right { Ok(host) } else { Err(Wrong::Host) }
}

fn is_ipv6(text: &str) -> bool {
    let (mut groups, mut digits, mut colons, mut gaps) = (0, 0, 0, 0);
    for byte in text.bytes() {
        if byte == b':' {
            groups += u32::from(digits > 0);
            digits = 0;
            colons += 1;
            gaps += u32::from(colons == 2);
        } else {
            let begins_with_colon = groups == 0 && colons == 1;
            digits += 1;
            if !byte.is_ascii_hexdigit() || digits > 4 || begins_with_colon {
                return false;
            }
            colons = 0;
        }
        if colons > 2 {
            return false;
        }
    }
    groups += u32::from(digits > 0);
    colons != 1 && if gaps == 0 { groups == 8 } else { gaps == 1 && groups < 8 }
}
