//! Measures the release server over loopback, as `docs/bench.md` says. Started by `bin/bench`.

mod deliveries;
mod http;
mod lobby;
mod messages;
mod nodes;
mod process;
mod report;
mod server;
mod slow;
mod socket;
mod storm;

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use report::Report;

/// What a step of a measurement gives; the error is for whoever reads the terminal.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long one load runs, after [`WARM_UP`]. The server's CPU is counted in ticks of 10 ms: this gives two good digits.
const LOAD: Duration = Duration::from_secs(8);
const WARM_UP: Duration = Duration::from_millis(500);
/// No part takes longer; if it does, something hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// One thread for all the load, so that the server has the other core.
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
        // What was measured before something failed is worth showing too.
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

/// In the order they are taken.
const PARTS: [&str; 5] = ["messages", "deliveries", "lobby", "storm", "slow"];

async fn measure(report: &mut Report, only: &[&str]) -> Outcome<()> {
    for part in PARTS.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        let measured = match part {
            "messages" => within(part, messages::measure(report)).await,
            "deliveries" => within(part, deliveries::measure(report)).await,
            "lobby" => within(part, lobby::measure(report)).await,
            "storm" => within(part, storm::measure(report)).await,
            _ => within(part, slow::measure(report)).await,
        };
        measured?;
    }
    Ok(())
}

async fn within(part: &str, measurement: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    println!("bench: {part}");
    match tokio::time::timeout(PATIENCE, measurement).await {
        Ok(done) => done.map_err(|error| format!("{part}: {error}").into()),
        Err(_) => Err(format!("{part}: not done after {} s", PATIENCE.as_secs()).into()),
    }
}

fn part(name: Option<OsString>) -> Outcome<&'static str> {
    let part = PARTS.into_iter().find(|part| name.as_deref().is_some_and(|name| name == *part));
    part.ok_or_else(|| format!("--only needs one of {}", PARTS.join(", ")).into())
}

#[derive(Default)]
struct Arguments {
    /// Two nodes on MongoDB and NATS, not one server on SQLite.
    nodes: bool,
    /// Fail when a figure is missed.
    check: bool,
    /// These parts and no others, if any are named.
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
                Some("--check") => read.check = true,
                Some("--only") => read.only.push(part(given.next())?),
                Some("--json") => read.json = Some(given.next().ok_or("--json needs a path")?.into()),
                // What cargo bench adds.
                Some("--bench") => {}
                _ => {
                    return Err(format!(
                        "what is {argument:?}? There are --nodes, --check, --only PART and --json PATH"
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
