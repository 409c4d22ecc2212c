//! The menu and the dialog, which open over the page.

use chat::{Person, VisitorId};
use leptos::prelude::*;

use super::focus;
use crate::action::Action;
use crate::browser;

/// The message or person that the menu is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Message(u64),
    Person(VisitorId),
}

/// The question that the dialog asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    Rename,
    HandOver(Person),
    ThrowOut(Person),
    /// A person was thrown out: does the owner want to change the password?
    AfterThrowingOut,
    Remove(u64),
    /// How the GIF of this message is shown.
    Showing(u64),
    Settings,
    /// Whether to close the room. It is asked twice: `again` is the second time.
    Close {
        again: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// The message or person that the menu is open for.
    pub menu: RwSignal<Option<Subject>>,
    /// The question that the dialog asks.
    pub question: RwSignal<Option<Question>>,
}

impl Open {
    pub fn new() -> Self {
        Self { menu: RwSignal::new(None), question: RwSignal::new(None) }
    }

    /// If nothing has the focus any more, gives it back to the button of the message or person that the menu was about.
    pub fn restore_focus(self) {
        let Some(subject) = self.menu.get_untracked() else { return };
        // The browser moves the focus itself first.
        browser::after_millis(0, move || match subject {
            Subject::Message(seq) => focus::restore(Action::MessageMenu(seq)),
            Subject::Person(id) => focus::restore(Action::PersonMenu(id)),
        });
    }
}

impl Default for Open {
    fn default() -> Self {
        Self::new()
    }
}
