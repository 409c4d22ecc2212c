//! Many people in one room.

use std::net::SocketAddr;

use chat::RoomId;

use crate::deliveries::sender;
use crate::messages::{Sender, seated};
use crate::run::Outcome;
use crate::server::Server;
use crate::socket::Socket;

/// The most people in a room. If there are more sockets, people have several each.
pub const SEATS: usize = 1000;

/// A room with people in it, and the sockets that watch it.
pub struct Crowd {
    pub room: RoomId,
    pub cookies: Vec<String>,
    pub sockets: Vec<Socket>,
}

impl Crowd {
    pub async fn of(server: &Server, sockets: usize) -> Outcome<Self> {
        Self::at(server.address, sockets).await
    }

    pub async fn at(server: SocketAddr, sockets: usize) -> Outcome<Self> {
        let (room, cookies) = seated(&[server], sockets.clamp(1, SEATS)).await?;
        let after = sender(server, &cookies[0], room).await?.say("안녕하세요").await?.seq;
        let mut watching = Vec::with_capacity(sockets);
        for cookie in cookies.iter().cycle().take(sockets) {
            watching.push(Socket::watch(server, cookie, room, after).await?);
        }
        Ok(Self { room, cookies, sockets: watching })
    }

    pub async fn senders(&self, server: &Server, count: usize) -> Outcome<Vec<Sender>> {
        let mut senders = Vec::with_capacity(count);
        for cookie in self.cookies.iter().cycle().take(count) {
            senders.push(sender(server.address, cookie, self.room).await?);
        }
        Ok(senders)
    }
}
