//! Chooses the language of a page: the one the person chose (in the cookie `__Host-lang` over https, otherwise in
//! `lang`), then the one their browser prefers, then Korean.

use app::strings::Lang;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::choice::choice;

pub fn of(headers: &HeaderMap) -> Lang {
    let accepted = || headers.get_all(ACCEPT_LANGUAGE).iter().find_map(|line| line.to_str().ok());
    choice(headers, "lang", language).or_else(|| accepted().and_then(preferred)).unwrap_or_default()
}

/// The language with the highest weight among those we support (RFC 9110, section 12.5.4).
fn preferred(accepted: &str) -> Option<Lang> {
    let weighed = accepted.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let lang = language(parts.next()?)?;
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        (weight > 0.0).then_some((lang, weight))
    });
    let mut best: Option<(Lang, f32)> = None;
    for (lang, weight) in weighed {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((lang, weight));
        }
    }
    best.map(|(lang, _)| lang)
}

fn language(tag: &str) -> Option<Lang> {
    match tag.split('-').next()?.to_ascii_lowercase().as_str() {
        "ko" => Some(Lang::Ko),
        "en" => Some(Lang::En),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "", Lang::Ko)]
    #[case("", "en-US,en;q=0.9", Lang::En)]
    #[case("", "fr,en;q=0.5,ko;q=0.8", Lang::Ko)]
    #[case("", "ko;q=0,en;q=0.1", Lang::En)]
    #[case("", "fr", Lang::Ko)]
    #[case("a=b; lang=ko", "en", Lang::Ko)]
    #[case("lang=en", "ko", Lang::En)]
    #[case("lang=xx", "en", Lang::En)]
    #[case("lang=en; __Host-lang=ko", "en", Lang::Ko)]
    #[case("__Host-lang=xx; lang=ko", "en", Lang::Ko)]
    fn languages(#[case] cookie: &str, #[case] accept: &str, #[case] expected: Lang) {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().expect("a header"));
        headers.insert(ACCEPT_LANGUAGE, accept.parse().expect("a header"));
        assert_eq!(of(&headers), expected);
    }
}
