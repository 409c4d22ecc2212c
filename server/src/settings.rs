//! The settings, which come from environment variables. Wrong values are refused by name, all of them at once, before
//! anything is opened. The variables of Leptos are read in [`crate::site`].

mod parse;
mod remote;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use backend::service::{Config, Rate};
use chat::Act;
use ipnet::IpNet;
use leptos::config::LeptosOptions;

use crate::origin::Origin;
use parse::Reader;
pub use remote::{NatsUrl, Remote};

/// Everything the server is configured with at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The values of HOST and PORT.
    pub address: SocketAddr,
    pub data_dir: PathBuf,
    /// `None` means that everything is stored in the data directory.
    pub remote: Option<Remote>,
    /// `None` means that the secret is made at the first start and stored in the data directory.
    pub cookie_secret: Option<Secret>,
    /// `None` means that the Origin of a request must match its Host.
    pub public_origin: Option<Origin>,
    /// Whether browsers must use https for all subdomains of `public_origin`, too.
    pub hsts_subdomains: bool,
    pub trusted_proxies: Vec<IpNet>,
    /// Whether browsers get a service worker. If not, those that have one lose it.
    pub service_worker: bool,
    /// The path of this program, which makes copies of GIFs in separate processes. `None` means that no copies are
    /// made. (This is not read from the environment.)
    pub copier: Option<PathBuf>,
    /// The most connections of one address. `None` means a share of all connections.
    pub connections: Option<usize>,
    pub chat: Config,
    /// The log filter in the syntax of RUST_LOG.
    pub log: String,
    /// The settings of the built site.
    pub leptos: LeptosOptions,
}

/// A secret that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The settings that are wrong: one sentence each, which begins with the name of the setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("wrong settings: {}", .0.join("; "))]
pub struct WrongSettings(pub Vec<String>);

/// The log filter when RUST_LOG is not set.
const LOG: &str = "info";

/// The least number of bytes in a COOKIE_SECRET.
pub const MIN_SECRET_BYTES: usize = 16;

impl Settings {
    /// Reads every setting through `variable`. An empty value counts as not set.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>, leptos: LeptosOptions) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let mut chat = Config::default();
        for (act, name) in Act::ALL.into_iter().filter_map(|act| backend::service::setting(act).map(|name| (act, name)))
        {
            chat.limits[act] = reader.value(name, chat.limits[act], parse::rate);
        }
        chat.room_grace = reader.value("ROOM_GRACE", chat.room_grace, parse::seconds);
        chat.room_away_grace = reader.value("ROOM_AWAY_GRACE", chat.room_away_grace, parse::seconds);
        chat.room_empty_grace = reader.value("ROOM_EMPTY_GRACE", chat.room_empty_grace, parse::seconds);
        chat.gif.max_bytes = reader.value("GIF_MAX_BYTES", chat.gif.max_bytes, parse::gif_bytes);
        for (name, bound) in [
            ("SHELF_VISITOR_BYTES", &mut chat.shelves.visitor),
            ("SHELF_ADDRESS_BYTES", &mut chat.shelves.address),
            ("SHELF_BYTES", &mut chat.shelves.everyone),
        ] {
            *bound = reader.value(name, *bound, parse::bytes);
        }
        let settings = Self {
            address: SocketAddr::new(
                reader.value("HOST", leptos.site_addr.ip(), parse::host),
                reader.value("PORT", leptos.site_addr.port(), parse::port),
            ),
            data_dir: reader.value("DATA_DIR", PathBuf::from("data"), |text| Ok(PathBuf::from(text))),
            remote: remote::read(&mut reader),
            cookie_secret: reader.value("COOKIE_SECRET", None, |text| parse::secret(text).map(Some)),
            public_origin: reader.value("PUBLIC_ORIGIN", None, |text| Origin::parse(text).map(Some)),
            hsts_subdomains: reader.value("HSTS_SUBDOMAINS", false, parse::switch),
            trusted_proxies: reader.value("TRUSTED_PROXIES", Vec::new(), parse::networks),
            service_worker: reader.value("SERVICE_WORKER", true, parse::switch),
            copier: None,
            connections: reader.value("LIMIT_CONNECTIONS", None, |text| parse::connections(text).map(Some)),
            log: parse::without_noise(reader.value("RUST_LOG", LOG.to_owned(), parse::log)),
            chat,
            leptos,
        };
        if settings.hsts_subdomains && !settings.is_https() {
            reader.refuse("HSTS_SUBDOMAINS", "needs a PUBLIC_ORIGIN with https://");
        }
        reader.finish(settings)
    }

    /// Whether people use https to reach this server. If so, their cookies can be restricted to it.
    pub fn is_https(&self) -> bool {
        self.public_origin.as_ref().is_some_and(Origin::is_https)
    }

    /// The value of the header that tells browsers to use only https from now on (HSTS).
    pub fn transport_security(&self) -> Option<&'static str> {
        self.is_https().then_some(match self.hsts_subdomains {
            true => "max-age=31536000; includeSubDomains",
            false => "max-age=31536000",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    fn leptos() -> LeptosOptions {
        LeptosOptions::builder().output_name("gifchat").site_addr(([127, 0, 0, 1], 8005)).build()
    }

    fn read(values: &[(&str, &str)]) -> Result<Settings, WrongSettings> {
        let variable =
            |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::read(&variable, leptos())
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&[("COOKIE_SECRET", ""), ("NATS_URL", "")]).expect("defaults");
        assert_eq!(settings.address, SocketAddr::from(([127, 0, 0, 1], 8005)));
        assert_eq!(settings.data_dir, PathBuf::from("data"));
        assert_eq!(settings.chat.gif.max_bytes, 5 * 1024 * 1024);
        assert_eq!(settings.chat.room_away_grace, Duration::from_secs(30 * 60));
        assert_eq!(settings.chat.limits[Act::Say], Rate::new(10, 10));
        assert!(
            settings.remote.is_none()
                && settings.cookie_secret.is_none()
                && settings.public_origin.is_none()
                && !settings.is_https()
                && settings.service_worker
        );
    }

    #[test]
    fn everything_can_be_set() {
        let settings = read(&[
            ("HOST", "0.0.0.0"),
            ("PORT", "80"),
            ("COOKIE_SECRET", "0123456789abcdef"),
            ("PUBLIC_ORIGIN", "https://gif.example/"),
            ("HSTS_SUBDOMAINS", "1"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("SERVICE_WORKER", "0"),
            ("ROOM_GRACE", "3"),
            ("ROOM_AWAY_GRACE", "7200"),
            ("LIMIT_MESSAGES", "2/60"),
            ("LIMIT_ACTS", "3/60"),
            ("LIMIT_CONNECTIONS", "5000"),
            ("SHELF_VISITOR_BYTES", "0"),
            ("SHELF_ADDRESS_BYTES", "1000000"),
            ("SHELF_BYTES", "2000000"),
        ])
        .expect("settings");
        assert_eq!(settings.address, SocketAddr::from(([0, 0, 0, 0], 80)));
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.chat.room_grace, Duration::from_secs(3));
        assert_eq!(settings.chat.room_away_grace, Duration::from_secs(7200));
        assert_eq!(settings.chat.limits[Act::Say], Rate::new(2, 60));
        assert_eq!(settings.chat.limits[Act::Other], Rate::new(3, 60));
        assert_eq!(settings.connections, Some(5000));
        let shelves = settings.chat.shelves;
        assert_eq!((shelves.visitor, shelves.address, shelves.everyone), (0, 1_000_000, 2_000_000));
        assert!(settings.is_https() && !settings.service_worker);
        assert_eq!(settings.transport_security(), Some("max-age=31536000; includeSubDomains"));
        assert!(!format!("{settings:?}").contains(&format!("{:?}", b"0123456789abcdef")));
    }

    #[test]
    fn wrong_values_are_named_all_at_once() {
        let WrongSettings(wrong) =
            read(&[("PORT", "x"), ("ROOM_GRACE", "-1"), ("MONGO_ID", "a")]).expect_err("wrong settings");
        let names: Vec<_> = wrong.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(names, ["ROOM_GRACE", "PORT", "MONGO_ID"]);
    }

    #[rstest]
    #[case("PORT", "70000")]
    #[case("HOST", "example.org")]
    #[case("COOKIE_SECRET", "fifteen bytes..")]
    #[case("PUBLIC_ORIGIN", "gif.example")]
    #[case("PUBLIC_ORIGIN", "https://gif.example/chat")]
    #[case("PUBLIC_ORIGIN", "ftp://gif.example")]
    #[case("HSTS_SUBDOMAINS", "maybe")]
    #[case("HSTS_SUBDOMAINS", "1")]
    #[case("SERVICE_WORKER", "off")]
    #[case("TRUSTED_PROXIES", "10.0.0.0/33")]
    #[case("ROOM_AWAY_GRACE", "half an hour")]
    #[case("GIF_MAX_BYTES", "0")]
    #[case("GIF_MAX_BYTES", "5 MiB")]
    #[case("SHELF_BYTES", "1 GiB")]
    #[case("LIMIT_MESSAGES", "10")]
    #[case("LIMIT_ACTS", "many")]
    #[case("LIMIT_NEW_ROOMS", "0/10")]
    #[case("LIMIT_CONNECTIONS", "0")]
    #[case("LIMIT_CONNECTIONS", "10/10")]
    #[case("LIMIT_WRONG_PASSWORDS", "5/0")]
    #[case("RUST_LOG", "gifchat=loudly")]
    #[case("MONGODB_URI", "localhost")]
    fn a_wrong_value_is_refused_by_name(#[case] name: &str, #[case] value: &str) {
        let WrongSettings(wrong) = read(&[(name, value)]).expect_err("wrong settings");
        assert!(wrong.len() == 1 && wrong[0].starts_with(name), "{wrong:?}");
    }

    #[rstest]
    #[case("", "info,tower_sessions_core=off,async_nats=off")]
    #[case("chat=debug,warn", "chat=debug,warn,tower_sessions_core=off,async_nats=off")]
    #[case("async_nats=debug", "async_nats=debug,tower_sessions_core=off")]
    fn the_log_leaves_out_what_we_say_ourselves(#[case] told: &str, #[case] log: &str) {
        assert_eq!(read(&[("RUST_LOG", told)]).expect("settings").log, log);
    }

    #[test]
    fn a_wrong_secret_is_not_repeated() {
        let error = read(&[("COOKIE_SECRET", "hunter2")]).expect_err("wrong settings").to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
