//! Tests identities over days, with a clock of the test, and with the cookies and sessions that the previous version
//! has left.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration as Time;

use app::page::Flash;
use axum::http::header::COOKIE;
use backend::bus::local::LocalBus;
use backend::media::files::FilesMedia;
use backend::service::{Clock, Config, Ports};
use backend::spool::Spool;
use backend::store::SessionRecord;
use backend::store::sqlite::SqliteStore;
use chat::visitor::OwnName;
use chat::{Name, RoomTitle, Timestamp};
use sha2::{Digest, Sha512};
use tempfile::TempDir;
use tower_sessions::cookie::{Cookie, CookieJar, Key};

use super::*;

const SECRET: &[u8] = b"a secret of these tests";
const MINUTE: u64 = 60_000;

/// A clock that moves only when told, in milliseconds. It starts at noon.
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The sessions of one server, over a store in a temporary folder.
struct Fixture {
    sessions: Sessions,
    clock: Arc<TestClock>,
    _dir: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::open(false, true).await
    }

    async fn open(is_secure: bool, is_single_node: bool) -> Self {
        let dir = TempDir::new().expect("a folder");
        let clock = Arc::new(TestClock(AtomicU64::new(20_000 * DAY_MS + DAY_MS / 2)));
        let ports = Ports {
            store: Arc::new(SqliteStore::open(&dir.path().join("chat.db")).expect("a store")),
            media: Arc::new(FilesMedia::open(&dir.path().join("media")).expect("a media store")),
            connect_bus: Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
            clock: clock.clone(),
            spool: Spool::open(&[dir.path().join("uploads")]),
            copier: None,
            node: None,
        };
        let chat = Chat::open(ports, Config::default()).await.expect("a service");
        let secret = Secret(SECRET.to_vec());
        Self { sessions: Sessions::new(chat, &secret, is_secure, is_single_node), clock, _dir: dir }
    }

    fn pass(&self, millis: u64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    async fn kept(&self) -> Vec<(String, SessionRecord)> {
        self.sessions.chat.store().sessions_after("", 100).await.expect("sessions")
    }

    /// Creates what the previous version would have: a session in the store, and its cookie in a browser.
    async fn previous(&self, person: &Person, id: Id) -> Browser {
        let data = serde_json::json!({ "person": person, "day": self.sessions.today() }).to_string().into_bytes();
        let expires_at = Timestamp(self.sessions.chat.now().0 + 30 * DAY_MS);
        let store = self.sessions.chat.store();
        assert!(store.create_session(&id.to_string(), SessionRecord { data, expires_at }).await.expect("stored"));
        let mut jar = CookieJar::new();
        jar.signed_mut(&Key::from(&Sha512::digest(SECRET))).add(Cookie::new("gifchat", id.to_string()));
        let value = jar.get("gifchat").expect("signed").value().to_owned();
        Browser { cookies: vec![("gifchat".to_owned(), value)] }
    }

    /// The person that a node of the previous version would take this browser for.
    async fn known_to_previous_version(&self, browser: &Browser) -> Option<Person> {
        let id = self.sessions.cookies.previous(&browser.headers())?;
        let kept = self.sessions.chat.store().load_session(&id.to_string(), self.sessions.chat.now()).await;
        let data: serde_json::Value = serde_json::from_slice(&kept.expect("an answer")?.data).expect("JSON");
        serde_json::from_value(data["person"].clone()).ok()
    }
}

/// A browser that keeps cookies.
#[derive(Default)]
struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn headers(&self) -> HeaderMap {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        HeaderMap::from_iter([(COOKIE, pairs.join("; ").parse().expect("a header"))])
    }

    fn names(&self) -> Vec<&str> {
        self.cookies.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Takes the cookies of a response. Returns how many there were.
    fn take(&mut self, visitor: &Visitor) -> usize {
        let response = visitor.set_cookies(Response::new(()));
        let given = response.headers().get_all(SET_COOKIE);
        for line in &given {
            let cookie = Cookie::parse(line.to_str().expect("text")).expect("a cookie");
            self.cookies.retain(|(name, _)| name != cookie.name());
            if cookie.max_age().is_some_and(|age| !age.is_zero()) {
                self.cookies.push((cookie.name().to_owned(), cookie.value().to_owned()));
            }
        }
        given.iter().count()
    }

    /// Sends one request and takes the cookies of its response.
    async fn visit(&mut self, fixture: &Fixture) -> Visitor {
        let visitor = fixture.sessions.find_or_create(&self.headers()).await.expect("somebody");
        self.take(&visitor);
        visitor
    }

    async fn keep_name(&mut self, fixture: &Fixture, name: &str) -> Person {
        let visitor = self.visit(fixture).await;
        let person = named(visitor.person.id, name);
        fixture.sessions.keep_name(&visitor, &person).await;
        self.take(&visitor);
        person
    }

    async fn fail(&mut self, fixture: &Fixture) -> Visitor {
        let visitor = self.visit(fixture).await;
        assert_eq!(fixture.sessions.put_flash(&visitor, None, flash()).await, Ok(true));
        self.take(&visitor);
        visitor
    }

    async fn flash(&mut self, fixture: &Fixture) -> Option<Flash> {
        let visitor = fixture.sessions.find(&self.headers()).await.expect("an answer").expect("known");
        let flash = fixture.sessions.take_flash(&visitor).await;
        self.take(&visitor);
        flash
    }
}

fn named(id: VisitorId, name: &str) -> Person {
    Person { id, name: Name { own: OwnName::new(name).ok(), ..Name::of(id) } }
}

fn flash() -> Flash {
    let error = RoomTitle::new("").expect_err("empty");
    Flash { error, typed: vec![("title".to_owned(), "방".to_owned())] }
}

#[tokio::test]
async fn a_visitor_costs_nothing_and_is_renewed_once_a_day() {
    let fixture = Fixture::new().await;
    let mut ann = Browser::default();
    let first = ann.visit(&fixture).await;
    assert!(!first.is_known);
    for day in 0..100 {
        let visitor = fixture.sessions.find_or_create(&ann.headers()).await.expect("somebody");
        assert_eq!((visitor.person.id, visitor.is_known), (first.person.id, true));
        assert_eq!(ann.take(&visitor), usize::from(day > 0), "day {day}");
        assert_eq!(ann.take(&ann_again(&fixture, &ann).await), 0, "and once only");
        fixture.pass(DAY_MS);
    }
    assert_eq!(fixture.kept().await, []);
    // An identity that is not used for more than thirty days expires.
    fixture.pass(29 * DAY_MS);
    assert_eq!(ann_again(&fixture, &ann).await.person.id, first.person.id);
    fixture.pass(DAY_MS);
    assert!(fixture.sessions.find(&ann.headers()).await.expect("an answer").is_none());
}

async fn ann_again(fixture: &Fixture, ann: &Browser) -> Visitor {
    fixture.sessions.find(&ann.headers()).await.expect("an answer").expect("known")
}

#[tokio::test]
async fn a_name_is_kept_in_a_session_for_as_long_as_somebody_comes() {
    let fixture = Fixture::new().await;
    let mut ann = Browser::default();
    let named_person = ann.keep_name(&fixture, "민수").await;
    assert_eq!(ann.names(), ["gifchat", "gifchat_session"]);
    for _ in 0..3 {
        fixture.pass(25 * DAY_MS);
        assert_eq!(ann.visit(&fixture).await.person, named_person);
    }
    // A visitor who loses only the session cookie stays the same person, and gets the same session when they need
    // one.
    ann.cookies.retain(|(name, _)| name == "gifchat");
    assert_eq!(ann.visit(&fixture).await.person, Person::new(named_person.id));
    ann.fail(&fixture).await;
    assert_eq!((fixture.kept().await.len(), ann.visit(&fixture).await.person), (1, named_person.clone()));
    fixture.pass(31 * DAY_MS);
    let other = ann.visit(&fixture).await.person;
    assert!(other.id != named_person.id && other.name.own.is_none());
    assert_eq!(ann.visit(&fixture).await.person, other);
    assert_eq!(ann.names(), ["gifchat"], "what is of no use is taken back");
}

#[tokio::test]
async fn a_session_is_its_owners_alone() {
    let fixture = Fixture::new().await;
    let (mut ann, mut eve) = (Browser::default(), Browser::default());
    ann.keep_name(&fixture, "민수").await;
    let me = eve.visit(&fixture).await.person;
    let stolen = ann.cookies.iter().find(|(name, _)| name == "gifchat_session").expect("a session").clone();
    eve.cookies.push(stolen);
    assert_eq!(eve.visit(&fixture).await.person, me);
    assert_eq!(eve.names(), ["gifchat"], "it is taken back");
}

#[tokio::test]
async fn a_flash_waits_for_ten_minutes_and_is_told_once() {
    let fixture = Fixture::new().await;
    let mut ann = Browser::default();
    ann.fail(&fixture).await;
    let [(_, kept)] = &fixture.kept().await[..] else { panic!("one session") };
    assert_eq!(kept.expires_at.millis_since(fixture.sessions.chat.now()), 10 * MINUTE);
    fixture.pass(10 * MINUTE - 1);
    assert_eq!(ann.flash(&fixture).await, Some(flash()));
    assert_eq!((ann.flash(&fixture).await, ann.names(), fixture.kept().await), (None, vec!["gifchat"], vec![]));

    ann.fail(&fixture).await;
    fixture.pass(10 * MINUTE);
    assert_eq!(ann.flash(&fixture).await, None);

    // The same holds for a flash in a session that is kept for a name.
    let named_person = ann.keep_name(&fixture, "민수").await;
    ann.fail(&fixture).await;
    fixture.pass(10 * MINUTE);
    assert_eq!(ann.flash(&fixture).await, None);
    ann.fail(&fixture).await;
    assert_eq!(ann.flash(&fixture).await, Some(flash()));
    assert_eq!((ann.flash(&fixture).await, ann.visit(&fixture).await.person), (None, named_person));
}

#[tokio::test]
async fn one_flash_waits_for_one_visitor() {
    let fixture = Fixture::new().await;
    let mut ann = Browser::default();
    ann.visit(&fixture).await;
    for _ in 0..5 {
        // This stands for a program that ignores the session cookie.
        let mut program = Browser { cookies: ann.cookies.clone() };
        program.fail(&fixture).await;
    }
    assert_eq!(fixture.kept().await.len(), 1);
}

#[tokio::test]
async fn an_old_cookie_is_exchanged_where_no_old_node_can_be() {
    for is_secure in [false, true] {
        let fixture = Fixture::open(is_secure, !is_secure).await;
        let (ann, ben) = (named(VisitorId([1; 16]), "민수"), Person::new(VisitorId([2; 16])));
        let (mut of_ann, mut of_ben) = (fixture.previous(&ann, Id(1)).await, fixture.previous(&ben, Id(2)).await);
        let before = fixture.kept().await;
        for (person, browser) in [(&ann, &mut of_ann), (&ben, &mut of_ben)] {
            for _ in 0..3 {
                let visitor = browser.visit(&fixture).await;
                assert!(visitor.is_known);
                assert_eq!(visitor.person, *person);
            }
        }
        assert_eq!(fixture.kept().await, before, "no GET has written anything");
        let (ours, session) =
            if is_secure { ("__Host-gifchat", "__Host-gifchat_session") } else { ("gifchat", "gifchat_session") };
        assert!(of_ann.names().contains(&session) && !of_ben.names().contains(&session));
        assert!(fixture.sessions.cookies.identity(&of_ben.headers(), fixture.sessions.today()).is_some(), "{ours}");
        // Over https, nodes of the previous version still find their own cookie beside ours.
        let as_before = fixture.known_to_previous_version(&of_ann).await;
        assert_eq!(as_before, is_secure.then_some(ann.clone()));
        fixture.pass(29 * DAY_MS);
        assert_eq!((of_ann.visit(&fixture).await.person, of_ben.visit(&fixture).await.person), (ann, ben));
    }
}

#[tokio::test]
async fn an_old_cookie_opens_nothing_once_its_session_is_ours() {
    let fixture = Fixture::open(true, false).await;
    let ann = named(VisitorId([1; 16]), "민수");
    let mut browser = fixture.previous(&ann, Id(1)).await;
    let copy = Browser { cookies: browser.cookies.clone() };
    browser.visit(&fixture).await;
    assert_eq!(ann_again(&fixture, &copy).await.person, ann);
    fixture.pass(DAY_MS);
    assert_eq!(browser.visit(&fixture).await.person, ann);
    assert!(fixture.sessions.find(&copy.headers()).await.expect("an answer").is_none());
    // An old cookie whose session nobody renews expires with the session.
    let ben = fixture.previous(&Person::new(VisitorId([2; 16])), Id(2)).await;
    fixture.pass(30 * DAY_MS);
    assert!(fixture.sessions.find(&ben.headers()).await.expect("an answer").is_none());
}

#[tokio::test]
async fn beside_old_nodes_over_http_an_old_cookie_stays_for_two_days() {
    let fixture = Fixture::open(false, false).await;
    let ann = Person::new(VisitorId([1; 16]));
    let mut browser = fixture.previous(&ann, Id(1)).await;
    for day in 0..3 {
        fixture.pass(DAY_MS * u64::from(day > 0));
        let before = fixture.kept().await;
        for _ in 0..3 {
            assert_eq!(browser.visit(&fixture).await.person, ann);
            assert_eq!(fixture.known_to_previous_version(&browser).await, Some(ann.clone()), "day {day}");
        }
        assert_eq!(fixture.kept().await == before, day == 0, "renewed once a day");
    }
    // A name chosen here meanwhile is known on the old nodes, too.
    let named_person = browser.keep_name(&fixture, "민수").await;
    assert_eq!(browser.visit(&fixture).await.person, named_person);
    fixture.pass(DAY_MS);
    for _ in 0..2 {
        assert_eq!(browser.visit(&fixture).await.person, named_person);
        assert_eq!(fixture.known_to_previous_version(&browser).await, None, "exchanged");
    }
}

#[tokio::test]
async fn what_old_nodes_have_put_is_shown_and_what_is_put_here_they_can_read() {
    let fixture = Fixture::open(true, false).await;
    let mut browser = fixture.previous(&Person::new(VisitorId([1; 16])), Id(1)).await;
    let [(id, kept)] = &fixture.kept().await[..] else { panic!("one session") };
    let mut data: serde_json::Value = serde_json::from_slice(&kept.data).expect("JSON");
    data["flash"] = serde_json::to_value(flash()).expect("JSON");
    let record = SessionRecord { data: data.to_string().into_bytes(), ..kept.clone() };
    fixture.sessions.chat.store().save_session(id, record).await.expect("saved");
    assert_eq!(browser.flash(&fixture).await, Some(flash()));

    browser.fail(&fixture).await;
    let [(_, kept)] = &fixture.kept().await[..] else { panic!("one session") };
    let data: serde_json::Value = serde_json::from_slice(&kept.data).expect("JSON");
    assert_eq!(serde_json::from_value::<Flash>(data["flash"].clone()).expect("a flash"), flash());
}
