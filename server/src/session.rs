//! Identifies the visitor behind a request. A visitor is a signed cookie, which needs no storage. A session is
//! stored, has a cookie of its own, and is created only when there is something to keep: a name the visitor chose, or
//! the error of a form.
//!
//! The middleware of tower-sessions is not used: it answers with an empty 500 when the store cannot save, and writes
//! a new session twice when the session is saved before its first use. Here a request loads its session only if it
//! has a cookie for one, each change is written once, and a store that cannot answer is an error, never a new
//! identity.

mod cookies;
mod data;
mod flashes;
mod records;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, Response};
use backend::service::Chat;
use chat::{Error, Person, Timestamp, VisitorId};
use parking_lot::{Mutex, MutexGuard};
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{self, Id, Session};
use tower_sessions::session_store;

use self::cookies::{Cookies, Identity, LIFETIME_DAYS};
use self::data::OpenSession;
use self::records::Records;
use crate::settings::Secret;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// The number of days after which no node of the previous version runs any more.
const PREVIOUS_NODES_DAYS: u64 = 2;

/// All sessions.
pub struct Sessions {
    chat: Arc<Chat>,
    records: Arc<Records>,
    cookies: Cookies,
    /// Whether there is only this node, so that no node of the previous version can serve the same visitors.
    is_single_node: bool,
}

/// The visitor behind a request. Every visitor has an identity, and few have a session.
pub struct Visitor {
    pub person: Person,
    /// Whether the request had a cookie of ours. Other visitors are given one with the response, which they may not
    /// keep.
    pub is_known: bool,
    attached: Mutex<Attached>,
}

/// The visitor's session, and the cookies that the response sets.
#[derive(Default)]
struct Attached {
    session: Option<OpenSession>,
    identity_cookie: Option<HeaderValue>,
    session_cookie: Option<HeaderValue>,
}

impl Sessions {
    pub fn new(chat: Arc<Chat>, secret: &Secret, is_secure: bool, is_single_node: bool) -> Self {
        Self {
            records: Arc::new(Records::new(chat.clone(), secret)),
            chat,
            cookies: Cookies::new(secret, is_secure),
            is_single_node,
        }
    }

    /// Finds the visitor by the cookies in these headers. Reads the store only if there is a session cookie.
    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        let today = self.today();
        let Some(identity) = self.cookies.identity(headers, today) else { return self.find_previous(headers).await };
        let mut visitor = Visitor::new(Person::new(identity.visitor), true);
        if identity.day < today {
            visitor.attached().identity_cookie = self.cookies.give_identity(Identity { day: today, ..identity });
            self.chat.renew_shelf(identity.visitor, Timestamp(today * DAY_MS)).await;
        }
        match (self.cookies.session(headers), self.cookies.is_secure) {
            (Some(id), _) => self.open(&mut visitor, id).await?,
            // Over https the cookie of the previous version stays beside ours, for the nodes of that version.
            (None, true) => self.open_previous(&mut visitor, headers).await?,
            (None, false) => {}
        }
        Ok(Some(visitor))
    }

    /// Finds the visitor by these headers, or makes a new one if they have no valid cookie. Making one writes nothing
    /// to the store.
    pub async fn find_or_create(&self, headers: &HeaderMap) -> Result<Visitor, Error> {
        Ok(self.find(headers).await?.unwrap_or_else(|| {
            let visitor = Visitor::new(Person::new(VisitorId::generate()), false);
            visitor.attached().identity_cookie = self.identity_cookie(&visitor);
            visitor
        }))
    }

    /// Loads the session with this id if it belongs to this visitor. Renews it for its full lifetime once a day.
    async fn open(&self, visitor: &mut Visitor, id: Id) -> Result<(), Error> {
        let mut session = self.load(id).await.map_err(unavailable)?;
        match &session.data.person {
            Some(person) if person.id == visitor.person.id => visitor.person = person.clone(),
            _ => {
                visitor.attached().session_cookie = self.cookies.end_session();
                return Ok(());
            }
        }
        if self.is_renewal_due(&session) {
            session.data.is_renewed_here = true;
            if self.renew(&mut session).await {
                visitor.attached().session_cookie = self.session_cookie(&session, self.full_lifetime());
            }
        }
        visitor.attached().session = Some(session);
        Ok(())
    }

    /// Loads the session that the previous version's cookie names, if it belongs to this visitor.
    async fn open_previous(&self, visitor: &mut Visitor, headers: &HeaderMap) -> Result<(), Error> {
        if let Some((session, person)) = self.previous_session(headers).await?
            && person.id == visitor.person.id
        {
            self.adopt(visitor, session, person);
        }
        Ok(())
    }

    /// Finds a visitor by the cookie of the previous version. They are given our cookie, and keep their id and their
    /// name.
    ///
    /// Over plain http both cookies have the same name, and where there are several nodes, some may run the previous
    /// version. There the old cookie is kept until two days after it was first seen.
    async fn find_previous(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        let Some((mut session, person)) = self.previous_session(headers).await? else { return Ok(None) };
        let mut visitor = Visitor::new(person.clone(), true);
        let seen = session.data.first_seen;
        let is_due = seen.is_some_and(|seen| seen + PREVIOUS_NODES_DAYS <= self.today());
        if self.cookies.is_secure || self.is_single_node || is_due {
            visitor.attached().identity_cookie = self.identity_cookie(&visitor);
            self.adopt(&mut visitor, session, person);
            return Ok(Some(visitor));
        }
        if self.is_renewal_due(&session) {
            session.data.first_seen = seen.or(Some(self.today()));
            if self.renew(&mut session).await {
                visitor.attached().identity_cookie = session.id().and_then(|id| self.cookies.give_previous(id));
            }
        }
        visitor.attached().session = Some(session);
        Ok(Some(visitor))
    }

    /// The session that the previous version's cookie names, and the person it belongs to.
    async fn previous_session(&self, headers: &HeaderMap) -> Result<Option<(OpenSession, Person)>, Error> {
        let Some(id) = self.cookies.previous(headers) else { return Ok(None) };
        let session = self.load(id).await.map_err(unavailable)?;
        let person = session.data.person.clone().filter(|_| !session.data.is_renewed_here);
        Ok(person.map(|person| (session, person)))
    }

    /// Attaches a session of the previous version to the visitor. A session cookie is given only if they chose a
    /// name.
    fn adopt(&self, visitor: &mut Visitor, session: OpenSession, person: Person) {
        if person.name.own.is_some() {
            visitor.attached().session_cookie = self.session_cookie(&session, self.full_lifetime());
        }
        visitor.person = person;
        visitor.attached().session = Some(session);
    }

    /// A session is renewed once a day. One that is kept only for a flash is not renewed.
    fn is_renewal_due(&self, session: &OpenSession) -> bool {
        session.data.day.is_some_and(|day| day != self.today())
    }

    /// Stores the session for its full lifetime from today on. Returns whether that succeeded. (If it did not, a later
    /// request renews the session.)
    async fn renew(&self, session: &mut OpenSession) -> bool {
        session.data.day = Some(self.today());
        let saved = self.save(session, self.full_lifetime()).await;
        saved.inspect_err(|error| log(error, "a session could not be renewed")).is_ok()
    }

    fn today(&self) -> u64 {
        self.chat.now().0 / DAY_MS
    }

    fn full_lifetime(&self) -> Duration {
        cookies::days(LIFETIME_DAYS)
    }

    async fn load(&self, id: Id) -> Result<OpenSession, session::Error> {
        OpenSession::load(Session::new(Some(id), self.records.clone(), None)).await
    }

    /// Stores the changes. The session expires after `lifetime`.
    async fn save(&self, session: &mut OpenSession, lifetime: Duration) -> Result<(), session::Error> {
        let now = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.chat.now().0) * 1_000_000);
        session.save(now.unwrap_or(OffsetDateTime::UNIX_EPOCH).saturating_add(lifetime)).await
    }

    fn identity_cookie(&self, visitor: &Visitor) -> Option<HeaderValue> {
        self.cookies.give_identity(Identity { visitor: visitor.person.id, day: self.today() })
    }

    fn session_cookie(&self, session: &OpenSession, lifetime: Duration) -> Option<HeaderValue> {
        self.cookies.give_session(session.id()?, lifetime)
    }

    /// The visitor's session, or a new one that the next save creates. The session id is derived from the visitor's
    /// id, so a visitor has at most one session, even after losing its cookie.
    async fn session_of(&self, visitor: &Visitor) -> Result<OpenSession, session::Error> {
        let known = visitor.attached().session.clone();
        if let Some(session) = known {
            return Ok(session);
        }
        let mut session = self.load(self.records.id_of(visitor.person.id)).await?;
        session.data.person.get_or_insert_with(|| visitor.person.clone());
        Ok(session)
    }

    /// Stores the name a person has chosen, for rooms they enter from now on. When storing fails, they have the name
    /// only in the room where they are now.
    pub async fn keep_name(&self, visitor: &Visitor, person: &Person) {
        let stored = async {
            let mut session = self.session_of(visitor).await?;
            session.data.person = Some(person.clone());
            session.data.day = Some(self.today());
            self.save(&mut session, self.full_lifetime()).await?;
            visitor.attached().session_cookie = self.session_cookie(&session, self.full_lifetime());
            visitor.attached().session = Some(session);
            Ok::<_, session::Error>(())
        };
        if let Err(error) = stored.await {
            log(&error, "a new name is not kept");
        }
    }
}

impl Visitor {
    fn new(person: Person, is_known: bool) -> Self {
        Self { person, is_known, attached: Mutex::default() }
    }

    /// The lock is held for a few instructions, never across an await.
    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock()
    }

    /// Adds the cookies that the browser has to be given.
    pub fn set_cookies<B>(&self, mut response: Response<B>) -> Response<B> {
        let attached = self.attached();
        for cookie in [&attached.identity_cookie, &attached.session_cookie].into_iter().flatten() {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
    }
}

fn unavailable(error: session::Error) -> Error {
    log(&error, "sessions are unavailable");
    Error::Unavailable
}

/// A store that is unreachable logs that once itself, so that it need not be logged for each request.
fn log(error: &session::Error, what: &str) {
    match error {
        session::Error::Store(session_store::Error::Backend(_)) => tracing::debug!(%error, "{what}"),
        _ => tracing::warn!(%error, "{what}"),
    }
}
