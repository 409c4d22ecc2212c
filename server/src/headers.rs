//! The security headers of every response.

use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName, HeaderValue};

/// The header that says which features of the device a page may use.
pub const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The device features that a page of this server may use. The value for the camera differs between pages.
macro_rules! permissions {
    ($camera:literal) => {
        concat!(
            "accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=(), camera=",
            $camera
        )
    };
}

const NOTHING: &str = permissions!("()");
/// In a room, people make GIFs with their cameras.
pub const WITH_CAMERA: &str = permissions!("(self)");

/// Adds the security headers to a response. Headers that a route has set itself stay.
pub fn put_headers(headers: &mut HeaderMap, transport_security: Option<&'static str>) {
    let https = transport_security.map(|value| (header::STRICT_TRANSPORT_SECURITY, value));
    let all = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (PERMISSIONS_POLICY, NOTHING),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    headers.reserve(all.len() + 1);
    for (name, value) in all.into_iter().chain(https) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
