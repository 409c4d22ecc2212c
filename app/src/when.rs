//! Points in time as people read them.
//!
//! The server cannot know a reader's time zone, so it writes UTC. Once the page is hydrated, the browser shows local time.

use chat::Timestamp;
use js_sys::{Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::strings::Lang;

/// A date and a time of day in UTC.
struct Utc {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Utc {
    /// The civil calendar from a count of days (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    fn of(at: Timestamp) -> Self {
        let seconds = at.0 / 1000;
        let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }
}

/// The time for the `datetime` attribute: "2026-11-22T16:56:12Z".
pub fn iso(at: Timestamp) -> String {
    let Utc { year, month, day, hour, minute, second } = Utc::of(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The time of day that is shown until hydration: "16:56 UTC".
pub fn utc(at: Timestamp) -> String {
    let Utc { hour, minute, .. } = Utc::of(at);
    format!("{hour:02}:{minute:02} UTC")
}

/// The local time of day, with the date when it is not today: "오후 9:43", "11월 21일 오후 9:43".
pub fn local(lang: Lang, at: Timestamp) -> String {
    thread_local! {
        /// Formatters are expensive to make and cheap to use.
        static FORMATS: [[Intl::DateTimeFormat; 2]; 2] = Lang::ALL.map(|lang| [format(lang, false), format(lang, true)]);
    }
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let today = js_sys::Date::new_0();
    let same_day = date.get_date() == today.get_date() && (today.get_time() - date.get_time()).abs() < 86_400_000.0;
    FORMATS.with(|formats| {
        let of_lang = &formats[usize::from(lang == Lang::En)];
        let text = of_lang[usize::from(!same_day)].format().call1(&JsValue::UNDEFINED, &date);
        text.ok().and_then(|text| text.as_string()).unwrap_or_else(|| utc(at))
    })
}

fn format(lang: Lang, with_date: bool) -> Intl::DateTimeFormat {
    let options = Object::new();
    let set = |key: &str, value: &str| {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &key.into(), &value.into());
    };
    set("hour", "numeric");
    set("minute", "2-digit");
    if with_date {
        set("month", "short");
        set("day", "numeric");
    }
    Intl::DateTimeFormat::new(&js_sys::Array::of1(&lang.code().into()), &options)
}

/// How long ago something was by the browser's clock. If the server's clock is ahead, it says "just now".
pub fn ago(lang: Lang, at: Timestamp, now: u64) -> String {
    lang.ago(Timestamp(now).millis_since(at) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_agrees_with_known_dates() {
        assert_eq!(iso(Timestamp(0)), "1970-01-01T00:00:00Z");
        assert_eq!(iso(Timestamp(951_782_400_000)), "2000-02-29T00:00:00Z");
        assert_eq!(iso(Timestamp(1_795_366_572_999)), "2026-11-22T16:56:12Z");
        assert_eq!(utc(Timestamp(1_795_366_572_999)), "16:56 UTC");
    }

    #[test]
    fn time_passes_in_words() {
        let now = 10_000_000_000;
        let ago = |seconds: u64| ago(Lang::Ko, Timestamp(now - seconds * 1000), now);
        assert_eq!([0, 59, 60, 3600, 86_400].map(ago), ["방금", "방금", "1분 전", "1시간 전", "1일 전"]);
        assert_eq!(super::ago(Lang::En, Timestamp(now + 5000), now), "just now");
    }
}
