//! Helpers of the attacks: a server to attack, the figures of its process, and how much an attack delays other visitors.

mod attackers;
mod raw;
mod slowdown;
mod test_server;

pub use attackers::attackers;
pub use raw::RawConnection;
pub use slowdown::slowdown;
pub use test_server::{MIB, RAISED_LIMITS, TestServer};
pub use testing::{GIF, Socket, TIMEOUT, Visitor, hash_of, large_gif, until};

/// A tenth of the number, or all of it with `GIFCHAT_LONG`.
pub fn scaled(all: usize) -> usize {
    if is_long() { all } else { all.div_ceil(10) }
}

pub fn is_long() -> bool {
    std::env::var_os("GIFCHAT_LONG").is_some()
}
