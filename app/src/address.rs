//! Builds addresses and encodes values in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Every character except those that are never encoded (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` as a value in a query string (RFC 3986, section 2).
pub fn in_query(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The lobby's address for a search.
pub fn search(query: &str) -> String {
    if query.is_empty() { "/".to_owned() } else { format!("/?q={}", in_query(query)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded() {
        assert_eq!(in_query("a b&c=가"), "a%20b%26c%3D%EA%B0%80");
        assert_eq!([search(""), search("a/b")], ["/", "/?q=a%2Fb"]);
    }
}
