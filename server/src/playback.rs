//! How GIFs play on a page: as the person chose (in the cookie `gifs`, see [`choice`]). If they have chosen nothing and
//! their browser wants to save data, GIFs play only on request.

use app::play::{Play, Playback};
use axum::http::HeaderMap;

use crate::choice::choice;

/// <https://wicg.github.io/savedata/#save-data-request-header-field>
const SAVE_DATA: &str = "save-data";

pub fn of(headers: &HeaderMap) -> Playback {
    let saves_data = headers.get(SAVE_DATA).is_some_and(|save| save.as_bytes().eq_ignore_ascii_case(b"on"));
    let Playback { play, veil } = choice(headers, "gifs", Playback::from_cookie).unwrap_or_default();
    Playback { play: play.or(saves_data.then_some(Play::Never)), veil }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "", None, false)]
    #[case("", "on", Some(Play::Never), false)]
    #[case("", "off", None, false)]
    #[case("gifs=once", "on", Some(Play::Once), false)]
    #[case("a=b; gifs=-veil", "", None, true)]
    #[case("gifs=-veil", "On", Some(Play::Never), true)]
    #[case("gifs=never; __Host-gifs=always-veil", "", Some(Play::Always), true)]
    #[case("gifs=sometimes", "", None, false)]
    fn playbacks(#[case] cookie: &str, #[case] save: &str, #[case] play: Option<Play>, #[case] veil: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().expect("a header"));
        headers.insert(SAVE_DATA, save.parse().expect("a header"));
        assert_eq!(of(&headers), Playback { play, veil });
    }
}
