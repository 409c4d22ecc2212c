//! Why MongoDB cannot be used, in words for the operator who starts gifchat.

use mongodb::error::{Error as MongoError, ErrorKind};

use super::MongoUri;
use super::failure::{classify, describe};

/// Why MongoDB could not be used. The words repeat nothing of the connection string but its hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("must begin with mongodb:// or mongodb+srv://")]
    Scheme,
    #[error(
        "is not a MongoDB connection string (an option or its value is wrong, or special characters in name and password \
         are not percent-encoded)"
    )]
    Malformed,
    #[error("asks for {option}, which gifchat has nothing for: leave that option out")]
    Unsupported { option: &'static str },
    #[error("asks for MONGODB-X509, which takes no password but tls=true and a tlsCertificateKeyFile")]
    X509,
    #[error("names a file (tlsCAFile, tlsCertificateKeyFile) that cannot be read as certificates: {why}")]
    File { why: String },
    #[error("the MongoDB at {hosts} refuses this name and password, or what they may do is not enough")]
    Refused { hosts: String },
    #[error("the MongoDB at {hosts} refuses the certificate it is to know gifchat by (tlsCertificateKeyFile)")]
    RefusedCertificate { hosts: String },
    #[error("the MongoDB at {hosts} is too old: it must be 4.4 or newer")]
    TooOld { hosts: String },
    #[error("the MongoDB at {hosts} is no member of the replica set that MONGODB_URI names (replicaSet)")]
    OtherSet { hosts: String },
    #[error("the MongoDB at {hosts} shows a certificate of an authority that is not trusted (tlsCAFile)")]
    Authority { hosts: String },
    #[error("the MongoDB at {hosts} shows a certificate for another host name: MONGODB_URI must name it as that does")]
    HostName { hosts: String },
    #[error("the MongoDB at {hosts} shows a certificate that is not valid: {why}")]
    Certificate { hosts: String, why: &'static str },
    #[error("the MongoDB at {hosts} does not answer in TLS, which MONGODB_URI asks for (tls)")]
    NoTls { hosts: String },
    #[error("the MongoDB at {hosts} cannot be reached: it ends every connection; it may want TLS (tls=true)")]
    HangsUp { hosts: String },
    #[error("the MongoDB at {hosts} cannot be reached: {why}")]
    Unreachable { hosts: String, why: String },
    #[error("the MongoDB at {hosts} cannot be used: {why}")]
    Unusable { hosts: String, why: String },
    #[error("the MongoDB at {hosts} cannot make the index {index} now: {why}")]
    Index { hosts: String, index: String, why: String },
    #[error("the MongoDB at {hosts} still builds the index {index}, and goes on with it: start again later")]
    Building { hosts: String, index: String },
}

impl OpenError {
    /// Whether other settings would help.
    pub fn is_in_settings(&self) -> bool {
        !matches!(
            self,
            Self::HangsUp { .. }
                | Self::Unreachable { .. }
                | Self::Unusable { .. }
                | Self::Index { .. }
                | Self::Building { .. }
        )
    }

    /// Whether the connection string itself is wrong. The caller puts the name of the setting before the words.
    pub fn is_of_uri(&self) -> bool {
        matches!(self, Self::Scheme | Self::Malformed | Self::Unsupported { .. } | Self::X509 | Self::File { .. })
    }

    /// Whether another attempt may succeed.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::HangsUp { .. } | Self::Unreachable { .. } | Self::Index { .. })
    }

    /// What a failure at the start means.
    pub(super) fn of(error: &MongoError, uri: &MongoUri) -> Self {
        let hosts = uri.to_string();
        let words = error.to_string();
        match error.kind.as_ref() {
            _ if is_refusal(error) && uri.has_x509() => Self::RefusedCertificate { hosts },
            _ if is_refusal(error) => Self::Refused { hosts },
            // The driver reports an old server only in words.
            ErrorKind::ServerSelection { message, .. } if message.contains("reports wire version") => {
                Self::TooOld { hosts }
            }
            ErrorKind::IncompatibleServer { .. } => Self::TooOld { hosts },
            ErrorKind::InvalidArgument { .. } => Self::Malformed,
            ErrorKind::InvalidTlsConfig { message, .. } => Self::File { why: message.clone() },
            ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) => Self::of_connection(&words, hosts.clone(), uri)
                .unwrap_or(Self::Unreachable { hosts, why: describe(error) }),
            _ if classify(error).is_away => Self::Unreachable { hosts, why: describe(error) },
            _ => Self::Unusable { hosts, why: describe(error) },
        }
    }

    /// Why no client could be made. At that point the driver reads the files that the connection string names.
    pub(super) fn of_files(error: &MongoError) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Io(error) => Self::File { why: error.to_string() },
            ErrorKind::InvalidTlsConfig { message, .. } => Self::File { why: message.clone() },
            _ => Self::Malformed,
        }
    }

    /// What went wrong with the connection. The driver says it only in words, which come from rustls (`CertificateError`) and
    /// from the system. They are not shown, because they may hold anything.
    fn of_connection(words: &str, hosts: String, uri: &MongoUri) -> Option<Self> {
        let says = |any: &[&str]| any.iter().any(|some| words.contains(some));
        let hangs_up =
            || says(&["unexpected end of file", "early eof", "handshake eof", "onnection reset", "roken pipe"]);
        Some(if says(&["invalid peer certificate"]) {
            if says(&["UnknownIssuer", "unknown issuer", "BadSignature"]) {
                Self::Authority { hosts }
            } else if says(&["NotValidForName", "not valid for name", "not valid for any names"]) {
                Self::HostName { hosts }
            } else if says(&["xpired"]) {
                Self::Certificate { hosts, why: "it has expired" }
            } else if says(&["NotValidYet", "not valid yet"]) {
                Self::Certificate { hosts, why: "it is not valid yet" }
            } else {
                Self::Certificate { hosts, why: "it is none that names its hosts and was signed as it has to be" }
            }
        } else if says(&["received fatal alert"]) && uri.has_tls() {
            Self::RefusedCertificate { hosts }
        } else if (says(&["received corrupt message"]) || hangs_up()) && uri.has_tls() {
            Self::NoTls { hosts }
        } else if hangs_up() {
            Self::HangsUp { hosts }
        } else if says(&["does not match actual name"]) || (says(&["Set Name: "]) && !says(&["Servers: ["])) {
            Self::OtherSet { hosts }
        } else {
            return None;
        })
    }
}

/// Whether a name, a password or a permission is wrong or missing.
pub fn is_refusal(error: &MongoError) -> bool {
    /// Unauthorized, AuthenticationFailed, and what Atlas answers.
    const REFUSED: [i32; 3] = [13, 18, 8000];
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => true,
        ErrorKind::Command(error) => REFUSED.contains(&error.code),
        _ => false,
    }
}
