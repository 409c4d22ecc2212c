//! A NATS server for one test.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// The URL of the server that all tests share.
pub fn shared() -> String {
    std::env::var("GIFCHAT_TEST_NATS").expect("GIFCHAT_TEST_NATS is not set: run the tests by bin/test")
}

/// A NATS server that is stopped when it is dropped, so also when the test fails.
pub struct Engine {
    port: u16,
    arguments: Vec<String>,
    running: Option<Child>,
}

impl Engine {
    pub async fn start(arguments: &[&str]) -> Self {
        let mut engine = Self::at_rest(arguments).await;
        engine.run().await;
        engine
    }

    /// A server that has a port but does not run yet.
    pub async fn at_rest(arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut engine = Self { port, arguments: Vec::new(), running: None };
        engine.arguments(arguments);
        engine
    }

    /// Sets the arguments for the next run.
    pub fn arguments(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    }

    /// Starts the server, and returns when it accepts connections.
    pub async fn run(&mut self) {
        let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
        let mut command = Command::new(format!("{engines}/nats"));
        command.arg(self.port.to_string()).args(&self.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(command.spawn().unwrap());
        let answers = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(10), answers).await.expect("a NATS server that answers");
    }

    pub fn url(&self) -> String {
        self.url_for("")
    }

    /// The URL with a login, such as `user:password@`.
    pub fn url_for(&self, login: &str) -> String {
        format!("nats://{login}127.0.0.1:{}", self.port)
    }

    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // This kills a paused server too.
            let _ = running.kill();
            let _ = running.wait();
        }
    }

    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.running.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
