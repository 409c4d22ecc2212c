//! Tests days in several zones. Their offsets are written here as in the IANA time zone database.

use super::*;

/// A point in time in UTC, from "2026-11-22 16:56:12".
pub fn utc(text: &str) -> Timestamp {
    let parts: Vec<i64> = text.split(['-', ' ', ':']).map(|part| part.parse().expect("a number")).collect();
    let [year, month, day, hour, minute, second] = parts[..] else { panic!("{text} is no time") };
    let shifted = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * shifted.0 + shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400 + (153 * shifted.1 + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
    Timestamp(u64::try_from(seconds).expect("since 1970") * 1000)
}

/// Minutes ahead of UTC.
type Offset = fn(Timestamp) -> i32;

pub const SEOUL: Offset = |_| 540;
pub const KATHMANDU: Offset = |_| 345;
/// Skipped 2011-12-30 by going to the other side of the date line.
pub const APIA: Offset = |at| match at {
    _ if at < utc("2011-12-30 10:00:00") => -600,
    _ if at < utc("2012-03-31 14:00:00") => 840,
    _ => 780,
};
pub const NEW_YORK: Offset =
    |at| if (utc("2026-03-08 07:00:00")..utc("2026-11-01 06:00:00")).contains(&at) { -240 } else { -300 };
/// Half an hour of summer time.
pub const LORD_HOWE: Offset =
    |at| if (utc("2026-04-04 15:00:00")..utc("2026-10-03 15:30:00")).contains(&at) { 630 } else { 660 };
/// The clocks go forward at midnight: that day begins at one o'clock.
pub const BEIRUT: Offset =
    |at| if (utc("2026-03-28 22:00:00")..utc("2026-10-24 21:00:00")).contains(&at) { 180 } else { 120 };

#[test]
fn days_begin_at_midnight_in_their_zone() {
    for (zone, at, day) in [
        (SEOUL, "2026-11-26 14:59:59", "2026-11-26"),
        (SEOUL, "2026-11-26 15:00:00", "2026-11-27"),
        (SEOUL, "2026-12-31 14:59:59", "2026-12-31"),
        (SEOUL, "2026-12-31 15:00:00", "2027-01-01"),
        (KATHMANDU, "2026-11-26 18:14:59", "2026-11-26"),
        (KATHMANDU, "2026-11-26 18:15:00", "2026-11-27"),
        (APIA, "2026-11-26 10:59:59", "2026-11-26"),
        (APIA, "2026-11-26 11:00:00", "2026-11-27"),
        (APIA, "2011-12-30 09:59:59", "2011-12-29"),
        (APIA, "2011-12-30 10:00:00", "2011-12-31"),
        (NEW_YORK, "2026-11-01 03:59:59", "2026-10-31"),
        (NEW_YORK, "2026-11-01 04:00:00", "2026-11-01"),
        // This day has 25 hours.
        (NEW_YORK, "2026-11-02 04:59:59", "2026-11-01"),
        (NEW_YORK, "2026-11-02 05:00:00", "2026-11-02"),
        // This day has 23 hours.
        (NEW_YORK, "2026-03-08 05:00:00", "2026-03-08"),
        (NEW_YORK, "2026-03-09 03:59:59", "2026-03-08"),
        (NEW_YORK, "2026-03-09 04:00:00", "2026-03-09"),
        (LORD_HOWE, "2026-04-04 12:59:59", "2026-04-04"),
        (LORD_HOWE, "2026-04-04 13:00:00", "2026-04-05"),
        (LORD_HOWE, "2026-04-05 13:29:59", "2026-04-05"),
        (LORD_HOWE, "2026-04-05 13:30:00", "2026-04-06"),
        (LORD_HOWE, "2026-10-03 13:30:00", "2026-10-04"),
        (LORD_HOWE, "2026-10-04 12:59:59", "2026-10-04"),
        (LORD_HOWE, "2026-10-04 13:00:00", "2026-10-05"),
        (BEIRUT, "2026-03-28 21:59:59", "2026-03-28"),
        (BEIRUT, "2026-03-28 22:00:00", "2026-03-29"),
        (|_| 0, "1970-01-01 00:00:00", "1970-01-01"),
        (|_| -720, "1970-01-01 00:00:00", "1969-12-31"),
        (|_| 840, "2000-02-28 23:00:00", "2000-02-29"),
        (|_| 0, "2100-03-01 00:00:00", "2100-03-01"),
    ] {
        let at_ms = utc(at);
        assert_eq!(Day::of(at_ms, zone(at_ms)).iso(), day, "{at}");
    }
}

#[test]
fn midnight_is_never_missed_by_who_looks_again_within_half_a_minute() {
    for (zone, from, midnights) in [
        (SEOUL, "2026-11-26 14:00:00", 3),
        (NEW_YORK, "2026-10-31 12:00:00", 3),
        (NEW_YORK, "2026-03-07 12:00:00", 3),
        (LORD_HOWE, "2026-04-03 12:00:00", 3),
        (BEIRUT, "2026-03-28 12:00:00", 3),
        (BEIRUT, "2026-10-24 12:00:00", 3),
    ] {
        let (mut now, mut seen) = (utc(from), 0);
        let end = Timestamp(now.0 + 3 * 86_400_000);
        while now < end {
            let wait = until_midnight(now, zone(now)).min(30_000);
            assert!(wait > 0);
            let next = Timestamp(now.0 + wait as u64);
            let (before, after) = (Day::of(now, zone(now)), Day::of(next, zone(next)));
            if before != after {
                seen += 1;
                assert_eq!(after.days_since(before), 1);
                // The new day has just begun.
                let last = Timestamp(next.0 - 1);
                assert_eq!(Day::of(last, zone(last)), before);
            }
            now = next;
        }
        assert_eq!(seen, midnights, "{from}");
    }
}

#[test]
fn every_day_has_its_date() {
    for number in -1000..60_000 {
        let day = Day(number);
        let (year, month, of_month) = day.civil();
        assert!((1..=12).contains(&month) && (1..=31).contains(&of_month), "{number}");
        if number >= 0 {
            assert_eq!(Day::of(utc(&format!("{year}-{month}-{of_month} 00:00:00")), 0), day);
        }
    }
}

#[test]
fn points_in_time_are_written_for_programs() {
    assert_eq!(iso(Timestamp(0)), "1970-01-01T00:00:00Z");
    assert_eq!(iso(Timestamp(951_782_400_000)), "2000-02-29T00:00:00Z");
    assert_eq!(iso(Timestamp(1_795_366_572_999)), "2026-11-22T16:56:12Z");
}
