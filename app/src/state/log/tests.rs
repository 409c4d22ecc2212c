//! Tests which rows a log has for its reader.

use chat::{ClientId, Person, Timestamp};

use super::*;

fn id(who: u8) -> VisitorId {
    VisitorId([who; 16])
}

fn entry(seq: u64, seconds: u64, who: u8, what: What) -> Entry {
    let person = Person::new(id(who));
    let (at, client) = (Timestamp(seconds * 1000), ClientId([seq as u8; 16]));
    Entry {
        seq,
        at,
        person,
        client,
        what,
        to: None,
        reply: None,
        showing: Default::default(),
        reactions: Vec::new(),
        gif_reactions: Vec::new(),
    }
}

fn said(seq: u64, seconds: u64, who: u8) -> Entry {
    entry(seq, seconds, who, What::Text(chat::entry::Text::new("말").expect("a text")))
}

/// The rows in short: an entry's number, `+` before it when it is joined, `-` for the unread line, `(2x3)` for three
/// hidden messages from 2, `[2x3]` for three facts, `11-26` for a day of this year.
fn layout(log: &[Entry], reader: Reader<'_>) -> String {
    let short = |row: Row| match row {
        Row::Entry { entry, joined: true, .. } => format!("+{}", entry.seq),
        Row::Entry { entry, .. } => entry.seq.to_string(),
        Row::Unread { .. } => "-".to_owned(),
        Row::Reactions { seq, reactions, gifs } => format!("{seq}:{}", reactions.len() + gifs.len()),
        Row::Facts { first, count, .. } => format!("[{first}x{count}]"),
        Row::Hidden { first, count, .. } => format!("({first}x{count})"),
        Row::Day { day, with_year, .. } => {
            if with_year {
                day.iso()
            } else {
                day.iso()[5..].to_owned()
            }
        }
    };
    rows(log, reader).into_iter().map(short).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_persons_messages_join_within_two_minutes() {
    let log = [said(1, 0, 1), said(2, 120, 1), said(3, 241, 1), said(4, 242, 2), said(5, 243, 1)];
    assert_eq!(layout(&log, Reader::default()), "1 +2 3 4 5");
}

#[test]
fn a_system_line_parts_messages_and_joins_nothing() {
    let log = [said(1, 0, 1), entry(2, 1, 1, What::Entered), entry(3, 1, 1, What::Left), said(4, 2, 1)];
    assert_eq!(layout(&log, Reader::default()), "1 2 3 4");
}

#[test]
fn the_line_stands_before_the_first_message_of_somebody_else_and_parts() {
    let log = [said(1, 0, 2), said(2, 1, 1), entry(3, 1, 2, What::Left), said(4, 2, 2), said(5, 3, 2)];
    let reader = |line_after| Reader { me: Some(id(1)), line_after, ..Reader::default() };
    assert_eq!(layout(&log, reader(Some(1))), "1 2 3 - 4 +5");
    assert_eq!(layout(&log, reader(Some(4))), "1 2 3 4 - 5");
    assert_eq!(layout(&log, reader(Some(5))), "1 2 3 4 +5");
    assert_eq!(layout(&log, reader(None)), "1 2 3 4 +5");
}

#[test]
fn hidden_messages_fold_into_one_row_a_run_that_opens() {
    let log = [said(1, 0, 1), said(2, 1, 2), said(3, 2, 2), entry(4, 2, 2, What::Left), said(5, 3, 2), said(6, 4, 1)];
    let muted = [id(2)];
    let reader = |opened| Reader { me: Some(id(1)), muted: &muted, opened, ..Reader::default() };
    assert_eq!(layout(&log, reader(&[])), "1 (2x2) 4 (5x1) 6");
    assert_eq!(layout(&log, reader(&[2])), "1 (2x2) 2 +3 4 (5x1) 6");
    let folded = |opened, seq| folded_around(&rows(&log, reader(opened)), seq);
    assert_eq!([1, 2, 3, 4, 5, 6].map(|seq| folded(&[], seq)), [None, Some(2), Some(2), None, Some(5), None]);
    assert_eq!([2, 3, 5].map(|seq| folded(&[2], seq)), [None, None, Some(5)]);
}

#[test]
fn a_run_stays_unfolded_when_older_lines_are_loaded_into_it() {
    let log: Vec<_> = (1..=8).map(|seq| entry(seq, seq, 1, What::Entered)).collect();
    let reader = Reader { opened: &[3], ..Reader::default() };
    assert_eq!(layout(&log[2..], reader), "[3x4] 3 4 5 6 7 8");
    assert_eq!(layout(&log, reader), "[1x6] 1 2 3 4 5 6 7 8");
    assert_eq!(layout(&log, Reader::default()), "[1x6] 7 8");

    let log: Vec<_> = (1..=3).map(|seq| said(seq, seq, 2)).collect();
    let reader = Reader { muted: &[id(2)], opened: &[2], ..Reader::default() };
    assert_eq!(layout(&log[1..], reader), "(2x2) 2 +3");
    assert_eq!(layout(&log, reader), "(1x3) 1 +2 +3");
    assert_eq!(seqs(run_of(&log, &reader)), 1..=3);
    assert!(seqs(run_of(&[], &reader)).is_empty());
}

#[test]
fn a_run_of_hidden_messages_parts_what_is_around_it() {
    let log = [said(1, 0, 1), said(2, 1, 2), said(3, 2, 1)];
    assert_eq!(layout(&log, Reader { muted: &[id(2)], ..Reader::default() }), "1 (2x1) 3");
}

#[test]
fn the_line_passes_over_what_is_hidden() {
    let log = [said(1, 0, 2), said(2, 1, 2), said(3, 2, 3)];
    let muted = [id(2)];
    let reader = |opened| Reader { me: Some(id(1)), muted: &muted, opened, line_after: Some(1), ..Reader::default() };
    assert_eq!(layout(&log, reader(&[])), "(1x2) - 3");
    assert_eq!(layout(&log, reader(&[1])), "(1x2) 1 +2 - 3");
}

#[test]
fn a_quote_shows_code_in_one_line() {
    let quote = |text: &str| Quote::of(&entry(1, 0, 1, What::Text(chat::entry::Text::new(text).expect("a text"))));
    let text = |text: &str| Some(Quote::Text(text.to_owned()));
    assert_eq!(quote("```rust\nfn main() {\n\tx\n}\n```"), text("fn main() { x }"));
    assert_eq!(quote("보세요\n\n    a  =  1"), text("보세요 a = 1"));
    // It is cut after the fences and the indent are gone.
    let long = format!("```\n{}\n```", "        가\n".repeat(50));
    assert_eq!(quote(&long), text(&format!("{}…", "가 ".repeat(40))));
}

#[test]
fn news_are_messages_of_others_that_are_not_hidden() {
    let log = [said(1, 0, 2), said(2, 1, 1), said(3, 2, 2), entry(4, 3, 2, What::Left), said(5, 4, 3), said(6, 5, 2)];
    let reader = |muted| Reader { me: Some(id(1)), muted, ..Reader::default() };
    assert_eq!([0, 1, 3, 6].map(|after| reader(&[]).count_news(&log, after)), [4, 3, 2, 0]);
    assert_eq!(reader(&[id(2)]).count_news(&log, 0), 1);
}

/// The rows for a reader in a zone that is `offset` minutes ahead of UTC, at the time `now`, in seconds since 1970 (UTC).
fn by_days(log: &[Entry], now: u64, offset: fn(Timestamp) -> i32, reader: Reader<'_>) -> String {
    layout(log, Reader { calendar: Calendar::of_zone(Timestamp(now * 1000), offset, 1), ..reader })
}

/// 2026-11-26 00:00 UTC, in seconds.
const DAY: u64 = 1_795_651_200;
const HOUR: u64 = 3600;

#[test]
fn a_log_of_today_has_no_days() {
    let log = [said(1, DAY, 1), said(2, DAY + 23 * HOUR, 2)];
    assert_eq!(by_days(&log, DAY + 23 * HOUR, |_| 0, Reader::default()), "1 2");
    assert_eq!(by_days(&[], DAY, |_| 0, Reader::default()), "");
}

#[test]
fn at_midnight_the_days_appear() {
    let log = [said(1, DAY + HOUR, 1), said(2, DAY + 2 * HOUR, 1)];
    let day = 24 * HOUR;
    assert_eq!(by_days(&log, DAY + day - 1, |_| 0, Reader::default()), "1 2");
    assert_eq!(by_days(&log, DAY + day, |_| 0, Reader::default()), "11-26 1 2");
    let log = [log[0].clone(), log[1].clone(), said(3, DAY + day + 5, 1)];
    assert_eq!(by_days(&log, DAY + day + 5, |_| 0, Reader::default()), "11-26 1 2 11-27 3");
    assert_eq!(by_days(&log, DAY + 400 * day, |_| 0, Reader::default()), "2026-11-26 1 2 2026-11-27 3");
}

#[test]
fn a_day_parts_messages_that_would_be_joined_and_stands_above_the_unread_line() {
    let midnight = DAY + 24 * HOUR;
    let log = [said(1, midnight - 20, 1), said(2, midnight - 10, 1), said(3, midnight, 1), said(4, midnight + 10, 1)];
    assert_eq!(by_days(&log, midnight + 10, |_| 0, Reader::default()), "11-26 1 +2 11-27 3 +4");
    let reader = Reader { line_after: Some(2), ..Reader::default() };
    assert_eq!(by_days(&log, midnight + 10, |_| 0, reader), "11-26 1 +2 11-27 - 3 +4");
}

#[test]
fn days_are_those_of_the_readers_zone() {
    let log = [said(1, DAY + 14 * HOUR, 1), said(2, DAY + 15 * HOUR, 1)];
    let now = DAY + 16 * HOUR;
    assert_eq!(by_days(&log, now, |_| 540, Reader::default()), "11-26 1 11-27 2");
    assert_eq!(by_days(&log, now, |_| 0, Reader::default()), "1 2");
    assert_eq!(by_days(&log, now, |_| -300, Reader::default()), "1 2");
}

#[test]
fn what_is_folded_begins_no_day_of_its_own() {
    let midnight = DAY + 24 * HOUR;
    let fact = |seq, seconds| entry(seq, seconds, 1, What::Entered);
    let log: Vec<_> = (1..=6).map(|seq| fact(seq, midnight - 25 + 10 * seq)).collect();
    // The day begins with entry 3, inside of the fold.
    assert_eq!(by_days(&log, midnight + 60, |_| 0, Reader::default()), "11-26 [1x4] 11-27 5 6");
    let reader = Reader { opened: &[1], ..Reader::default() };
    assert_eq!(by_days(&log, midnight + 60, |_| 0, reader), "11-26 [1x4] 1 2 11-27 3 4 5 6");

    let log = [said(1, midnight - 9, 2), said(2, midnight, 2), said(3, midnight + 1, 1)];
    let reader = |opened| Reader { muted: &[VisitorId([2; 16])], opened, ..Reader::default() };
    assert_eq!(by_days(&log, midnight + 1, |_| 0, reader(&[])), "11-26 (1x2) 11-27 3");
    assert_eq!(by_days(&log, midnight + 1, |_| 0, reader(&[1])), "11-26 (1x2) 1 11-27 2 3");
    let log = [said(1, midnight - 9, 1), said(2, midnight, 2), said(3, midnight + 1, 1)];
    assert_eq!(by_days(&log, midnight + 1, |_| 0, reader(&[])), "11-26 1 11-27 (2x1) 3");
}

#[test]
fn clocks_that_disagree_make_no_day_twice() {
    let midnight = DAY + 24 * HOUR;
    let log = [said(1, midnight - 9, 1), said(2, midnight, 2), said(3, midnight - 1, 1), said(4, midnight + 1, 2)];
    assert_eq!(by_days(&log, midnight + 1, |_| 0, Reader::default()), "11-26 1 11-27 2 3 4");
    // The reader's clock is behind by a moment.
    assert_eq!(by_days(&log[1..2], midnight - 1, |_| 0, Reader::default()), "2");
    let keys: Vec<_> = rows(&log, Reader::default()).iter().map(Row::key).collect();
    assert!(keys.iter().enumerate().all(|(place, key)| !keys[..place].contains(key)), "{keys:?}");
}
