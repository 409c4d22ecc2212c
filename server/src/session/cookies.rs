//! The cookies: the identity of a browser, and the session that belongs to it. Each kind is signed with a key of its
//! own.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chat::VisitorId;
use sha2::{Digest, Sha512};
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, CookieJar, Key, SameSite};
use tower_sessions::session::Id;

use crate::settings::Secret;

/// The number of days a cookie is valid after the day it was given.
pub const LIFETIME_DAYS: u64 = 30;

/// The number of days by which another node's clock may be ahead of ours.
const SKEW_DAYS: u64 = 1;

/// How many cookies of the same name are read. A browser sends one, or two while the paths or domains of the site
/// change.
const MAX_READ: usize = 4;

/// The content of the identity cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub visitor: VisitorId,
    /// The day the cookie was given, in days since 1970-01-01.
    pub day: u64,
}

impl Identity {
    /// The first byte of the content, so that another kind of content, if ever signed with the same key, is not taken
    /// for this one.
    const KIND: u8 = b'v';
    const VERSION: u8 = 1;

    fn encode(self) -> String {
        let mut bytes = [0; 22];
        (bytes[0], bytes[1]) = (Self::KIND, Self::VERSION);
        bytes[2..18].copy_from_slice(&self.visitor.0);
        bytes[18..].copy_from_slice(&u32::try_from(self.day).unwrap_or(u32::MAX).to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 22] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let [Self::KIND, Self::VERSION, rest @ ..] = bytes else { return None };
        let (visitor, day) = rest.split_at(16);
        let (visitor, day) = (visitor.try_into().ok()?, day.try_into().ok()?);
        Some(Self { visitor: VisitorId(visitor), day: u32::from_be_bytes(day).into() })
    }

    fn is_good(self, today: u64) -> bool {
        self.day <= today + SKEW_DAYS && today.saturating_sub(self.day) <= LIFETIME_DAYS
    }
}

/// Reads and signs all cookies.
pub struct Cookies {
    /// Whether cookies are restricted to https.
    pub is_secure: bool,
    identity: Signer,
    session: Signer,
    /// The cookie of the previous version: a session id, under the name of the identity cookie without its prefix.
    previous: Signer,
}

/// The name and the key of one kind of cookie.
struct Signer {
    name: &'static str,
    key: Key,
}

impl Cookies {
    pub fn new(secret: &Secret, is_secure: bool) -> Self {
        // A browser accepts a `__Host-` cookie only from its own host, and only over https.
        let (identity, session) =
            if is_secure { ("__Host-gifchat", "__Host-gifchat_session") } else { ("gifchat", "gifchat_session") };
        Self {
            is_secure,
            identity: Signer { name: identity, key: derived(secret, "gifchat: who a visitor is") },
            session: Signer { name: session, key: derived(secret, "gifchat: which session is a visitor's") },
            previous: Signer { name: "gifchat", key: Key::from(&Sha512::digest(&secret.0)) },
        }
    }

    /// The identity in these headers, if they have a cookie that is valid today.
    pub fn identity(&self, headers: &HeaderMap, today: u64) -> Option<Identity> {
        self.identity.read(headers, |text| Identity::decode(text).filter(|identity| identity.is_good(today)))
    }

    pub fn session(&self, headers: &HeaderMap) -> Option<Id> {
        self.session.read(headers, |text| text.parse().ok())
    }

    pub fn previous(&self, headers: &HeaderMap) -> Option<Id> {
        self.previous.read(headers, |text| text.parse().ok())
    }

    pub fn give_identity(&self, identity: Identity) -> Option<HeaderValue> {
        self.give(&self.identity, identity.encode(), days(LIFETIME_DAYS))
    }

    /// The cookie expires together with the session.
    pub fn give_session(&self, id: Id, lifetime: Duration) -> Option<HeaderValue> {
        self.give(&self.session, id.to_string(), lifetime)
    }

    pub fn give_previous(&self, id: Id) -> Option<HeaderValue> {
        self.give(&self.previous, id.to_string(), days(LIFETIME_DAYS))
    }

    /// Deletes the session cookie from the browser.
    pub fn end_session(&self) -> Option<HeaderValue> {
        header(&self.attributes(Cookie::new(self.session.name, ""), Duration::ZERO))
    }

    fn give(&self, signer: &Signer, value: String, lifetime: Duration) -> Option<HeaderValue> {
        let mut jar = CookieJar::new();
        jar.signed_mut(&signer.key).add(self.attributes(Cookie::new(signer.name, value), lifetime));
        jar.get(signer.name).and_then(header)
    }

    fn attributes(&self, cookie: Cookie<'static>, lifetime: Duration) -> Cookie<'static> {
        let cookie = Cookie::build(cookie).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(self.is_secure).max_age(lifetime).build()
    }
}

impl Signer {
    /// The first cookie of this name that has a valid signature and can be decoded.
    fn read<T>(&self, headers: &HeaderMap, decode: impl Fn(&str) -> Option<T>) -> Option<T> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let named = lines.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == self.name);
        let jar = CookieJar::new();
        let signed = jar.signed(&self.key);
        named.take(MAX_READ).find_map(|cookie| decode(signed.verify(cookie.into_owned())?.value()))
    }
}

/// Derives a key for one purpose from the secret.
fn derived(secret: &Secret, purpose: &str) -> Key {
    Key::from(&Sha512::new().chain_update(purpose).chain_update([0]).chain_update(&secret.0).finalize())
}

pub fn days(days: u64) -> Duration {
    Duration::days(i64::try_from(days).unwrap_or(i64::MAX))
}

fn header(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    cookie.to_string().try_into().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ANN: Identity = Identity { visitor: VisitorId([7; 16]), day: 20_000 };

    fn cookies(is_secure: bool) -> Cookies {
        Cookies::new(&Secret(b"a secret of this test".to_vec()), is_secure)
    }

    /// The headers that a browser sends after it was given this cookie.
    fn sent(given: Option<HeaderValue>) -> HeaderMap {
        let given = given.expect("a cookie");
        let pair = given.to_str().expect("text").split(';').next().unwrap_or_default().to_owned();
        HeaderMap::from_iter([(COOKIE, pair.parse().expect("a header"))])
    }

    #[rstest]
    #[case::the_same_day(20_000, true)]
    #[case::the_last_day(20_030, true)]
    #[case::past_it(20_031, false)]
    #[case::given_by_a_clock_ahead(19_999, true)]
    #[case::given_in_the_future(19_998, false)]
    fn an_identity_is_good_for_thirty_days(#[case] today: u64, #[case] expected: bool) {
        let cookies = cookies(false);
        let read = cookies.identity(&sent(cookies.give_identity(ANN)), today);
        assert_eq!(read, expected.then_some(ANN));
    }

    #[test]
    fn every_changed_character_is_seen() {
        let cookies = cookies(false);
        let headers = sent(cookies.give_identity(ANN));
        let pair = headers[COOKIE].to_str().expect("text").to_owned();
        // The last character is tested, too: two of its bits belong to no byte, and are rejected when they are set.
        for place in "gifchat=".len()..pair.len() {
            let mut changed = pair.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(&changed).expect("a header"))]);
            assert_eq!(cookies.identity(&changed, ANN.day), None, "{place}");
        }
    }

    #[test]
    fn no_cookie_is_taken_for_another() {
        let cookies = cookies(false);
        let id = Id(5);
        let previous = sent(cookies.give_previous(id));
        assert_eq!((cookies.previous(&previous), cookies.identity(&previous, 0)), (Some(id), None));
        let identity = sent(cookies.give_identity(ANN));
        assert_eq!((cookies.previous(&identity), cookies.session(&identity)), (None, None));
        // The signature does not cover the name, so only the key keeps the cookies apart.
        let renamed = |headers: &HeaderMap, from: &str, to: &str| {
            let pair = headers[COOKIE].to_str().expect("text").replacen(from, to, 1);
            HeaderMap::from_iter([(COOKIE, pair.parse().expect("a header"))])
        };
        let session = sent(cookies.give_session(id, Duration::days(1)));
        assert_eq!(cookies.session(&session), Some(id));
        assert_eq!(cookies.previous(&renamed(&session, "gifchat_session=", "gifchat=")), None);
        assert_eq!(cookies.session(&renamed(&previous, "gifchat=", "gifchat_session=")), None);
        let other = Cookies::new(&Secret(b"another secret".to_vec()), false);
        assert_eq!(other.identity(&identity, ANN.day), None);
    }

    #[test]
    fn over_https_it_is_kept_to_its_host_and_to_https() {
        let (plain, secure) = (cookies(false), cookies(true));
        let given = |cookie: Option<HeaderValue>| cookie.expect("a cookie").to_str().expect("text").to_owned();
        for (cookie, name) in [
            (secure.give_identity(ANN), "__Host-gifchat="),
            (secure.give_session(Id(5), Duration::days(1)), "__Host-gifchat_session="),
            (secure.end_session(), "__Host-gifchat_session=;"),
        ] {
            let cookie = given(cookie);
            assert!(cookie.starts_with(name), "{cookie}");
            for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age="] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        assert!(!given(plain.give_identity(ANN)).contains("Secure"));
        // A cookie given over http, or set by another host of the domain, is ignored over https.
        assert_eq!(secure.identity(&sent(plain.give_identity(ANN)), ANN.day), None);
    }

    #[test]
    fn nonsense_is_nobody() {
        let cookies = cookies(false);
        let digest = "A".repeat(44);
        for text in
            ["gifchat", "gifchat=", "gifchat=가가가", &format!("gifchat={digest}"), &format!("gifchat={digest}x")]
        {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(text.as_bytes()).expect("a header"))]);
            assert_eq!(
                (cookies.identity(&headers, 0), cookies.session(&headers), cookies.previous(&headers)),
                (None, None, None)
            );
        }
    }
}
