//! The real binary as a separate process, with the stores and the NATS that a test chooses.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use testing::{Process, Visitor};

const BINARY: &str = env!("CARGO_BIN_EXE_gifchat");

/// A server process that accepts connections.
pub struct ServerProcess {
    pub process: Process,
    pub address: SocketAddr,
}

impl ServerProcess {
    pub async fn start(dir: &Path, variables: &[(&str, &str)]) -> Self {
        Self::wait_until_listening(spawn_server(dir, variables)).await
    }

    /// Runs `script` in bash first, for example to set limits of the process.
    pub async fn start_under(script: &str, dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("bash");
        command.args(["-c", &format!("{script}\nexec {BINARY}")]);
        Self::wait_until_listening(Process::start("the server", configure(&mut command, dir, variables))).await
    }

    pub async fn wait_until_listening(mut process: Process) -> Self {
        let prefix = "listening on http://";
        let line = process.wait_for_log(prefix).await;
        let address = line.split_once(prefix).and_then(|(_, rest)| rest.trim().parse().ok()).expect("an address");
        Self { process, address }
    }

    /// A new visitor.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// The same browser at this server.
    pub fn at(&self, visitor: &Visitor) -> Visitor {
        visitor.at(self.address)
    }

    pub async fn stop(mut self) {
        assert_eq!(self.process.terminate().await.code(), Some(0));
    }
}

/// Starts a server in `dir` without waiting until it listens.
pub fn spawn_server(dir: &Path, variables: &[(&str, &str)]) -> Process {
    Process::start("the server", &mut command(dir, variables))
}

/// Runs the binary with these arguments, and waits for its exit.
pub async fn run_to_end(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(dir, variables);
    command.args(arguments).stdin(Stdio::null());
    let running = tokio::task::spawn_blocking(move || command.output());
    running.await.expect("no panic").expect("its end")
}

/// The error output of a finished process.
pub fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn command(dir: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(BINARY);
    configure(&mut command, dir, variables);
    command
}

fn configure<'a>(command: &'a mut Command, dir: &Path, variables: &[(&str, &str)]) -> &'a mut Command {
    command.current_dir(dir).envs([("PORT", "0"), ("NO_COLOR", "1")]).envs(variables.iter().copied())
}
