//! Helpers shared by the server's tests: visitors with cookies, their sockets, GIFs, and engines and servers as processes.
// A test that cannot go on panics with the reason.
#![allow(clippy::expect_used, clippy::panic)]

mod access;
mod database;
mod engine;
mod gifs;
mod poller;
mod process;
mod room;
mod socket;
mod visitor;
mod wait;

pub use access::{act_on_entry, read_every_route, try_every_call, write_calls};
pub use database::Database;
pub use engine::Engine;
pub use gifs::large_gif;
pub use poller::Poller;
pub use process::Process;
pub use room::{GIF, card_of, hash_of, id_of, view_of, without_ids};
pub use socket::Socket;
pub use visitor::{Answer, Visitor};
pub use wait::{TIMEOUT, until};
