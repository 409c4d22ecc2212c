//! Plain forms, for pages without JavaScript: a form posts to a server function and names in its query where to go on
//! (`back`) and where it stands itself (`from`, when that is somewhere else). What went wrong waits in the session.

use app::page::Flash;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::{Error, RoomId};

use crate::Site;
use crate::api::{Call, run};
use crate::body::whole;
use crate::refusal::{Asked, fail, refuse};
use crate::session::Visitor;

/// The function whose answer says where to go on.
const CREATE_ROOM: &str = "/api/create_room";

/// Calls the server function for a form, and sends the browser on.
pub async fn submit(site: &Site, visitor: &Visitor, asked: &Asked, call: Call) -> Response {
    let Some(ways) = Ways::read(call.request.uri().query().unwrap_or_default()) else {
        return refuse(site, asked, 400, Error::Refused).await;
    };
    let (outcome, typed) = match typed(call).await {
        Ok((call, typed)) => (run(site, visitor, call).await, typed),
        Err(error) => (Err(error), Vec::new()),
    };
    match outcome {
        Ok(response) => go_on(&asked.path, &ways, response).await,
        // Nothing can be kept now, the error neither.
        Err(Error::Unavailable) => fail(site, asked, Error::Unavailable).await,
        Err(error) => match visitor.put_flash(&Flash { error, typed }).await {
            Ok(()) => see_other(&ways.from, &HeaderMap::new()),
            Err(error) => fail(site, asked, error).await,
        },
    }
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

/// The call, and what was typed: everything but passwords.
async fn typed(call: Call) -> Result<(Call, Vec<(String, String)>), Error> {
    let Call { request, address, reading, allowed } = call;
    let (parts, body) = request.into_parts();
    let is_urlencoded = parts.headers.get(CONTENT_TYPE).is_some_and(|content_type| {
        content_type.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    });
    if !is_urlencoded {
        return Ok((Call { request: Request::from_parts(parts, body), address, reading, allowed }, Vec::new()));
    }
    let bytes = whole(body).await.map_err(|_| reading.error().unwrap_or(Error::Refused))?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    let typed = fields.into_iter().filter(|(name, _)| !name.to_lowercase().contains("password")).collect();
    Ok((Call { request: Request::from_parts(parts, Body::from(bytes)), address, reading, allowed }, typed))
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
}
