//! The places of connections, as those that hold them see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::Address;
use tokio::sync::Notify;

use super::ledger::{Caps, Full, Id, Ledger, Taken};

/// So many may be on their way out before another newcomer is let in: each still has its descriptor.
const MOST_GOING: usize = 32;

/// All places.
pub struct Places {
    ledger: Mutex<Ledger<Arc<Notify>>>,
    left: Notify,
}

/// An open connection's. It is given back when this is dropped.
pub struct Place(Seat);

/// The same for those who do not hold the connection itself.
#[derive(Clone)]
pub struct Seat {
    places: Arc<Places>,
    id: Id,
}

/// For as long as it lives the connection is not idle.
pub struct Running(Seat);

impl Places {
    pub fn new(caps: Caps) -> Arc<Self> {
        Arc::new(Self { ledger: Mutex::new(Ledger::new(caps)), left: Notify::new() })
    }

    /// A place for one more connection, what tells it to go, and whether another had to go for it.
    pub fn take(self: &Arc<Self>, address: Option<Address>) -> Result<(Place, Arc<Notify>, bool), Full> {
        let told = Arc::new(Notify::new());
        let Taken { id, goes } = self.ledger().take(address, told.clone())?;
        if let Some(other) = &goes {
            other.notify_one();
        }
        Ok((Place(Seat { places: self.clone(), id }), told, goes.is_some()))
    }

    /// Tells an idle connection to go, when there is one.
    pub fn make_room(&self) -> bool {
        let goes = self.ledger().make_room();
        if let Some(other) = &goes {
            other.notify_one();
        }
        goes.is_some()
    }

    /// Waits until somebody has left. (Only one may wait.)
    pub async fn one_left(&self) {
        self.left.notified().await;
    }

    /// Waits while too many are on their way out. (Only one may wait.)
    pub async fn settled(&self) {
        while self.ledger().going() > MOST_GOING {
            self.one_left().await;
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Arc<Notify>>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub fn seat(&self) -> &Seat {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Seat { places, id } = &self.0;
        places.ledger().leave(*id);
        places.left.notify_one();
    }
}

impl Seat {
    /// Something begins. `None`: the connection has been told to go.
    pub fn begin(&self) -> Option<Running> {
        let has_begun = self.places.ledger().begin(self.id);
        has_begun.then(|| Running(self.clone()))
    }

    /// The request that runs makes a socket of it.
    pub fn becomes_live(&self) {
        self.places.ledger().becomes_live(self.id);
    }

    /// The request that runs shows that it is a proxy's.
    pub fn is_a_proxys(&self) {
        self.places.ledger().is_a_proxys(self.id);
    }

    /// Whether it has to go because no request has come for so long.
    pub fn is_too_late(&self) -> bool {
        self.places.ledger().is_too_late(self.id)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Seat { places, id } = &self.0;
        places.ledger().end(*id);
    }
}
