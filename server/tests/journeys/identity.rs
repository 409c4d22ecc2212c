//! Identities are kept in cookies and cost the store nothing: what is written for whom, and which cookies are sent.

use app::page::Page;
use chat::{Error, RoomId, VisitorId};
use reqwest::Method;

use crate::helper::{TestServer, Visitor};

/// All `Set-Cookie` headers of a response.
fn set_cookie_headers(answer: &crate::helper::Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("text").to_owned()).collect()
}

/// Stops the server and counts the sessions that it has stored.
async fn count_sessions(server: TestServer) -> u64 {
    let storage = server.stop().await;
    let file = storage.data().with_file_name("export");
    server::transfer::export(&storage.settings(&[]), &file).await.expect("an export").sessions
}

/// Submits a form with many large fields that it does not have.
async fn submit_oversized(visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> crate::helper::Answer {
    let invented = "invented ".repeat(1_000);
    let more = [("a", invented.as_str()), ("b", &invented), ("c", &invented), ("d", &invented), ("e", &invented)];
    visitor.submit(path, &fields.iter().copied().chain(more).collect::<Vec<_>>()).await
}

async fn fail_to_create(visitor: &Visitor) -> crate::helper::Answer {
    let fields = [("title", ""), ("capacity", "1"), ("password", "hush-hush")];
    submit_oversized(visitor, "/api/create_room?back=/&from=/room", &fields).await
}

async fn fail_to_enter(visitor: &Visitor, room: RoomId) -> crate::helper::Answer {
    let fields = [("room", &*room.to_string()), ("password", "wrong")];
    submit_oversized(visitor, &format!("/api/enter_room?back=/room/{room}"), &fields).await
}

#[tokio::test]
async fn who_has_no_cookie_writes_nothing() {
    let server = TestServer::start_with(&[("LIMIT_WRONG_PASSWORDS", "1000/60")]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "secret").await;
    let before = server.storage().written();
    for _ in 0..10 {
        for path in ["/", "/room", &format!("/room/{room}"), &format!("/room/{room}/log"), "/nowhere", "/?q=a"] {
            assert!(server.visitor().get(path).await.status.as_u16() < 500, "{path}");
            let somebody = server.visitor();
            somebody.send(somebody.request(Method::HEAD, path).header("accept", "text/html")).await;
        }
        assert_eq!(fail_to_create(&server.visitor()).await.status, 422);
        assert_eq!(
            server.visitor().call("create_room", &[("title", ""), ("capacity", "1"), ("password", "")]).await.status,
            422
        );
    }
    assert_eq!(fail_to_enter(&server.visitor(), room).await.status, 403);
    // A visitor with a cookie who only looks at pages causes no writes either.
    for path in ["/", "/room", &format!("/room/{room}"), &format!("/room/{room}/log")].repeat(20) {
        assert!(set_cookie_headers(&ann.get(path).await).is_empty(), "{path}");
    }
    assert_eq!(server.storage().written(), before);
    assert_eq!(count_sessions(server).await, 0);
}

#[tokio::test]
async fn a_failed_form_of_a_stranger_comes_back_at_once() {
    let server = TestServer::start_with(&[("LIMIT_WRONG_PASSWORDS", "1/60")]).await;
    let (ann, ben, eve) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "secret").await;

    let answer = fail_to_create(&ben).await;
    assert_eq!(answer.status, 422);
    let page = answer.page();
    let flash = page.flash.expect("what went wrong");
    assert!(matches!(page.page, Page::NewRoom));
    assert_eq!(flash.typed, [("title".to_owned(), String::new()), ("capacity".to_owned(), "1".to_owned())]);
    assert!(!ben.has_received("invented") && !ben.has_received("hush-hush"));
    let cookies = set_cookie_headers(&answer);
    assert!(cookies.len() == 1 && cookies[0].starts_with("gifchat="), "{cookies:?}");
    // The cookie keeps the identity that was shown on that page.
    let again = ben.get("/room").await;
    assert_eq!((again.status.as_u16(), again.page().me, again.page().flash), (200, page.me, None));

    let answer = fail_to_enter(&eve, room).await;
    let page = answer.page();
    assert!(answer.status == 403 && matches!(page.page, Page::Door { .. }));
    assert_eq!(page.flash.expect("what went wrong").error, Error::WrongPassword);
    let stranger = server.visitor();
    let answer = stranger.submit("/api/set_language?back=/%3Fq=a", &[("lang", "xx")]).await;
    assert_eq!(answer.status, 403);
    assert!(matches!(answer.page().page, Page::Lobby(lobby) if lobby.query == "a"));
    // If the page to go back to has no form, the error gets its own page.
    let answer =
        server.visitor().submit(&format!("/api/enter_room?back=/room/{}", RoomId([0; 16])), &[("room", "x")]).await;
    assert!(answer.status.is_client_error() && answer.text().contains("<html"));
    assert_eq!(count_sessions(server).await, 0);
}

#[tokio::test]
async fn what_went_wrong_waits_for_who_is_known() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let answer = fail_to_create(&ann).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/room"));
    let cookies = set_cookie_headers(&answer);
    assert!(cookies.len() == 1 && cookies[0].starts_with("gifchat_session="), "{cookies:?}");
    assert!(cookies[0].contains("Max-Age=600") && cookies[0].contains("HttpOnly"), "{cookies:?}");
    assert!(cookies[0].len() < 200, "nothing typed is in it: {cookies:?}");
    let page = ann.get("/room").await;
    let flash = page.page().flash.expect("what went wrong");
    assert_eq!((page.status.as_u16(), flash.typed("capacity"), flash.typed("a")), (422, Some("1"), None));
    let page = ann.get("/room").await;
    assert!(page.status == 200 && page.page().flash.is_none() && set_cookie_headers(&page).is_empty(), "told once");
    assert!(!ann.has_received("invented") && !ann.cookie().contains("gifchat_session"), "nothing is left");
    assert_eq!(count_sessions(server).await, 0);
}

#[tokio::test]
async fn too_many_errors_wait_for_nobody() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "2/60")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(fail_to_create(&ann).await.status.as_u16());
    }
    assert_eq!(statuses, [[303; 10].as_slice(), &[422; 2]].concat(), "then the page itself");
    for title in ["하나", "둘"] {
        ann.create_room(title, "10", "").await;
    }
    let fields = [("title", "셋째"), ("capacity", "10"), ("password", "")];
    let answer = ann.submit("/api/create_room?back=/&from=/room", &fields).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(answer.page().flash.expect("what went wrong").typed("title"), Some("셋째"));
    assert_eq!(count_sessions(server).await, 1, "of one visitor one waits");
}

#[tokio::test]
async fn somebody_stays_who_they_are_over_a_restart_without_being_kept() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let (me, room) = (ann.get("/").await.page().me, ann.create_room("방", "10", "").await);
    let first = ben.create_room("다른 방", "10", "").await;
    assert_eq!(ben.act("rename", first, &[("name", "민수")]).await.status, 200);
    assert!(ben.cookie().contains("gifchat_session="));

    let server = server.restart().await;
    let (ann, ben) = (ann.at(server.address), ben.at(server.address));
    let page = ann.get(&format!("/room/{room}")).await.page();
    assert!(page.me == me && matches!(page.page, Page::Room { .. }));
    assert_eq!(ann.socket().await.watch_from_start(room).await.len(), 1);
    // A name that the visitor has chosen is kept for the next room.
    assert_eq!(ben.enter(room, "").await.status, 200);
    let Page::Room { view, .. } = ben.get(&format!("/room/{room}")).await.page().page else { panic!("no room") };
    assert!(view.people.iter().any(|person| person.name.korean() == "민수"), "{:?}", view.people);
    assert_eq!(count_sessions(server).await, 1, "for the name");
}

#[tokio::test]
async fn over_https_cookies_are_their_hosts_alone() {
    let server = TestServer::start_with(&[("PUBLIC_ORIGIN", "https://gif.example")]).await;
    let ann = server.visitor();
    let cookies = set_cookie_headers(&ann.get("/").await);
    let [identity] = &cookies[..] else { panic!("{cookies:?}") };
    for part in ["__Host-gifchat=", "; Secure", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(identity.contains(part), "{identity}");
    }
    assert!(!identity.contains("Domain"), "{identity}");
    let me = ann.get("/").await.page().me;
    // The same cookie without the prefix could have been set by another host of the domain.
    let value = ann.cookie().trim_start_matches("__Host-gifchat=").to_owned();
    let planted = server.visitor();
    planted.set_cookie("gifchat", &value);
    assert_ne!(planted.get("/").await.page().me.id, me.id);
}

#[tokio::test]
async fn a_forged_session_is_nobodys() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ann.act("rename", room, &[("name", "민수")]).await;
    let me = eve.get("/").await.page().me;
    let cookie = ann.cookie();
    let stolen = cookie.split("; ").find_map(|pair| pair.strip_prefix("gifchat_session=")).expect("a session");
    eve.set_cookie("gifchat_session", stolen);
    assert_eq!(eve.get("/").await.page().me, me, "a session without its owner's identity is nothing");
    assert!(!eve.cookie().contains("gifchat_session"));
    assert_eq!(ann.get("/").await.page().me.name.korean(), "민수");
}

#[tokio::test]
async fn readiness_is_asked_by_many_and_tried_seldom() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    assert_eq!(ann.get("/readyz").await.text(), "ok");
    let before = server.storage().written();
    for _ in 0..100 {
        assert_eq!(ann.get("/readyz").await.text(), "ok");
    }
    // Each check writes 32 KiB or more, and is repeated after five seconds, which may pass once or twice here.
    let written = server.storage().written() - before;
    assert!(written < 10 * 40_000, "{written} bytes for 100 questions");
}

/// A visitor of the previous version, with a session of that version in the store and its cookie in the browser.
#[tokio::test]
async fn who_came_before_this_version_is_still_known() {
    use backend::store::{SessionRecord, Sessions, Store, sqlite::SqliteStore};
    use sha2::{Digest, Sha512};
    use tower_sessions::cookie::{Cookie, CookieJar, Key};

    const SECRET: (&str, &str) = ("COOKIE_SECRET", "the same before and after");
    if std::env::var("GIFCHAT_TEST_STORE").is_ok() {
        return;
    }
    let server = TestServer::start_with(&[SECRET]).await;
    // Once a request is answered, the server has started and the store exists.
    server.visitor().get("/healthz").await;
    let storage = server.stop().await;
    let id = VisitorId([5; 16]);
    let mut person = serde_json::to_value(chat::Person::new(id)).expect("JSON");
    person["name"]["own"] = "민수".into();
    let data = serde_json::json!({ "person": person, "day": 1 }).to_string().into_bytes();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let expires_at = chat::Timestamp(now.as_millis() as u64 + 3_600_000);
    let session = tower_sessions::session::Id(77).to_string();
    let store = SqliteStore::open(&storage.data().join("gifchat.sqlite")).expect("a store");
    store.save_session(&session, SessionRecord { data, expires_at }).await.expect("saved");
    store.close().await;

    let server = TestServer::start_in(storage, &[SECRET]).await;
    let mut jar = CookieJar::new();
    jar.signed_mut(&Key::from(&Sha512::digest(SECRET.1))).add(Cookie::new("gifchat", session));
    let old = jar.get("gifchat").expect("signed").value().to_owned();
    let ann = server.visitor();
    ann.set_cookie("gifchat", &old);
    let me = ann.get("/").await.page().me;
    assert_eq!((me.id, me.name.korean().as_str()), (id, "민수"));
    assert!(!ann.cookie().contains(&old) && ann.cookie().contains("gifchat_session="), "{}", ann.cookie());
    let room = ann.create_room("방", "10", "").await;
    assert_eq!(ann.socket().await.watch_from_start(room).await.len(), 1);
    let page = ann.get(&format!("/room/{room}")).await.page();
    assert!(page.me == me && matches!(page.page, Page::Room { .. }));
}
