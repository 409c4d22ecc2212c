//! Measures the release server over loopback, as `docs/bench.md` describes. `bin/bench` starts it.

mod copies;
mod crowd;
mod deliveries;
mod figures;
mod growth;
mod http;
mod lobby;
mod messages;
mod nodes;
mod peers;
mod process;
mod report;
mod run;
mod server;
mod slow;
mod socket;
mod storm;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;
use run::{Outcome, run_part};

/// All the load runs on one thread, so that the server has the other core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measured().await {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measured() -> Outcome<ExitCode> {
    let arguments = Arguments::read()?;
    let all_met = if arguments.nodes {
        let mut report = nodes::Report::default();
        let done = nodes::measure(&mut report).await;
        // What was measured before an error is still worth showing.
        println!("\n{report}");
        done?;
        arguments.write(report.json()?)?;
        true
    } else if arguments.peers {
        let mut report = peers::Report::default();
        let done = peers::measure(&mut report).await;
        println!("\n{report}");
        done?;
        arguments.write(report.json()?)?;
        true
    } else if arguments.growth {
        let mut report = figures::Report::default();
        let done = growth::measure(&mut report, &arguments.only).await;
        println!("\n{report}");
        done?;
        arguments.write(report.json()?)?;
        true
    } else {
        let mut report = Report::default();
        let done = measure(&mut report, &arguments.only).await;
        println!("\n{report}");
        done?;
        arguments.write(report.json()?)?;
        report.all_met()
    };
    Ok(if arguments.check && !all_met { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The parts in the order in which they are measured.
const PARTS: [&str; 5] = ["messages", "deliveries", "lobby", "storm", "slow"];

async fn measure(report: &mut Report, only: &[&str]) -> Outcome<()> {
    for part in PARTS.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        let measured = match part {
            "messages" => run_part(part, messages::measure(report)).await,
            "deliveries" => run_part(part, deliveries::measure(report)).await,
            "lobby" => run_part(part, lobby::measure(report)).await,
            "storm" => run_part(part, storm::measure(report)).await,
            _ => run_part(part, slow::measure(report)).await,
        };
        measured?;
    }
    Ok(())
}

fn part(name: Option<OsString>) -> Outcome<&'static str> {
    let part = PARTS.into_iter().chain(growth::PARTS).find(|part| name.as_deref().is_some_and(|name| name == *part));
    part.ok_or_else(|| {
        format!("--only needs one of {}; with --growth of {}", PARTS.join(", "), growth::PARTS.join(", ")).into()
    })
}

#[derive(Default)]
struct Arguments {
    /// Measures two nodes on MongoDB and NATS in place of one server on SQLite.
    nodes: bool,
    /// Measures the same deliveries with other servers.
    peers: bool,
    /// Measures what should not grow with sockets, rooms and entries.
    growth: bool,
    /// Fails when a figure misses its goal.
    check: bool,
    /// Measures only these parts, if any are named.
    only: Vec<&'static str>,
    json: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Outcome<Self> {
        let mut read = Self::default();
        let mut given = std::env::args_os().skip(1);
        while let Some(argument) = given.next() {
            match argument.to_str() {
                Some("--nodes") => read.nodes = true,
                Some("--peers") => read.peers = true,
                Some("--growth") => read.growth = true,
                Some("--check") => read.check = true,
                Some("--only") => read.only.push(part(given.next())?),
                Some("--json") => read.json = Some(given.next().ok_or("--json needs a path")?.into()),
                _ => {
                    return Err(format!(
                        "what is {argument:?}? There are --nodes, --peers, --growth, --check, --only PART and --json PATH"
                    )
                    .into());
                }
            }
        }
        Ok(read)
    }

    fn write(&self, json: String) -> Outcome<()> {
        if let Some(path) = &self.json {
            std::fs::write(path, json)?;
            println!("\nwritten to {}", path.display());
        }
        Ok(())
    }
}
