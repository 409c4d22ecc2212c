//! The layout of the log for its reader: which messages are joined to the one above, which are hidden, and where the unread ones
//! begin.

use chat::entry::{Description, GifReaction, MOST_GIF_REACTIONS, Reaction, Showing};
use chat::text::{shown, start};
use chat::{Entry, VisitorId, What};

use crate::code::one_line;
use crate::when::{Calendar, Day};

/// Messages of one person are joined when no more than this time is between them.
const JOINED_WITHIN_MILLIS: u64 = 2 * 60 * 1000;

/// The reader for whom the log is laid out. For the default reader no message is hidden or unread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader<'a> {
    pub me: Option<VisitorId>,
    /// People whose messages this reader has hidden.
    pub muted: &'a [VisitorId],
    /// One entry of each run that is unfolded. (Any one will do, because the first may change when older entries are loaded.)
    pub opened: &'a [u64],
    /// The unread line stands before the first message after this entry.
    pub line_after: Option<u64>,
    /// It decides on which day an entry was made.
    pub calendar: Calendar,
}

impl Reader<'_> {
    fn hides(&self, entry: &Entry) -> bool {
        entry.what.is_message() && self.muted.contains(&entry.person.id)
    }

    fn opens(&self, run: &[Entry]) -> bool {
        let seqs = seqs(run);
        self.opened.iter().any(|opened| seqs.contains(opened))
    }

    /// Whether an entry is news: somebody else's message that is neither removed nor hidden.
    pub fn is_news(&self, entry: &Entry) -> bool {
        entry.what.is_there() && Some(entry.person.id) != self.me && !self.hides(entry)
    }

    /// How many entries after `after` are news.
    pub fn count_news(&self, entries: &[Entry], after: u64) -> u32 {
        entries.iter().rev().take_while(|entry| entry.seq > after).filter(|entry| self.is_news(entry)).count() as u32
    }
}

/// One row of the shown log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "most rows are the large ones")]
pub enum Row {
    Entry {
        entry: Entry,
        /// The entry continues the message above: it has no face, name and time of its own.
        joined: bool,
        /// The content of the message that this one answers, if that is loaded.
        quote: Option<Quote>,
    },
    /// The reactions to the message `seq`, which is the row above.
    Reactions { seq: u64, reactions: Vec<Reaction>, gifs: Vec<GifReaction> },
    /// Stands for a run of `count` facts (entries that are not messages) that begins with entry `first`.
    Facts { first: u64, count: u32, open: bool },
    /// The unread line: everything after this entry is unread.
    Unread { after: u64 },
    /// Stands for a run of `count` hidden messages that begins with entry `first`.
    Hidden { first: u64, count: u32, open: bool },
    /// Begins a day. Its text depends on the reader's habit (see [`Calendar::habit`]), and on whether it names the year.
    Day { day: Day, habit: u32, with_year: bool },
}

/// The content of a message that another one answers, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    Text(String),
    Gif,
    Removed,
}

impl Quote {
    /// How many characters of a text are shown.
    const MAX_CHARS: usize = 80;

    pub fn of(message: &Entry) -> Option<Self> {
        match &message.what {
            What::Text(text) => {
                let line = one_line(text.as_str());
                let start = start(&line, Self::MAX_CHARS);
                let mut quoted = shown(start);
                if start.len() < line.len() {
                    quoted.push('…');
                }
                Some(Quote::Text(quoted))
            }
            What::Gif(_) => Some(Quote::Gif),
            What::Removed => Some(Quote::Removed),
            _ => None,
        }
    }
}

impl Row {
    /// The key of a row. It changes when the row has to be rebuilt.
    pub fn key(&self) -> (u64, u8, u64) {
        match self {
            Row::Entry { entry, joined, quote } => {
                let quoted = match quote {
                    None => 0,
                    Some(Quote::Removed) => 1,
                    Some(_) => 2,
                };
                let is_removed = u64::from(entry.what == What::Removed);
                let showing = if entry.showing.is_plain() { 0 } else { hash_of_showing(&entry.showing) };
                (entry.seq, 0, showing << 4 | quoted << 2 | is_removed << 1 | u64::from(*joined))
            }
            Row::Reactions { seq, reactions, gifs } => (*seq, 1, hash_of(reactions, gifs)),
            Row::Unread { after } => (*after, 2, 0),
            Row::Hidden { first, count, open } => (*first, 3, u64::from(*count) << 1 | u64::from(*open)),
            Row::Facts { first, count, open } => (*first, 4, u64::from(*count) << 1 | u64::from(*open)),
            Row::Day { day, habit, with_year } => (day.number(), 5, u64::from(*habit) << 1 | u64::from(*with_year)),
        }
    }
}

/// A hash that changes when any reaction changes.
fn hash_of(reactions: &[Reaction], gifs: &[GifReaction]) -> u64 {
    let people = |people: &[VisitorId]| people.iter().flat_map(|person| person.0).collect::<Vec<_>>();
    let emoji =
        reactions.iter().flat_map(|reaction| std::iter::once(reaction.emoji as u8).chain(people(&reaction.people)));
    let gifs = gifs.iter().flat_map(|reaction| reaction.gif.sha.0.into_iter().chain(people(&reaction.people)));
    hashed(emoji.chain(gifs))
}

/// A hash that changes when the way in which a GIF is shown changes.
fn hash_of_showing(showing: &Showing) -> u64 {
    let description = showing.description.as_ref().map_or("", Description::as_str);
    hashed(description.bytes().chain([u8::from(showing.veiled)]))
}

/// FNV-1a, 64 bits (RFC 9923).
fn hashed(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A run with more facts than this is folded, except for its newest ones.
const LONGEST_RUN: usize = 4;
/// How many of the newest facts of a folded run stay shown.
const SHOWN_OF_RUN: usize = 2;

/// The run at the start of `entries`: facts only, or hidden messages only.
pub fn run_of<'e>(entries: &'e [Entry], reader: &Reader<'_>) -> &'e [Entry] {
    let is_in = |entry: &&Entry| !entry.what.is_message() || reader.hides(entry);
    let is_message = entries.first().is_some_and(|entry| entry.what.is_message());
    let length = entries.iter().take_while(is_in).take_while(|entry| entry.what.is_message() == is_message).count();
    &entries[..length]
}

/// The range of `seq` from the first to the last entry of a run. It is empty for an empty run.
pub fn seqs(run: &[Entry]) -> std::ops::RangeInclusive<u64> {
    let seq = |entry: Option<&Entry>| entry.map(|entry| entry.seq);
    seq(run.first()).unwrap_or(1)..=seq(run.last()).unwrap_or(0)
}

/// The days of a log. A log that is all of today has no rows for them.
struct Days {
    calendar: Calendar,
    last: Option<Day>,
}

impl Days {
    fn of(entries: &[Entry], calendar: Calendar) -> Self {
        let first = entries.first().map(|entry| calendar.day_of(entry.at));
        Self { calendar, last: first.filter(|first| *first >= calendar.today()) }
    }

    /// The row above the first entry of a later day. (The clocks of several servers may differ, so days can also seem to go
    /// back.)
    fn begun_by(&mut self, entry: &Entry) -> Option<Row> {
        let (day, calendar) = (self.calendar.day_of(entry.at), self.calendar);
        if self.last.is_some_and(|last| day <= last) {
            return None;
        }
        self.last = Some(day);
        Some(Row::Day { day, habit: calendar.habit(), with_year: calendar.needs_year(day) })
    }
}

/// The rows that show these entries to this reader.
pub fn rows(entries: &[Entry], reader: Reader<'_>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(entries.len() + 1);
    let mut above: Option<&Entry> = None;
    let mut run = None;
    let mut line = reader.line_after;
    // The end of the current run of facts, and the part of it that is folded.
    let (mut run_until, mut folded) = (0, 0..0);
    let mut days = Days::of(entries, reader.calendar);
    for (place, entry) in entries.iter().enumerate() {
        // Folded entries begin no day, except for the first one, because the row of the fold stands above it.
        let fold = run.filter(|_| reader.hides(entry)).and_then(|row: usize| rows.get(row));
        let is_folded = folded.contains(&place) || matches!(fold, Some(Row::Hidden { open: false, .. }));
        if let Some(row) = (!is_folded).then(|| days.begun_by(entry)).flatten() {
            rows.push(row);
            above = None;
        }
        if !entry.what.is_message() && place >= run_until {
            let facts = run_of(&entries[place..], &reader);
            run_until = place + facts.len();
            if facts.len() > LONGEST_RUN {
                let (first, count) = (entry.seq, facts.len() - SHOWN_OF_RUN);
                let open = reader.opens(facts);
                rows.push(Row::Facts { first, count: count as u32, open });
                folded = if open { 0..0 } else { place..place + count };
            }
        }
        if folded.contains(&place) {
            above = None;
            continue;
        }
        if reader.hides(entry) {
            let place = *run.get_or_insert_with(|| {
                above = None;
                let open = reader.opens(run_of(&entries[place..], &reader));
                rows.push(Row::Hidden { first: entry.seq, count: 0, open });
                rows.len() - 1
            });
            if let Some(Row::Hidden { count, open, .. }) = rows.get_mut(place) {
                *count += 1;
                if !*open {
                    continue;
                }
            }
        } else {
            run = None;
        }
        if let Some(after) = line.filter(|after| entry.seq > *after && reader.is_news(entry)) {
            rows.push(Row::Unread { after });
            (line, above) = (None, None);
        }
        let quoted = entry.reply.as_ref().map(|reply| reply.seq);
        let quoted = quoted.and_then(|seq| entries.binary_search_by_key(&seq, |entry| entry.seq).ok());
        let quote = quoted.filter(|place| !reader.hides(&entries[*place])).and_then(|place| Quote::of(&entries[place]));
        let joined = above.is_some_and(|above| joins(above, entry));
        rows.push(Row::Entry { entry: entry.clone(), joined, quote });
        if !(entry.reactions.is_empty() && entry.gif_reactions.is_empty()) {
            let (reactions, gifs) = (entry.reactions.clone(), most_felt(&entry.gif_reactions));
            rows.push(Row::Reactions { seq: entry.seq, reactions, gifs });
        }
        above = Some(entry);
    }
    rows
}

/// The GIF reactions that are shown: those with the most people, and among equals the earlier ones. (The standard library's sort
/// would add some kilobytes of WASM.)
fn most_felt(reactions: &[GifReaction]) -> Vec<GifReaction> {
    let mut felt: Vec<&GifReaction> = Vec::with_capacity(MOST_GIF_REACTIONS + 1);
    for reaction in reactions {
        let fewer = felt.iter().position(|felt| felt.people.len() < reaction.people.len());
        felt.insert(fewer.unwrap_or(felt.len()), reaction);
        felt.truncate(MOST_GIF_REACTIONS);
    }
    felt.into_iter().cloned().collect()
}

/// The first entry of the run of hidden messages that has to be unfolded to show an entry.
pub fn folded_around(rows: &[Row], seq: u64) -> Option<u64> {
    rows.iter().rev().find_map(|row| match row {
        Row::Entry { entry, .. } if entry.seq <= seq => Some(None),
        Row::Hidden { first, open: false, .. } if *first <= seq => Some(Some(*first)),
        _ => None,
    })?
}

/// Whether an entry is joined to the one above. The name must be the same, too, because it may have changed. Answers and the
/// first of several whispers are never joined, so they always show a name.
fn joins(above: &Entry, entry: &Entry) -> bool {
    above.what.is_message()
        && entry.what.is_message()
        && above.person == entry.person
        && entry.reply.is_none()
        && above.to == entry.to
        && entry.at.millis_since(above.at) <= JOINED_WITHIN_MILLIS
}

#[cfg(test)]
mod tests;
