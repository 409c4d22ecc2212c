//! The server as a process: environment in, exit code out. Everything else is in the library, where tests reach it.

use std::io::IsTerminal;
use std::process::ExitCode;

use server::{Settings, StartError, site};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let runtime = Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
    match runtime.map_err(StartError::Io).and_then(|runtime| runtime.block_on(start())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gifchat: {error}");
            ExitCode::from(if error.is_in_settings() { 2 } else { 1 })
        }
    }
}

/// One core is left to the store's writer: with a worker on each, every message wakes a worker that finds nothing to do,
/// which on two cores costs a tenth of all CPU.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

async fn start() -> Result<(), StartError> {
    let settings = Settings::read(&|name| std::env::var(name).ok(), site::options()?)?;
    tracing_subscriber::fmt()
        .with_env_filter(settings.log.clone())
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let address = settings.address;
    let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen { address, error })?;
    server::run(listener, settings, async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
    .await
}
