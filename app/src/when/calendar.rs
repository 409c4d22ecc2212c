//! The reader's calendar: their time zone, what day it is there, and how they read times.

use chat::Timestamp;

use super::day::{Day, until_midnight, utc_time};
use super::format;
use crate::strings::Lang;

/// Everything but the time itself that the text of a time depends on. The default is UTC on 1970-01-01, so that every real time
/// is of a later day.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    today: Day,
    /// By how many minutes the reader's zone is ahead of UTC at a given time.
    offset: fn(Timestamp) -> i32,
    /// The version of the browser's habit, 0 for UTC. It changes with the browser's zone, language and 12 or 24-hour clock.
    habit: u32,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { today: Day::default(), offset: |_| 0, habit: 0 }
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        (self.today, self.habit) == (other.today, other.habit)
    }
}

impl Calendar {
    /// The calendar of the server, and of the browser until the page is hydrated.
    pub fn utc(now: Timestamp) -> Self {
        Self { today: Day::of(now, 0), ..Self::default() }
    }

    /// The calendar of the browser.
    pub fn local(now: Timestamp) -> Self {
        Self::of_zone(now, format::offset, format::look())
    }

    pub(crate) fn of_zone(now: Timestamp, offset: fn(Timestamp) -> i32, habit: u32) -> Self {
        Self { today: Day::of(now, offset(now)), offset, habit }
    }

    pub fn today(self) -> Day {
        self.today
    }

    pub fn habit(self) -> u32 {
        self.habit
    }

    pub fn is_utc(self) -> bool {
        self.habit == 0
    }

    pub fn day_of(self, at: Timestamp) -> Day {
        Day::of(at, (self.offset)(at))
    }

    /// Milliseconds until midnight, if the offset does not change before then.
    pub fn until_midnight(self, now: Timestamp) -> i64 {
        until_midnight(now, (self.offset)(now))
    }

    /// The time of day, with the date unless it is today, and with the year unless it is this year: "오후 9:43", "11월 21일
    /// 오후 9:43". In UTC: "16:56 UTC", "2026-11-21 16:56 UTC".
    pub fn clock(self, lang: Lang, at: Timestamp) -> String {
        let day = self.day_of(at);
        let parts = match day {
            _ if day == self.today => format::TIME,
            _ if day.year() == self.today.year() => format::TIME | format::DATE,
            _ => format::TIME | format::DATE | format::YEAR,
        };
        self.local_text(|| format::of(parts, lang, at)).unwrap_or_else(|| {
            let (hour, minute, _) = utc_time(at);
            let date = if day == self.today { String::new() } else { day.iso() + " " };
            format!("{date}{hour:02}:{minute:02} UTC")
        })
    }

    /// The date and the time to the second, with the zone.
    pub fn exact(self, lang: Lang, at: Timestamp) -> String {
        self.local_text(|| format::of(format::EXACT, lang, at)).unwrap_or_else(|| {
            let (hour, minute, second) = utc_time(at);
            format!("{} {hour:02}:{minute:02}:{second:02} UTC", Day::of(at, 0).iso())
        })
    }

    /// Whether a day is named with its year.
    pub fn needs_year(self, day: Day) -> bool {
        day.year() != self.today.year()
    }

    /// A day in words: "11월 21일 토요일". In UTC: "2026-11-21 UTC".
    pub fn day(self, lang: Lang, day: Day) -> String {
        let text = self.local_text(|| format::of_day(day, lang, self.needs_year(day)));
        text.unwrap_or_else(|| day.iso() + " UTC")
    }

    fn local_text(self, text: impl FnOnce() -> Option<String>) -> Option<String> {
        if self.is_utc() { None } else { text() }
    }

    /// How long ago something was: "3분 전". From 24 hours on, it counts calendar days.
    pub fn ago(self, lang: Lang, at: Timestamp, now: Timestamp) -> String {
        let seconds = now.millis_since(at) / 1000;
        let days = if seconds < 86_400 { 0 } else { self.day_of(now).days_since(self.day_of(at)) };
        lang.ago(seconds, days)
    }
}

#[cfg(test)]
mod tests;
