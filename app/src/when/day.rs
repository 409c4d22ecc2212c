//! Days of the calendar, in the reader's time zone. They are not spans of 24 hours: some days have 23 hours, and some 25.

use chat::Timestamp;

const MINUTE_MILLIS: i64 = 60_000;
const DAY_MILLIS: i64 = 86_400_000;

/// A day, by its number since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(i32);

/// Milliseconds since 1970 in local time, in a zone that is `offset` minutes ahead of UTC.
fn on_the_wall(at: Timestamp, offset: i32) -> i64 {
    at.0 as i64 + i64::from(offset) * MINUTE_MILLIS
}

/// Milliseconds until midnight, as long as the offset stays as it is.
pub fn until_midnight(now: Timestamp, offset: i32) -> i64 {
    DAY_MILLIS - on_the_wall(now, offset).rem_euclid(DAY_MILLIS)
}

impl Day {
    /// The day in a zone that is then `offset` minutes ahead of UTC.
    pub fn of(at: Timestamp, offset: i32) -> Self {
        Self(on_the_wall(at, offset).div_euclid(DAY_MILLIS) as i32)
    }

    /// A number that no other day has.
    pub fn number(self) -> u64 {
        self.0 as u64
    }

    /// How many days this day is after an earlier one; 0 if it is not after it.
    pub fn days_since(self, earlier: Day) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }

    /// The year, the month and the day of the month, the last two from 1 (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms").
    pub fn civil(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }

    pub fn year(self) -> i32 {
        self.civil().0
    }

    /// The day as "2026-11-22".
    pub fn iso(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The time of day in UTC: hours, minutes, seconds.
pub fn utc_time(at: Timestamp) -> (u64, u64, u64) {
    let seconds = at.0 / 1000 % 86_400;
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The time for the `datetime` attribute: "2026-11-22T16:56:12Z".
pub fn iso(at: Timestamp) -> String {
    let (hour, minute, second) = utc_time(at);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", Day::of(at, 0).iso())
}

#[cfg(test)]
pub mod tests;
