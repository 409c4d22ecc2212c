//! Unsent texts as the browser stores them over a reload.

use chat::Error;

use super::target::Target;

/// A text as it is stored over a reload. (A GIF's file cannot be stored.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    pub text: String,
    pub target: Target,
    /// When it was written, by the browser's clock. It orders the stored texts.
    pub at: u64,
    pub failed: Option<Error>,
}

chat::wire_struct!(StoredText { text, target as "aim" = Target::default(), at, failed = None });

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
        let stored = |target: &Target, failed| StoredText { text: "\"a".into(), target: target.clone(), at: 7, failed };
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
        assert_eq!(wire::read(&aim), Some(whisper));
        for wrong in
            [r#"{"at":7}"#, r#"{"text":"a"}"#, r#"{"text":"a","at":-7}"#, r#"{"text":"a","at":7,"aim":0}"#, "{"]
        {
            assert_eq!(wire::read::<StoredText>(wrong), None, "{wrong}");
        }
    }
}
