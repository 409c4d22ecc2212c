//! What a person does in a room besides writing: actions on messages and on people, and the owner's actions on the room.

use chat::entry::Emoji;
use chat::{Entry, Error, Person, VisitorId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::focus;
use super::room::RoomState;
use crate::api::OptionalField;
use crate::{browser, call};

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
    /// Somebody was thrown out: does the owner want to change the password?
    AfterThrowingOut,
    Remove(u64),
    Settings,
    /// This is asked twice.
    Close {
        again: bool,
    },
}

impl RoomState {
    /// Focuses the text field.
    pub fn focus_composer(self) {
        // On a narrow screen the list of people covers the log, so it is closed.
        if let Some(people) = document().get_element_by_id("people") {
            let _ = browser::call(&people, "hidePopover", &wasm_bindgen::JsValue::UNDEFINED);
        }
        if let Ok(Some(field)) = document().query_selector(".text-form textarea") {
            let _ = browser::call(&field, "focus", &wasm_bindgen::JsValue::UNDEFINED);
        }
    }

    pub fn is_owner(self) -> bool {
        self.site.is_me(self.owner.get())
    }

    pub fn person(self, id: VisitorId) -> Option<Person> {
        self.people.with_untracked(|people| people.iter().find(|person| person.id == id).cloned())
    }

    pub fn entry(self, seq: u64) -> Option<Entry> {
        self.view.with_untracked(|view| view.entry(seq).cloned())
    }

    /// Adds a reaction to a message, or takes it back. The composer shows an error.
    pub fn react(self, seq: u64, emoji: Emoji) {
        let me = self.site.me().id;
        let Some(entry) = self.entry(seq) else { return };
        // A second press before the first one has taken effect would ask for the same again.
        let pressed = Some((seq, emoji));
        if self.reacting.get_value() == pressed {
            return;
        }
        self.reacting.set_value(pressed);
        let on = !entry.reactions.iter().any(|reaction| reaction.emoji == emoji && reaction.people.contains(&me));
        spawn_local(async move {
            let reacted = call::react(self.id, browser::new_client_id(), seq, emoji, on).send().await;
            self.reacting.set_value(None);
            if let Err(error) = reacted {
                self.notice.set(Some(self.site.lang.error(&error)));
            }
        });
    }

    /// Reacts as the value of a button in the log or the menu says: `e`, the message's `seq`, a dot, and the index of
    /// the emoji.
    pub fn react_by_button(self, value: &str) {
        let parts = value.strip_prefix('e').and_then(|value| value.split_once('.'));
        if let Some((Ok(seq), Ok(place))) = parts.map(|(seq, place)| (seq.parse(), place.parse::<usize>()))
            && let Some(emoji) = Emoji::ALL.get(place)
        {
            self.react(seq, *emoji);
        }
    }

    /// When nothing has the focus any more, gives it back to the button of what the menu was about.
    pub fn restore_focus(self) {
        let Some(subject) = self.menu.get_untracked() else { return };
        // The browser moves the focus itself first.
        browser::after_millis(0, move || match subject {
            Subject::Message(seq) => focus::restore(&format!("m{seq}")),
            Subject::Person(id) => focus::restore(&id.to_string()),
        });
    }

    /// Does what the dialog asked about. `field` gives the text in the field of that name, if there is one.
    pub async fn answer(self, question: Question, field: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
        let text = |name| field(name).unwrap_or_default();
        let optional = |name| OptionalField(field(name));
        let closes = matches!(question, Question::Close { again: true });
        let call = match question {
            Question::Rename => call::rename(self.id, text("name")),
            Question::HandOver(to) => call::hand_over(self.id, to.id),
            Question::ThrowOut(whom) => call::throw_out(self.id, whom.id, text("reason")),
            Question::Remove(seq) => call::remove_message(self.id, seq),
            Question::Settings => call::set_room(
                self.id,
                optional("title"),
                optional("capacity"),
                text("password"),
                field("open").is_some(),
                optional("slow"),
            ),
            Question::Close { again: true } => call::close_room(self.id),
            Question::Close { again: false } | Question::AfterThrowingOut => return Ok(()),
        };
        if closes {
            self.leaving.set(true);
        }
        let done = call.send().await;
        if closes {
            self.leaving.set(done.is_ok());
        }
        done
    }
}
