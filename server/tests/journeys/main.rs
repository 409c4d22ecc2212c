//! What browsers and sockets get from the real server. It runs in this process, with its own port and its own directory
//! for each test.

#![allow(clippy::expect_used, clippy::panic)]

mod bad_calls;
mod commands;
mod compression;
mod connections;
mod doors;
mod forms;
mod full_disk;
mod gifs;
mod guarding;
mod helper;
mod identity;
mod kept_seats;
mod lifecycle;
mod limits;
mod messages;
mod people;
mod polls;
mod process;
mod remote;
mod rooms;
mod shelf;
mod sockets;
mod thrown_out;
mod transfer;
mod typed;
mod whispers;
mod worker;
