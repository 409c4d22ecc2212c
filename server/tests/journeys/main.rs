//! The real server, in this process, on a port and in a directory of its own: what people's browsers and sockets get
//! from it.

#![allow(clippy::expect_used, clippy::panic)]

mod forms;
mod gifs;
mod guarding;
mod helper;
mod life;
mod moving;
mod process;
mod remote;
mod rooms;
mod sockets;
