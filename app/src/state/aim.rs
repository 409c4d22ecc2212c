//! To whom the next message goes, and what it answers.

use chat::entry::Reply;
use chat::room::lowercase;
use chat::{Entry, Person, VisitorId, What};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::room::RoomState;
use crate::strings::Lang;

/// To all and in answer to nothing, unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Aim {
    /// A whisper to this person.
    pub to: Option<Person>,
    pub reply: Option<Reply>,
}

impl Aim {
    pub fn to_id(&self) -> Option<VisitorId> {
        self.to.as_ref().map(|person| person.id)
    }

    pub fn reply_seq(&self) -> Option<u64> {
        self.reply.as_ref().map(|reply| reply.seq)
    }
}

impl RoomState {
    /// Whispers to this person from now on.
    pub fn whisper_to(self, person: Person) {
        self.aim.update(|aim| {
            aim.to = Some(person);
            aim.reply = None;
        });
    }

    /// Answers this message with the next one: a whisper by a whisper, to the other one.
    pub fn reply_to(self, seq: u64) {
        let message = self.view.with_untracked(|view| view.entry(seq).cloned());
        let Some(message) = message else { return };
        let other =
            if self.site.is_me(message.person.id) { message.to } else { message.to.map(|_| message.person.clone()) };
        self.aim.set(Aim { to: other, reply: Some(Reply { seq, person: message.person }) });
    }

    /// The aim of what is sent now. An answer is given once; a whisper goes on until the person ends it.
    pub fn take_aim(self) -> Aim {
        let aim = self.aim.get_untracked();
        if aim.reply.is_some() {
            self.aim.update(|aim| aim.reply = None);
        }
        self.still_there(aim)
    }

    /// What was removed meanwhile can be answered by nobody.
    pub(super) fn still_there(self, aim: Aim) -> Aim {
        let is_removed = |reply: &Reply| self.entry(reply.seq).is_some_and(|entry| entry.what == What::Removed);
        Aim { reply: aim.reply.filter(|reply| !is_removed(reply)), ..aim }
    }
}

/// What was typed, as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed<'a> {
    /// Not a command.
    Plain,
    /// `/w name text` or `/귓속말 name text`. Without text it begins whispering.
    Whisper { to: Person, text: &'a str },
    /// The same to nobody who is here: what stands where the name should.
    ToNobody(&'a str),
}

const COMMANDS: [&str; 4] = ["/w", "/귓속말", "/귓", "/whisper"];

/// Reads what was typed, with the people in the room as `lang` calls them: names have spaces, so the longest that fits
/// is meant. When that is somebody who spoke in `entries` and has gone, nobody else is told instead.
pub fn typed<'a>(text: &'a str, people: &[Person], entries: &[Entry], lang: Lang) -> Typed<'a> {
    let text = text.trim_start();
    let rest = COMMANDS.iter().find_map(|command| {
        let rest = text.strip_prefix(command)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
    });
    let Some(rest) = rest else { return Typed::Plain };
    let fits = |person: &Person| after_name(rest, &lang.name(&person.name));
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

/// What follows a name at the beginning, whatever its case; with or without an at sign.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('@').and_then(|text| after_name(text, name)) {
        return Some(rest);
    }
    // As many characters as the name has.
    let end = text.char_indices().nth(name.chars().count()).map_or(text.len(), |(place, _)| place);
    let (named, rest) = text.split_at(end);
    let is_name = lowercase(named) == lowercase(name) && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_name.then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use chat::{ClientId, Name, Timestamp};

    use super::*;

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
        match typed(text, &people, &[left], if text.is_ascii() { Lang::En } else { Lang::Ko }) {
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
