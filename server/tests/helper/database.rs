//! A database of its own in the MongoDB that all tests share.

use chat::ClientId;

/// Dropped at the end.
pub struct Database {
    name: String,
    /// Its connection string.
    pub uri: String,
}

impl Database {
    pub fn new() -> Self {
        let server =
            std::env::var("GIFCHAT_TEST_MONGODB").expect("GIFCHAT_TEST_MONGODB is not set: run the tests by bin/test");
        let (hosts, options) = server.split_once('?').unwrap_or((&server, ""));
        let name = format!("test-{}", ClientId::generate());
        Self { uri: format!("{}/{name}?{options}", hosts.trim_end_matches('/')), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (uri, name) = (self.uri.clone(), self.name.clone());
        // A runtime of its own: the test's may have ended.
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let client = mongodb::Client::with_uri_str(&uri).await?;
                client.database(&name).drop().await
            })
        };
        // (What is left of a test does not make it fail.)
        let _ = std::thread::spawn(remove).join();
    }
}
