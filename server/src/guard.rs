//! The layer around every route; only compression is further out. Only our own pages may change anything, only requests to our
//! own host names are answered, a panic ends one request and not the server, and every response has security headers.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use chat::Error;
use futures_util::FutureExt;

use crate::headers::put_headers;
use crate::origin::{Origin, default_port};
use crate::refusal::{RequestInfo, misdirected, refuse, refuse_briefly};
use crate::{AppState, Notice};

/// Whether a page of ours sent this request. Browsers say so in Sec-Fetch-Site and in Origin, and whichever they send
/// must fit. (Sec-Fetch-Site is `none` when a person opens a URL, which never posts.) No current browser sends
/// neither, so such a request is refused. The check therefore does not depend on which header a browser leaves out.
pub fn is_same_origin(headers: &HeaderMap, ours: Option<&Origin>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let by_site = text(HeaderName::from_static("sec-fetch-site")).map(|site| site == "same-origin");
    let by_origin = text(header::ORIGIN).map(|origin| match ours {
        Some(ours) => Origin::parse(origin).is_ok_and(|origin| origin == *ours),
        None => text(header::HOST).is_some_and(|host| is_of_host(origin, host)),
    });
    match (by_site, by_origin) {
        (None, None) => false,
        (by_site, by_origin) => by_site.unwrap_or(true) && by_origin.unwrap_or(true),
    }
}

/// Compares an origin with a Host. Without a PUBLIC_ORIGIN the scheme of the Host is unknown, because a proxy may speak
/// https for us. So the Host may end with the default port of the origin's scheme, or leave it out.
fn is_of_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let Some(port) = default_port(scheme) else { return false };
    let bare = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase();
    !host.is_empty() && bare(authority) == bare(host)
}

/// Whether no stranger can have pointed this Host at us: it is an IP address, or a name of this machine or local
/// network. Any other name may belong to a stranger, who has changed it to our address after their page was loaded.
/// That page could now read ours as if it were of the same origin (DNS rebinding).
fn is_local(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    if let Some(address) = host.strip_prefix('[') {
        return address.split_once(']').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok());
    }
    let name = host.split_once(':').map_or(&*host, |(name, _)| name);
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.parse::<IpAddr>().is_ok() || last == "localhost" || (last == "local" && name != last)
}

/// Whether a request uses a host name of ours. With a PUBLIC_ORIGIN any name will do: changes must come from that
/// origin, and a proxy may use another name. A request without a Host does not come from a browser.
fn names_this_server(state: &AppState, headers: &HeaderMap) -> bool {
    let is_local = |host: &HeaderValue| host.to_str().is_ok_and(|host| host.is_empty() || is_local(host));
    state.public_origin.is_some() || headers.get_all(header::HOST).iter().all(is_local)
}

/// Probes reveal nothing, and they may use any host name.
fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// Files that are the same for everybody. The page that refuses a host name needs them to be styled.
fn is_static(path: &str) -> bool {
    path.starts_with("/pkg/") || matches!(path, "/noscript.css" | "/favicon.svg")
}

/// The start of a header's value, shortened for the log because strangers write it.
fn shown(headers: &HeaderMap, name: HeaderName) -> String {
    const LONGEST: usize = 100;
    let Some(value) = headers.get(name) else { return "none".to_owned() };
    // The log escapes characters that are not printable.
    String::from_utf8_lossy(value.as_bytes()).chars().take(LONGEST).collect()
}

/// From this line, administrators can see what their proxy does to the headers.
fn log_foreign(state: &AppState, info: &RequestInfo) {
    let Some(count) = state.notices.count(Notice::ForeignOrigin) else { return };
    let [origin, host, fetch_site] = [header::ORIGIN, header::HOST, HeaderName::from_static("sec-fetch-site")]
        .map(|name| shown(&info.headers, name));
    match &state.public_origin {
        Some(ours) => tracing::warn!(
            origin,
            fetch_site,
            count,
            "refused what does not come from PUBLIC_ORIGIN, which is {}: is that the address people use?",
            ours.as_str()
        ),
        None => tracing::warn!(
            origin,
            host,
            fetch_site,
            count,
            "refused what does not come from a page of ours. When Origin and Host differ only because a proxy writes \
             another Host, set PUBLIC_ORIGIN to the address people use."
        ),
    }
}

fn log_misdirected(state: &AppState, info: &RequestInfo) {
    if let Some(count) = state.notices.count(Notice::ForeignHost) {
        let host = shown(&info.headers, header::HOST);
        tracing::warn!(
            host,
            count,
            "refused to be called so. If that is the address people use, set PUBLIC_ORIGIN to it, with http:// or https://."
        );
    }
}

fn must_be_same_origin(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD) || request.uri().path() == "/ws"
}

/// The middleware itself.
pub async fn guard(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let info = RequestInfo::of(&request);
    request.extensions_mut().insert(info.clone());
    let is_foreign = must_be_same_origin(&request) && !is_same_origin(&info.headers, state.public_origin.as_ref());
    let mut response = if let Err(refused) = state.chat.allow_request(info.address(&state)) {
        refuse_briefly(&refused).await
    } else if !names_this_server(&state, &info.headers) && !is_probe(&info.path) && !is_static(&info.path) {
        log_misdirected(&state, &info);
        misdirected(&state, &info).await
    } else if is_foreign {
        log_foreign(&state, &info);
        refuse(&state, &info, 403, Error::Refused).await
    } else {
        match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            // The panic is already in the log, with its location.
            Err(_) => {
                tracing::error!(method = %info.method, path = info.path, "a request panicked");
                refuse(&state, &info, 500, Error::Internal).await
            }
        }
    };
    put_headers(response.headers_mut(), state.transport_security);
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use leptos::config::LeptosOptions;
    use rstest::rstest;
    use tokio_util::sync::CancellationToken;
    use tower::ServiceExt;

    use super::*;
    use crate::settings::Secret;
    use crate::{Server, Settings};

    #[rstest]
    #[case::same("same-origin", "http://a:1", "a:1", true)]
    #[case::only_site("same-origin", "", "a:1", true)]
    #[case::only_origin("", "http://a:1", "a:1", true)]
    #[case::behind_tls("", "https://a", "a", true)]
    #[case::neither("", "", "a:1", false)]
    #[case::other_port("", "http://a:2", "a:1", false)]
    #[case::other_host("", "http://a:1.evil", "a:1", false)]
    #[case::no_origin("", "null", "a:1", false)]
    #[case::other_scheme("", "file://a:1", "a:1", false)]
    #[case::no_host("", "http://", "", false)]
    #[case::same_site("same-site", "http://a:1", "a:1", false)]
    #[case::cross_site("cross-site", "", "a:1", false)]
    #[case::typed("none", "", "a:1", false)]
    #[case::contradiction("same-origin", "http://b", "a:1", false)]
    #[case::port_of_https("", "https://a", "a:443", true)]
    #[case::port_of_http("", "http://A:80", "a", true)]
    #[case::port_of_the_other("", "https://a", "a:80", false)]
    #[case::port_that_begins_alike("", "https://a", "a:4430", false)]
    fn origins(#[case] site: &str, #[case] origin: &str, #[case] host: &str, #[case] expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("sec-fetch-site", site), ("origin", origin), ("host", host)] {
            if !value.is_empty() || name == "host" {
                headers.insert(name, value.parse().expect("a header"));
            }
        }
        assert_eq!(is_same_origin(&headers, None), expected);
    }

    #[rstest]
    #[case("127.0.0.1:8005", true)]
    #[case("192.0.2.7", true)]
    #[case("[::1]:8005", true)]
    #[case("[2001:db8::1]", true)]
    #[case("localhost:8005", true)]
    #[case("LOCALHOST.", true)]
    #[case("chat.localhost", true)]
    #[case("living-room.local:8005", true)]
    #[case("chat.example", false)]
    #[case("localhost.evil.example", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("evil-local", false)]
    #[case("local", false)]
    #[case("[evil]:80", false)]
    #[case("intranet:8005", false)]
    fn names_that_no_stranger_can_point_at_us(#[case] host: &str, #[case] expected: bool) {
        assert_eq!(is_local(host), expected);
    }

    /// The router of this test has one route, and it panics.
    #[tokio::test]
    async fn a_panic_ends_one_request() {
        let dir = tempfile::tempdir().expect("a directory");
        let variable = |name: &str| (name == "DATA_DIR").then(|| dir.path().to_string_lossy().into_owned());
        let settings = Settings::read(&variable, LeptosOptions::builder().output_name("gifchat").build());
        let settings = settings.expect("settings");
        let Server { chat, settings, .. } = Server::open(settings).await.expect("a server");
        let state = Arc::new(AppState::new(chat, settings, &Secret(vec![1; 16]), CancellationToken::new()));
        let boom = || async {
            if true {
                panic!("the secret cause")
            }
        };
        let router = Router::new().route("/boom", get(boom)).layer(from_fn_with_state(state, guard));
        for (accept, expected) in [("text/html", "<!DOCTYPE html>"), ("*/*", "\"Internal\"")] {
            let request = Request::builder().uri("/boom").header("accept", accept).body(Body::empty());
            let response = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
            assert_eq!(response.status(), 500);
            assert!(response.headers().contains_key("content-security-policy"));
            let body = response.into_body().collect().await.expect("a body").to_bytes();
            let text = String::from_utf8_lossy(&body);
            assert!(text.starts_with(expected) && !text.contains("secret cause"), "{text}");
        }
    }

    #[test]
    fn a_public_origin_is_the_only_one() {
        let ours = Origin::parse("HTTPS://Chat.example:443/").expect("an origin");
        assert!(ours.is_https());
        for (origin, expected) in [
            ("https://chat.example", true),
            ("https://chat.example:443", true),
            ("http://chat.example", false),
            ("https://localhost:8005", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("origin", origin.parse().expect("a header"));
            headers.insert("host", HeaderValue::from_static("localhost:8005"));
            assert_eq!(is_same_origin(&headers, Some(&ours)), expected, "{origin}");
        }
    }
}
