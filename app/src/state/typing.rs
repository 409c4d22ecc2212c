//! Who is writing something. Each browser reports it repeatedly, and the state expires by itself.

use chat::VisitorId;
use chat::event::TYPING_SECONDS;
use leptos::prelude::*;

use super::shown::ShownRoom;
use crate::browser;

#[derive(Debug, Clone, Copy)]
pub struct Typing {
    /// The people who are writing, each with the time at which this expires, in milliseconds of [`browser::uptime`].
    people: RwSignal<Vec<(VisitorId, u64)>>,
}

impl Typing {
    pub fn new() -> Self {
        Self { people: RwSignal::new(Vec::new()) }
    }

    /// A person has reported that they are writing.
    pub fn heard(self, person: VisitorId) {
        let until = browser::uptime() + TYPING_SECONDS * 1000;
        self.people.update(|people| {
            people.retain(|(known, _)| *known != person);
            people.push((person, until));
        });
        browser::after_millis(TYPING_SECONDS as u32 * 1000 + 50, move || {
            self.forget(|_, until| until <= browser::uptime())
        });
    }

    /// A person has sent their message, or left.
    pub fn stopped(self, person: VisitorId) {
        self.forget(|known, _| known == person);
    }

    /// The names of the people who are writing; `None` when they are more than two.
    pub fn names(self, shown: ShownRoom) -> Option<Vec<String>> {
        let writing = self.people.get();
        if writing.len() > 2 {
            return None;
        }
        let name = |id: &VisitorId| {
            shown.people.with(|people| {
                people.iter().find(|person| person.id == *id).map(|person| shown.site.lang.name(&person.name))
            })
        };
        Some(writing.iter().filter_map(|(id, _)| name(id)).collect())
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
