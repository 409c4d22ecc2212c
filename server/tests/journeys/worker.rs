//! The service worker, its offline page, and the texts that a browser still holds of a room.

use reqwest::Method;

use crate::helper::{TestServer, Visitor, id_of};

/// The build that a page names for its service worker. `None` when it names none.
async fn build_of_page(ann: &Visitor) -> Option<String> {
    let page = ann.get("/").await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("worker-src 'self'"), "{policy}");
    let text = page.text().to_owned();
    Some(text.split_once("data-build=\"")?.1.split_once('"')?.0.to_owned())
}

#[tokio::test]
async fn the_worker_is_of_this_build_and_never_kept_without_asking() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let script = ann.get("/sw.js").await;
    assert_eq!(script.status, 200);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cache-control"), "no-cache");
    assert_eq!(script.header("x-content-type-options"), "nosniff");
    // Without this the worker could fetch nothing.
    assert_eq!(script.header("content-security-policy"), "default-src 'none'; connect-src 'self'");
    assert!(script.headers.get("set-cookie").is_none());
    let build = build_of_page(&ann).await.expect("a build");
    assert!(script.text().starts_with(&format!("const BUILD = \"{build}\";\n")), "{}", script.text());
    // The files of a build without hashes in their names are not kept, and neither is what this site lacks.
    assert!(script.text().contains("const FILES = [\"/offline.html\", \"/favicon.svg\"];\n"), "{}", script.text());
    assert_eq!(ann.send(ann.request(Method::POST, "/sw.js").header("origin", ann.origin())).await.status, 405);

    let other = TestServer::start().await;
    assert_eq!(other.visitor().get("/sw.js").await.text(), script.text(), "nodes of one build have one worker");
}

#[tokio::test]
async fn a_worker_that_is_switched_off_removes_those_that_browsers_have() {
    let server = TestServer::start_with(&[("SERVICE_WORKER", "0")]).await;
    let ann = server.visitor();
    let script = ann.get("/sw.js").await;
    assert_eq!((script.status.as_u16(), script.header("cache-control")), (200, "no-cache"));
    assert!(script.text().contains("registration.unregister()") && !script.text().contains("'fetch'"));
    assert_eq!(build_of_page(&ann).await, None);
}

#[tokio::test]
async fn the_offline_page_may_run_its_own_files_and_nothing_else() {
    let server = TestServer::start().await;
    let page = server.visitor().get("/offline.html").await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "public, max-age=3600"));
    let policy = page.header("content-security-policy");
    for part in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

/// Only these pages look for unsent texts. What their script does with the texts depends on why they cannot be sent.
#[tokio::test]
async fn a_page_about_a_room_without_a_seat_shows_what_was_not_sent() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.get("/").await;
    let of = |why: &str| format!("data-room=\"{room}\" data-why=\"{why}\"");
    let path = format!("/room/{room}");
    assert!(ben.get(&path).await.text().contains(&of("door")));
    assert!(!ann.get(&path).await.text().contains("id=\"unsent\""));
    assert!(!ann.get("/").await.text().contains("id=\"unsent\""));
    ben.enter(room, "").await;
    let (room_id, ben_id) = (room.to_string(), id_of(&ben).await.to_string());
    ann.call("throw_out", &[("room", &room_id), ("whom", &ben_id), ("reason", "")]).await;
    assert!(ben.get(&path).await.text().contains(&of("barred")));
    ann.call("leave_room", &[("room", &room_id)]).await;
    let gone = ben.get(&path).await;
    assert!(gone.status == 404 && gone.text().contains(&of("gone")), "{}", gone.text());
    assert!(!ben.get("/nowhere").await.text().contains("id=\"unsent\""));
}
