//! Commands that people type into the message field: whispers such as `/w name text`. A text that begins like a command
//! but is not one is not published, because it may hold words for one person only (docs/decisions/0037).

mod slips;

use crate::entry::Entry;
use crate::error::{Error, Field, Problem};
use crate::text::lowercase;
use crate::visitor::Person;

pub use slips::is_slash;

/// A typed text, read as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed<'a> {
    /// The text is not a command.
    Plain,
    /// `/w name text` or `/귓속말 name text`. Without a text, the next messages are whispered to this person.
    Whisper { to: Person, text: &'a str },
    /// A whisper whose name fits several people, because one person's name begins with another's. Holds those of them
    /// who are in the room, each with the text that they would get.
    ToSeveral(Vec<(Person, &'a str)>),
    /// A whisper whose name fits nobody in the room. Holds what was typed after the command.
    ToNobody(&'a str),
    /// The text begins like a command but is not one.
    Unknown(Option<Meant<'a>>),
}

/// What the writer of a text that is not a command probably meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant<'a> {
    /// A whisper. Holds what was typed after the command.
    Whisper(&'a str),
    /// The command for GIFs. There is a button for them.
    Gif,
}

const COMMANDS: [&str; 4] = ["/w", "/귓속말", "/귓", "/whisper"];

/// A text, read without regard to who is in the room.
enum Read<'a> {
    Plain,
    Whisper(&'a str),
    Unknown(Option<Meant<'a>>),
}

fn read(text: &str) -> Read<'_> {
    let begin = text.trim_start();
    let rest = COMMANDS.iter().find_map(|command| {
        let rest = begin.strip_prefix(command)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
    });
    match rest {
        Some(rest) => Read::Whisper(rest),
        None => slips::after_prefix(text).map_or(Read::Plain, |name| Read::Unknown(slips::meant(name))),
    }
}

/// Reads what was typed. `called` returns a person's name in the language of the writer. Names contain spaces, so
/// several may fit; then only the writer can say who is meant. People in `entries` who have left count, too: a whisper
/// for them must not go to a person in the room with a shorter name.
pub fn typed<'a>(text: &'a str, people: &[Person], entries: &[Entry], called: impl Fn(&Person) -> String) -> Typed<'a> {
    let rest = match read(text) {
        Read::Plain => return Typed::Plain,
        Read::Unknown(meant) => return Typed::Unknown(meant),
        Read::Whisper(rest) => rest,
    };
    let fits = |person: &Person| after_name(rest, &called(person));
    let mut here: Vec<_> = people.iter().filter_map(|person| Some((person.clone(), fits(person)?))).collect();
    let mut gone =
        entries.iter().map(|entry| &entry.person).filter(|person| people.iter().all(|here| here.id != person.id));
    let is_sure = here.len() < 2 && (here.is_empty() || !gone.any(|person| fits(person).is_some()));
    match here.pop() {
        Some((to, text)) if is_sure => Typed::Whisper { to, text },
        Some(last) => {
            here.push(last);
            Typed::ToSeveral(here)
        }
        None => Typed::ToNobody(rest),
    }
}

/// Whether the text is the command for a whisper, whoever is named.
pub fn is_whisper(text: &str) -> bool {
    matches!(read(text), Read::Whisper(_))
}

/// The search words of a text like `/gif word`, without white space around them. Such a text is never published. A text of
/// several lines is not one, and is published as it is.
pub fn gif_query(text: &str) -> Option<&str> {
    if !slips::is_one_line(text) {
        return None;
    }
    let rest = text.trim_start().strip_prefix(is_slash)?;
    let (name, query) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    name.eq_ignore_ascii_case("gif").then(|| query.trim())
}

/// What is published of a text for everybody: `//word` becomes `/word`. Refuses a text that begins like a command.
pub fn for_all(text: &str) -> Result<&str, Error> {
    match read(text) {
        Read::Plain => Ok(unescaped(text)),
        Read::Whisper(_) | Read::Unknown(_) => Err(Error::invalid(Field::Text, Problem::Command)),
    }
}

/// Takes off the slash before a text that would otherwise begin like a command.
pub fn unescaped(text: &str) -> &str {
    match text.trim_start().strip_prefix(is_slash) {
        Some(inside) if slips::is_escaped(inside) => inside,
        _ => text,
    }
}

/// The text to send so that `text`, which begins like a command, is published. (Blanks after its slash are lost.)
pub fn escaped(text: &str) -> String {
    match (text.trim_start().chars().next(), slips::after_prefix(text)) {
        (Some(prefix), Some(name)) => {
            let mut escaped = String::from("/");
            escaped.push(prefix);
            escaped + name
        }
        _ => text.to_owned(),
    }
}

/// What follows `name` at the beginning of `text`. Case does not count. An at sign may stand before the name, and
/// quotes may stand around it to mark its end.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    const QUOTES: [char; 4] = ['"', '“', '”', '＂'];
    if let Some(rest) = text.strip_prefix('@').and_then(|text| after_name(text, name)) {
        return Some(rest);
    }
    let quoted = text.strip_prefix(QUOTES);
    let text = quoted.unwrap_or(text);
    // Characters are counted instead of bytes, because lower case may have another number of bytes.
    let end = text.char_indices().nth(name.chars().count()).map_or(text.len(), |(place, _)| place);
    let (named, rest) = text.split_at(end);
    let rest = match quoted {
        Some(_) => rest.strip_prefix(QUOTES)?,
        None => rest,
    };
    let ends = quoted.is_some() || rest.is_empty() || rest.starts_with(char::is_whitespace);
    (ends && lowercase(named) == lowercase(name)).then(|| rest.trim_start())
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
            showing: crate::entry::Showing::default(),
            reactions: Vec::new(),
            gif_reactions: Vec::new(),
        };
        let words = if text.is_ascii() { "Sleepy Otter" } else { "졸린 수달" };
        let called = |person: &Person| match person.name.number {
            1 => words.to_owned(),
            number => format!("{words} {number}"),
        };
        match typed(text, &people, &[left], called) {
            Typed::Plain => "plain".to_owned(),
            Typed::Whisper { to, text } => format!("{}: {text}", to.id.0[0]),
            Typed::ToSeveral(people) => {
                let texts = people.iter().map(|(to, text)| format!("{}: {text}", to.id.0[0]));
                format!("one of [{}]", texts.collect::<Vec<_>>().join(", "))
            }
            Typed::ToNobody(name) => format!("nobody: {name}"),
            Typed::Unknown(None) => "unknown".to_owned(),
            Typed::Unknown(Some(Meant::Whisper(rest))) => format!("a whisper? {rest}"),
            Typed::Unknown(Some(Meant::Gif)) => "a GIF?".to_owned(),
        }
    }

    #[test]
    fn whispers_name_people_who_are_here() {
        assert_eq!(read("/w sleepy otter psst, you"), "1: psst, you");
        assert_eq!(read("/귓속말 졸린 수달  저기요"), "1: 저기요");
        assert_eq!(read("  /귓 @졸린 수달"), "1: ");
        assert_eq!(read("/w sleepy otter 23 skidoo"), "1: 23 skidoo");
        assert_eq!(read("/w sleepy bear hello"), "nobody: sleepy bear hello");
        assert_eq!(read("/w sleepy otter two\nlines"), "1: two\nlines");
        assert_eq!(read("/w"), "nobody: ");
    }

    /// A whisper never goes to a person whose name is only the beginning of the name that was meant.
    #[test]
    fn when_several_names_fit_the_writer_says_which() {
        assert_eq!(read("/w Sleepy Otter 2 hello"), "one of [1: 2 hello, 2: hello]");
        assert_eq!(read("/귓속말 졸린 수달 2"), "one of [1: 2, 2: ]");
        for (text, expected) in [
            ("/w \"Sleepy Otter\" 2 hello", "1: 2 hello"),
            ("/w @\"sleepy otter 2\" hello", "2: hello"),
            ("/w “졸린 수달 2”저기", "2: 저기"),
            ("/w \"sleepy\" otter", "nobody: \"sleepy\" otter"),
            ("/w \"sleepy otter", "nobody: \"sleepy otter"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_for_somebody_who_has_just_gone_is_told_nobody_else() {
        assert_eq!(read("/w sleepy otter 3 psst"), "one of [1: 3 psst]");
        assert_eq!(read("/w \"sleepy otter 3\" psst"), "nobody: \"sleepy otter 3\" psst");
        assert_eq!(read("/w sleepy otter 30 years"), "1: 30 years");
    }

    #[test]
    fn what_begins_like_a_command_is_none() {
        assert_eq!(read("/web is not a command"), "unknown");
        assert_eq!(read("/W sleepy otter psst"), "a whisper? sleepy otter psst");
        assert_eq!(read("/귓속말졸린 수달"), "a whisper? 졸린 수달");
        assert_eq!(read("/gif cats"), "a GIF?");
        assert_eq!(for_all("/w"), Err(Error::invalid(Field::Text, Problem::Command)));
    }

    #[test]
    fn everything_else_is_said_to_all() {
        for text in ["hello", "say /w sleepy otter", "/", "// w", "//w sleepy otter", "/usr/bin"] {
            assert_eq!(read(text), "plain", "{text}");
        }
    }

    #[test]
    fn a_slash_before_a_command_sends_it_as_text() {
        for (text, said) in [
            ("//word", "/word"),
            ("//w 민수 비밀", "/w 민수 비밀"),
            ("//gif", "/gif"),
            ("  //ㅈ", "/ㅈ"),
            ("／／ｗ", "／ｗ"),
            ("/／ｗ", "／ｗ"),
            ("/.w 민수", ".w 민수"),
            // These are no commands with or without the slash, so it belongs to the text.
            ("// word", "// word"),
            ("///word", "///word"),
            ("//", "//"),
            ("//usr/bin", "//usr/bin"),
            ("//1", "//1"),
            ("//word\nline", "//word\nline"),
            ("/.x", "/.x"),
            ("/ .w", "/ .w"),
            ("hello", "hello"),
        ] {
            assert_eq!(for_all(text), Ok(said), "{text}");
        }
        for text in ["/word", "/ㅈ 민수", "／ｗ 민수", ".w 민수", "∕w"] {
            let sent = escaped(text);
            assert_eq!(for_all(&sent), Ok(text), "{sent}");
        }
        assert_eq!(for_all(&escaped("/ word")), Ok("/word"));
    }

    #[test]
    fn a_gif_is_looked_for_by_a_command() {
        for (text, query) in [
            ("/gif 귀여워", Some("귀여워")),
            (" /GIF  ㄱㅇㅇ ", Some("ㄱㅇㅇ")),
            ("/gif", Some("")),
            ("/gif ", Some("")),
            ("／gif a b", Some("a b")),
            ("/gifs", None),
            ("gif a", None),
            ("//gif a", None),
            ("", None),
            ("/gif a\n", Some("a")),
            ("\n/gif a\r\n", Some("a")),
        ] {
            assert_eq!(gif_query(text), query, "{text}");
            assert!(query.is_none() || for_all(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_has_several_lines_is_no_search_for_a_gif() {
        for text in ["/gif a\nb", "/gif\na", "/gif a\r\n b", "/gif a\u{2028}b", "/gif a\n\nb\n"] {
            assert_eq!((gif_query(text), for_all(text)), (None, Ok(text)), "{text:?}");
        }
    }
}
