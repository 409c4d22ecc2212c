//! A connection without a browser's manners: it writes what it is told and reads only when told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::visitor::Visitor;

/// Closed when dropped.
#[allow(dead_code)]
pub struct Raw {
    stream: TcpStream,
}

#[allow(dead_code)]
impl Raw {
    /// From 127.0.0.`from`, with a small window, so that what is not read stays with the server.
    pub async fn open(server: SocketAddr, from: u8) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4096)?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, from)), 0))?;
        Ok(Self { stream: socket.connect(server).await? })
    }

    /// Sends the head of a request, with this visitor's cookies and origin. `more`: header lines, each with its end.
    pub async fn ask(&mut self, visitor: &Visitor, method: &str, path: &str, more: &str) -> std::io::Result<()> {
        let (host, cookie, origin) = (visitor.address, visitor.cookie(), visitor.origin());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n\
             Accept: application/json\r\n{more}\r\n"
        );
        self.write(head.as_bytes()).await
    }

    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads once, up to `most` bytes. Nothing: the other end has closed.
    pub async fn read(&mut self, most: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let read = self.stream.read(&mut bytes).await?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The status of the answer whose head comes within `patience`. None: it was closed, or nothing came.
    pub async fn status(&mut self, patience: Duration) -> Option<u16> {
        let mut head = Vec::new();
        let reading = async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await.ok()?);
            }
            String::from_utf8_lossy(&head).split(' ').nth(1)?.parse().ok()
        };
        timeout(patience, reading).await.ok().flatten()
    }

    /// Reads to the end, or until nothing comes for `patience`.
    pub async fn rest(&mut self, patience: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        while let Ok(Ok(more)) = timeout(patience, self.read(64 * 1024)).await {
            if more.is_empty() {
                break;
            }
            all.extend(more);
        }
        all
    }
}
