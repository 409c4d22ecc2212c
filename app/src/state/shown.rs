//! What the page knows of its room.

use chat::view::RoomView;
use chat::{ClientId, Entry, Person, RoomId, Slow, VisitorId};
use leptos::prelude::*;

use crate::browser;
use crate::site::{Site, site};

#[derive(Debug, Clone, Copy)]
pub struct ShownRoom {
    pub site: Site,
    pub id: RoomId,
    pub view: RwSignal<RoomView>,
    pub title: Memo<String>,
    pub people: Memo<Vec<Person>>,
    pub owner: Memo<VisitorId>,
    /// The room's slow mode, also for its owner, whom it does not hold up.
    pub slow: Memo<Slow>,
    /// The newest entry when the page was loaded. Newer ones arrived live.
    pub initial_seq: u64,
}

impl ShownRoom {
    pub fn new(view: RoomView) -> Self {
        let (id, initial_seq) = (view.id, view.seq);
        let view = RwSignal::new(view);
        Self {
            site: site(),
            id,
            title: Memo::new(move |_| view.with(|view| view.title.shown())),
            people: Memo::new(move |_| view.with(|view| view.people.clone())),
            owner: Memo::new(move |_| view.with(|view| view.owner)),
            slow: Memo::new(move |_| view.with(|view| view.slow)),
            view,
            initial_seq,
        }
    }

    pub fn is_owner(self) -> bool {
        self.site.is_me(self.owner.get())
    }

    /// The slow mode that holds for this person: the owner does not wait.
    pub fn own_slow(self) -> Slow {
        if self.is_owner() { Slow::OFF } else { self.slow.get() }
    }

    pub fn person(self, id: VisitorId) -> Option<Person> {
        self.people.with_untracked(|people| people.iter().find(|person| person.id == id).cloned())
    }

    /// The number of the newest entry that this page knows.
    pub fn seq(self) -> u64 {
        self.view.with_untracked(|view| view.seq)
    }

    /// A new id for what this person sends.
    pub fn new_client_id(self) -> ClientId {
        ClientId::after(self.seq(), browser::random())
    }

    pub fn entry(self, seq: u64) -> Option<Entry> {
        self.view.with_untracked(|view| view.entry(seq).cloned())
    }
}
