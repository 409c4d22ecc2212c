//! An origin: what browsers name in the Origin header, and PUBLIC_ORIGIN sets.

/// A scheme, host and port, as browsers write them into the Origin header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be an origin like https://chat.example, not {text:?}");
        let origin = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://").ok_or_else(wrong)?;
        let default_port = default_port(scheme).ok_or_else(wrong)?;
        let is_authority = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if authority.is_empty() || !authority.chars().all(is_authority) {
            return Err(wrong());
        }
        Ok(Self(format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(authority))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

/// The port that URLs of this scheme may leave out, with its colon.
pub fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" => Some(":80"),
        "https" => Some(":443"),
        _ => None,
    }
}
