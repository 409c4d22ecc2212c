//! The log as it is laid out: which messages join the one above.

use chat::Entry;

/// Messages of one person join when no more than this lies between them.
const JOINED_WITHIN_MILLIS: u64 = 2 * 60 * 1000;

/// One entry as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub entry: Entry,
    /// Continues the message above: no face, name and time of its own.
    pub joined: bool,
}

impl Row {
    /// Changes when the row has to be made anew.
    pub fn key(&self) -> (u64, bool) {
        (self.entry.seq, self.joined)
    }
}

pub fn rows(entries: &[Entry]) -> Vec<Row> {
    let above = std::iter::once(None).chain(entries.iter().map(Some));
    let joined = |above: Option<&Entry>, entry: &Entry| above.is_some_and(|above| joins(above, entry));
    above.zip(entries).map(|(above, entry)| Row { entry: entry.clone(), joined: joined(above, entry) }).collect()
}

/// The name counts too: it may have changed in between.
fn joins(above: &Entry, entry: &Entry) -> bool {
    above.what.is_message()
        && entry.what.is_message()
        && above.person == entry.person
        && entry.at.millis_since(above.at) <= JOINED_WITHIN_MILLIS
}

#[cfg(test)]
mod tests {
    use chat::{ClientId, Person, Timestamp, VisitorId, What};

    use super::*;

    fn entry(seq: u64, seconds: u64, who: u8, what: What) -> Entry {
        let person = Person::new(VisitorId([who; 16]));
        Entry { seq, at: Timestamp(seconds * 1000), person, client: ClientId([seq as u8; 16]), what }
    }

    fn said(seq: u64, seconds: u64, who: u8) -> Entry {
        entry(seq, seconds, who, What::Text(chat::entry::Text::new("말").expect("a text")))
    }

    #[test]
    fn one_persons_messages_join_within_two_minutes() {
        let log = [said(1, 0, 1), said(2, 120, 1), said(3, 241, 1), said(4, 242, 2), said(5, 243, 1)];
        let joined: Vec<_> = rows(&log).into_iter().map(|row| row.joined).collect();
        assert_eq!(joined, [false, true, false, false, false]);
    }

    #[test]
    fn a_system_line_parts_messages_and_joins_nothing() {
        let log = [said(1, 0, 1), entry(2, 1, 1, What::Entered), entry(3, 1, 1, What::Left), said(4, 2, 1)];
        assert!(rows(&log).iter().all(|row| !row.joined));
    }
}
