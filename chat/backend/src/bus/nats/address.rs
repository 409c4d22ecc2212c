//! Reads a NATS URL: the server's address and the login.

use std::borrow::Cow;

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;

/// Why connecting failed, and will fail until a setting is changed. No message shows the URL, which may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(
        "not the address of a NATS server: that is nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ before HOST where the server asks for it"
    )]
    Address,
    #[error("the NATS server refuses the user, the password or the token")]
    Refused,
}

/// A server's address and the login for it. The login is not in the address, because the NATS client would ignore it there and
/// show it in its log.
pub struct NatsAddress {
    pub server: ServerAddr,
    login: Option<Login>,
}

enum Login {
    Token(String),
    User { name: String, password: String },
}

impl NatsAddress {
    pub fn read(url: &str) -> Result<Self, OpenError> {
        Self::try_read(url).ok_or(OpenError::Address)
    }

    fn try_read(url: &str) -> Option<Self> {
        let server: ServerAddr = url.trim().parse().ok()?;
        if !matches!(server.scheme(), "nats" | "tls") || server.host().is_empty() {
            return None;
        }
        let mut url = server.into_inner();
        let name = decoded(url.username())?;
        let login = match url.password() {
            Some(password) => Some(Login::User { name, password: decoded(password)? }),
            None if name.is_empty() => None,
            None => Some(Login::Token(name)),
        };
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(Self { server: ServerAddr::from_url(url).ok()?, login })
    }

    pub fn log_in(self, options: ConnectOptions) -> (ServerAddr, ConnectOptions) {
        let options = match self.login {
            None => options,
            Some(Login::Token(token)) => options.token(token),
            Some(Login::User { name, password }) => options.user_and_password(name, password),
        };
        (self.server, options)
    }
}

/// Decodes percent-encoding (RFC 3986, section 2.1). `None` when the result is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("nats://localhost:4222", "nats://localhost:4222")]
    #[case("localhost", "nats://localhost")]
    #[case(" tls://nats.example:443 ", "tls://nats.example:443")]
    #[case("nats://[::1]:4222", "nats://[::1]:4222")]
    #[case("nats://ann:s3cret@localhost", "nats://localhost")]
    #[case("nats://t0ken@localhost:1", "nats://localhost:1")]
    fn an_address_is_read_and_shows_no_secret(#[case] url: &str, #[case] shown: &str) {
        assert_eq!(NatsAddress::read(url).unwrap().server.as_url_str(), shown);
    }

    #[rstest]
    #[case("")]
    #[case("nats://")]
    #[case("nats://:4222")]
    #[case("http://localhost:4222")]
    #[case("ws://localhost:80")]
    #[case("nats://localhost:port")]
    #[case("nats://a:1,nats://b:2")]
    #[case("nats://%ff:x@localhost")]
    fn anything_else_is_refused(#[case] url: &str) {
        assert_eq!(NatsAddress::read(url).err(), Some(OpenError::Address));
    }

    #[test]
    fn user_password_and_token_are_decoded() {
        let login = |url| NatsAddress::read(url).unwrap().login;
        let Some(Login::User { name, password }) = login("nats://a%40b:p%2Fq%25%zz@localhost") else { unreachable!() };
        assert_eq!((name.as_str(), password.as_str()), ("a@b", "p/q%%zz"));
        let Some(Login::Token(token)) = login("nats://t%3Aken@localhost") else { unreachable!() };
        assert_eq!(token, "t:ken");
        assert!(login("nats://localhost").is_none());
    }
}
