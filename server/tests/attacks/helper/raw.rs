//! A raw TCP connection, which writes any bytes and reads only when told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use testing::Visitor;

/// A connection to the server. It is closed on drop.
pub struct RawConnection {
    stream: TcpStream,
}

impl RawConnection {
    /// Connects from 127.0.0.`from`, with a small window, so that the server has to buffer what this side does not read.
    pub async fn open(server: SocketAddr, from: u8) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4096)?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, from)), 0))?;
        Ok(Self { stream: socket.connect(server).await? })
    }

    /// Sends the head of a request with this visitor's cookies and origin. `more`: further header lines, each with CRLF.
    pub async fn send_head(&mut self, visitor: &Visitor, method: &str, path: &str, more: &str) -> std::io::Result<()> {
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

    /// Reads once, up to `most` bytes. The result is empty when the server has closed the connection.
    pub async fn read(&mut self, most: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let read = self.stream.read(&mut bytes).await?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The status of a response whose head comes within the time limit. `None` if the connection was closed or nothing came.
    pub async fn status(&mut self, time_limit: Duration) -> Option<u16> {
        let mut head = Vec::new();
        let reading = async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await.ok()?);
            }
            String::from_utf8_lossy(&head).split(' ').nth(1)?.parse().ok()
        };
        timeout(time_limit, reading).await.ok().flatten()
    }

    /// Reads until there are `bytes` bytes, the connection is closed, or nothing has come for `time_limit`.
    pub async fn read_up_to(&mut self, bytes: usize, time_limit: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < bytes
            && let Ok(Ok(more)) = timeout(time_limit, self.read(64 * 1024)).await
            && !more.is_empty()
        {
            all.extend(more);
        }
        all
    }
}
