//! What went wrong with a form waits in the session for the next page: for minutes, and not for everybody at once.

use std::time::Instant;

use app::page::Flash;
use chat::service::{Limiter, Rate};
use chat::{Address, Error, Timestamp, VisitorId};
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

/// How many flashes are put. When there are too many the page is answered in place of one, which costs nothing that
/// lasts. So at most 1,200 wait at any time, of at most some 20 KiB each.
pub struct FlashLimits {
    began: Instant,
    house: Limiter<()>,
    visitors: Limiter<VisitorId>,
    addresses: Limiter<Address>,
}

impl Default for FlashLimits {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            house: Limiter::new(Rate::new(120, 60)),
            visitors: Limiter::new(Rate::new(10, 60)),
            addresses: Limiter::new(Rate::new(30, 60)),
        }
    }
}

impl FlashLimits {
    /// Counts one more, if nobody has had too many.
    fn allow(&self, visitor: VisitorId, address: Option<Address>) -> bool {
        let now = self.began.elapsed();
        // The house first: who comes too late leaves no trace in the other two.
        if self.house.take((), now).is_err() {
            return false;
        }
        let of_address = address.is_none_or(|address| self.addresses.take(address, now).is_ok());
        if of_address && self.visitors.take(visitor, now).is_ok() {
            return true;
        }
        if let (true, Some(address)) = (of_address, address) {
            self.addresses.give_back(&address);
        }
        self.house.give_back(&());
        false
    }
}

impl Sessions {
    /// Keeps what went wrong for the next page. False when there are too many such already: nothing is kept then.
    pub async fn put_flash(&self, visitor: &Visitor, address: Option<Address>, flash: Flash) -> Result<bool, Error> {
        if !self.flashes.allow(visitor.person.id, address) {
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn person(n: u16) -> VisitorId {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        VisitorId(id)
    }

    fn address(n: u8) -> Option<Address> {
        Some(IpAddr::from([192, 0, 2, n]).into())
    }

    #[test]
    fn nobody_fills_the_store_with_errors() {
        let limits = FlashLimits::default();
        let put = |visitor: u16, from: u8| limits.allow(person(visitor), address(from));
        assert_eq!((0..100).filter(|_| put(0, 0)).count(), 10, "a visitor");
        assert_eq!((1..200).filter(|n| put(*n, 0)).count(), 20, "an address, with what its first visitor had");
        assert_eq!((1000..4000).filter(|n| put(*n, (*n % 200) as u8 + 1)).count(), 90, "everybody together");
    }

    #[test]
    fn where_addresses_do_not_count_visitors_do() {
        let limits = FlashLimits::default();
        assert_eq!((0..100).filter(|_| limits.allow(person(1), None)).count(), 10);
    }
}
