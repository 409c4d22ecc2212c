//! What stands before and behind every route: only our own pages may change anything, only a name that is ours is
//! answered, a panic ends one request and not the server, and every response says what a browser may do with it.

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

use crate::refusal::{Asked, briefly, misdirected, refuse};
use crate::{Line, Site};

/// A scheme with host and port, as browsers write it into Origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be an origin like https://chat.example, not {text:?}");
        let origin = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://").ok_or_else(wrong)?;
        let default_port = default_port(scheme).ok_or_else(wrong)?;
        let is_authority = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if authority.is_empty() || !authority.chars().all(is_authority) {
            return Err(wrong());
        }
        Ok(Self(format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(authority))))
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

/// The port that a scheme's addresses need not name, as they would name it.
fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" => Some(":80"),
        "https" => Some(":443"),
        _ => None,
    }
}

/// Whether a page of ours sent this. Browsers say so in Sec-Fetch-Site (`none`, a person's own doing, posts nothing) and
/// in Origin; what they say must fit, and a request that says neither comes from no browser of today and is refused, so
/// that nothing depends on which of the two a browser leaves out.
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

/// Without a PUBLIC_ORIGIN the scheme is not known: a proxy may speak https for us, and name its port or not.
fn is_of_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let Some(port) = default_port(scheme) else { return false };
    let bare = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase();
    !host.is_empty() && bare(authority) == bare(host)
}

/// Whether a Host is one that no stranger can have pointed at us: an IP address, or a name of this machine or network. A
/// page at any other name may be a stranger's whose name was given our address after it was loaded (DNS rebinding), and
/// which now reads us as if it were ours.
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

/// Whether a request asks for us by a name that is ours. With a PUBLIC_ORIGIN the names do not matter: what changes
/// anything must come from there, and a proxy may call us as it likes. Who names no host is no browser.
fn is_named(site: &Site, headers: &HeaderMap) -> bool {
    let is_local = |host: &HeaderValue| host.to_str().is_ok_and(|host| host.is_empty() || is_local(host));
    site.public_origin.is_some() || headers.get_all(header::HOST).iter().all(is_local)
}

/// These tell nothing, and who asks may call us anything.
fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// Files that are the same for everybody. The page that says that a name is not ours needs them to look like one.
fn is_static(path: &str) -> bool {
    path.starts_with("/pkg/") || matches!(path, "/noscript.css" | "/favicon.svg")
}

/// A header as it can be logged: strangers write it.
fn shown(headers: &HeaderMap, name: HeaderName) -> String {
    const LONGEST: usize = 100;
    let Some(value) = headers.get(name) else { return "none".to_owned() };
    // (The log escapes what is no text.)
    String::from_utf8_lossy(value.as_bytes()).chars().take(LONGEST).collect()
}

/// Whoever hosts this can find out from it what their proxy does.
fn log_foreign(site: &Site, asked: &Asked) {
    let Some(count) = site.lines.count(Line::ForeignOrigin) else { return };
    let [origin, host, fetch_site] = [header::ORIGIN, header::HOST, HeaderName::from_static("sec-fetch-site")]
        .map(|name| shown(&asked.headers, name));
    match &site.public_origin {
        Some(Origin(ours)) => tracing::warn!(
            origin,
            fetch_site,
            count,
            "refused what does not come from PUBLIC_ORIGIN, which is {ours}: is that the address people use?"
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

fn log_misdirected(site: &Site, asked: &Asked) {
    if let Some(count) = site.lines.count(Line::ForeignHost) {
        let host = shown(&asked.headers, header::HOST);
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

/// The outermost layer.
pub async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let is_foreign = must_be_same_origin(&request) && !is_same_origin(&asked.headers, site.public_origin.as_ref());
    let mut response = if let Err(refused) = site.chat.allow_request(asked.address(&site)) {
        briefly(&refused).await
    } else if !is_named(&site, &asked.headers) && !is_probe(&asked.path) && !is_static(&asked.path) {
        log_misdirected(&site, &asked);
        misdirected(&site, &asked).await
    } else if is_foreign {
        log_foreign(&site, &asked);
        refuse(&site, &asked, 403, Error::Refused).await
    } else {
        match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            // The panic itself is in the log already, with its place.
            Err(_) => {
                tracing::error!(method = %asked.method, path = asked.path, "a request panicked");
                refuse(&site, &asked, 500, Error::Internal).await
            }
        }
    };
    put_headers(response.headers_mut(), site.transport_security);
    response
}

const CAMERA_AND_CO: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()";

/// On everything. What a route has said itself stays.
fn put_headers(headers: &mut HeaderMap, transport_security: Option<&'static str>) {
    let https = transport_security.map(|value| (header::STRICT_TRANSPORT_SECURITY, value));
    let all = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), CAMERA_AND_CO),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in all.into_iter().chain(https) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
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
    use tokio::sync::watch;
    use tower::ServiceExt;

    use super::*;
    use crate::settings::Secret;
    use crate::{Server, Settings, Stopping};

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

    /// A server whose one route panics.
    #[tokio::test]
    async fn a_panic_ends_one_request() {
        let dir = tempfile::tempdir().expect("a directory");
        let variable = |name: &str| (name == "DATA_DIR").then(|| dir.path().to_string_lossy().into_owned());
        let settings = Settings::read(&variable, LeptosOptions::builder().output_name("gifchat").build());
        let settings = settings.expect("settings");
        let Server { chat, settings, .. } = Server::open(settings).await.expect("a server");
        let (_stop, stopping) = watch::channel(false);
        let site = Arc::new(Site::new(chat, settings, &Secret(vec![1; 16]), Stopping(stopping)));
        let boom = || async {
            if true {
                panic!("the secret cause")
            }
        };
        let router = Router::new().route("/boom", get(boom)).layer(from_fn_with_state(site, guard));
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
