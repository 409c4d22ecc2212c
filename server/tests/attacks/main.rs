//! Attacks by one or many strangers on a real server process: what they can fill, exhaust or delay, and how much the other
//! visitors notice. Most attacks have a tenth of their size, and all of it with `GIFCHAT_LONG`.
//!
//! Memory and disk must stay below stated figures. The others' time is judged by a ratio within one run. The server has
//! one core, the load the others. The tests run one after the other, each alone on the machine.

#![allow(clippy::expect_used, clippy::panic)]

mod crowd;
mod disk;
mod doors;
mod floods;
mod helper;
mod hostile_gifs;
mod reading;
mod sockets;
mod writing;
