//! The settings of MongoDB and NATS, which replace DATA_DIR as storage.

use std::fmt;
use std::time::Duration;

use backend::store::mongo::MongoUri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::parse::{self, Reader};

/// The settings of a server that stores everything in MongoDB.
#[derive(Debug, Clone)]
pub struct Remote {
    pub mongodb: MongoUri,
    /// How long the server waits for MongoDB at its start.
    pub wait: Duration,
    /// NATS carries events between the nodes. `None` means that there is only this node.
    pub nats: Option<NatsUrl>,
}

/// The URL of NATS. It may hold a password, so none of it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsUrl(String);

impl NatsUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NatsUrl(…)")
    }
}

const URI: &str = "MONGODB_URI";
/// These three names are those of the first gifchat, which was written in JavaScript.
const ID: &str = "MONGO_ID";
const PASSWORD: &str = "MONGO_PASSWORD";
const HOST: &str = "MONGO_HOST";
const NATS: &str = "NATS_URL";

const WAIT: Duration = Duration::from_secs(60);

/// Returns `None` if none of these settings is set.
pub fn read(reader: &mut Reader) -> Option<Remote> {
    let mongodb = if reader.is_set(URI) { by_uri(reader) } else { by_name(reader) };
    let nats = reader.value(NATS, None, |text| nats(text).map(Some));
    let wait = reader.value("STORE_WAIT", WAIT, parse::seconds);
    if reader.is_set(NATS) {
        if ![URI, ID, PASSWORD, HOST].iter().any(|name| reader.is_set(name)) {
            reader.refuse(NATS, "needs MongoDB (MONGODB_URI), which its nodes share");
        }
        if !reader.is_set("COOKIE_SECRET") {
            reader.refuse(NATS, "needs COOKIE_SECRET, the same for every node");
        }
    }
    Some(Remote { mongodb: mongodb?, wait, nats })
}

fn by_uri(reader: &mut Reader) -> Option<MongoUri> {
    for name in [ID, PASSWORD, HOST] {
        if reader.is_set(name) {
            reader.refuse(name, "cannot be set beside MONGODB_URI, which says it all");
        }
    }
    reader.value(URI, None, |text| MongoUri::parse(text).map(Some).map_err(|error| error.to_string()))
}

fn by_name(reader: &mut Reader) -> Option<MongoUri> {
    let host = reader.value(HOST, "localhost:27017".to_owned(), mongo_host);
    match (reader.text(ID), reader.text(PASSWORD)) {
        (Some(id), Some(password)) => {
            let uri = format!("mongodb://{}:{}@{host}/", encoded(id.trim()), encoded(&password));
            match MongoUri::parse(&uri) {
                Ok(uri) => return Some(uri),
                Err(_) => reader.refuse(HOST, MONGO_HOST_FORM),
            }
        }
        (Some(_), None) => reader.refuse(ID, "is of no use without MONGO_PASSWORD"),
        (None, Some(_)) => reader.refuse(PASSWORD, "is of no use without MONGO_ID"),
        (None, None) if reader.is_set(HOST) => {
            reader.refuse(HOST, "is of no use without MONGO_ID and MONGO_PASSWORD");
        }
        (None, None) => {}
    }
    None
}

const MONGO_HOST_FORM: &str = "must be HOST or HOST:PORT, several of them with commas between";

/// The host may hold no character that would change the meaning of the rest of the connection string.
fn mongo_host(text: &str) -> Result<String, String> {
    let is_host = |char: char| char.is_ascii_alphanumeric() || ".-_:[],".contains(char);
    if text.chars().all(is_host) { Ok(text.to_owned()) } else { Err(MONGO_HOST_FORM.to_owned()) }
}

/// The error does not repeat the text, which may hold a password. The rest of the URL is checked when it is used.
fn nats(text: &str) -> Result<NatsUrl, String> {
    match text.split_once("://") {
        Some(("nats" | "tls", rest)) if !rest.is_empty() => Ok(NatsUrl(text.to_owned())),
        _ => Err("must begin with nats:// or tls://".to_owned()),
    }
}

/// Percent-encodes all characters that have a meaning in a connection string (RFC 3986, section 2.1).
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All characters except the unreserved ones (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::settings::WrongSettings;

    const SECRET: (&str, &str) = ("COOKIE_SECRET", "0123456789abcdef");

    fn remote(values: &[(&str, &str)]) -> Result<Option<Remote>, WrongSettings> {
        let variable =
            |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let mut reader = Reader::new(&variable);
        let remote = read(&mut reader);
        reader.finish(remote)
    }

    #[test]
    fn nothing_is_needed() {
        assert!(remote(&[(URI, ""), (ID, " "), ("STORE_WAIT", "5")]).expect("settings").is_none());
    }

    #[rstest]
    #[case::uri(&[(URI, "mongodb://ann:s3cret@one,two:2/rooms")], "one:27017,two:2", 60)]
    #[case::srv(&[(URI, "mongodb+srv://ann:s3cret@cluster.example.net/?retryWrites=true")], "cluster.example.net", 60)]
    #[case::pair(&[(ID, "ann"), (PASSWORD, "s3cret")], "localhost:27017", 60)]
    #[case::host(&[(ID, "ann"), (PASSWORD, "s3cret"), (HOST, "db:1"), ("STORE_WAIT", "0")], "db:1", 0)]
    #[case::hosts(&[(ID, "ann"), (PASSWORD, "s3cret"), (HOST, "one:1,two")], "one:1,two:27017", 60)]
    fn mongodb_is_found(#[case] values: &[(&str, &str)], #[case] hosts: &str, #[case] wait: u64) {
        let remote = remote(values).expect("settings").expect("MongoDB");
        assert_eq!((remote.mongodb.to_string().as_str(), remote.wait.as_secs()), (hosts, wait));
        assert!(remote.nats.is_none());
    }

    #[test]
    fn name_and_password_go_in_as_they_are() {
        let pair = remote(&[(ID, "ann@b:c"), (PASSWORD, " p/%?&#가")]).expect("settings").expect("MongoDB");
        let uri = MongoUri::parse("mongodb://ann%40b%3Ac:%20p%2F%25%3F%26%23%EA%B0%80@localhost:27017/").expect("one");
        assert_eq!(pair.mongodb, uri);
    }

    #[test]
    fn nodes_share_mongodb_and_a_secret() {
        let values = [(URI, "mongodb://ann:s3cret@db"), (NATS, "nats://ann:s3cret@bus:4222"), SECRET];
        let remote = remote(&values).expect("settings").expect("MongoDB");
        assert_eq!(remote.nats.as_ref().map(NatsUrl::as_str), Some("nats://ann:s3cret@bus:4222"));
        let shown = format!("{remote:?}");
        assert!(shown.contains("db:27017") && !shown.contains("s3cret"), "{shown}");
    }

    #[rstest]
    #[case::both(&[(URI, "mongodb://db"), (ID, "ann"), (PASSWORD, "s3cret")], &[ID, PASSWORD])]
    #[case::both_hosts(&[(URI, "mongodb://db"), (HOST, "db")], &[HOST])]
    #[case::no_password(&[(ID, "ann")], &[ID])]
    #[case::no_name(&[(PASSWORD, "s3cret")], &[PASSWORD])]
    #[case::host_alone(&[(HOST, "db")], &[HOST])]
    #[case::host_with_more(&[(ID, "ann"), (PASSWORD, "s3cret"), (HOST, "db/other?ssl=false")], &[HOST])]
    #[case::host_without_a_port(&[(ID, "ann"), (PASSWORD, "s3cret"), (HOST, "db:")], &[HOST])]
    #[case::scheme(&[(URI, "postgres://ann:s3cret@db")], &[URI])]
    #[case::password_not_encoded(&[(URI, "mongodb://ann:s3cret@s3cret@db")], &[URI])]
    #[case::wait(&[("STORE_WAIT", "a minute")], &["STORE_WAIT"])]
    #[case::nats_alone(&[(NATS, "nats://bus"), SECRET], &[NATS])]
    #[case::nats_without_secret(&[(URI, "mongodb://db"), (NATS, "nats://bus")], &[NATS])]
    #[case::nats_scheme(&[(URI, "mongodb://db"), (NATS, "http://ann:s3cret@bus"), SECRET], &[NATS])]
    #[case::nats_without_anything(&[(NATS, "bus:4222")], &[NATS, NATS, NATS])]
    fn what_does_not_fit_is_refused_by_name(#[case] values: &[(&str, &str)], #[case] names: &[&str]) {
        let WrongSettings(wrong) = remote(values).expect_err("wrong settings");
        let named: Vec<_> = wrong.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(named, names, "{wrong:?}");
        assert!(!wrong.iter().any(|line| line.contains("s3cret")), "{wrong:?}");
    }
}
