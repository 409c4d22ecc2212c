//! A process that always ends together with its test. Its log is printed if the test fails.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{TIMEOUT, until};

pub struct Process {
    name: String,
    child: Child,
    log: Log,
}

type Log = Arc<Mutex<Vec<String>>>;

impl Process {
    pub fn start(name: &str, command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let log = Log::default();
        collect_lines(child.stdout.take().expect("its output"), &log);
        collect_lines(child.stderr.take().expect("its log"), &log);
        Self { name: name.to_owned(), child, log }
    }

    /// All lines of its output so far that contain `words`.
    pub fn log_lines(&self, words: &str) -> Vec<String> {
        let log = self.log.lock();
        log.iter().filter(|line| line.contains(words)).cloned().collect()
    }

    /// Waits for a line that contains `words`, and returns the first one.
    pub async fn wait_for_log(&mut self, words: &str) -> String {
        let Self { child, log, name } = self;
        let first = async || {
            let lines = log.lock();
            if let Some(line) = lines.iter().find(|line| line.contains(words)) {
                return Some(line.clone());
            }
            let has_ended = child.try_wait().expect("its state");
            assert!(has_ended.is_none(), "{name} has ended: {has_ended:?} {lines:?}");
            None
        };
        until(&format!("{name} says {words}"), TIMEOUT, first).await
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Sends a signal, named without its prefix: TERM, STOP or CONT.
    pub fn signal(&self, signal: &str) {
        let arguments = [format!("-{signal}"), self.child.id().to_string()];
        assert!(Command::new("kill").args(arguments).status().expect("kill").success(), "kill -{signal}");
    }

    /// Ends it as a person or a supervisor does, with SIGTERM, and waits for its exit.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        let child = &mut self.child;
        let ended = async || child.try_wait().expect("its state");
        until(&format!("{} ends", self.name), Duration::from_secs(12), ended).await
    }

    /// Ends it at once, without a warning, as a crash would.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log.lock();
            println!("--- {}\n{}", self.name, log.join("\n"));
        }
    }
}

/// Reads all of the output in a thread, because a full pipe would block the process.
fn collect_lines(output: impl Read + Send + 'static, log: &Log) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            log.lock().push(line);
        }
    });
}
