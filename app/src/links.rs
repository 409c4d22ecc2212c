//! Finds web addresses in a message: `http`, `https` and bare `www.`, and only text that is clearly an address. Server and
//! browser share this. To keep the WASM small, it is written by hand, without the tables of Unicode and of domain names.
//!
//! - An address ends before the punctuation that a sentence puts around it: brackets, quotes, stars and full stops of any script.
//!   Invisible characters and emoji end it, too.
//! - Korean, Chinese and Japanese letters after a letter or digit belong to the sentence: `https://a.kr에서`. At the beginning of a
//!   part they belong to the address (`https://한국.kr`, `/wiki/대한민국`, `?q=서울`), unless the whole part is a Korean particle:
//!   `https://a.kr/에서`.
//! - A host is linked only if every browser reads the same host there. So there is no link with a user name before the host
//!   (`naver.com@evil.kr`), a backslash or `%` behind it, a wrong port, an empty label, numbers that are not the four bytes of an
//!   IPv4 address, or letters that browsers replace.
//! - A host that could be mistaken for another one is shown in Punycode: one with a label that is neither ASCII, nor Hangul, nor
//!   Chinese and Japanese letters (digits and hyphens aside).

mod host;
mod letters;
mod path;
mod punycode;
#[cfg(test)]
mod table;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    Plain(&'a str),
    Link(Link<'a>),
}

/// An address in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'a> {
    /// The address as it was written.
    pub text: &'a str,
    /// The whole address, with a scheme, to which the link leads.
    pub href: String,
    /// Whether the host could be mistaken for another one. Then `href` has the host in Punycode, and is shown instead of `text`.
    is_disguised: bool,
    /// Where the host ends in the shown address, in bytes.
    host_end: usize,
}

/// An address with more characters than this is shown without its middle.
const LONGEST: usize = 60;
/// How many characters of a shortened address are shown at its beginning (besides its host, which is always whole) and its end.
const HEAD: usize = 40;
const TAIL: usize = 15;

impl Link<'_> {
    /// The shown address in three parts: its beginning, its middle, which is hidden, and its end. The last two are empty unless
    /// it is long.
    pub fn shown(&self) -> [&str; 3] {
        let shown = if self.is_disguised { &self.href } else { self.text };
        let length = shown.chars().count();
        let place = |n: usize| shown.char_indices().nth(n).map_or(shown.len(), |(place, _)| place);
        let (head, tail) = (place(HEAD).max(self.host_end), place(length.saturating_sub(TAIL)));
        if length <= LONGEST || head >= tail {
            return [shown, "", ""];
        }
        let (shown, tail) = shown.split_at(tail);
        let (head, middle) = shown.split_at(head);
        [head, middle, tail]
    }

    /// Whether the address is shown otherwise than it was written.
    pub fn is_changed(&self) -> bool {
        self.is_disguised || !self.shown()[1].is_empty()
    }
}

/// Splits `text` into pieces. Put together, they are the text again.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let (before, rest) = text.split_at(at);
        let mut next = at + c.len_utf8();
        match prefix(before, rest).map(|prefix| link(before, rest, prefix)) {
            Some(Ok(link)) => {
                next = at + link.text.len();
                if plain_from < at {
                    pieces.push(Piece::Plain(&text[plain_from..at]));
                }
                pieces.push(Piece::Link(link));
                plain_from = next;
            }
            // A user name before the host is used to deceive, so nothing in the rest of the word is linked.
            Some(Err(host::Wrong::Userinfo)) => next = at + rest.find(char::is_whitespace).unwrap_or(rest.len()),
            Some(Err(host::Wrong::Host)) | None => {}
        }
        at = next;
    }
    if plain_from < text.len() {
        pieces.push(Piece::Plain(&text[plain_from..]));
    }
    pieces
}

/// The prefix of an address with which `rest` begins: `https://`, `http://` or `www.`, in capital or small letters. `None`
/// inside a word.
fn prefix<'a>(before: &str, rest: &'a str) -> Option<&'a str> {
    let begins = |prefix: &str| rest.get(..prefix.len()).filter(|begin| begin.eq_ignore_ascii_case(prefix));
    let found = begins("https://").or_else(|| begins("http://")).or_else(|| begins(WWW))?;
    let is_bare = found.len() == WWW.len();
    let is_inside = match before.as_bytes().last() {
        Some(b'-' | b'.' | b'/' | b'@' | b'%' | b'\\' | b'&' | b'#' | b'?') => is_bare,
        last => last.is_some_and(u8::is_ascii_alphanumeric),
    };
    (!is_inside).then_some(found)
}

const WWW: &str = "www.";

fn link<'a>(before: &str, rest: &'a str, prefix: &str) -> Result<Link<'a>, host::Wrong> {
    let is_bare = prefix.len() == WWW.len();
    let host_from = if is_bare { 0 } else { prefix.len() };
    let host = host::read(&rest[host_from..], is_bare)?;
    let host_to = host_from + host.length;
    let mut end = host_to + host.port;
    if host.goes_on {
        end = path::end(before, rest, end);
    }
    let text = &rest[..end];
    let scheme = if is_bare { "https://" } else { prefix };
    let mut href = String::with_capacity(scheme.len() + end);
    href.push_str(scheme);
    href.push_str(host.ascii.as_deref().unwrap_or(&text[host_from..host_to]));
    let is_disguised = host.ascii.is_some();
    let host_end = if is_disguised { href.len() } else { host_to };
    href.push_str(&text[host_to..]);
    Ok(Link { text, href, is_disguised, host_end })
}
