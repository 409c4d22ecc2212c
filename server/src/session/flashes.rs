//! Stores the error of a form in the session until the next page: for minutes only, and for a limited number of
//! visitors.

use app::page::Flash;
use backend::Address;
use chat::{Act, Error, Timestamp};
use tower_sessions::cookie::time::Duration;
use tower_sessions::session;

use super::data::{OpenSession, StoredFlash};
use super::{Sessions, Visitor, log, unavailable};

/// How long a flash is kept.
const FLASH_LIFETIME: Duration = Duration::minutes(10);

impl Sessions {
    /// Stores an error for the next page. Returns false, and stores nothing, when the limit on stored errors is
    /// reached.
    pub async fn put_flash(&self, visitor: &Visitor, address: Option<Address>, flash: Flash) -> Result<bool, Error> {
        // With this limit, at most about 1,320 are stored at any time, of at most about 26 KiB each.
        if self.chat.allow(Act::Mistake, visitor.person.id, address).map(drop).is_err() {
            return Ok(false);
        }
        self.keep_flash(visitor, flash).await.map_err(unavailable)?;
        Ok(true)
    }

    async fn keep_flash(&self, visitor: &Visitor, flash: Flash) -> Result<(), session::Error> {
        let mut session = self.session_of(visitor).await?;
        let until =
            Some(Timestamp(self.chat.now().0.saturating_add(FLASH_LIFETIME.whole_seconds().unsigned_abs() * 1000)));
        session.data.flash = Some(StoredFlash { flash, until });
        let kept = if session.data.day.is_some() { self.full_lifetime() } else { FLASH_LIFETIME };
        self.save(&mut session, kept).await?;
        visitor.attached().session_cookie = self.session_cookie(&session, kept);
        visitor.attached().session = Some(session);
        Ok(())
    }

    /// Takes the error of the last form, so that it is shown once.
    pub async fn take_flash(&self, visitor: &Visitor) -> Option<Flash> {
        let mut session = visitor.attached().session.clone()?;
        let StoredFlash { flash, until } = session.data.flash.take()?;
        if let Err(error) = self.remove_flash(visitor, session).await {
            log(&error, "a form's error will be shown again");
        }
        until.is_none_or(|until| self.chat.now() < until).then_some(flash)
    }

    /// `session` no longer has the flash, but the store still does.
    async fn remove_flash(&self, visitor: &Visitor, mut session: OpenSession) -> Result<(), session::Error> {
        if session.data.day.is_some() {
            self.save(&mut session, self.full_lifetime()).await?;
            visitor.attached().session = Some(session);
            return Ok(());
        }
        visitor.attached().session_cookie = self.cookies.end_session();
        session.delete().await
    }
}
