//! A separate database for each test, in the one MongoDB that all tests share.

use chat::ClientId;

/// A test's own database. Dropping this value drops the database.
pub struct Database {
    name: String,
    /// The connection string, with the database's name.
    pub uri: String,
}

impl Database {
    /// Names a new, unused database in the MongoDB at GIFCHAT_TEST_MONGODB.
    pub fn fresh() -> Self {
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
        // The test's runtime may have ended already, so this uses its own.
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let client = mongodb::Client::with_uri_str(&uri).await?;
                client.database(&name).drop().await
            })
        };
        // A test does not fail because its database could not be removed.
        let _ = std::thread::spawn(remove).join();
    }
}
