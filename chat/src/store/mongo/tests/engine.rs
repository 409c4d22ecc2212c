//! A MongoDB of a test's own, which it may stop, and what the driver says to the log.

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

/// Killed when dropped.
pub struct Engine {
    process: Child,
    pub port: u16,
}

impl Engine {
    /// On a port that nobody has.
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

    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}", self.port)
    }

    /// To the server itself.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.process.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }

    /// Ends it as an operator does, and waits until it has.
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

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// What this thread says to the log, from level info up.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub fn capture() -> (Self, DefaultGuard) {
        // With one subscriber only, tracing asks the thread that comes first to a line whether anybody wants it, and
        // remembers that for all.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Self::default()));
        let lines = Self::default();
        (lines.clone(), set_default(lines))
    }

    /// Those that say this.
    pub fn with(&self, words: &str) -> Vec<String> {
        self.0.lock().expect("lines").iter().filter(|line| line.contains(words)).cloned().collect()
    }
}

impl Subscriber for Lines {
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
