//! The host and port of an address.

use chat::text::lowercase;

use super::letters::{Kind, is_hangul, is_in_hosts, is_replaced, kind};
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
    /// The length of the host in bytes, and of the port with its colon.
    pub length: usize,
    pub port: usize,
    /// Whether a path, a query or a fragment follows.
    pub goes_on: bool,
    /// The host in ASCII, if people could take it for another one.
    pub ascii: Option<String>,
}

/// The ends of hosts that are not in ASCII and that letters of a sentence may follow directly.
const CJK_ENDINGS: [&str; 13] =
    ["한국", "닷컴", "닷넷", "삼성", "中国", "中國", "台灣", "台湾", "香港", "公司", "网络", "網路", "みんな"];

/// Reads the host at the beginning of `text`. A bare one begins with `www.`.
pub fn read(text: &str, is_bare: bool) -> Result<Host, Wrong> {
    let is_end = |c: char| matches!(c, '/' | '\\' | '?' | '#') || c.is_whitespace();
    let authority = text.split(is_end).next().unwrap_or_default();
    if authority.contains(['@', '＠', '﹫']) {
        return Err(Wrong::Userinfo);
    }
    if let Some(inside) = authority.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        let length = inside.len() + 2;
        return match is_ipv6(inside) && authority[..length.min(authority.len())].ends_with(']') {
            true => finish(text, length, length, None),
            false => Err(Wrong::Host),
        };
    }
    let run = run(authority)?;
    let length = without_sentence(text[..run].trim_end_matches(['.', '-', '_']), &text[run..]);
    let host = &text[..length];
    check(host, &text[length..], is_bare)?;
    let (ascii, is_disguised) = ascii(host);
    if ascii.len() > 253 || ascii.split('.').any(|label| label.len() > 63) {
        return Err(Wrong::Host);
    }
    finish(text, length, run, is_disguised.then_some(ascii))
}

/// The end of the characters that can stand in a host. Korean, Chinese and Japanese after other letters is the sentence's.
fn run(text: &str) -> Result<usize, Wrong> {
    let (mut label_from, mut is_cjk) = (0, false);
    for (at, c) in text.char_indices() {
        let goes_on = match kind(c) {
            _ if c == '.' => {
                (label_from, is_cjk) = (at + 1, false);
                true
            }
            _ if c.is_ascii() => c.is_ascii_alphanumeric() || matches!(c, '-' | '_'),
            Kind::Cjk => {
                is_cjk |= at == label_from;
                is_cjk
            }
            Kind::Letter if is_in_hosts(c) => true,
            Kind::Letter => return Err(Wrong::Host),
            Kind::Other if is_replaced(c) => return Err(Wrong::Host),
            Kind::Other => false,
        };
        if !goes_on {
            return Ok(at);
        }
    }
    Ok(text.len())
}

/// The length of a host without the sentence behind it: "a.kr.다음" is a host and a sentence, and so is "정부.한국에서".
fn without_sentence(mut host: &str, rest: &str) -> usize {
    let is_cjk = |label: &str| label.starts_with(|c| kind(c) == Kind::Cjk);
    let is_whole = rest.starts_with('/') && host.contains('.') && host.split('.').all(is_cjk);
    while let Some((before, last)) = host.rsplit_once('.').or(Some(("", host))).filter(|(_, last)| is_cjk(last)) {
        let ending = CJK_ENDINGS.iter().find(|ending| last.starts_with(**ending) && !before.is_empty());
        match ending {
            Some(ending) => return host.len() - last.len() + ending.len(),
            None if is_whole => return host.len(),
            None => host = before,
        }
    }
    host.len()
}

fn check(host: &str, rest: &str, is_bare: bool) -> Result<(), Wrong> {
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let dots = host.matches('.').count();
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    // Without a dot it is a computer nearby, or not a whole host.
    let ends_well = |c: char| c.is_ascii() && !"$%&+=^".contains(c);
    let is_nearby = host.is_ascii() && (rest.is_empty() || rest.starts_with(ends_well));
    let is_dotted = dots >= if is_bare { 2 } else { 1 };
    let lower = host.to_ascii_lowercase();
    let is_host = host.split('.').all(is_label)
        && (is_dotted || !is_bare && (is_nearby || lower == "localhost"))
        && (!is_number || is_ipv4(host))
        // Browsers would read capital letters as others.
        && (host.is_ascii() || lowercase(&lower) == lower);
    if is_host { Ok(()) } else { Err(Wrong::Host) }
}

/// The host in ASCII, and whether people could take it for another one. They can if a label is neither in ASCII, nor in Hangul, nor
/// in the letters of Chinese and Japanese; and if one of those looks like a line.
fn ascii(host: &str) -> (String, bool) {
    let (mut ascii, mut is_disguised) = (String::new(), false);
    for label in host.to_ascii_lowercase().split('.') {
        if !ascii.is_empty() {
            ascii.push('.');
        }
        if label.is_ascii() {
            ascii.push_str(label);
            continue;
        }
        let is_plain = |c: char| c.is_ascii_digit() || c == '-';
        let is_east_asian = |c: char| kind(c) == Kind::Cjk && !is_hangul(c) && !"一ノー丨丿丶".contains(c);
        is_disguised |= !label.chars().all(|c| is_plain(c) || is_hangul(c))
            && !label.chars().all(|c| is_plain(c) || is_east_asian(c));
        punycode::encode(label, &mut ascii);
    }
    (ascii, is_disguised)
}

/// Reads the port, and looks at what follows: `run` is the end of all that could stand in a host.
fn finish(text: &str, length: usize, run: usize, ascii: Option<String>) -> Result<Host, Wrong> {
    let (between, rest) = (&text[length..run.max(length)], &text[run.max(length)..]);
    let begins_path = |text: &str| text.starts_with(['/', '?', '#']);
    // Browsers take a backslash for a slash, other programs for a part of a name; and %40 for an at sign.
    let is_trick = |text: &str| text.starts_with(['\\', '%']);
    let number = rest
        .strip_prefix(':')
        .map(|rest| rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())));
    let mut host = Host { length, port: 0, goes_on: false, ascii };
    if !between.is_empty() {
        // A full stop ends a sentence, but not if the address went on behind it.
        let is_sentence = !between.is_ascii()
            || !is_trick(rest) && !rest.starts_with('/') && number.is_none_or(|(port, _)| port.is_empty());
        return if is_sentence { Ok(host) } else { Err(Wrong::Host) };
    }
    match number {
        None if is_trick(rest) || rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => return Err(Wrong::Host),
        None => host.goes_on = begins_path(rest),
        Some((port, after)) => {
            let is_broken = is_trick(after) || after.starts_with(|c: char| c.is_ascii_alphanumeric());
            let is_colon = port.is_empty() && !begins_path(after);
            let is_port = port.len() <= 5 && port.parse::<u32>().is_ok_and(|port| (1..=65535).contains(&port));
            if is_broken || !is_colon && !is_port {
                return Err(Wrong::Host);
            }
            if is_port {
                host.port = 1 + port.len();
                host.goes_on = begins_path(after);
            }
        }
    }
    Ok(host)
}

fn is_ipv4(host: &str) -> bool {
    let is_byte = |part: &str| {
        let is_short = part == "0" || !part.starts_with('0') && part.len() <= 3;
        is_short && part.parse::<u32>().is_ok_and(|byte| byte <= 255)
    };
    host.split('.').count() == 4 && host.split('.').all(is_byte)
}

fn is_ipv6(text: &str) -> bool {
    let (groups, tail) = match text.rsplit_once(':') {
        Some((before, last)) if is_ipv4(last) => (&text[..before.len() + 1], 2),
        _ => (text, 0),
    };
    // The colon before an IPv4 address is no end of a group.
    let groups = if tail > 0 && !groups.ends_with("::") { groups.trim_end_matches(':') } else { groups };
    let is_group = |group: &str| (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = |part: &str| match part {
        "" => Some(0),
        _ => part.split(':').all(is_group).then(|| part.split(':').count()),
    };
    match groups.split_once("::") {
        Some((left, right)) => count(left).zip(count(right)).is_some_and(|(left, right)| left + right + tail < 8),
        None => count(groups).is_some_and(|groups| groups + tail == 8),
    }
}
