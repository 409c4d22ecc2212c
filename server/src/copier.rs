//! Runs the process that makes copies of GIFs (`gifchat light`, the crate `light`). The output of that process is not
//! trusted.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use backend::service::{Copier, Made};
use light::child;
use light::frame::{Progress, Reader};
use parking_lot::Mutex;

/// How long a GIF may take. (The process limits its CPU time to half of this by itself.)
const LONGEST: Duration = Duration::from_secs(30);

/// How much is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Starts a process for each GIF.
#[derive(Debug)]
pub struct ProcessCopier {
    /// The path of this program, which is started with the argument `light`.
    pub program: PathBuf,
}

impl Copier for ProcessCopier {
    fn make(&self, gif: &[u8], tell: &mut dyn FnMut(Made)) {
        if gif.len() > child::MAX_GIF {
            return;
        }
        match self.start() {
            Ok(process) => run(process, gif, tell),
            Err(error) => tracing::warn!(%error, "the process that makes copies of GIFs does not start"),
        }
    }
}

impl ProcessCopier {
    /// Starts the process with nothing of the server's: no settings, no secrets, no open files.
    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg("light")
            .env_clear()
            .envs(child::ENVIRONMENT)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
}

fn run(mut process: Child, gif: &[u8], tell: &mut dyn FnMut(Made)) {
    let (Some(mut input), Some(mut output)) = (process.stdin.take(), process.stdout.take()) else { return };
    let process = Arc::new(Mutex::new(process));
    let (ended, wait) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            // The process reads the whole GIF before it answers. If it ends earlier, writing fails, which loses
            // nothing.
            let _ = input.write_all(gif);
            drop(input);
        });
        let watched = Arc::clone(&process);
        scope.spawn(move || {
            if wait.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                let _ = watched.lock().kill();
            }
        });
        read(&mut output, gif.len(), tell);
        // Its output is not read any more, so whatever it still does is of no use.
        let _ = process.lock().kill();
        drop(ended);
    });
    // Otherwise it would stay as a zombie.
    let _ = process.lock().wait();
}

/// Passes each result on to `tell`, up to the last one or the first that is not valid.
fn read(output: &mut impl Read, gif_bytes: usize, tell: &mut dyn FnMut(Made)) {
    let mut reader = Reader::new(gif_bytes);
    let mut piece = vec![0; PIECE];
    let mut has_first = false;
    loop {
        let read = match output.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        match reader.push(&piece[..read]) {
            Ok(Progress::Begun) => {}
            Ok(Progress::First) if !has_first => {
                has_first = true;
                tell(made(&reader));
            }
            Ok(Progress::First) => {}
            Ok(Progress::Done) => return tell(made(&reader)),
            Err(error) => return tracing::warn!(%error, "a GIF is left without copies"),
        }
    }
}

fn made(reader: &Reader) -> Made {
    let made = reader.so_far();
    Made {
        still: made.still.clone().map(Into::into),
        light: made.light.clone().map(Into::into),
        flashes: made.flashes.map(light::Flashes::is_dangerous),
    }
}
