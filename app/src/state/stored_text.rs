//! Unsent texts as the browser stores them over a reload.

use chat::{ClientId, Entry, Error, VisitorId, What};

use super::target::Target;

/// A text as it is stored over a reload. (A GIF's file cannot be stored.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    pub text: String,
    pub target: Target,
    /// This field and the next two are those of [`Written`].
    pub at: u64,
    pub after: Option<u64>,
    pub by: Option<ClientId>,
    pub failed: Option<Error>,
}

/// When a text was written, and by which page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Milliseconds since 1970 by the browser's clock. It orders the stored texts.
    pub at: u64,
    /// The newest entry that the page knew.
    pub after: Option<u64>,
    /// The page that sends the text as long as it lives.
    pub by: Option<ClientId>,
}

impl Written {
    /// Whether the seat in which the text was written has ended, because this person has entered the room again. Then it must
    /// not be sent automatically. (`entries` are those of a page that was just loaded, so a recent entering is among them.)
    pub fn is_of_earlier_seat(self, me: VisitorId, entries: &[Entry]) -> bool {
        let has_entered = |after| {
            entries.iter().any(|entry| entry.seq > after && entry.person.id == me && entry.what == What::Entered)
        };
        self.after.is_some_and(has_entered)
    }
}

chat::wire_struct!(StoredText { text, target as "aim" = Target::default(), at, after = None, by = None, failed = None });

#[cfg(test)]
mod tests {
    use chat::wire;

    use super::*;

    /// Browsers hold texts that earlier versions stored.
    #[test]
    fn stored_texts_are_read_as_they_were_stored() {
        let person = r#"{"id":"02020202020202020202020202020202","name":{"adjective":1,"animal":2}}"#;
        let to = chat::Person {
            id: chat::VisitorId([2; 16]),
            name: chat::Name { adjective: 1, animal: 2, own: None, number: 1 },
        };
        let whisper = Target { to: Some(to.clone()), reply: Some(chat::entry::Reply { seq: 4, person: to }) };
        let aim = format!(r#"{{"to":{person},"reply":{{"seq":4,"person":{person}}}}}"#);
        let stored = |target: &Target, failed| StoredText {
            text: "\"a".into(),
            target: target.clone(),
            at: 7,
            after: None,
            by: None,
            failed,
        };
        let everybody = Target::default();
        let too_many = Error::TooMany { of: chat::Act::Say, retry_after: 3 };
        for (json, expected) in [
            (r#"{"text":"\"a","at":7,"failed":null}"#.to_owned(), stored(&everybody, None)),
            (r#"{"text":"\"a","at":7}"#.to_owned(), stored(&everybody, None)),
            (
                r#"{"text":"\"a","aim":{"to":null,"reply":null},"at":7,"failed":"Full"}"#.to_owned(),
                stored(&everybody, Some(Error::Full)),
            ),
            (
                format!(r#"{{"text":"\"a","aim":{aim},"at":7,"failed":{{"TooMany":{{"of":"Say","retry_after":3}}}}}}"#),
                stored(&whisper, Some(too_many)),
            ),
        ] {
            assert_eq!(wire::read::<StoredText>(&json).as_ref(), Some(&expected), "{json}");
            assert_eq!(wire::read(&wire::write(&expected)), Some(expected));
        }
        let by = ClientId([3; 16]);
        let json = format!(r#"{{"text":"\"a","at":7,"after":9,"by":"{by}"}}"#);
        let expected = StoredText { after: Some(9), by: Some(by), ..stored(&everybody, None) };
        assert_eq!(wire::read::<StoredText>(&json).as_ref(), Some(&expected));
        assert_eq!(wire::read(&wire::write(&expected)), Some(expected));
        assert_eq!(wire::read(&aim), Some(whisper));
        for wrong in [
            r#"{"text":"a","at":7,"after":-1}"#,
            r#"{"at":7}"#,
            r#"{"text":"a"}"#,
            r#"{"text":"a","at":-7}"#,
            r#"{"text":"a","at":7,"aim":0}"#,
            "{",
        ] {
            assert_eq!(wire::read::<StoredText>(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_text_belongs_to_the_seat_in_which_it_was_written() {
        let (me, other) = (VisitorId([1; 16]), VisitorId([2; 16]));
        let entry = |seq, person, what| Entry {
            seq,
            at: chat::Timestamp(0),
            person: chat::Person { id: person, name: chat::Name { adjective: 1, animal: 2, own: None, number: 1 } },
            what,
            client: ClientId([0; 16]),
            to: None,
            reply: None,
            showing: chat::entry::Showing::default(),
            reactions: Vec::new(),
            gif_reactions: Vec::new(),
        };
        let entries = [entry(4, me, What::Entered), entry(6, other, What::Entered), entry(7, me, What::Left)];
        for (after, expected) in [(Some(3), true), (Some(4), false), (Some(9), false), (None, false)] {
            let written = Written { after, ..Written::default() };
            assert_eq!(written.is_of_earlier_seat(me, &entries), expected, "{after:?}");
        }
    }
}
