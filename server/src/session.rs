//! Who a request comes from. A visitor is a signed cookie and costs the store nothing. A session, in the store and named by
//! a cookie of its own, is made only when there is something to keep: a name of one's own, or what went wrong with a form.
//!
//! tower-sessions' own layer is left out: it answers an empty 500 when the store cannot save, and writes a new session
//! twice when it is saved before its first use. Here a request loads its session only where there is a cookie for one,
//! each change is written once, and a store that cannot answer is an error, never a new identity.

mod cookies;
mod flashes;
mod records;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, Response};
use chat::service::Chat;
use chat::{Error, Person, VisitorId};
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{self, Expiry, Id, Session};
use tower_sessions::session_store;

use self::cookies::{Cookies, Identity, KEPT_DAYS};
use self::records::Records;
use crate::settings::Secret;

/// What a session holds. The first three are those of the version before, whose nodes may read the same sessions.
const PERSON: &str = "person";
/// When it was renewed last. Without it the session is kept for a flash alone, and goes with it.
const DAY: &str = "day";
const FLASH: &str = "flash";
/// Renewed by this version: the cookie of the version before opens it no more, so that those cookies end without a date
/// being set for it.
const OURS: &str = "ours";
/// When this version first saw a session of the version before whose cookie had to stay in place.
const SEEN: &str = "seen";

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Days after which no node of the version before is left.
const OLD_NODES_DAYS: u64 = 2;

/// All sessions.
pub struct Sessions {
    chat: Arc<Chat>,
    records: Arc<Records>,
    cookies: Cookies,
    /// No node of the version before can serve the same people.
    is_alone: bool,
}

/// Somebody: always with an identity, seldom with a session.
pub struct Visitor {
    pub person: Person,
    /// They came with a cookie of ours. Others have one from now on, if they keep it.
    pub is_known: bool,
    with: Mutex<With>,
}

/// What a visitor has, and is to be given with the response.
#[derive(Default)]
struct With {
    session: Option<Session>,
    identity_cookie: Option<HeaderValue>,
    session_cookie: Option<HeaderValue>,
}

impl Sessions {
    pub fn new(chat: Arc<Chat>, secret: &Secret, is_secure: bool, is_alone: bool) -> Self {
        Self {
            records: Arc::new(Records::new(chat.clone(), secret)),
            chat,
            cookies: Cookies::new(secret, is_secure),
            is_alone,
        }
    }

    /// Whoever sent these headers, if a cookie of theirs is good. Asks the store only for who has a session.
    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        let today = self.today();
        let Some(identity) = self.cookies.identity(headers, today) else { return self.find_old(headers).await };
        let mut visitor = Visitor::new(Person::new(identity.visitor), true);
        if identity.day < today {
            visitor.with().identity_cookie = self.cookies.give_identity(Identity { day: today, ..identity });
        }
        match (self.cookies.session(headers), self.cookies.is_secure) {
            (Some(id), _) => self.open(&mut visitor, id).await?,
            // Over https the cookie of the version before stays beside ours, for the nodes of that version.
            (None, true) => self.open_old(&mut visitor, headers).await?,
            (None, false) => {}
        }
        Ok(Some(visitor))
    }

    /// Whoever sent these headers; somebody new when they have no good cookie. That writes nothing.
    pub async fn find_or_create(&self, headers: &HeaderMap) -> Result<Visitor, Error> {
        Ok(self.find(headers).await?.unwrap_or_else(|| {
            let visitor = Visitor::new(Person::new(VisitorId::generate()), false);
            visitor.with().identity_cookie = self.identity_cookie(&visitor);
            visitor
        }))
    }

    /// Takes up the session of this id, if it is this visitor's. Once a day it lives on for its full time.
    async fn open(&self, visitor: &mut Visitor, id: Id) -> Result<(), Error> {
        let session = self.session(Some(id));
        match person_of(&session).await? {
            Some(person) if person.id == visitor.person.id => visitor.person = person,
            _ => {
                visitor.with().session_cookie = self.cookies.end_session();
                return Ok(());
            }
        }
        visitor.with().session = Some(session.clone());
        match self.renew(&session, OURS, true.into()).await {
            Ok(true) => visitor.with().session_cookie = self.session_cookie(&session, self.full()),
            Ok(false) => {}
            Err(error) => log(&error, "a session could not be renewed"),
        }
        Ok(())
    }

    /// Takes up the session that the cookie of the version before names, if it is this visitor's.
    async fn open_old(&self, visitor: &mut Visitor, headers: &HeaderMap) -> Result<(), Error> {
        if let Some((session, person)) = self.old_session(headers).await?
            && person.id == visitor.person.id
        {
            self.hand_over(visitor, session, person);
        }
        Ok(())
    }

    /// Who has a cookie of the version before: they get ours, and keep who they are and what they are called.
    ///
    /// Over plain http both have one name, and where there are several nodes some may be of the version before. There the
    /// cookie stays as it is, until two days after it was seen first.
    async fn find_old(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        let Some((session, person)) = self.old_session(headers).await? else { return Ok(None) };
        let mut visitor = Visitor::new(person.clone(), true);
        let seen: Option<u64> = session.get(SEEN).await.map_err(unavailable)?;
        let is_due = seen.is_some_and(|seen| seen + OLD_NODES_DAYS <= self.today());
        if self.cookies.is_secure || self.is_alone || is_due {
            visitor.with().identity_cookie = self.identity_cookie(&visitor);
            self.hand_over(&mut visitor, session, person);
            return Ok(Some(visitor));
        }
        let seen = seen.unwrap_or_else(|| self.today());
        match self.renew(&session, SEEN, seen.into()).await {
            Ok(true) => visitor.with().identity_cookie = session.id().and_then(|id| self.cookies.give_old(id)),
            Ok(false) => {}
            Err(error) => log(&error, "a session could not be renewed"),
        }
        visitor.with().session = Some(session);
        Ok(Some(visitor))
    }

    /// The session that the cookie of the version before names, and whose it is.
    async fn old_session(&self, headers: &HeaderMap) -> Result<Option<(Session, Person)>, Error> {
        let Some(id) = self.cookies.old(headers) else { return Ok(None) };
        let session = self.session(Some(id));
        let Some(person) = person_of(&session).await? else { return Ok(None) };
        let is_ours = session.get_value(OURS).await.map_err(unavailable)?.is_some();
        Ok((!is_ours).then_some((session, person)))
    }

    /// A session of the version before becomes this visitor's. Its cookie is worth giving only for a name.
    fn hand_over(&self, visitor: &mut Visitor, session: Session, person: Person) {
        if person.name.own.is_some() {
            visitor.with().session_cookie = self.session_cookie(&session, self.full());
        }
        visitor.person = person;
        visitor.with().session = Some(session);
    }

    /// Keeps the session for its full time from today on, with `key` noted in it; says whether that was to be done.
    async fn renew(&self, session: &Session, key: &str, note: serde_json::Value) -> Result<bool, session::Error> {
        let today = self.today();
        match session.get::<u64>(DAY).await? {
            Some(day) if day != today => {
                session.insert(DAY, today).await?;
                session.insert(key, note).await?;
                self.save(session, self.full()).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn today(&self) -> u64 {
        self.chat.now().0 / DAY_MS
    }

    fn full(&self) -> Duration {
        cookies::days(KEPT_DAYS)
    }

    fn session(&self, id: Option<Id>) -> Session {
        Session::new(id, self.records.clone(), None)
    }

    /// Stores what was changed, for `kept` from now on.
    async fn save(&self, session: &Session, kept: Duration) -> Result<(), session::Error> {
        let now = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.chat.now().0) * 1_000_000);
        let until = now.unwrap_or(OffsetDateTime::UNIX_EPOCH).saturating_add(kept);
        session.set_expiry(Some(Expiry::AtDateTime(until)));
        session.save().await
    }

    fn identity_cookie(&self, visitor: &Visitor) -> Option<HeaderValue> {
        self.cookies.give_identity(Identity { visitor: visitor.person.id, day: self.today() })
    }

    fn session_cookie(&self, session: &Session, kept: Duration) -> Option<HeaderValue> {
        self.cookies.give_session(session.id()?, kept)
    }

    /// The visitor's session, or one to be made with the next save. A visitor has one at most, also when they lose its
    /// cookie: its id follows from theirs.
    async fn session_of(&self, visitor: &Visitor) -> Result<Session, session::Error> {
        let known = visitor.with().session.clone();
        if let Some(session) = known {
            return Ok(session);
        }
        let session = self.session(Some(self.records.id_of(visitor.person.id)));
        if session.get_value(PERSON).await?.is_none() {
            session.insert(PERSON, &visitor.person).await?;
        }
        Ok(session)
    }

    /// Keeps what this person is called for rooms they enter from now on. (When that fails they are called so only where
    /// they are.)
    pub async fn is_called(&self, visitor: &Visitor, person: &Person) {
        let kept = async {
            let session = self.session_of(visitor).await?;
            session.insert(PERSON, person).await?;
            session.insert(DAY, self.today()).await?;
            self.save(&session, self.full()).await?;
            visitor.with().session_cookie = self.session_cookie(&session, self.full());
            visitor.with().session = Some(session);
            Ok::<_, session::Error>(())
        };
        if let Err(error) = kept.await {
            log(&error, "a new name is not kept");
        }
    }
}

impl Visitor {
    fn new(person: Person, is_known: bool) -> Self {
        Self { person, is_known, with: Mutex::default() }
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn with(&self) -> MutexGuard<'_, With> {
        self.with.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the cookies to the browser, where they need to be given.
    pub fn onto<B>(&self, mut response: Response<B>) -> Response<B> {
        let with = self.with();
        for cookie in [&with.identity_cookie, &with.session_cookie].into_iter().flatten() {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
    }
}

async fn person_of(session: &Session) -> Result<Option<Person>, Error> {
    session.get(PERSON).await.map_err(unavailable)
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
