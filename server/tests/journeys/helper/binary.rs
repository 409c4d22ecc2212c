//! The real binary, as a process of its own, on servers of our choice.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::Visitor;
use super::process::Process;

const BINARY: &str = env!("CARGO_BIN_EXE_gifchat");

/// A server that listens.
pub struct Running {
    pub process: Process,
    pub address: SocketAddr,
}

impl Running {
    pub async fn start(dir: &Path, variables: &[(&str, &str)]) -> Self {
        Self::when_it_listens(starting(dir, variables)).await
    }

    /// After these commands of bash: limits of the process, say.
    pub async fn start_under(script: &str, dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("bash");
        command.args(["-c", &format!("{script}\nexec {BINARY}")]);
        Self::when_it_listens(Process::start("the server", usual(&mut command, dir, variables))).await
    }

    pub async fn when_it_listens(mut process: Process) -> Self {
        let said = "listening on http://";
        let line = process.says(said).await;
        let address = line.split_once(said).and_then(|(_, rest)| rest.trim().parse().ok()).expect("an address");
        Self { process, address }
    }

    /// Somebody new.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// The same browser here.
    pub fn at(&self, visitor: &Visitor) -> Visitor {
        visitor.at(self.address)
    }

    pub async fn stop(mut self) {
        assert_eq!(self.process.terminate().await.code(), Some(0));
    }
}

/// A server that may have to wait. It runs in `dir`.
pub fn starting(dir: &Path, variables: &[(&str, &str)]) -> Process {
    Process::start("the server", &mut command(dir, variables))
}

/// Runs to its end with these arguments.
pub async fn run(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(dir, variables);
    command.args(arguments).stdin(Stdio::null());
    let running = tokio::task::spawn_blocking(move || command.output());
    running.await.expect("no panic").expect("its end")
}

/// What it said of why it ended.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn command(dir: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(BINARY);
    usual(&mut command, dir, variables);
    command
}

fn usual<'a>(command: &'a mut Command, dir: &Path, variables: &[(&str, &str)]) -> &'a mut Command {
    command.current_dir(dir).envs([("PORT", "0"), ("NO_COLOR", "1")]).envs(variables.iter().copied())
}
