//! The server as a process: it reads the arguments and settings, and returns an exit code. Everything else is in the
//! library, where tests reach it.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use backend::store::sqlite::Compacted;
use server::command::{Command, USAGE};
use server::transfer::{self, TransferError};
use server::{Server, Settings, StartError, descriptors, site};
use tokio::net::TcpSocket;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Pages and messages make many short-lived allocations, for which this allocator is faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code when other arguments or settings could help.
const WRONG: u8 = 2;
/// The exit code for all other errors.
const FAILED: u8 = 1;

/// How long work that blocks a thread may go on when everything else has ended. Everything that must be kept is stored
/// by then. A copy of a GIF could still take many seconds, and is made another time.
const LAST_WORK: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    // This comes before everything else: nothing of the server may be open in that process.
    if std::env::args_os().nth(1).is_some_and(|command| command == "light") {
        return light::child::run();
    }
    match Command::read(std::env::args_os().skip(1)) {
        Ok(Command::Help) => print(USAGE),
        Ok(Command::Version) => print(concat!("gifchat ", env!("CARGO_PKG_VERSION"))),
        Ok(command) => match run(command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error, code(&error)),
        },
        Err(error) => fail(&error, WRONG),
    }
}

fn print(text: &str) -> ExitCode {
    // Writing fails when nobody reads the output, which is no error of ours.
    let _ = writeln!(io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn fail(error: &dyn Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "gifchat: {error}");
    code.into()
}

fn code(error: &TransferError) -> u8 {
    match error {
        TransferError::Start(error) if error.is_in_settings() => WRONG,
        _ => FAILED,
    }
}

fn run(command: Command) -> Result<(), TransferError> {
    let mut settings = Settings::read(&|name| std::env::var(name).ok(), site::options()?).map_err(StartError::from)?;
    settings.copier = std::env::current_exe().ok();
    tracing_subscriber::fmt()
        .with_env_filter(settings.log.clone())
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    let runtime = Builder::new_multi_thread().worker_threads(workers(&settings)).enable_all().build();
    let runtime = runtime.map_err(StartError::Io)?;
    let ended = runtime.block_on(async {
        match command {
            Command::Export(file) => {
                let counts = transfer::export(&settings, &file).await?;
                eprintln!("exported to {}: {counts}", file.display());
            }
            Command::Import(file) => {
                let counts = transfer::import(&settings, &file).await?;
                eprintln!("imported from {}: {counts}", file.display());
            }
            Command::Compact => {
                let Compacted { before, after } = transfer::compact(settings).await?;
                eprintln!("compacted: {before} bytes before, {after} after");
            }
            // The server runs on a worker thread. On the main thread it would take the core away from the workers for
            // a whole time slice whenever a connection opens or closes.
            _ => match tokio::spawn(serve(settings)).await {
                Ok(served) => served?,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            },
        }
        Ok(())
    });
    runtime.shutdown_timeout(LAST_WORK);
    ended
}

/// The number of worker threads: one per core. With SQLite one core is left to its writer thread. With a worker on
/// each core, every message wakes a worker that finds nothing to do, which costs a tenth of all CPU on two cores.
fn workers(settings: &Settings) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    match settings.remote {
        Some(_) => cores,
        None => cores.saturating_sub(1).max(1),
    }
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    descriptors::raise();
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut shutdown = pin!(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    });
    let address = settings.address;
    let cannot_listen = |error| StartError::Listen { address, error };
    let socket = bind(address).map_err(cannot_listen)?;
    let server = tokio::select! {
        () = &mut shutdown => return Ok(()),
        server = Server::open(settings) => server?,
    };
    // The socket listens only now, because a connection that is accepted while the server waits for MongoDB would
    // hang.
    let listener = socket.listen(BACKLOG).map_err(cannot_listen)?;
    server.serve(listener, shutdown).await
}

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds the address without listening yet. Fails when the address is taken.
fn bind(address: std::net::SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
