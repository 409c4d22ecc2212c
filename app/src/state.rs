//! The state of a page in the browser, as signals around `chat::view`.

pub mod acts;
pub mod away;
pub mod enter;
pub mod focus;
pub mod lobby;
pub mod log;
pub mod notify;
pub mod outbox;
pub mod read_marker;
pub mod room;
pub mod scroll;
pub mod sending;
pub mod site;
pub mod slow;
pub mod stored_text;
pub mod target;
pub mod typing;
pub mod unread;
pub mod upload;
