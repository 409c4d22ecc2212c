//! The connection string of MongoDB.

use std::fmt;

use mongodb::options::{AuthMechanism, ConnectionString, HostInfo, Tls};

use super::OpenError;

/// The database, when the connection string names none.
const DATABASE: &str = "gifchat";

/// A connection string. It may hold a password, so only its hosts are ever shown.
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
        if let Some(option) = unsupported(text) {
            return Err(OpenError::Unsupported { option });
        }
        // The driver's error is left out, because it may repeat parts of the string.
        let parsed = ConnectionString::parse(text);
        if asks_for_x509(text) && !parsed.as_ref().is_ok_and(has_certificate) {
            return Err(OpenError::X509);
        }
        Ok(Self { parsed: parsed.map_err(|_| OpenError::Malformed)? })
    }

    /// The same servers and the same login, but this database.
    pub fn with_database(mut self, name: &str) -> Self {
        let before = self.parsed.default_database.replace(name.to_owned());
        if let Some(login) = &mut self.parsed.credential
            && login.mechanism.is_none()
        {
            // Without an `authSource`, the database of the string is where the login is defined.
            login.source.get_or_insert_with(|| before.unwrap_or_else(|| "admin".to_owned()));
        }
        self
    }

    pub(super) fn has_tls(&self) -> bool {
        matches!(self.parsed.tls, Some(Tls::Enabled(_)))
    }

    pub(super) fn has_x509(&self) -> bool {
        let mechanism = self.parsed.credential.as_ref().and_then(|login| login.mechanism.as_ref());
        mechanism == Some(&AuthMechanism::MongoDbX509)
    }

    pub(super) fn database(&self) -> &str {
        self.parsed.default_database.as_deref().unwrap_or(DATABASE)
    }

    pub(super) fn connection_string(&self) -> ConnectionString {
        self.parsed.clone()
    }
}

/// The keys and values of a connection string's options, keys in lower case.
fn options(text: &str) -> impl Iterator<Item = (String, &str)> {
    let options = text.split_once('?').map_or("", |(_, options)| options);
    options.split('&').filter_map(|option| option.split_once('=')).map(|(key, value)| (key.to_ascii_lowercase(), value))
}

/// The first option that this build of the driver does not support.
fn unsupported(text: &str) -> Option<&'static str> {
    const UNSUPPORTED: [(&str, &str); 8] = [
        ("compressors", "compressors"),
        ("zlibcompressionlevel", "zlibCompressionLevel"),
        ("sockettimeoutms", "socketTimeoutMS"),
        ("tlscertificatekeyfilepassword", "tlsCertificateKeyFilePassword"),
        ("proxyhost", "proxyHost"),
        ("proxyport", "proxyPort"),
        ("proxyusername", "proxyUsername"),
        ("proxypassword", "proxyPassword"),
    ];
    options(text).find_map(|(key, value)| match key.as_str() {
        "authmechanism" if value.eq_ignore_ascii_case("GSSAPI") => Some("authMechanism=GSSAPI"),
        "authmechanism" if value.eq_ignore_ascii_case("MONGODB-AWS") => Some("authMechanism=MONGODB-AWS"),
        _ => UNSUPPORTED.iter().find(|(unsupported, _)| *unsupported == key).map(|(_, name)| *name),
    })
}

fn asks_for_x509(text: &str) -> bool {
    options(text).any(|(key, value)| key == "authmechanism" && value.eq_ignore_ascii_case("MONGODB-X509"))
}

fn has_certificate(parsed: &ConnectionString) -> bool {
    matches!(&parsed.tls, Some(Tls::Enabled(tls)) if tls.cert_key_file_path.is_some())
}

/// Shows the hosts, and nothing else.
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
    #[case("mongodb://a:s3cret@host/", "admin")]
    #[case("mongodb://a:s3cret@host/people", "people")]
    #[case("mongodb://a:s3cret@host/people?authSource=staff", "staff")]
    fn a_login_stays_where_it_is_known(#[case] text: &str, #[case] source: &str) {
        let uri = MongoUri::parse(text).expect("a connection string").with_database("other");
        let login = uri.connection_string().credential.expect("a login");
        assert_eq!((uri.database(), login.source.as_deref()), ("other", Some(source)));
    }

    #[rstest]
    #[case("compressors=zlib", "compressors")]
    #[case("w=1&Compressors=snappy,zstd", "compressors")]
    #[case("tls=true&tlsCertificateKeyFilePassword=s3cret", "tlsCertificateKeyFilePassword")]
    #[case("proxyHost=s3cret", "proxyHost")]
    #[case("authMechanism=GSSAPI", "authMechanism=GSSAPI")]
    fn what_this_build_has_nothing_for_is_named(#[case] options: &str, #[case] option: &'static str) {
        let refused = MongoUri::parse(&format!("mongodb://a:s3cret@host/?{options}")).expect_err("refused");
        assert_eq!(refused, OpenError::Unsupported { option });
        assert!(refused.to_string().contains(option) && !refused.to_string().contains("s3cret"), "{refused}");
    }

    #[rstest]
    #[case("mongodb://host/?authMechanism=MONGODB-X509", false)]
    #[case("mongodb://host/?authMechanism=MONGODB-X509&tls=true", false)]
    #[case("mongodb://a:s3cret@host/?authMechanism=MONGODB-X509&tls=true&tlsCertificateKeyFile=/a.pem", false)]
    #[case("mongodb://host/?authMechanism=MONGODB-X509&tls=true&tlsCertificateKeyFile=/a.pem", true)]
    #[case("mongodb://host/?authmechanism=MONGODB-X509&tlscertificatekeyfile=/a.pem", true)]
    fn a_certificate_instead_of_a_password_has_to_be_there(#[case] text: &str, #[case] is_whole: bool) {
        let parsed = MongoUri::parse(text);
        assert_eq!(parsed.as_ref().err(), (!is_whole).then_some(&OpenError::X509), "{text}");
        assert!(parsed.is_err() || parsed.is_ok_and(|uri| uri.has_x509() && uri.has_tls()));
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
