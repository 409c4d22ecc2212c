//! Plain forms, for pages without JavaScript. A form posts to a server function and names two paths in its query:
//! `back`, where to go on success, and `from`, the page of the form, if that is another one. For a visitor with a
//! cookie, an error is stored in the session until the next page. For others the page is rendered again at once, with
//! what they typed, and nothing is stored.

use app::page::Flash;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use backend::Address;
use chat::entry::Text;
use chat::room::Reason;
use chat::text;
use chat::visitor::OwnName;
use chat::{Error, RoomId, RoomTitle};

use crate::body::read_all;
use crate::call::{Call, run};
use crate::refusal::{RequestInfo, fail, refuse};
use crate::session::Visitor;
use crate::{AppState, pages};

/// This function's result decides which page comes next.
const CREATE_ROOM: &str = "/api/create_room";

/// The length of an id in characters.
const ID_CHARS: u32 = 32;
/// The most bytes of one field that are stored until the next page.
const MOST_KEPT_BYTES: usize = 16_000;
/// No number of seats or of an entry has this many digits.
const NUMBER_CHARS: u32 = 20;

/// The fields of each form that are shown again after an error, with the most characters each may hold. Passwords are
/// never among them.
const FIELDS: [(&str, &[(&str, u32)]); 6] = [
    (CREATE_ROOM, &[("title", RoomTitle::MAX_CHARS), ("capacity", NUMBER_CHARS)]),
    ("/api/enter_room", &[("room", ID_CHARS)]),
    (
        "/api/send_text",
        &[
            ("room", ID_CHARS),
            ("client", ID_CHARS),
            ("text", Text::MAX_CHARS),
            ("to", ID_CHARS),
            ("reply", NUMBER_CHARS),
        ],
    ),
    ("/api/rename", &[("room", ID_CHARS), ("name", OwnName::MAX_CHARS)]),
    ("/api/throw_out", &[("room", ID_CHARS), ("whom", ID_CHARS), ("reason", Reason::MAX_CHARS)]),
    (
        "/api/set_room",
        &[
            ("room", ID_CHARS),
            ("title", RoomTitle::MAX_CHARS),
            ("capacity", NUMBER_CHARS),
            ("slow", NUMBER_CHARS),
            ("veil", NUMBER_CHARS),
        ],
    ),
];

/// Calls the server function for a form, and redirects the browser.
pub async fn submit(state: &AppState, visitor: &Visitor, info: &RequestInfo, call: Call) -> Response {
    let Some(redirects) = Redirects::read(call.request.uri().query().unwrap_or_default()) else {
        return refuse(state, info, 400, Error::Refused).await;
    };
    let address = call.address;
    let (outcome, typed) = match typed(&info.path, call).await {
        Ok((call, typed)) => (run(state, visitor, call).await, typed),
        Err(error) => (Err(error), Vec::new()),
    };
    match outcome {
        Ok(response) => redirect(&info.path, &redirects, response).await,
        // When the store is unavailable, the error cannot be stored either.
        Err(Error::Unavailable) => fail(state, info, Error::Unavailable).await,
        Err(error) => show_error(state, visitor, info, &redirects.from, address, Flash { error, typed }).await,
    }
}

/// Shows an error on the page with the form.
async fn show_error(
    state: &AppState,
    visitor: &Visitor,
    info: &RequestInfo,
    from: &str,
    address: Option<Address>,
    flash: Flash,
) -> Response {
    if visitor.is_known {
        match state.sessions.put_flash(visitor, address, flash.clone()).await {
            Ok(true) => return see_other(from, &HeaderMap::new()),
            Ok(false) => {}
            Err(error) => return fail(state, info, error).await,
        }
    }
    pages::again(state, info, visitor, from, flash).await
}

/// The local paths that a form leads to.
#[derive(Debug, PartialEq, Eq)]
struct Redirects {
    back: String,
    from: String,
}

impl Redirects {
    /// Reads the paths from a query. `None` when `back` is missing, or when a path leads to another site.
    fn read(query: &str) -> Option<Self> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
        let field = |name| fields.iter().find(|(known, _)| known == name).map(|(_, path)| path.clone());
        let back = field("back")?;
        let from = field("from").unwrap_or_else(|| back.clone());
        (is_local(&back) && is_local(&from)).then_some(Self { back, from })
    }
}

/// Whether this is a path of ours that no browser takes for another host. Browsers do so with `//` or `/\`, also
/// behind characters that they strip.
fn is_local(path: &str) -> bool {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && path.starts_with('/') && !path.starts_with("//")
}

/// Reads the form's fields, and returns them with a call that can still be run.
async fn typed(path: &str, call: Call) -> Result<(Call, Vec<(String, String)>), Error> {
    let Call { request, address, body_status, allowed } = call;
    let (parts, body) = request.into_parts();
    let is_urlencoded = parts.headers.get(CONTENT_TYPE).is_some_and(|content_type| {
        content_type.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    });
    if !is_urlencoded {
        return Ok((Call { request: Request::from_parts(parts, body), address, body_status, allowed }, Vec::new()));
    }
    let bytes = read_all(body).await.map_err(|_| body_status.error().unwrap_or(Error::Refused))?;
    let typed = known_fields(path, serde_urlencoded::from_bytes(&bytes).unwrap_or_default());
    Ok((Call { request: Request::from_parts(parts, Body::from(bytes)), address, body_status, allowed }, typed))
}

/// The known fields of the form, each once and in a fixed order. A text that is too long is the error that has to be
/// shown, so up to twice the limit is kept, in whole characters.
fn known_fields(path: &str, fields: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = FIELDS.iter().find(|(known, _)| *known == path).map_or(&[][..], |(_, own)| own);
    let typed = own.iter().filter_map(|(own, most)| {
        let (name, mut text) = fields.iter().find(|(name, _)| name == own).cloned()?;
        let end = kept_start(&text, *most as usize).len();
        text.truncate(end);
        Some((name, text))
    });
    typed.collect()
}

/// The start of a text: at most `2 * most` characters, at most 32 bytes for each of the `most` characters that the
/// field may hold, and at most [`MOST_KEPT_BYTES`], which only the text of a message reaches.
fn kept_start(text: &str, most: usize) -> &str {
    let start = text::start(text, 2 * most);
    let bytes = (32 * most).min(MOST_KEPT_BYTES);
    if start.len() <= bytes {
        return start;
    }
    // The cut may go through the last character, so that one is left out.
    let cut = start.get(..start.floor_char_boundary(bytes)).unwrap_or_default();
    text::start(cut, text::length(cut).saturating_sub(1))
}

async fn redirect(path: &str, redirects: &Redirects, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if path == CREATE_ROOM
        && let Ok(bytes) = to_bytes(body, 1024).await
        && let Ok(room) = serde_json::from_slice::<RoomId>(&bytes)
    {
        return see_other(&format!("/room/{room}"), &parts.headers);
    }
    see_other(&redirects.back, &parts.headers)
}

/// A 303 redirect with the cookies that the function set.
fn see_other(path: &str, headers: &HeaderMap) -> Response {
    let Ok(path) = HeaderValue::from_str(path) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response();
    for cookie in headers.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", true)]
    #[case("/room/0123?before=7#end", true)]
    #[case("", false)]
    #[case("room", false)]
    #[case("//evil.example", false)]
    #[case("///evil.example", false)]
    #[case("/\\evil.example", false)]
    #[case("\\/evil.example", false)]
    #[case("https://evil.example", false)]
    #[case("javascript:alert(1)", false)]
    #[case("/\t/evil.example", false)]
    #[case("/\r\nSet-Cookie: a=b", false)]
    #[case("\u{0}/a", false)]
    #[case("/가", false)]
    #[case(" /", false)]
    fn ways_stay_here(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_local(path), expected);
        let query = serde_urlencoded::to_string([("back", path)]).expect("a query");
        assert_eq!(Redirects::read(&query).is_some(), expected);
        let query = serde_urlencoded::to_string([("back", "/"), ("from", path)]).expect("a query");
        assert_eq!(Redirects::read(&query).is_some(), expected);
    }

    #[test]
    fn a_form_without_a_way_is_refused() {
        assert_eq!(Redirects::read("from=/"), None);
        assert_eq!(Redirects::read("back=/a"), Some(Redirects { back: "/a".into(), from: "/a".into() }));
    }

    #[test]
    fn only_the_forms_own_fields_come_back_and_not_too_much_of_them() {
        let typed = |path: &str, fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            known_fields(path, fields.collect())
        };
        let long = "가".repeat(20_000);
        let back = typed(
            CREATE_ROOM,
            &[("invented", &long), ("title", &long), ("title", "second"), ("password", "secret"), ("capacity", "1")],
        );
        let expected = [("title", "가".repeat(100)), ("capacity", "1".to_owned())];
        assert_eq!(back, expected.map(|(name, text)| (name.to_owned(), text)));
        assert_eq!(typed("/api/enter_room", &[("password", "secret"), ("room", "7")]), [("room".into(), "7".into())]);
        assert!(typed("/api/set_language", &[("lang", "en")]).is_empty());
    }

    #[test]
    fn what_comes_back_is_cut_between_characters() {
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        assert_eq!(kept_start(&family.repeat(60), 50), family.repeat(60));
        let long = family.repeat(2000);
        let kept = kept_start(&long, 2000);
        assert!(kept.len() <= MOST_KEPT_BYTES && kept.len() + 2 * family.len() > MOST_KEPT_BYTES, "{}", kept.len());
        assert_eq!(kept.len() % family.len(), 0);
    }

    #[test]
    fn what_waits_is_bounded() {
        for (path, own) in FIELDS {
            let fields: Vec<_> = own.iter().map(|(name, _)| ((*name).to_owned(), "\u{1}".repeat(70_000))).collect();
            let kept = serde_json::to_vec(&known_fields(path, fields)).expect("JSON");
            assert!(kept.len() < 26_000, "{path}: {}", kept.len());
        }
    }
}
