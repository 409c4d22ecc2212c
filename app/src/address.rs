//! Writes values into addresses.

/// `text` as a value in a query string (RFC 3986, section 2).
pub fn in_query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    encoded
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
