//! Finds the code in a message, which is the only part of Markdown that is understood. Server and browser share this.
//!
//! - A fence is three or more backticks at the beginning of a line, with at most three spaces before them. It is closed by the
//!   next fence that has at least as many backticks and nothing behind them. Without one, the code goes to the end. A language
//!   may stand behind the first fence. Other words there belong to the code. Further backticks there make the line an ordinary
//!   one, as in "```this```".
//! - Lines that begin with four spaces or a tab are code at the beginning of the text, after a blank line, and after other code.
//!   A tab may have up to three spaces before it.
//!
//! Code is shown and copied as it was written, with all of its indent.

#[cfg(test)]
mod table;

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    Words(&'a str),
    Code {
        /// The language as it was written, or nothing.
        language: &'a str,
        code: &'a str,
    },
}

/// Code at the beginning of a text, and how many bytes of the text it takes, with its fences.
struct Found<'a> {
    language: &'a str,
    code: &'a str,
    length: usize,
}

/// Splits `text` into words and code. Fences, and blank lines around code, are in no part.
pub fn parts(text: &str) -> Vec<Segment<'_>> {
    let mut parts = Vec::new();
    let (mut words_from, mut at) = (0, 0);
    // Indented lines that continue a paragraph are no code.
    let mut may_be_indented = true;
    while at < text.len() {
        let rest = &text[at..];
        match fenced(rest).or_else(|| indented(rest).filter(|_| may_be_indented)) {
            Some(Found { language, code, length }) => {
                add_words(&mut parts, &text[words_from..at]);
                parts.push(Segment::Code { language, code });
                at += length;
                (words_from, may_be_indented) = (at, true);
            }
            None => {
                let line = first_line(rest);
                at += line.len();
                may_be_indented = is_blank(line);
            }
        }
    }
    if words_from == 0 {
        return vec![Segment::Words(text)];
    }
    add_words(&mut parts, &text[words_from..]);
    parts
}

/// `text` as one line, for quotes and notifications: without fences and indents.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for Segment::Words(text) | Segment::Code { code: text, .. } in parts(text) {
        for word in text.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

fn add_words<'a>(parts: &mut Vec<Segment<'a>>, words: &'a str) {
    let words = chat::text::without_blank_ends(words);
    if !words.is_empty() {
        parts.push(Segment::Words(words));
    }
}

/// The first line of `text` with its line break.
fn first_line(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn fenced(text: &str) -> Option<Found<'_>> {
    let first = first_line(text);
    let (ticks, info) = fence(first)?;
    if info.contains('`') {
        return None;
    }
    let (language, begin) = match info.trim() {
        word if is_language(word) => (word, first.len()),
        _ => ("", first.len() - info.trim_start().len()),
    };
    let closes = |line: &str| fence(line).is_some_and(|(more, info)| more >= ticks && is_blank(info));
    let mut length = first.len();
    let mut lines = text[length..].split_inclusive('\n');
    let end = loop {
        match lines.next() {
            Some(line) if closes(line) => {
                let end = length;
                length += line.len();
                break Some(end);
            }
            Some(line) => length += line.len(),
            None => break None,
        }
    };
    let has_code = match end {
        Some(end) => !is_blank(&text[begin..end]),
        // An unclosed fence needs code in the lines below it, so that a sentence may begin with backticks.
        None => !is_blank(&text[first.len()..]),
    };
    let code = without_last_end(&text[begin..end.unwrap_or(length)]);
    has_code.then_some(Found { language, code, length })
}

/// If a line begins with a fence: how many backticks it has, and the text behind them.
fn fence(line: &str) -> Option<(usize, &str)> {
    let ticks = line.trim_start_matches(' ');
    let info = ticks.trim_start_matches('`');
    let count = ticks.len() - info.len();
    (line.len() - ticks.len() < 4 && count >= 3).then_some((count, info))
}

/// Whether a word behind a fence names a language, like `rust`, `c++` or `objective-c`.
fn is_language(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-#._".contains(&byte);
    !word.is_empty() && word.len() <= 24 && word.bytes().all(is_part)
}

fn indented(text: &str) -> Option<Found<'_>> {
    let (mut at, mut length) = (0, 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        match is_blank(line) {
            true => {}
            false if is_indented(line) => length = at,
            false => break,
        }
        // Blank lines are code only between lines of code.
        if length == 0 {
            break;
        }
    }
    let code = without_last_end(&text[..length]);
    (length > 0).then_some(Found { language: "", code, length })
}

fn without_last_end(lines: &str) -> &str {
    lines.strip_suffix('\n').unwrap_or(lines)
}

/// Whether a line is indented by at least four columns.
fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.trim_start_matches(' ').starts_with('\t')
}
