//! Commands that people type into the message field: whispers such as `/w name text`.

use crate::entry::Entry;
use crate::text::lowercase;
use crate::visitor::Person;

/// A typed text, read as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed<'a> {
    /// The text is not a command.
    Plain,
    /// `/w name text` or `/귓속말 name text`. Without a text, the next messages are whispered to this person.
    Whisper { to: Person, text: &'a str },
    /// A whisper to nobody who is here. Holds what was typed after the command.
    ToNobody(&'a str),
}

const COMMANDS: [&str; 4] = ["/w", "/귓속말", "/귓", "/whisper"];

/// Reads what was typed. `called` gives a person's name in the language of the person who types. Names contain spaces,
/// so the longest name that fits is meant. If that is the name of somebody in `entries` who has left, the whisper goes
/// to nobody, rather than to a person here with a shorter name.
pub fn typed<'a>(text: &'a str, people: &[Person], entries: &[Entry], called: impl Fn(&Person) -> String) -> Typed<'a> {
    let text = text.trim_start();
    let rest = COMMANDS.iter().find_map(|command| {
        let rest = text.strip_prefix(command)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
    });
    let Some(rest) = rest else { return Typed::Plain };
    let fits = |person: &Person| after_name(rest, &called(person));
    let here = people.iter().filter_map(|person| Some((fits(person)?, person))).min_by_key(|(text, _)| text.len());
    let gone =
        entries.iter().map(|entry| &entry.person).filter(|person| people.iter().all(|here| here.id != person.id));
    let gone = gone.filter_map(fits).map(str::len).min();
    match here {
        Some((text, person)) if gone.is_none_or(|left| left >= text.len()) => {
            Typed::Whisper { to: person.clone(), text }
        }
        _ => Typed::ToNobody(rest),
    }
}

/// What follows `name` at the beginning of `text`. Case does not count, and an at sign may stand before the name.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('@').and_then(|text| after_name(text, name)) {
        return Some(rest);
    }
    // Counts characters instead of bytes, because lower case may have another number of bytes.
    let end = text.char_indices().nth(name.chars().count()).map_or(text.len(), |(place, _)| place);
    let (named, rest) = text.split_at(end);
    let is_name = lowercase(named) == lowercase(name) && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_name.then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::What;
    use crate::id::{ClientId, VisitorId};
    use crate::time::Timestamp;
    use crate::visitor::Name;

    fn person(n: u8, number: u16) -> Person {
        Person { id: VisitorId([n; 16]), name: Name { adjective: 0, animal: 0, own: None, number } }
    }

    fn read(text: &str) -> String {
        let people = [person(1, 1), person(2, 2)];
        let left = Entry {
            seq: 1,
            at: Timestamp(1),
            person: person(3, 3),
            client: ClientId([1; 16]),
            what: What::Left,
            to: None,
            reply: None,
            reactions: Vec::new(),
        };
        let words = if text.is_ascii() { "Sleepy Otter" } else { "졸린 수달" };
        let called = |person: &Person| match person.name.number {
            1 => words.to_owned(),
            number => format!("{words} {number}"),
        };
        match typed(text, &people, &[left], called) {
            Typed::Plain => "plain".to_owned(),
            Typed::Whisper { to, text } => format!("{}: {text}", to.id.0[0]),
            Typed::ToNobody(name) => format!("nobody: {name}"),
        }
    }

    #[test]
    fn whispers_name_people_who_are_here_the_longest_name_that_fits() {
        assert_eq!(read("/w sleepy otter psst, you"), "1: psst, you");
        assert_eq!(read("/w Sleepy Otter 2 hello"), "2: hello");
        assert_eq!(read("/귓속말 졸린 수달 2  저기요"), "2: 저기요");
        assert_eq!(read("  /귓 @졸린 수달"), "1: ");
        assert_eq!(read("/w sleepy otter 23 skidoo"), "1: 23 skidoo");
        assert_eq!(read("/w sleepy bear hello"), "nobody: sleepy bear hello");
        assert_eq!(read("/w"), "nobody: ");
    }

    #[test]
    fn what_is_for_somebody_who_has_just_gone_is_told_nobody_else() {
        assert_eq!(read("/w sleepy otter 3 psst"), "nobody: sleepy otter 3 psst");
        assert_eq!(read("/w sleepy otter 30 years"), "1: 30 years");
    }

    #[test]
    fn everything_else_is_said_to_all() {
        for text in ["hello", "/web is not a command", "say /w sleepy otter", "/", "/귓속말졸린 수달"] {
            assert_eq!(read(text), "plain", "{text}");
        }
    }
}
