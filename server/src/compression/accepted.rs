//! Reads which encoding a client accepts best (RFC 9110, section 12.5.3).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

use super::coding::Coding;

/// A weight in thousandths.
type Weight = u16;
const MOST: Weight = 1000;

/// The encoding that the client prefers. `None` when it accepts neither brotli nor gzip, or prefers uncompressed
/// bodies. If both have the same weight, brotli is taken.
pub fn accepted(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<(&str, Weight)> = values.flat_map(|value| value.split(',')).filter_map(weighted).collect();
    let find = |names: &[&str]| {
        named
            .iter()
            .find(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
            .map(|(_, weight)| *weight)
    };
    let any = find(&["*"]).unwrap_or(0);
    let brotli = find(&["br"]).unwrap_or(any);
    let gzip = find(&["gzip", "x-gzip"]).unwrap_or(any);
    // If `identity` is not in the list, uncompressed bodies are accepted, but not preferred.
    let plain = find(&["identity"]).unwrap_or(0);
    let (coding, weight) = if brotli >= gzip { (Coding::Brotli, brotli) } else { (Coding::Gzip, gzip) };
    (weight > 0 && weight >= plain).then_some(coding)
}

/// Reads `name` or `name;q=0.5`. An encoding whose weight makes no sense is not accepted.
fn weighted(text: &str) -> Option<(&str, Weight)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(parameter) = parts.next() else { return Some((name, MOST)) };
    let weight = match parameter.split_once('=') {
        Some((key, value)) if key.trim().eq_ignore_ascii_case("q") => thousandths(value.trim()),
        _ => None,
    };
    Some((name, weight.unwrap_or(0)))
}

/// Reads a number from 0 to 1 with at most three digits behind the point.
fn thousandths(text: &str) -> Option<Weight> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let weight: Weight = format!("{whole}{rest:0<3}").parse().ok()?;
    (weight <= MOST).then_some(weight)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rstest::rstest;

    use super::*;

    const BROTLI: Option<Coding> = Some(Coding::Brotli);
    const GZIP: Option<Coding> = Some(Coding::Gzip);

    #[rstest]
    #[case::browsers("gzip, deflate, br, zstd", BROTLI)]
    #[case::over_http("gzip, deflate", GZIP)]
    #[case::old_name("X-GZIP", GZIP)]
    #[case::others("zstd, deflate", None)]
    #[case::nothing("", None)]
    #[case::anything("*", BROTLI)]
    #[case::anything_else("br;q=0, *", GZIP)]
    #[case::nothing_else("gzip;q=0.5, *;q=0", GZIP)]
    #[case::none("br;q=0, gzip;q=0", None)]
    #[case::none_precisely("br;q=0.000", None)]
    #[case::a_little("br;q=0.001", BROTLI)]
    #[case::gzip_preferred("br;q=0.5, gzip;q=0.8", GZIP)]
    #[case::brotli_preferred("br ; Q=0.8 , gzip;q=0.75", BROTLI)]
    #[case::equal("gzip;q=0.5,br;q=0.5", BROTLI)]
    #[case::plain_preferred("identity, br;q=0.5", None)]
    #[case::plain_as_well("identity, br", BROTLI)]
    #[case::plain_refused("identity;q=0", None)]
    #[case::nonsense("br;q=2, gzip;q=x", None)]
    #[case::more_nonsense("br;level=3, ;q=1, gzip;q=0.1234", None)]
    #[case::more_than_one("br;q=1.001, gzip;q=1.000", GZIP)]
    fn what_is_accepted(#[case] header: &'static str, #[case] expected: Option<Coding>) {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(header))]);
        assert_eq!(accepted(&headers), expected);
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        assert_eq!(accepted(&headers), None);
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.1"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(accepted(&headers), GZIP);
    }
}
