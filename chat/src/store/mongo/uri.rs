//! Where MongoDB is, as its connection string says it.

use std::fmt;

use mongodb::options::{ConnectionString, HostInfo};

use super::OpenError;

/// The database of a connection string that names none.
const DATABASE: &str = "gifchat";

/// A connection string. It may hold a password: what is shown of it is its hosts.
#[derive(Clone, PartialEq)]
pub struct MongoUri {
    parsed: ConnectionString,
}

impl MongoUri {
    /// Reads `mongodb://…` or `mongodb+srv://…`.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        if !text.starts_with("mongodb://") && !text.starts_with("mongodb+srv://") {
            return Err(OpenError::Scheme);
        }
        // What the driver says of a wrong one may repeat parts of it, so it is left out.
        let parsed = ConnectionString::parse(text).map_err(|_| OpenError::Malformed)?;
        Ok(Self { parsed })
    }

    /// The same servers, but this database.
    pub fn with_database(mut self, name: &str) -> Self {
        self.parsed.default_database = Some(name.to_owned());
        self
    }

    pub(super) fn database(&self) -> &str {
        self.parsed.default_database.as_deref().unwrap_or(DATABASE)
    }

    pub(super) fn connection_string(&self) -> ConnectionString {
        self.parsed.clone()
    }
}

/// The hosts, and nothing else.
impl fmt::Display for MongoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parsed.host_info {
            HostInfo::HostIdentifiers(hosts) => {
                for (place, host) in hosts.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(f, "{comma}{host}")?;
                }
                Ok(())
            }
            HostInfo::DnsRecord(name) => f.write_str(name),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for MongoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MongoUri({self})")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mongodb://127.0.0.1", "127.0.0.1:27017", "gifchat")]
    #[case("mongodb://a:s3cret@one:1,two:2/rooms?replicaSet=x", "one:1,two:2", "rooms")]
    #[case("mongodb+srv://a:s3cret@cluster.example.net/", "cluster.example.net", "gifchat")]
    fn hosts_are_shown_and_nothing_else(#[case] text: &str, #[case] hosts: &str, #[case] database: &str) {
        let uri = MongoUri::parse(text).expect("a connection string");
        assert_eq!((uri.to_string().as_str(), uri.database()), (hosts, database));
        assert!(!format!("{uri:?}").contains("s3cret"));
    }

    #[rstest]
    #[case("localhost:27017", "must begin with mongodb://")]
    #[case("postgres://a:s3cret@host", "must begin with mongodb://")]
    #[case("mongodb://a:s3cret:s3cret@host", "percent-encoded")]
    #[case("mongodb://a:s3cret?@host", "percent-encoded")]
    #[case("mongodb://a:s3cret@host/?w=s3cret&journal=s3cret", "percent-encoded")]
    fn what_is_none_is_refused_without_repeating_it(#[case] text: &str, #[case] why: &str) {
        let refused = MongoUri::parse(text).expect_err("no connection string").to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}
