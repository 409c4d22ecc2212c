//! What a visitor has chosen once for all pages, in a cookie that holds nothing else.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// The choice in the cookie of this name (`__Host-` before it over https), as `read` understands it.
pub fn choice<T>(headers: &HeaderMap, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let lines = || headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = || lines().flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let is_prefixed = |found: &str| found.strip_prefix("__Host-") == Some(name);
    // A cookie without the prefix may date from before the prefix was used, so both are read.
    let prefixed = cookies().find(|(found, _)| is_prefixed(found)).and_then(|(_, value)| read(value));
    prefixed.or_else(|| cookies().find(|(found, _)| *found == name).and_then(|(_, value)| read(value)))
}
