//! A process that ends with its test, whatever happens, and whose log is shown when the test fails.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{PATIENCE, until};

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
        keep(child.stdout.take().expect("its output"), &log);
        keep(child.stderr.take().expect("its log"), &log);
        Self { name: name.to_owned(), child, log }
    }

    /// Lines it has said with these words in them.
    pub fn said(&self, words: &str) -> Vec<String> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|line| line.contains(words)).cloned().collect()
    }

    /// Waits for the first such line.
    pub async fn says(&mut self, words: &str) -> String {
        let Self { child, log, name } = self;
        let first = async || {
            let lines = log.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(line) = lines.iter().find(|line| line.contains(words)) {
                return Some(line.clone());
            }
            let has_ended = child.try_wait().expect("its state");
            assert!(has_ended.is_none(), "{name} has ended: {has_ended:?} {lines:?}");
            None
        };
        until(&format!("{name} says {words}"), PATIENCE, first).await
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Sends a signal: TERM, STOP, CONT.
    pub fn signal(&self, signal: &str) {
        let arguments = [format!("-{signal}"), self.child.id().to_string()];
        assert!(Command::new("kill").args(arguments).status().expect("kill").success(), "kill -{signal}");
    }

    /// Ends it as a person or a supervisor does.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        let child = &mut self.child;
        let ended = async || child.try_wait().expect("its state");
        until(&format!("{} ends", self.name), Duration::from_secs(12), ended).await
    }

    /// Ends it as a failing machine does.
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
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            println!("--- {}\n{}", self.name, log.join("\n"));
        }
    }
}

/// Reads on, so that the process is never held up by its log.
fn keep(output: impl Read + Send + 'static, log: &Log) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}
