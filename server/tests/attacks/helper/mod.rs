//! Owns the attacks: a house to attack, what is read from its process, and how the others fare meanwhile.

mod attackers;
mod house;
mod others;
mod slow;

// Shared with the journeys; neither needs all of it.
#[path = "../../helper/gifs.rs"]
mod gifs;
#[allow(dead_code)]
#[path = "../../helper/inside.rs"]
mod inside;
#[path = "../../helper/patience.rs"]
mod patience;
#[allow(dead_code)]
#[path = "../../helper/process.rs"]
mod process;
#[allow(dead_code)]
#[path = "../../helper/socket.rs"]
mod socket;
#[allow(dead_code)]
#[path = "../../helper/visitor.rs"]
mod visitor;

pub use attackers::attackers;
pub use gifs::large_gif;
pub use house::{House, LIFTED, MIB};
pub use inside::{GIF, hash_of};
pub use others::slowdown;
pub use patience::{PATIENCE, until};
pub use slow::Raw;
pub use socket::Socket;
pub use visitor::{Answer, Visitor};

/// A tenth of the attackers, or all of them.
#[allow(dead_code)]
pub fn a_tenth_of(all: usize) -> usize {
    if is_long() { all } else { all.div_ceil(10) }
}

pub fn is_long() -> bool {
    std::env::var_os("GIFCHAT_LONG").is_some()
}
