//! What a NATS URL says: where the server is, and who one is there.

use async_nats::{ConnectOptions, ServerAddr};

/// Why there is no connection, and will be none until a setting has changed. Neither shows the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(
        "not the address of a NATS server: that is nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ before HOST where the server asks for it"
    )]
    Address,
    #[error("the NATS server refuses the user, the password or the token")]
    Refused,
}

/// As the client ignores them in a URL, and shows URLs in its log, user and password are taken out of it.
pub struct Address {
    pub server: ServerAddr,
    login: Option<Login>,
}

enum Login {
    Token(String),
    User { name: String, password: String },
}

impl Address {
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

/// Without its percent-encoding (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex(*high).zip(hex(*low)),
            _ => None,
        };
        rest = match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                &rest[3..]
            }
            None => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
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
        assert_eq!(Address::read(url).unwrap().server.as_url_str(), shown);
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
        assert_eq!(Address::read(url).err(), Some(OpenError::Address));
    }

    #[test]
    fn user_password_and_token_are_decoded() {
        let login = |url| Address::read(url).unwrap().login;
        let Some(Login::User { name, password }) = login("nats://a%40b:p%2Fq%25%zz@localhost") else { unreachable!() };
        assert_eq!((name.as_str(), password.as_str()), ("a@b", "p/q%%zz"));
        let Some(Login::Token(token)) = login("nats://t%3Aken@localhost") else { unreachable!() };
        assert_eq!(token, "t:ken");
        assert!(login("nats://localhost").is_none());
    }
}
