//! The slots of open connections, as the tasks that hold them use them.

use std::sync::Arc;

use backend::Address;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::admission::{Admission, Admitted, Caps, Full, Id};

/// While more than this many evicted connections are still open, no new one is accepted, because each still has its
/// descriptor.
const MAX_EVICTED: usize = 32;

/// All slots.
pub struct Slots {
    admission: Mutex<Admission<Arc<Notify>>>,
    closed: Notify,
}

/// The slot of an open connection. It is freed when this is dropped.
pub struct Slot(SlotHandle);

/// Refers to a slot without holding it.
#[derive(Clone)]
pub struct SlotHandle {
    slots: Arc<Slots>,
    id: Id,
}

/// Keeps the connection from being idle for as long as this lives.
pub struct BusyGuard(SlotHandle);

impl Slots {
    pub fn new(caps: Caps) -> Arc<Self> {
        Arc::new(Self { admission: Mutex::new(Admission::new(caps)), closed: Notify::new() })
    }

    /// Takes a slot for one more connection. Returns it with the signal of its eviction, and whether another
    /// connection was evicted for it.
    pub fn take(self: &Arc<Self>, address: Option<Address>) -> Result<(Slot, Arc<Notify>, bool), Full> {
        let signal = Arc::new(Notify::new());
        let Admitted { id, evicted } = self.admission().admit(address, signal.clone())?;
        if let Some(evicted) = &evicted {
            evicted.notify_one();
        }
        Ok((Slot(SlotHandle { slots: self.clone(), id }), signal, evicted.is_some()))
    }

    /// Evicts an idle connection. Returns whether there was one.
    pub fn make_room(&self) -> bool {
        let evicted = self.admission().make_room();
        if let Some(evicted) = &evicted {
            evicted.notify_one();
        }
        evicted.is_some()
    }

    /// Waits until a connection has closed. (Only one task may wait.)
    pub async fn one_closed(&self) {
        self.closed.notified().await;
    }

    /// Waits while too many evicted connections are still open. (Only one task may wait.)
    pub async fn until_few_evicted(&self) {
        while self.admission().evicted() > MAX_EVICTED {
            self.one_closed().await;
        }
    }

    fn admission(&self) -> MutexGuard<'_, Admission<Arc<Notify>>> {
        self.admission.lock()
    }
}

impl Slot {
    pub fn handle(&self) -> &SlotHandle {
        &self.0
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let SlotHandle { slots, id } = &self.0;
        slots.admission().remove(*id);
        slots.closed.notify_one();
    }
}

impl SlotHandle {
    /// Marks the connection as busy. `None` means that it was evicted.
    pub fn begin(&self) -> Option<BusyGuard> {
        let has_begun = self.slots.admission().begin(self.id);
        has_begun.then(|| BusyGuard(self.clone()))
    }

    /// Marks the connection as a WebSocket, which the running request makes of it.
    pub fn mark_socket(&self) {
        self.slots.admission().mark_socket(self.id);
    }

    /// Marks the connection as a proxy's, as the running request shows.
    pub fn mark_proxy(&self) {
        self.slots.admission().mark_proxy(self.id);
    }

    /// Evicts the connection if no request has come yet. Returns whether it did.
    pub fn evict_if_silent(&self) -> bool {
        self.slots.admission().evict_if_silent(self.id)
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        let SlotHandle { slots, id } = &self.0;
        slots.admission().end(*id);
    }
}
