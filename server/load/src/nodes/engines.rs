//! The MongoDB and the NATS behind the nodes. They are started for each part and stopped after it, or the environment
//! names existing ones.

use std::env;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use chat::NodeId;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

use crate::http::Http;
use crate::process::{Process, free_address};
use crate::run::Outcome;

pub struct Engines {
    /// The URI names a database that nobody else uses.
    pub mongodb_uri: String,
    pub nats_url: String,
    pub database: Database,
    mongodb: Option<Process>,
    nats: Option<Process>,
    /// The address where NATS reports its traffic, if it was started here.
    nats_counts: Option<SocketAddr>,
    _logs: TempDir,
}

/// The traffic through NATS so far.
#[derive(Clone, Copy, Default)]
pub struct Traffic {
    pub published: u64,
    pub handed_out: u64,
    pub bytes_out: u64,
}

impl Engines {
    pub async fn start() -> Outcome<Self> {
        let logs = tempfile::tempdir()?;
        let (mut mongodb, mut nats, mut nats_counts) = (None, None, None);
        let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let mongodb_uri = match given("MONGODB_URI") {
            Some(uri) => uri,
            None => {
                let address = free_address()?;
                mongodb = Some(start("mongodb", address, &[], &logs).await?);
                format!("mongodb://{address}")
            }
        };
        let nats_url = match given("NATS_URL") {
            Some(url) => url,
            None => {
                let (address, counts) = (free_address()?, free_address()?);
                let port = counts.port().to_string();
                nats = Some(start("nats", address, &["--http_port", &port], &logs).await?);
                nats_counts = Some(counts);
                format!("nats://{address}")
            }
        };
        let name = format!("bench-{}", NodeId::generate());
        let mongodb_uri = with_database(&mongodb_uri, &name);
        let database = Client::with_uri_str(&mongodb_uri).await?.database(&name);
        Ok(Self { mongodb_uri, nats_url, database, mongodb, nats, nats_counts, _logs: logs })
    }

    /// Deletes the database from a MongoDB that was not started here.
    pub async fn end(self) -> Outcome<()> {
        if self.mongodb.is_none() {
            self.database.drop().await?;
        }
        Ok(())
    }

    /// The CPU time of MongoDB. `None` unless it is a process that was started here.
    pub fn mongodb_cpu(&self) -> Outcome<Option<Duration>> {
        self.mongodb.as_ref().filter(|process| is_server(process)).map(Process::cpu).transpose()
    }

    pub fn nats_cpu(&self) -> Outcome<Option<Duration>> {
        self.nats.as_ref().map(Process::cpu).transpose()
    }

    pub async fn traffic(&self) -> Outcome<Option<Traffic>> {
        let Some(address) = self.nats_counts else { return Ok(None) };
        let counts: Value = serde_json::from_slice(&Http::connect(address, "").await?.get("/varz").await?.ok()?.body)?;
        let count = |name: &str| counts[name].as_u64().ok_or_else(|| format!("NATS does not count {name}"));
        Ok(Some(Traffic {
            published: count("in_msgs")?,
            handed_out: count("out_msgs")?,
            bytes_out: count("out_bytes")?,
        }))
    }

    /// The versions of both, and whether they were started here.
    pub async fn describe(&self) -> Outcome<Value> {
        let build = self.database.run_command(doc! { "buildInfo": 1 }).await?;
        let nats = nats_version(&self.nats_url).await?;
        Ok(json!({
            "mongodb": build.get_str("version").unwrap_or("unknown"),
            "mongodb_is_stand_in": is_stand_in(&build),
            "mongodb_started_here": self.mongodb.is_some(),
            "nats": nats,
            "nats_started_here": self.nats.is_some(),
        }))
    }
}

/// The stand-in reports the version it imitates, but no git version.
fn is_stand_in(build: &Document) -> bool {
    !build.contains_key("gitVersion")
}

/// A container's process here is only the docker client.
fn is_server(process: &Process) -> bool {
    process.program().is_ok_and(|program| program != "docker")
}

/// Starts a server, and returns when it accepts connections.
async fn start(name: &str, address: SocketAddr, more: &[&str], logs: &TempDir) -> Outcome<Process> {
    let folder = env::var_os("GIFCHAT_ENGINES").ok_or("GIFCHAT_ENGINES does not name bin/engines; use bin/bench")?;
    let path = logs.path().join(name);
    let log = File::create(&path)?;
    let mut process = Process::spawn(
        Command::new(PathBuf::from(folder).join(name))
            .arg(address.port().to_string())
            .args(more)
            .stdout(log.try_clone()?)
            .stderr(log),
    )?;
    let until = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(address).await.is_err() {
        if process.status()?.is_some() || Instant::now() > until {
            return Err(format!("{name} did not start: {}", std::fs::read_to_string(path)?).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(process)
}

/// The same servers with another database. The credentials are still looked up in the database that the URI named.
fn with_database(uri: &str, name: &str) -> String {
    let (uri, options) = uri.split_once('?').unwrap_or((uri, ""));
    let (scheme, rest) = uri.split_once("://").unwrap_or(("mongodb", uri));
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
    let mut options: Vec<&str> = options.split('&').filter(|option| !option.is_empty()).collect();
    let source = format!("authSource={database}");
    let has_source = options.iter().any(|option| option.to_ascii_lowercase().starts_with("authsource="));
    if hosts.contains('@') && !database.is_empty() && !has_source {
        options.push(&source);
    }
    format!("{scheme}://{hosts}/{name}?{}", options.join("&"))
}

/// The version in the greeting that every NATS server sends.
async fn nats_version(url: &str) -> Outcome<String> {
    let (_, hosts) = url.split_once("://").unwrap_or(("nats", url));
    let first = hosts.split(',').next().unwrap_or(hosts);
    let host = first.rsplit_once('@').map_or(first, |(_, host)| host).trim_end_matches('/');
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:4222") };
    let mut greeting = String::new();
    BufReader::new(TcpStream::connect(address).await?).read_line(&mut greeting).await?;
    let info = greeting.strip_prefix("INFO ").ok_or("NATS does not greet as NATS does")?;
    let info: Value = serde_json::from_str(info)?;
    Ok(info["version"].as_str().unwrap_or("unknown").to_owned())
}
