//! A test's own MongoDB server, which it may stop, and what the driver logs.

use std::fmt::{Debug, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Subscriber, set_default};
use tracing::{Dispatch, Event, Metadata};

use super::*;

/// A MongoDB server, or the stand-in for one. It is killed when it is dropped.
pub struct Engine {
    process: Child,
    pub port: u16,
}

impl Engine {
    /// Starts a server on a free port.
    pub fn start() -> Self {
        Self::start_with(free_port(), None, None)
    }

    pub fn start_in(port: u16, folder: &Path) -> Self {
        Self::start_with(port, Some(folder), None)
    }

    pub fn start_with(port: u16, folder: Option<&Path>, wire_version: Option<u32>) -> Self {
        let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
        let mut command = Command::new(Path::new(&engines).join("mongodb"));
        command.arg(port.to_string()).args(folder).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(version) = wire_version {
            command.env("WIRE_VERSION", version.to_string());
        }
        Self { process: command.spawn().expect("an engine"), port }
    }

    /// Starts the stand-in, even where MongoDB is installed. It can be told to fail as MongoDB does. `claims` are the
    /// environment variables that configure it.
    pub fn stand_in(claims: &[(&str, &str)]) -> Self {
        let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
        let port = free_port();
        let mut command = Command::new(Path::new(&engines).join("mongodb"));
        command.arg(port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("STAND_IN_ONLY", "1").envs(claims.iter().copied());
        Self { process: command.spawn().expect("an engine"), port }
    }

    /// Runs a command as an operator does.
    pub async fn command(&self, command: Document) {
        let client = mongodb::Client::with_uri_str(self.uri()).await.expect("a client");
        client.database("admin").run_command(command).await.expect("done");
    }

    /// Makes these commands fail in this way, this many times, as `failCommand` does in MongoDB's own tests.
    pub async fn fail(&self, times: i32, commands: &[&str], with: Document) {
        let mut data = doc! { "failCommands": commands.to_vec() };
        data.extend(with);
        self.command(doc! { "configureFailPoint": "failCommand", "mode": { "times": times }, "data": data }).await;
    }

    pub async fn fail_no_more(&self) {
        self.command(doc! { "configureFailPoint": "failCommand", "mode": "off" }).await;
    }

    /// With `true`, the stand-in confirms no further write, and majority reads see only what was stored before. `false`
    /// ends this.
    pub async fn hold_majority(&self, holds: bool) {
        let mode = if holds { "alwaysOn" } else { "off" };
        self.command(doc! { "configureFailPoint": "holdMajority", "mode": mode }).await;
    }

    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}", self.port)
    }

    /// Sends a signal to the server's process.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.process.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }

    /// Stops the server as an operator does, and waits until it has ended.
    pub fn stop(mut self) {
        self.signal("TERM");
        self.process.wait().expect("an end");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The same server and login, but through this address.
pub fn uri_through(address: &str, uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").expect("a scheme");
    let (hosts, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let login = &hosts[..hosts.rfind('@').map_or(0, |at| at + 1)];
    let options = rest.split_once('?').map_or("", |(_, options)| options);
    format!("{scheme}://{login}{address}/?directConnection=true&{options}").trim_end_matches('&').to_owned()
}

/// The address of the first server of a connection string.
pub async fn address_of(uri: &str) -> String {
    mongodb::options::ClientOptions::parse(uri).await.expect("a connection string").hosts[0].to_string()
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// The lines that this thread logs, from level info up.
#[derive(Clone, Default)]
pub struct LogLines(Arc<Mutex<Vec<String>>>);

impl LogLines {
    pub fn capture() -> (Self, DefaultGuard) {
        // With only one subscriber, tracing asks the first thread that comes to a statement whether it is wanted, and
        // remembers the answer for all threads. A second subscriber prevents that.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Self::default()));
        let lines = Self::default();
        (lines.clone(), set_default(lines))
    }

    /// The lines that contain these words.
    pub fn with(&self, words: &str) -> Vec<String> {
        self.0.lock().expect("lines").iter().filter(|line| line.contains(words)).cloned().collect()
    }
}

impl Subscriber for LogLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().expect("lines").push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
