//! Parses settings and says in words what is wrong with them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{MIN_SECRET_BYTES, Rate, Secret, WrongSettings};
use ipnet::IpNet;

use crate::address::network;

/// Reads settings one by one and collects the errors.
pub struct Reader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    wrong: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable, wrong: Vec::new() }
    }

    /// The parsed setting, or `default` if it is not set or is wrong. Wrong settings are recorded.
    pub fn value<T>(&mut self, name: &str, default: T, parse: impl FnOnce(&str) -> Result<T, String>) -> T {
        let Some(text) = self.text(name) else { return default };
        match parse(text.trim()) {
            Ok(value) => value,
            Err(problem) => {
                self.refuse(name, &problem);
                default
            }
        }
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    pub fn refuse(&mut self, name: &str, problem: &str) {
        self.wrong.push(format!("{name} {problem}"));
    }

    pub fn finish<T>(self, settings: T) -> Result<T, WrongSettings> {
        if self.wrong.is_empty() { Ok(settings) } else { Err(WrongSettings(self.wrong)) }
    }

    /// The raw text of a setting, with its spaces. `None` if it is blank.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.trim().is_empty())
    }
}

pub fn host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        _ => text.parse().map_err(|_| format!("must be an IP address to listen on, not {text:?}")),
    }
}

pub fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("must be a port number from 0 to 65535, not {text:?}"))
}

/// The error does not repeat the text, because it is a secret.
pub fn secret(text: &str) -> Result<Secret, String> {
    if text.len() < MIN_SECRET_BYTES {
        return Err(format!("must have {MIN_SECRET_BYTES} bytes or more"));
    }
    Ok(Secret(text.as_bytes().to_vec()))
}

pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(format!("must be 1 or 0, not {text:?}")),
    }
}

pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',').map(|part| network(part.trim())).collect()
}

pub fn seconds(text: &str) -> Result<Duration, String> {
    const MOST: u64 = 30 * 24 * 3600;
    match text.parse() {
        Ok(seconds @ 0..=MOST) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("must be a number of seconds from 0 to {MOST}, not {text:?}")),
    }
}

/// Uploads are checked in memory, and a GIF larger than the limit here would rather be a video.
pub fn gif_bytes(text: &str) -> Result<u64, String> {
    const MOST: u64 = 64 * 1024 * 1024;
    match text.parse() {
        Ok(bytes @ 1..=MOST) => Ok(bytes),
        _ => Err(format!("must be a number of bytes from 1 to {MOST}, not {text:?}")),
    }
}

pub fn bytes(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("must be a number of bytes, not {text:?}"))
}

pub fn connections(text: &str) -> Result<usize, String> {
    const MOST: usize = 1_000_000;
    match text.parse() {
        Ok(count @ 1..=MOST) => Ok(count),
        _ => Err(format!("must be a number of connections from 1 to {MOST}, not {text:?}")),
    }
}

/// Parses COUNT/SECONDS. "10/60" means ten a minute.
pub fn rate(text: &str) -> Result<Rate, String> {
    let parts = text.split_once('/').map(|(count, per)| (count.trim().parse(), per.trim().parse()));
    match parts {
        Some((Ok(count @ 1..=1_000_000), Ok(per @ 1..=86_400))) => Ok(Rate::new(count, per)),
        _ => Err(format!("must be COUNT/SECONDS like 10/60, not {text:?}")),
    }
}

pub fn log(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("must be a log filter like info or backend=debug,warn: {error}")),
    }
}

/// Libraries that log an error for each request which our own code logs once. (The sessions library also opens a span
/// for each lookup, which costs more than the lookup.)
const NOISY: [&str; 2] = ["tower_sessions_core", "async_nats"];

/// Silences these libraries in the filter, unless it names them.
pub fn without_noise(mut log: String) -> String {
    for name in NOISY {
        if !log.contains(name) {
            log.push_str(&format!(",{name}=off"));
        }
    }
    log
}
