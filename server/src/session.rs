//! Who a request comes from: a visitor is a session, kept in the store and named by a signed cookie.
//!
//! tower-sessions' own layer is left out: it answers an empty 500 when the store cannot save, and writes a new session
//! twice when it is saved before its first use. Here a request loads its session only where a route asks for it, each
//! change is written once, and a store that cannot answer is an error, never a new identity.

mod records;

use std::sync::Arc;

use app::page::Flash;
use axum::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, Response};
use chat::service::Chat;
use chat::{Error, Person, VisitorId};
use sha2::{Digest, Sha512};
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, CookieJar, Key, SameSite};
use tower_sessions::session::{self, Expiry, Id, Session};
use tower_sessions::session_store;

use self::records::Records;
use crate::settings::Secret;

/// The cookie's name.
pub const NAME: &str = "gifchat";

/// How long a session is kept after its last use.
const KEPT: Duration = Duration::days(30);

/// What a session holds.
const PERSON: &str = "person";
const DAY: &str = "day";
const FLASH: &str = "flash";

const DAY_MS: u64 = 24 * 3600 * 1000;

/// All sessions.
pub struct Sessions {
    chat: Arc<Chat>,
    records: Arc<Records>,
    key: Key,
    /// Cookies are for https alone.
    is_secure: bool,
}

/// Somebody, with their session.
pub struct Visitor {
    pub person: Person,
    session: Session,
    /// To go out with the response: the session is new, or lives longer now.
    cookie: Option<HeaderValue>,
}

impl Sessions {
    pub fn new(chat: Arc<Chat>, secret: &Secret, is_secure: bool) -> Self {
        let key = Key::from(&Sha512::digest(&secret.0));
        Self { records: Arc::new(Records::new(chat.clone())), chat, key, is_secure }
    }

    /// Whoever sent these headers, if they have a session.
    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        let Some(id) = self.id_of(headers) else { return Ok(None) };
        let session = self.session(Some(id));
        let Some(person) = session.get(PERSON).await.map_err(unavailable)? else { return Ok(None) };
        let mut visitor = Visitor { person, session, cookie: None };
        if let Err(error) = self.renew(&mut visitor).await {
            log(&error, "a session could not be renewed");
        }
        Ok(Some(visitor))
    }

    /// Whoever sent these headers; somebody new when they have no session.
    pub async fn find_or_create(&self, headers: &HeaderMap) -> Result<Visitor, Error> {
        match self.find(headers).await? {
            Some(visitor) => Ok(visitor),
            None => self.create().await,
        }
    }

    async fn create(&self) -> Result<Visitor, Error> {
        let person = Person::new(VisitorId::generate());
        let session = self.session(None);
        session.insert(PERSON, &person).await.map_err(unavailable)?;
        session.insert(DAY, self.today()).await.map_err(unavailable)?;
        session.save().await.map_err(unavailable)?;
        let cookie = session.id().and_then(|id| self.cookie(id));
        Ok(Visitor { person, session, cookie })
    }

    /// Once a day the session, and the cookie with it, lives on for its full time.
    async fn renew(&self, visitor: &mut Visitor) -> Result<(), session::Error> {
        let today = self.today();
        if visitor.session.get::<u64>(DAY).await? != Some(today) {
            visitor.session.insert(DAY, today).await?;
            visitor.session.save().await?;
            visitor.cookie = visitor.session.id().and_then(|id| self.cookie(id));
        }
        Ok(())
    }

    fn today(&self) -> u64 {
        self.chat.now().0 / DAY_MS
    }

    fn session(&self, id: Option<Id>) -> Session {
        Session::new(id, self.records.clone(), Some(Expiry::OnInactivity(KEPT)))
    }

    /// The session's id, from a cookie that we signed.
    fn id_of(&self, headers: &HeaderMap) -> Option<Id> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut ours = lines.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == NAME);
        ours.find_map(|cookie| {
            let mut jar = CookieJar::new();
            jar.add_original(cookie.into_owned());
            jar.signed(&self.key).get(NAME)?.value().parse().ok()
        })
    }

    fn cookie(&self, id: Id) -> Option<HeaderValue> {
        let cookie = Cookie::build((NAME, id.to_string()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_secure)
            .max_age(KEPT);
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(cookie);
        jar.get(NAME).and_then(|cookie| cookie.to_string().try_into().ok())
    }
}

impl Visitor {
    /// Gives the cookie to the browser, where it needs to be given.
    pub fn onto<B>(&self, mut response: Response<B>) -> Response<B> {
        if let Some(cookie) = &self.cookie {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
    }

    /// Keeps what this person is called for rooms they enter from now on. (When that fails they are called so only where
    /// they are.)
    pub async fn is_called(&self, person: &Person) {
        let kept = match self.session.insert(PERSON, person).await {
            Ok(()) => self.session.save().await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            log(&error, "a new name is not kept");
        }
    }

    /// Keeps what went wrong for the next page.
    pub async fn put_flash(&self, flash: &Flash) -> Result<(), Error> {
        self.session.insert(FLASH, flash).await.map_err(unavailable)?;
        self.session.save().await.map_err(unavailable)
    }

    /// What went wrong with the form sent last; told once.
    pub async fn take_flash(&self) -> Option<Flash> {
        let flash = self.session.get(FLASH).await.ok().flatten()?;
        let removed = match self.session.remove_value(FLASH).await {
            Ok(_) => self.session.save().await,
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            log(&error, "a form's error will be shown again");
        }
        Some(flash)
    }
}

fn unavailable(error: session::Error) -> Error {
    log(&error, "sessions are unavailable");
    Error::Unavailable
}

/// A store that is away says so itself, once. Nothing is said for each request then.
fn log(error: &session::Error, what: &str) {
    match error {
        session::Error::Store(session_store::Error::Backend(_)) => tracing::debug!(%error, "{what}"),
        _ => tracing::warn!(%error, "{what}"),
    }
}
