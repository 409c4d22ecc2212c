//! The target of a message: the person to whom it goes, and the message that it answers.

use chat::entry::Reply;
use chat::view::RoomView;
use chat::{Person, VisitorId, What};

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

    /// The target without its reply if that message was removed in the meantime, because it cannot be answered any more.
    pub fn without_removed(self, view: &RoomView) -> Self {
        let is_removed = |reply: &Reply| view.entry(reply.seq).is_some_and(|entry| entry.what == What::Removed);
        Self { reply: self.reply.filter(|reply| !is_removed(reply)), ..self }
    }
}
