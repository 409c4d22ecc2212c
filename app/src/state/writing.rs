//! The message that the person is writing: its target, and the draft that outlives a reload.

use chat::entry::Reply;
use chat::event::{TYPING_EVERY_SECONDS, Up};
use chat::{Person, RoomId, wire};
use leptos::prelude::*;

use super::shown::ShownRoom;
use super::target::Target;
use crate::browser::{self, storage};
use crate::live::Connection;

#[derive(Debug, Clone, Copy)]
pub struct Writing {
    shown: ShownRoom,
    connection: Connection,
    /// The target of the next message.
    pub target: RwSignal<Target>,
    /// The message that the composer shows to the person.
    pub notice: RwSignal<Option<String>>,
    /// When the room was last told that this person is writing, in milliseconds of [`browser::uptime`].
    told_at: StoredValue<Option<u64>>,
}

impl Writing {
    pub fn new(shown: ShownRoom, connection: Connection) -> Self {
        Self {
            shown,
            connection,
            target: RwSignal::new(Target::default()),
            notice: RwSignal::new(None),
            told_at: StoredValue::new(None),
        }
    }

    /// Restores the draft's target, and stores it whenever it changes.
    pub fn start(self) {
        if let Some(target) = storage::get(&target_key(self.shown.id)).and_then(|json| wire::read(&json)) {
            self.target.set(target);
        }
        Effect::new(move |_| {
            self.target.track();
            self.store_target();
        });
    }

    /// Makes the next messages whispers to this person.
    pub fn whisper_to(self, person: Person) {
        self.target.update(|target| {
            target.to = Some(person);
            target.reply = None;
        });
    }

    /// Makes the next message an answer to this one. A whisper is answered by a whisper to the other person.
    pub fn reply_to(self, seq: u64) {
        let Some(message) = self.shown.entry(seq) else { return };
        let other = if self.shown.site.is_me(message.person.id) {
            message.to
        } else {
            message.to.map(|_| message.person.clone())
        };
        self.target.set(Target { to: other, reply: Some(Reply { seq, person: message.person }) });
    }

    /// The target of the message that is sent now. A reply ends with this message. Whispering goes on until the person ends it.
    pub fn take_target(self) -> Target {
        let target = self.target.get_untracked();
        if target.reply.is_some() {
            self.target.update(|target| target.reply = None);
        }
        self.shown.view.with_untracked(|view| target.without_removed(view))
    }

    /// Reports that this person is writing something for everybody.
    pub fn tell_typing(self) {
        let now = browser::uptime();
        let is_due = |told_at: u64| now.saturating_sub(told_at) >= TYPING_EVERY_SECONDS * 1000;
        if self.told_at.get_value().is_none_or(is_due) {
            self.told_at.set_value(Some(now));
            self.connection.send(&Up::Typing);
        }
    }

    /// The text of the stored draft.
    pub fn draft(self) -> Option<String> {
        storage::get(&draft_key(self.shown.id))
    }

    /// Stores the text of the draft but not its target, because a page has not restored the target at first.
    pub fn store_text(self, text: &str) {
        match text {
            "" => storage::remove(&draft_key(self.shown.id)),
            text => _ = storage::set(&draft_key(self.shown.id), text),
        }
    }

    /// Stores the draft with its target.
    pub fn store_draft(self, text: &str) {
        self.store_text(text);
        // Another tab may have stored its own target.
        self.store_target();
    }

    fn store_target(self) {
        let room = self.shown.id;
        let target = self.target.with_untracked(|target| (*target != Target::default()).then(|| wire::write(target)));
        match target {
            Some(json) => _ = storage::set(&target_key(room), &json),
            None => storage::remove(&target_key(room)),
        }
    }
}

/// The key of the draft.
fn draft_key(room: RoomId) -> String {
    format!("gifchat.draft.{room}")
}

/// The key of the draft's target. It is stored so that, after a reload, a whisper does not become a message to everybody.
fn target_key(room: RoomId) -> String {
    format!("gifchat.aim.{room}")
}

/// Removes the draft of a room.
pub fn forget(room: RoomId) {
    storage::remove(&draft_key(room));
    storage::remove(&target_key(room));
}
