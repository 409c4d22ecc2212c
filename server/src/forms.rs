//! Plain forms, for pages without JavaScript: a form posts to a server function and names in its query where to go on
//! (`back`) and where it stands itself (`from`, when that is somewhere else). What went wrong waits in the session of who
//! has a cookie; to others the page is answered again as it is now, with what they typed, and nothing is kept.

use app::page::Flash;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::entry::{Reason, Text};
use chat::visitor::OwnName;
use chat::{Address, Error, RoomId, RoomTitle};

use crate::api::{Call, run};
use crate::body::whole;
use crate::refusal::{Asked, fail, refuse};
use crate::session::Visitor;
use crate::{Site, pages};

/// The function whose answer says where to go on.
const CREATE_ROOM: &str = "/api/create_room";

/// Characters of an id.
const ID: u32 = 32;
/// More than any number of seats, or of an entry, has.
const NUMBER: u32 = 20;

/// The fields of each form that are shown or sent again when it failed, with as many characters as they may hold. Never a
/// password.
const FIELDS: [(&str, &[(&str, u32)]); 6] = [
    (CREATE_ROOM, &[("title", RoomTitle::MAX_CHARS), ("capacity", NUMBER)]),
    ("/api/enter_room", &[("room", ID)]),
    ("/api/send_text", &[("room", ID), ("client", ID), ("text", Text::MAX_CHARS), ("to", ID), ("reply", NUMBER)]),
    ("/api/rename", &[("room", ID), ("name", OwnName::MAX_CHARS)]),
    ("/api/throw_out", &[("room", ID), ("whom", ID), ("reason", Reason::MAX_CHARS)]),
    ("/api/set_room", &[("room", ID), ("title", RoomTitle::MAX_CHARS), ("capacity", NUMBER), ("slow", NUMBER)]),
];

/// Calls the server function for a form, and sends the browser on.
pub async fn submit(site: &Site, visitor: &Visitor, asked: &Asked, call: Call) -> Response {
    let Some(ways) = Ways::read(call.request.uri().query().unwrap_or_default()) else {
        return refuse(site, asked, 400, Error::Refused).await;
    };
    let address = call.address;
    let (outcome, typed) = match typed(&asked.path, call).await {
        Ok((call, typed)) => (run(site, visitor, call).await, typed),
        Err(error) => (Err(error), Vec::new()),
    };
    match outcome {
        Ok(response) => go_on(&asked.path, &ways, response).await,
        // Nothing can be kept now, the error neither.
        Err(Error::Unavailable) => fail(site, asked, Error::Unavailable).await,
        Err(error) => tell(site, visitor, asked, &ways.from, address, Flash { error, typed }).await,
    }
}

/// Says what went wrong on the page where the form stands.
async fn tell(
    site: &Site,
    visitor: &Visitor,
    asked: &Asked,
    from: &str,
    address: Option<Address>,
    flash: Flash,
) -> Response {
    if visitor.is_known {
        match site.sessions.put_flash(visitor, address, flash.clone()).await {
            Ok(true) => return see_other(from, &HeaderMap::new()),
            Ok(false) => {}
            Err(error) => return fail(site, asked, error).await,
        }
    }
    pages::again(site, asked, visitor, from, flash).await
}

/// Where a form leads.
#[derive(Debug, PartialEq, Eq)]
struct Ways {
    back: String,
    from: String,
}

impl Ways {
    /// From a query. `None` when it names no way, or one that leads out of here.
    fn read(query: &str) -> Option<Self> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
        let field = |name| fields.iter().find(|(known, _)| known == name).map(|(_, way)| way.clone());
        let back = field("back")?;
        let from = field("from").unwrap_or_else(|| back.clone());
        (is_local(&back) && is_local(&from)).then_some(Self { back, from })
    }
}

/// A path of ours and nothing that a browser could take for another host: `//`, `/\`, or either behind characters that
/// it strips.
fn is_local(way: &str) -> bool {
    let is_plain = way.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && way.starts_with('/') && !way.starts_with("//")
}

/// The call, and what was typed.
async fn typed(path: &str, call: Call) -> Result<(Call, Vec<(String, String)>), Error> {
    let Call { request, address, reading, allowed } = call;
    let (parts, body) = request.into_parts();
    let is_urlencoded = parts.headers.get(CONTENT_TYPE).is_some_and(|content_type| {
        content_type.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    });
    if !is_urlencoded {
        return Ok((Call { request: Request::from_parts(parts, body), address, reading, allowed }, Vec::new()));
    }
    let bytes = whole(body).await.map_err(|_| reading.error().unwrap_or(Error::Refused))?;
    let typed = typed_in(path, serde_urlencoded::from_bytes(&bytes).unwrap_or_default());
    Ok((Call { request: Request::from_parts(parts, Body::from(bytes)), address, reading, allowed }, typed))
}

/// The form's own fields, each once, in the form's order. One that is too long is what went wrong: it comes back with
/// twice what it may hold at most.
fn typed_in(path: &str, fields: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = FIELDS.iter().find(|(known, _)| *known == path).map_or(&[][..], |(_, own)| own);
    let typed = own.iter().filter_map(|(own, most)| {
        let (name, mut text) = fields.iter().find(|(name, _)| name == own).cloned()?;
        if let Some((end, _)) = text.char_indices().nth(2 * *most as usize) {
            text.truncate(end);
        }
        Some((name, text))
    });
    typed.collect()
}

async fn go_on(path: &str, ways: &Ways, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if path == CREATE_ROOM
        && let Ok(bytes) = to_bytes(body, 1024).await
        && let Ok(room) = serde_json::from_slice::<RoomId>(&bytes)
    {
        return see_other(&format!("/room/{room}"), &parts.headers);
    }
    see_other(&ways.back, &parts.headers)
}

/// 303, with the cookies that the function gave.
fn see_other(way: &str, headers: &HeaderMap) -> Response {
    let Ok(way) = HeaderValue::from_str(way) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, way)]).into_response();
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
    fn ways_stay_here(#[case] way: &str, #[case] expected: bool) {
        assert_eq!(is_local(way), expected);
        let query = serde_urlencoded::to_string([("back", way)]).expect("a query");
        assert_eq!(Ways::read(&query).is_some(), expected);
        let query = serde_urlencoded::to_string([("back", "/"), ("from", way)]).expect("a query");
        assert_eq!(Ways::read(&query).is_some(), expected);
    }

    #[test]
    fn a_form_without_a_way_is_refused() {
        assert_eq!(Ways::read("from=/"), None);
        assert_eq!(Ways::read("back=/a"), Some(Ways { back: "/a".into(), from: "/a".into() }));
    }

    #[test]
    fn only_the_forms_own_fields_come_back_and_not_too_much_of_them() {
        let typed = |path: &str, fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            typed_in(path, fields.collect())
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
    fn what_waits_is_bounded() {
        for (path, own) in FIELDS {
            let fields: Vec<_> = own.iter().map(|(name, _)| ((*name).to_owned(), "\u{1}".repeat(70_000))).collect();
            let kept = serde_json::to_vec(&typed_in(path, fields)).expect("JSON");
            assert!(kept.len() < 26_000, "{path}: {}", kept.len());
        }
    }
}
