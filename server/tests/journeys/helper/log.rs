//! The log of all servers in this process.

use std::io;
use std::sync::Once;

use parking_lot::Mutex;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: Once = Once::new();

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures the log from now on, at all levels.
pub fn capture() {
    STARTED.call_once(|| tracing_subscriber::fmt().with_env_filter("trace").with_writer(|| Writer).init());
}

pub fn logged() -> String {
    String::from_utf8_lossy(&LOG.lock()).into_owned()
}
