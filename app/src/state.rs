//! What the browser knows, as signals around `chat::view`.

pub mod acts;
pub mod aim;
pub mod away;
pub mod focus;
pub mod ime;
pub mod lobby;
pub mod log;
pub mod marks;
pub mod notify;
pub mod outbox;
pub mod room;
pub mod scroll;
pub mod sending;
pub mod site;
pub mod typing;
pub mod unread;
pub mod upload;
