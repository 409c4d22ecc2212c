//! The real server, in this process, on a port and in a directory of its own: what people's browsers and sockets get
//! from it.

#![allow(clippy::expect_used, clippy::panic)]

mod bad_calls;
mod connections;
mod doors;
mod forms;
mod full_disk;
mod gifs;
mod guarding;
mod helper;
mod identity;
mod life;
mod limits;
mod moving;
mod people;
mod process;
mod remote;
mod rooms;
mod sayings;
mod sockets;
mod thrown_out;
mod whispers;
