//! Collects everything that this thread logs, at any level.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(Debug, Clone)]
pub struct LogLine {
    pub level: Level,
    pub target: &'static str,
    pub text: String,
}

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<LogLine>>>);

impl Log {
    /// Collects until the guard is dropped.
    pub fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        (log.clone(), tracing::subscriber::set_default(log))
    }

    pub fn lines(&self) -> Vec<LogLine> {
        self.0.lock().unwrap().clone()
    }

    /// The lines of this crate that an operator sees (`INFO` and above), as `LEVEL text`.
    pub fn visible(&self) -> Vec<String> {
        let is_visible = |line: &LogLine| line.target.starts_with("backend") && line.level <= Level::INFO;
        self.lines().into_iter().filter(is_visible).map(|line| format!("{} {}", line.level, line.text)).collect()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let metadata = event.metadata();
        let line = LogLine { level: *metadata.level(), target: metadata.target(), text: text.0 };
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
