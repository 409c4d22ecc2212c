//! The target of the next message: to whom it goes, and what it answers.

use chat::entry::Reply;
use chat::{Person, VisitorId, What};
use leptos::prelude::*;

use super::room::RoomState;

/// The default is a message to everybody that answers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Set for a whisper to this person.
    pub to: Option<Person>,
    pub reply: Option<Reply>,
}

chat::wire_struct!(Target { to = None, reply = None });

impl Target {
    pub fn to_id(&self) -> Option<VisitorId> {
        self.to.as_ref().map(|person| person.id)
    }

    pub fn reply_seq(&self) -> Option<u64> {
        self.reply.as_ref().map(|reply| reply.seq)
    }
}

impl RoomState {
    /// Makes the next messages whispers to this person.
    pub fn whisper_to(self, person: Person) {
        self.target.update(|target| {
            target.to = Some(person);
            target.reply = None;
        });
    }

    /// Makes the next message an answer to this one. A whisper is answered by a whisper to the other person.
    pub fn reply_to(self, seq: u64) {
        let message = self.view.with_untracked(|view| view.entry(seq).cloned());
        let Some(message) = message else { return };
        let other =
            if self.site.is_me(message.person.id) { message.to } else { message.to.map(|_| message.person.clone()) };
        self.target.set(Target { to: other, reply: Some(Reply { seq, person: message.person }) });
    }

    /// The target of the message that is sent now. A message is answered once; whispering goes on until the person ends it.
    pub fn take_target(self) -> Target {
        let target = self.target.get_untracked();
        if target.reply.is_some() {
            self.target.update(|target| target.reply = None);
        }
        self.without_removed_reply(target)
    }

    /// Drops the answered message from the target if it was removed in the meantime, because it cannot be answered any more.
    pub(super) fn without_removed_reply(self, target: Target) -> Target {
        let is_removed = |reply: &Reply| self.entry(reply.seq).is_some_and(|entry| entry.what == What::Removed);
        Target { reply: target.reply.filter(|reply| !is_removed(reply)), ..target }
    }
}
