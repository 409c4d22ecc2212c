//! Texts of times in the browser's own formats (`Intl`). Only a browser may call these functions.

use std::cell::RefCell;

use chat::Timestamp;
use js_sys::{Array, Date, Function, Intl, Object};
use wasm_bindgen::JsValue;

use super::day::Day;
use crate::browser::{call, property, set_property};
use crate::strings::Lang;

/// The parts of a text, as flags that can be combined: the time of day, the day and month, and the year.
pub const TIME: usize = 1;
pub const DATE: usize = 2;
pub const YEAR: usize = 4;
/// A date in words, with its day of the week.
pub const IN_WORDS: usize = 8;
/// Everything, with seconds and the zone.
pub const EXACT: usize = 16;

/// The options of `Intl.DateTimeFormat`, each with the flags that ask for it.
const OPTIONS: [(usize, &str, &str); 9] = [
    (TIME, "hour", "numeric"),
    (TIME, "minute", "2-digit"),
    (DATE, "month", "short"),
    (DATE | IN_WORDS, "day", "numeric"),
    (YEAR, "year", "numeric"),
    (IN_WORDS, "month", "long"),
    (IN_WORDS, "weekday", "long"),
    (EXACT, "dateStyle", "full"),
    (EXACT, "timeStyle", "long"),
];

/// The settings of the browser that decide how its user reads times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Habit {
    /// The language of the browser, such as "en-GB".
    browser: String,
    /// The form of the clock, such as "h23".
    hours: String,
    zone: String,
}

#[derive(Default)]
struct Formats {
    habit: Habit,
    /// Counts the changes of the habit, from 1. It is 0 before [`look`] was called.
    version: u32,
    /// The formats made so far, each with its parts. They are expensive to make and cheap to use.
    made: Vec<(usize, Function)>,
}

thread_local! {
    static FORMATS: RefCell<Formats> = RefCell::default();
}

/// Checks whether the browser's language, clock or zone has changed. Returns the version of the current habit, from 1.
pub fn look() -> u32 {
    let options = Object::new();
    set_property(&options, "hour", "numeric");
    let own = Intl::DateTimeFormat::new(&Array::new(), &options);
    let resolved = call(&own, "resolvedOptions", &JsValue::UNDEFINED).unwrap_or_default();
    let text = |name: &str| property(&resolved, name).as_string().unwrap_or_default();
    let habit = Habit { browser: text("locale"), hours: text("hourCycle"), zone: text("timeZone") };
    FORMATS.with_borrow_mut(|formats| {
        if formats.version == 0 || formats.habit != habit {
            *formats = Formats { habit, version: formats.version + 1, made: Vec::new() };
        }
        formats.version
    })
}

/// By how many minutes the browser's zone is ahead of UTC at that time.
pub fn offset(at: Timestamp) -> i32 {
    -(date(at).get_timezone_offset() as i32)
}

/// A point in time with these parts.
pub fn of(parts: usize, lang: Lang, at: Timestamp) -> Option<String> {
    format(parts, lang, &date(at))
}

/// A day in words, with its year if asked.
pub fn of_day(day: Day, lang: Lang, with_year: bool) -> Option<String> {
    let (year, month, day) = day.civil();
    let parts = if with_year { IN_WORDS | YEAR } else { IN_WORDS };
    format(parts, lang, &Date::new_with_year_month_day(year as u32, month - 1, day))
}

fn date(at: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(at.0 as f64))
}

fn format(parts: usize, lang: Lang, date: &Date) -> Option<String> {
    FORMATS.with_borrow_mut(|formats| {
        let known = formats.made.iter().find(|(known, _)| *known == parts).map(|(_, format)| format.clone());
        let format = known.unwrap_or_else(|| {
            let format = make(parts, lang, &formats.habit);
            formats.made.push((parts, format.clone()));
            format
        });
        format.call1(&JsValue::UNDEFINED, date).ok()?.as_string()
    })
}

fn make(parts: usize, lang: Lang, habit: &Habit) -> Function {
    let options = Object::new();
    for (of, name, value) in OPTIONS {
        if parts & of != 0 {
            set_property(&options, name, value);
        }
    }
    let locale = language(lang, &habit.browser, is_day_first);
    if parts & (TIME | EXACT) != 0 && !habit.hours.is_empty() {
        set_property(&options, "hourCycle", habit.hours.as_str());
    }
    if parts & TIME != 0 && has_hours_of_two_digits(locale, &habit.hours) {
        set_property(&options, "hour", "2-digit");
    }
    Intl::DateTimeFormat::new(&Array::of1(&locale.into()), &options).format()
}

/// Whether this language writes "03:00" on such a clock. This must be found out, because `Intl` writes a numeric hour with one
/// digit even in languages that always use two.
fn has_hours_of_two_digits(locale: &str, hours: &str) -> bool {
    let options = Object::new();
    set_property(&options, "timeStyle", "short");
    if !hours.is_empty() {
        set_property(&options, "hourCycle", hours);
    }
    let three_o_clock = Date::new_with_year_month_day_hr(2026, 10, 22, 3);
    let format = Intl::DateTimeFormat::new(&Array::of1(&locale.into()), &options).format();
    format
        .call1(&JsValue::UNDEFINED, &three_o_clock)
        .is_ok_and(|text| text.as_string().is_some_and(|text| place_of(b"03", &text).is_some()))
}

/// The place of these two digits in a text. (The standard library's search for texts would add a kilobyte of WASM.)
fn place_of(digits: &[u8; 2], text: &str) -> Option<usize> {
    text.as_bytes().windows(2).position(|two| two == digits)
}

/// Whether the browser's own language writes the day before the month.
fn is_day_first() -> bool {
    let options = Object::new();
    for (name, value) in
        [("month", "numeric"), ("day", "numeric"), ("numberingSystem", "latn"), ("calendar", "gregory")]
    {
        set_property(&options, name, value);
    }
    let november_22 = Date::new_with_year_month_day(2026, 10, 22);
    let text = Intl::DateTimeFormat::new(&Array::new(), &options).format().call1(&JsValue::UNDEFINED, &november_22);
    text.ok().and_then(|text| text.as_string()).is_some_and(|text| place_of(b"22", &text) < place_of(b"11", &text))
}

/// The locale for `Intl`: the browser's own if the page is in the same language. Otherwise it is the page's language, with the
/// browser's order of day and month. (The 12 or 24-hour clock is the browser's in any case.)
fn language(page: Lang, browser: &str, is_day_first: impl Fn() -> bool) -> &str {
    match page {
        _ if browser.split('-').next() == Some(page.code()) => browser,
        Lang::En if is_day_first() => "en-GB",
        Lang::En => "en-US",
        Lang::Ko => "ko",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_pages_and_the_order_the_browsers() {
        for (page, browser, is_day_first, used) in [
            (Lang::En, "en-GB", true, "en-GB"),
            (Lang::En, "en-US", false, "en-US"),
            (Lang::En, "en", false, "en"),
            (Lang::En, "en-AU-u-hc-h23", true, "en-AU-u-hc-h23"),
            (Lang::En, "de-DE", true, "en-GB"),
            (Lang::En, "de", true, "en-GB"),
            (Lang::En, "pt-BR", true, "en-GB"),
            (Lang::En, "ko-KR", false, "en-US"),
            (Lang::En, "ja", false, "en-US"),
            // Another language whose code begins with the same letters.
            (Lang::En, "enm", false, "en-US"),
            (Lang::Ko, "ko", false, "ko"),
            (Lang::Ko, "ko-KR", false, "ko-KR"),
            (Lang::Ko, "kok-IN", true, "ko"),
            (Lang::Ko, "en-GB", true, "ko"),
            (Lang::Ko, "de-DE", true, "ko"),
            (Lang::Ko, "", false, "ko"),
        ] {
            assert_eq!(language(page, browser, || is_day_first), used, "{page:?} in {browser}");
        }
    }
}
