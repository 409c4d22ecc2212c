//! Tests the texts that need no browser, and which parts of a time are shown.

use super::*;
use crate::when::day::tests::{APIA, LORD_HOWE, NEW_YORK, SEOUL, utc};

#[test]
fn the_server_writes_utc_with_the_date_from_the_day_before_on() {
    let calendar = Calendar::utc(utc("2026-11-27 00:10:00"));
    for (at, text) in [
        ("2026-11-27 00:09:59", "00:09 UTC"),
        ("2026-11-26 23:59:59", "2026-11-26 23:59 UTC"),
        ("2025-11-27 00:09:59", "2025-11-27 00:09 UTC"),
        // The clocks of two servers differ a little.
        ("2026-11-28 00:00:00", "2026-11-28 00:00 UTC"),
    ] {
        assert_eq!(calendar.clock(Lang::Ko, utc(at)), text);
    }
    assert_eq!(calendar.exact(Lang::En, utc("2026-11-26 23:59:58")), "2026-11-26 23:59:58 UTC");
    assert_eq!(calendar.day(Lang::Ko, Day::of(utc("2026-11-26 01:00:00"), 0)), "2026-11-26 UTC");
}

#[test]
fn the_year_is_told_when_it_is_another_one_there() {
    let now = utc("2026-12-31 15:30:00");
    let at = utc("2026-12-31 14:30:00");
    let seoul = Calendar::of_zone(now, SEOUL, 1);
    assert!(seoul.needs_year(seoul.day_of(at)), "2027 has begun in Seoul");
    let new_york = Calendar::of_zone(now, NEW_YORK, 1);
    assert!(!new_york.needs_year(new_york.day_of(at)));
    assert_eq!(seoul.day_of(at).days_since(new_york.day_of(at)), 0);
}

/// The text of [`Calendar::ago`] in Korean.
fn ago(zone: fn(Timestamp) -> i32, now: &str, at: &str) -> String {
    let now = utc(now);
    Calendar::of_zone(now, zone, 1).ago(Lang::Ko, utc(at), now)
}

#[test]
fn minutes_and_hours_are_counted_and_days_are_the_calendars() {
    for (zone, now, at, said) in [
        (SEOUL, "2026-11-26 12:00:00", "2026-11-26 12:00:00", "방금"),
        (SEOUL, "2026-11-26 12:00:00", "2026-11-26 11:59:01", "방금"),
        (SEOUL, "2026-11-26 12:00:00", "2026-11-26 11:59:00", "1분 전"),
        (SEOUL, "2026-11-26 12:00:00", "2026-11-26 11:00:00", "1시간 전"),
        // Half an hour ago was yesterday.
        (SEOUL, "2026-11-26 15:10:00", "2026-11-26 14:40:00", "30분 전"),
        (SEOUL, "2026-11-26 12:00:00", "2026-11-25 12:00:01", "23시간 전"),
        (SEOUL, "2026-11-26 12:00:00", "2026-11-25 12:00:00", "1일 전"),
        // 25 hours, and two midnights in between.
        (SEOUL, "2026-11-26 15:30:00", "2026-11-25 14:30:00", "2일 전"),
        (SEOUL, "2026-11-26 14:30:00", "2026-11-25 13:30:00", "1일 전"),
        // The same day, which has 25 hours.
        (NEW_YORK, "2026-11-02 04:50:00", "2026-11-01 04:10:00", "24시간 전"),
        (NEW_YORK, "2026-11-02 05:10:00", "2026-11-01 04:10:00", "1일 전"),
        // From Saturday at noon to Monday at noon are 47 hours.
        (NEW_YORK, "2026-03-09 16:00:00", "2026-03-07 17:00:00", "2일 전"),
        (LORD_HOWE, "2026-04-05 13:29:00", "2026-04-04 13:00:00", "24시간 전"),
        (APIA, "2011-12-30 10:30:00", "2011-12-30 09:30:00", "1시간 전"),
        (APIA, "2011-12-31 10:00:00", "2011-12-30 09:30:00", "3일 전"),
        // The server's clock is ahead of the corrected one by a moment.
        (SEOUL, "2026-11-26 12:00:00", "2026-11-26 12:00:05", "방금"),
    ] {
        assert_eq!(ago(zone, now, at), said, "{at} at {now}");
    }
}

#[test]
fn calendars_differ_by_day_and_by_habit() {
    let calendar = Calendar::of_zone(utc("2026-11-26 14:00:00"), SEOUL, 1);
    assert_eq!(calendar, Calendar::of_zone(utc("2026-11-26 14:59:59"), SEOUL, 1));
    assert_ne!(calendar, Calendar::of_zone(utc("2026-11-26 15:00:00"), SEOUL, 1));
    assert_ne!(calendar, Calendar::of_zone(utc("2026-11-26 14:00:00"), NEW_YORK, 2));
}
