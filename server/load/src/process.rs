//! A child process that is measured from outside.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::run::Outcome;

/// The process is killed when this is dropped, because its data is not needed any more.
pub struct Process(Child);

impl Process {
    pub fn spawn(command: &mut Command) -> Outcome<Self> {
        Ok(Self(command.stdin(Stdio::null()).spawn()?))
    }

    /// The exit status. `None` while the process runs.
    pub fn status(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// The CPU time so far, user and system, of the process and of its running children. The time of children that have
    /// ended is not included, so when one ends, the sum falls.
    pub fn cpu(&self) -> Outcome<Duration> {
        let own = self.0.id();
        let mut sum = Stat::read(own).ok_or("/proc/PID/stat is not as expected")?.cpu;
        for entry in fs::read_dir("/proc")? {
            let id = entry?.file_name().to_str().and_then(|name| name.parse().ok());
            // A process that has just ended is no longer there.
            if let Some(stat) = id.and_then(Stat::read)
                && stat.parent == own
            {
                sum += stat.cpu;
            }
        }
        Ok(sum)
    }

    /// Resident memory in KiB. It is read from `smaps_rollup`, which counts pages. The figure in `statm` may lag by
    /// some pages for each thread.
    pub fn memory_kib(&self) -> Outcome<f64> {
        kib_in(&fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0.id()))?, "Rss:")
    }

    /// The highest resident memory in KiB since the last [`Process::forget_peak`].
    pub fn peak_memory_kib(&self) -> Outcome<f64> {
        kib_in(&fs::read_to_string(format!("/proc/{}/status", self.0.id()))?, "VmHWM:")
    }

    pub fn forget_peak(&self) -> Outcome<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.0.id()), "5")?)
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) -> Outcome<()> {
        let status = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(format!("kill: {status}").into()) }
    }

    /// The name of the running program.
    pub fn program(&self) -> Outcome<String> {
        Ok(fs::read_to_string(format!("/proc/{}/comm", self.0.id()))?.trim().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The value of the named line.
fn kib_in(lines: &str, name: &str) -> Outcome<f64> {
    let value = lines.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name} in /proc"))?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

/// Two fields of /proc/PID/stat.
struct Stat {
    parent: u32,
    cpu: Duration,
}

impl Stat {
    fn read(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The second field is the name in brackets, which may hold anything. The fields after it start with the state
        // (3).
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let (user, system) = (field(14)?, field(15)?);
        // The unit is 1/100 s on every Linux.
        Some(Self { parent: field(4)?.try_into().ok()?, cpu: Duration::from_millis((user + system) * 10) })
    }
}

pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
