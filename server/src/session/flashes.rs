//! What went wrong with a form waits in the session for the next page: for minutes, and not for everybody at once.

use app::page::Flash;
use chat::{Act, Address, Error, Timestamp};
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::time::Duration;
use tower_sessions::session::{self, Session};

use super::{DAY, FLASH, Sessions, Visitor, log, unavailable};

/// How long it waits.
const WAITS: Duration = Duration::minutes(10);

/// A flash in a session, as nodes of the version before read it too.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    #[serde(flatten)]
    flash: Flash,
    /// Not shown from then on. None in one that the version before has put.
    #[serde(default)]
    until: Option<Timestamp>,
}

impl Sessions {
    /// Keeps what went wrong for the next page. False when there are too many such already: nothing is kept then.
    pub async fn put_flash(&self, visitor: &Visitor, address: Option<Address>, flash: Flash) -> Result<bool, Error> {
        // At most some 1,320 wait at any time, of at most some 20 KiB each.
        if self.chat.allow(Act::Mistake, visitor.person.id, address).map(drop).is_err() {
            return Ok(false);
        }
        self.keep_flash(visitor, flash).await.map_err(unavailable)?;
        Ok(true)
    }

    async fn keep_flash(&self, visitor: &Visitor, flash: Flash) -> Result<(), session::Error> {
        let session = self.session_of(visitor).await?;
        let until = Some(Timestamp(self.chat.now().0.saturating_add(WAITS.whole_seconds().unsigned_abs() * 1000)));
        session.insert(FLASH, Waiting { flash, until }).await?;
        let kept = if session.get_value(DAY).await?.is_some() { self.full() } else { WAITS };
        self.save(&session, kept).await?;
        visitor.with().session_cookie = self.session_cookie(&session, kept);
        visitor.with().session = Some(session);
        Ok(())
    }

    /// What went wrong with the form sent last; told once.
    pub async fn take_flash(&self, visitor: &Visitor) -> Option<Flash> {
        let session = visitor.with().session.clone()?;
        let Waiting { flash, until } = session.get(FLASH).await.ok().flatten()?;
        if let Err(error) = self.remove_flash(visitor, &session).await {
            log(&error, "a form's error will be shown again");
        }
        until.is_none_or(|until| self.chat.now() < until).then_some(flash)
    }

    async fn remove_flash(&self, visitor: &Visitor, session: &Session) -> Result<(), session::Error> {
        session.remove_value(FLASH).await?;
        if session.get_value(DAY).await?.is_some() {
            return self.save(session, self.full()).await;
        }
        visitor.with().session_cookie = self.cookies.end_session();
        session.delete().await
    }
}
