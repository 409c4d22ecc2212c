//! A minimal HTTP/1.1 client. It does little, so that the load takes little CPU time beside the server it measures.

use std::fmt::Write as _;
use std::net::SocketAddr;

use chat::RoomId;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::run::Outcome;

/// A keep-alive connection.
pub struct Http {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    /// The number of bytes received of the current answer.
    received: usize,
    /// The cookies of the visitor who sends the requests.
    pub cookie: String,
}

/// Whether the server may compress what it answers.
#[derive(Debug, Clone, Copy)]
pub enum Packing {
    Plain,
    Compressed,
}

pub struct Answer {
    pub status: u16,
    /// Pairs of name and value. Names are in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How many bytes the whole answer took on the wire.
    pub received: usize,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Returns the answer if its status is a success.
    pub fn ok(self) -> Outcome<Self> {
        match self.status {
            200..300 => Ok(self),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&self.body)).into()),
        }
    }
}

impl Http {
    /// Opens a connection for the visitor with this cookie. An empty cookie stands for a visitor who is not known
    /// yet.
    pub async fn connect(address: SocketAddr, cookie: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), address, received: 0, cookie: cookie.to_owned() })
    }

    /// Becomes a new visitor, whose cookie comes with their first page.
    pub async fn become_somebody(&mut self) -> Outcome<()> {
        self.cookie.clear();
        let page = self.get("/").await?.ok()?;
        let cookies = page.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookies: Vec<&str> = cookies.filter_map(|(_, cookie)| cookie.split(';').next()).collect();
        if cookies.is_empty() {
            return Err("the first page came without a cookie".into());
        }
        self.cookie = cookies.join("; ");
        Ok(())
    }

    /// Gets a page or an answer without compression.
    pub async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.get_as(path, Packing::Plain).await
    }

    pub async fn get_as(&mut self, path: &str, packing: Packing) -> Outcome<Answer> {
        let accepted = match packing {
            Packing::Plain => "",
            Packing::Compressed => "Accept-Encoding: br, gzip\r\n",
        };
        self.send(self.head("GET", path, &format!("Accept: text/html\r\n{accepted}")).as_bytes()).await
    }

    /// Posts a form as the page's own code does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(name);
            body.push('=');
            encode(value, &mut body);
        }
        let more = format!(
            "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            body.len()
        );
        let mut request = self.head("POST", path, &more);
        request.push_str(&body);
        self.send(request.as_bytes()).await
    }

    /// Sends a GIF to a room.
    pub async fn upload(&mut self, room: RoomId, gif: &[u8]) -> Outcome<Answer> {
        const BOUNDARY: &str = "------gifchat-load";
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"room\"\r\n\r\n{room}\r\n--{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\nContent-Type: image/gif\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(gif);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let more = format!(
            "Accept: application/json\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n",
            body.len()
        );
        let mut request = self.head("POST", "/api/upload_gif", &more).into_bytes();
        request.append(&mut body);
        self.send(&request).await
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        let Self { address, cookie, .. } = self;
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n\
             {cookie}{more}\r\n"
        )
    }

    async fn send(&mut self, request: &[u8]) -> Outcome<Answer> {
        self.stream.get_mut().write_all(request).await?;
        self.received = 0;
        let status = self.line().await?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or("not an HTTP answer")?;
        let mut answer = Answer { status, headers: Vec::new(), body: Vec::new(), received: 0 };
        loop {
            let line = self.line().await?;
            match line.split_once(':') {
                Some((name, value)) => answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            while self.chunk(&mut answer.body).await? {}
        } else if let Some(len) = answer.header("content-length") {
            let len = len.parse()?;
            self.append(len, &mut answer.body).await?;
        }
        answer.received = self.received;
        Ok(answer)
    }

    async fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        let bytes = self.stream.read_line(&mut line).await?;
        if bytes == 0 {
            return Err("the server closed the connection".into());
        }
        self.received += bytes;
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    /// Reads one chunk. Returns false after the last one.
    async fn chunk(&mut self, body: &mut Vec<u8>) -> Outcome<bool> {
        let len = u64::from_str_radix(&self.line().await?, 16)?;
        self.append(len, body).await?;
        self.line().await?;
        Ok(len > 0)
    }

    async fn append(&mut self, len: u64, body: &mut Vec<u8>) -> Outcome<()> {
        if (&mut self.stream).take(len).read_to_end(body).await? as u64 != len {
            return Err("the answer was cut".into());
        }
        self.received += usize::try_from(len)?;
        Ok(())
    }
}

fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            into.push(byte.into());
        } else {
            // Writing to a String does not fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}
