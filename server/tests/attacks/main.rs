//! One stranger, or many, against a real server process: what they can fill, starve or hold up, and what the others feel
//! of it. In the plain run at a tenth, whole with `GIFCHAT_LONG`.
//!
//! Memory and disk are held to stated figures, and the others' time to a ratio within one run: the server has one core,
//! the load the other. The tests run one after the other, each alone on the machine.

#![allow(clippy::expect_used, clippy::panic)]

mod crowd;
mod disk;
mod doors;
mod floods;
mod helper;
mod reading;
mod sockets;
mod writing;
