//! Names that nobody may choose: those with a mark or a word of a role, and those that read like a sentence of the page.
//! A name that only has such a word inside a longer word (방장님팬, Administrata) is allowed, unless a Korean word ends
//! with it.

mod folding;
mod words;

use self::folding::{Word, folded, words_of};
use self::words::{COOKS, EDGES, FILLERS, HEADS, ROLES, SENTENCES, SIDES, STATES};

const OPENING: &[char] = &['[', '(', '{', '<', '「', '『', '【', '〔', '《', '〈', '（', '［', '｛', '＜'];
const CLOSING: &[char] = &[']', ')', '}', '>', '」', '』', '】', '〕', '》', '〉', '）', '］', '｝', '＞'];

/// Whether a name passes for a person in charge, for the room itself, or for a sentence of the page.
pub fn is_reserved(name: &str) -> bool {
    if name.chars().any(is_mark) {
        return true;
    }
    let parts = name.split(|c: char| OPENING.contains(&c) || CLOSING.contains(&c) || ":：|｜".contains(c));
    let has_role =
        parts.filter(|part| !part.trim().is_empty()).any(|part| words_of(part).iter().any(|words| is_role(words)));
    has_role || ends_with_own_mark(name) || words_of(name).iter().any(|words| is_in_charge(words) || is_sentence(words))
}

/// Whether a character is a crown, one of which marks the owner, or a badge by which other chats mark moderators and
/// verified people.
fn is_mark(c: char) -> bool {
    matches!(c, '👑' | '♔' | '♕' | '♚' | '♛' | '\u{1f732}' | '✓' | '✔' | '✅' | '☑' | '🗸' | '🗹' | '🛡' | '🔰')
}

/// Whether a name ends with a mark in brackets that lists of people, here or in other chats, put after the reader's own
/// name or after the name of a person who is away.
fn ends_with_own_mark(name: &str) -> bool {
    let inside = name.trim_end().strip_suffix(CLOSING).and_then(|rest| rest.rsplit_once(OPENING));
    inside.is_some_and(|(_, mark)| matches!(&*mark.trim().to_lowercase(), "나" | "me" | "you" | "away"))
}

/// Whether the words are those of a role and nothing else, however they are spaced and decorated.
fn is_role(words: &[Word]) -> bool {
    let all: String = words.iter().map(Word::as_str).collect();
    consists_of_roles(&all, false)
}

/// Whether `text` can be divided into words of roles, at least one, and words that go with them.
fn consists_of_roles(text: &str, has_role: bool) -> bool {
    if text.is_empty() {
        return has_role;
    }
    let rest = |word: &Word| text.strip_prefix(word.as_str());
    ROLES.iter().filter_map(rest).any(|rest| consists_of_roles(rest, true))
        || FILLERS.iter().filter_map(rest).any(|rest| consists_of_roles(rest, has_role))
}

/// Whether the first or last of several words says that a person is in charge: "방장 민수", "Paul (owner)". So does the end
/// of a Korean word ("민수방장"), but a 주방장 is a cook.
fn is_in_charge(words: &[Word]) -> bool {
    let mut telling = words.iter().filter(|word| !FILLERS.contains(word));
    let ends = [telling.next(), telling.next_back()];
    let is_head = |word: &Word| {
        let head = HEADS.iter().any(|head| word.as_str().ends_with(head.as_str()));
        head && !COOKS.iter().any(|cook| word.as_str().ends_with(cook.as_str()))
    };
    words.len() > 1 && ends.into_iter().flatten().any(|word| EDGES.contains(word)) || words.iter().any(is_head)
}

/// Whether the words read like a sentence of the page.
fn is_sentence(words: &[Word]) -> bool {
    let all: String = words.iter().map(Word::as_str).collect();
    let mut ends = Vec::with_capacity(words.len() + 1);
    ends.push(0);
    for word in words {
        ends.push(ends.last().copied().unwrap_or_default() + word.as_str().len());
    }
    // Korean verbs follow a name without a space, English ones are words of their own.
    let is_said = |sentence: &(bool, Word)| {
        let (is_anywhere, sentence) = (sentence.0, sentence.1.as_str());
        all.match_indices(sentence)
            .any(|(at, _)| is_anywhere || (ends.contains(&at) && ends.contains(&(at + sentence.len()))))
    };
    if SENTENCES.iter().any(is_said) {
        return true;
    }
    // "Paul left", but not "Turn Left".
    match words {
        [.., before, state] => STATES.contains(state) && !SIDES.contains(before),
        _ => false,
    }
}

/// The words of a list as they are compared.
fn list(words: &[&str]) -> Vec<Word> {
    words.iter().map(|word| folded(word)).collect()
}

#[cfg(test)]
mod tests;
