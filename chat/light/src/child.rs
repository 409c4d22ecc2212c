//! The process in which GIFs are decoded: `gifchat light`.
//!
//! It reads a GIF from stdin up to its end and writes what [`frame`] describes to stdout. A GIF that takes over this
//! process cannot do much harm: the process can open no file, has little memory and time, and gives way to all other
//! processes.
//!
//! The exit code is 0 if both messages were written, and 1 if anything failed. Death by a signal means that a limit was
//! reached. In both cases a first message that was written before is whole and stays good. Nothing is written to
//! stderr.

use std::fs::{File, read_to_string};
use std::io::{self, Read, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
use rustix::stdio::dup2_stderr;

use crate::{Limits, frame, make_first};

/// The environment to start the process with; it needs nothing else. The server's allocator would otherwise reserve 1
/// GiB of address space at once, which is beyond any limit that is set later.
pub const ENVIRONMENT: [(&str, &str); 1] = [("MIMALLOC_ARENA_RESERVE", "0")];
/// The most bytes of a GIF that are read.
pub const MAX_GIF: usize = 16 * 1024 * 1024;
/// The memory that a GIF needs at most beside what the process has when it starts, in bytes: the largest one that is
/// allowed (`Limits::default`) takes 90 MiB.
const NEEDED: u64 = 96 * 1024 * 1024;
/// Address space that is reserved and never used, in bytes: allocators are generous with it.
const SLACK: u64 = 256 * 1024 * 1024;
/// The address space of a process whose size is not known, in bytes.
const UNKNOWN: u64 = 1024 * 1024 * 1024;
/// Seconds of CPU time beyond the limit that the work itself observes.
const OVERTIME: u64 = 3;
/// The lowest priority.
const LOWEST: i32 = 19;

/// Does the work of the process. Call it first in `main`, before there are threads or open files.
pub fn run() -> ExitCode {
    match catch_unwind(work) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // The parent learns only that there was an error or a panic.
        Ok(Err(_)) | Err(_) => ExitCode::FAILURE,
    }
}

fn work() -> io::Result<()> {
    let limits = Limits::default();
    confine(&limits)?;
    answer(&read(io::stdin().lock())?, &limits, &mut io::stdout().lock())
}

/// Writes both messages, the first one before work on the second begins. Nothing is written if there is no first one.
fn answer(gif: &[u8], limits: &Limits, to: &mut impl Write) -> io::Result<()> {
    let (made, rest) = make_first(gif, limits).map_err(io::Error::other)?;
    to.write_all(&frame::first(&made))?;
    to.flush()?;
    to.write_all(&frame::second(rest.make().as_deref()))?;
    to.flush()
}

/// Gives up all rights that are not needed, before any input is read.
fn confine(limits: &Limits) -> io::Result<()> {
    dup2_stderr(File::options().write(true).open("/dev/null")?)?;
    nice(LOWEST)?;
    let size = address_space().unwrap_or(UNKNOWN);
    for (resource, most) in [
        (Resource::As, size.saturating_add(NEEDED + SLACK)),
        (Resource::Cpu, limits.cpu.as_secs().saturating_add(OVERTIME)),
        (Resource::Core, 0),
        // The process starts no others. (This limit does not bind root.)
        (Resource::Nproc, 0),
        // Pipes have no size, so they can still be written.
        (Resource::Fsize, 0),
        // File descriptors count from 0, and 0 to 2 are open already.
        (Resource::Nofile, 3),
    ] {
        // The parent may have set a lower limit.
        let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// How much address space the process has so far, in bytes.
fn address_space() -> Option<u64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    size.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

fn read(from: impl Read) -> io::Result<Vec<u8>> {
    let mut gif = Vec::new();
    let read = from.take(MAX_GIF as u64 + 1).read_to_end(&mut gif)?;
    if read > MAX_GIF { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(gif) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make;
    use crate::tests::samples::{BLACK, WHITE, sequence};

    /// The bytes that were written, and how many there were at each flush.
    #[derive(Default)]
    struct Flushed {
        bytes: Vec<u8>,
        flushed: Vec<usize>,
    }

    impl Write for Flushed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.bytes.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.flushed.push(self.bytes.len());
            Ok(())
        }
    }

    #[test]
    fn the_first_message_goes_out_alone() {
        let gif = sequence(200, 200, &[(BLACK, 10), (WHITE, 10)]);
        let made = make(&gif, &Limits::default()).expect("the GIF is whole");
        let mut flushed = Flushed::default();
        answer(&gif, &Limits::default(), &mut flushed).expect("written to memory");
        assert_eq!(flushed.flushed, [frame::first(&made).len(), flushed.bytes.len()]);
        assert_eq!(frame::decode(&flushed.bytes, gif.len()), Ok(made));
    }

    #[test]
    fn of_what_is_no_gif_nothing_is_written() {
        let mut flushed = Flushed::default();
        assert!(answer(b"GIF89a", &Limits::default(), &mut flushed).is_err());
        assert_eq!((flushed.bytes, flushed.flushed), (Vec::new(), Vec::new()));
        assert!(read(io::repeat(7)).is_err(), "there is no end");
    }
}
