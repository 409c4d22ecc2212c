//! Who is writing something. Each browser reports it repeatedly, and the state expires by itself.

use chat::VisitorId;
use chat::event::{TYPING_EVERY_SECONDS, TYPING_SECONDS, Up};
use leptos::prelude::*;

use super::room::RoomState;
use crate::browser;

#[derive(Debug, Clone, Copy)]
pub struct Typing {
    /// The people who are writing, and until when this holds.
    people: RwSignal<Vec<(VisitorId, u64)>>,
    told_at: StoredValue<u64>,
}

impl Typing {
    pub fn new() -> Self {
        Self { people: RwSignal::new(Vec::new()), told_at: StoredValue::new(0) }
    }

    /// Somebody has reported that they are writing.
    pub(super) fn heard(self, person: VisitorId) {
        let until = browser::now() + TYPING_SECONDS * 1000;
        self.people.update(|people| {
            people.retain(|(known, _)| *known != person);
            people.push((person, until));
        });
        browser::after_millis(TYPING_SECONDS as u32 * 1000 + 50, move || {
            self.forget(|_, until| until <= browser::now())
        });
    }

    /// Somebody has sent what they wrote, or left.
    pub(super) fn stopped(self, person: VisitorId) {
        self.forget(|known, _| known == person);
    }

    fn forget(self, is_over: impl Fn(VisitorId, u64) -> bool) {
        let any =
            self.people.try_with_untracked(|people| people.iter().any(|(person, until)| is_over(*person, *until)));
        if any == Some(true) {
            self.people.update(|people| people.retain(|(person, until)| !is_over(*person, *until)));
        }
    }
}

impl Default for Typing {
    fn default() -> Self {
        Self::new()
    }
}

impl RoomState {
    /// Reports that this person is writing something for everybody.
    pub fn tell_typing(self) {
        let now = browser::now();
        if now.saturating_sub(self.typing.told_at.get_value()) >= TYPING_EVERY_SECONDS * 1000 {
            self.typing.told_at.set_value(now);
            self.connection.send(&Up::Typing);
        }
    }

    /// The names of the people who are writing; `None` when they are more than two.
    pub fn typing_names(self) -> Option<Vec<String>> {
        let writing = self.typing.people.get();
        if writing.len() > 2 {
            return None;
        }
        let name = |id: &VisitorId| {
            self.people.with(|people| {
                people.iter().find(|person| person.id == *id).map(|person| self.site.lang.name(&person.name))
            })
        };
        Some(writing.iter().filter_map(|(id, _)| name(id)).collect())
    }
}
