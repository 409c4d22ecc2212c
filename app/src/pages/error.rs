//! The page for every other error: what failed, why, and a way back.

use chat::Error;

use crate::components::dead_end::dead_end;
use crate::markup::{Markup, element};
use crate::site::site;
use crate::strings::Lang;

pub fn error_page(status: u16, method: &str, path: &str, error: Option<&Error>) -> Markup {
    let (title, hint) = words(site().lang, status, method, path, error);
    // Only pages can be reloaded, not addresses to which forms are sent.
    let reload = method == "GET" && matches!(status, 429 | 500..);
    element("main").class("middle").child(dead_end(title, &hint, Some(status), reload))
}

/// Headline and explanation.
fn words(lang: Lang, status: u16, method: &str, path: &str, error: Option<&Error>) -> (String, String) {
    let words = lang.errors();
    let own = |title: &str, hint: &str| (title.to_owned(), hint.to_owned());
    match error {
        Some(Error::NotFound) => own(words.not_found(), lang.in_room().gone_hint()),
        Some(Error::Full) => own(words.full(), lang.form().door_full()),
        Some(Error::WrongPassword) => own(words.wrong_password(), lang.form().wrong_password_hint()),
        Some(Error::Unavailable) if method == "GET" => own(words.unavailable_title(), words.unavailable_hint()),
        Some(Error::Unavailable) => own(words.unavailable_title(), words.unavailable()),
        Some(Error::Internal) => own(words.internal_title(), words.internal_hint()),
        Some(error @ Error::TooMany { .. }) => (words.too_many_title().to_owned(), lang.error(error)),
        Some(error) => (words.forbidden_title().to_owned(), lang.error(error)),
        None if status == 503 => own(words.unavailable_title(), words.unavailable_hint()),
        None if status >= 500 => own(words.internal_title(), words.internal_hint()),
        None if status == 421 => own(words.other_name_title(), words.other_name_hint()),
        None if status == 405 => (words.method_title().to_owned(), lang.no_route(method, path)),
        None => (lang.no_route(method, path), words.no_route_hint().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_address_is_named_as_in_the_original() {
        let (title, _) = words(Lang::Ko, 404, "GET", "/x", None);
        assert_eq!(title, "GET /x 라우터가 없습니다.");
    }

    #[test]
    fn only_a_page_says_that_it_tries_again() {
        let hint = |method| words(Lang::En, 503, method, "/x", Some(&Error::Unavailable)).1;
        assert!(hint("GET").contains("by itself") && hint("POST").contains("did not get through"));
    }

    #[test]
    fn a_name_that_is_not_ours_is_answered_with_what_helps() {
        for lang in Lang::ALL {
            assert!(words(lang, 421, "GET", "/", None).1.contains("PUBLIC_ORIGIN"));
        }
    }

    #[test]
    fn a_gone_room_is_called_so() {
        assert_eq!(words(Lang::Ko, 404, "GET", "/room/1", Some(&Error::NotFound)).0, "존재하지 않는 방입니다.");
    }
}
