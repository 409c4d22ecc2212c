//! Protection against foreign pages and scripts: origins, cookies, headers and secrets.

use app::page::Page;
use chat::Error;
use reqwest::Method;

use crate::helper::{Answer, Socket, TestServer, logged};

#[tokio::test]
async fn only_our_own_pages_change_anything() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let ours = ann.origin();
    for (headers, expected) in [
        (vec![], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("sec-fetch-site", "cross-site"), ("origin", ours.as_str())], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("sec-fetch-site", "none")], 403),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", ours.as_str())], 200),
    ] {
        let mut request = ann.request(Method::POST, "/api/create_room").body("title=a&capacity=10&password=");
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        assert_eq!(ann.send(request).await.status.as_u16(), expected, "{headers:?}");
    }
    let Page::Lobby(lobby) = ann.get("/").await.page().page else { panic!("no lobby") };
    assert_eq!(lobby.totals.rooms, 2);
}

#[tokio::test]
async fn only_our_own_pages_open_sockets() {
    let server = TestServer::start().await;
    let (ann, stranger) = (server.visitor(), server.visitor());
    ann.get("/").await;
    for origin in ["https://evil.example", "null", ""] {
        assert!(Socket::connect(&ann, origin).await.is_err(), "{origin}");
    }
    assert!(Socket::connect(&stranger, &stranger.origin()).await.is_err(), "without a session");
    assert!(Socket::connect(&ann, &ann.origin()).await.is_ok());
}

#[tokio::test]
async fn no_get_changes_anything() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    for path in [
        "/api/create_room?title=a&capacity=10&password=".to_owned(),
        format!("/api/leave_room?room={room}"),
        format!("/api/enter_room?room={room}&password="),
        format!("/api/send_text?room={room}&text=a"),
        "/api/set_language?lang=en".to_owned(),
        "/api/upload_gif".to_owned(),
    ] {
        let answer = ann.get(&path).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    let Page::Room { view, .. } = ann.get(&format!("/room/{room}")).await.page().page else { panic!("no room") };
    assert_eq!((view.seq, view.people.len()), (1, 1));
    // Reading functions accept only GET.
    assert_eq!(ann.get(&format!("/api/history?room={room}&before=9")).await.status, 200);
    assert_eq!(ann.call("history", &[]).await.status, 405);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let set = ann.get("/").await.header("set-cookie").to_owned();
    for part in ["gifchat=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"));
    assert!(ann.get("/").await.headers.get("set-cookie").is_none(), "renewed once a day at most");

    let https = TestServer::start_with(&[("PUBLIC_ORIGIN", "https://gif.example")]).await;
    let page = https.visitor().get("/").await;
    assert!(page.header("set-cookie").starts_with("__Host-gifchat=") && page.header("set-cookie").contains("; Secure"));
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    let wide = [("PUBLIC_ORIGIN", "https://gif.example"), ("HSTS_SUBDOMAINS", "1")];
    let page = TestServer::start_with(&wide).await.visitor().get("/").await;
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
}

#[tokio::test]
async fn the_language_is_kept_to_https_where_there_is_https() {
    for (origin, is_secure) in [("http://gif.example", false), ("https://gif.example", true)] {
        let server = TestServer::start_with(&[("PUBLIC_ORIGIN", origin)]).await;
        let request = server.visitor().call_request("set_language", &[("lang", "en")]);
        let ann = server.visitor();
        let answer = ann.send(request.header("sec-fetch-site", "same-origin")).await;
        assert_eq!(answer.status, 403, "the test's own origin is not ours");
        let request = ann.request(Method::POST, "/api/set_language").header("origin", origin).body("lang=en");
        let answer = ann.send(request.header("content-type", "application/x-www-form-urlencoded")).await;
        let cookies = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().expect("text"));
        let set: Vec<_> = cookies.filter(|set| set.contains("lang=en")).collect();
        let name = if is_secure { "__Host-lang=en;" } else { "lang=en;" };
        assert!(set.len() == 1 && set[0].starts_with(name), "{set:?}");
        assert_eq!(set[0].ends_with("; Secure"), is_secure, "{set:?}");
    }
}

/// The number of log lines that contain all these words.
fn lines(words: &[&str]) -> usize {
    logged().lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
}

#[tokio::test]
async fn only_names_that_no_stranger_can_point_here_are_answered() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let get = |path: &str, host: &str, accept: &'static str| {
        ann.send(ann.request(Method::GET, path).header("host", host).header("accept", accept))
    };
    for host in ["localhost:1", "chat.localhost", "127.0.0.1", "[::1]:1", "192.0.2.1:8005", "den.local"] {
        assert_eq!(get("/", host, "text/html").await.status, 200, "{host}");
    }
    for path in ["/", "/api/history", "/nowhere", "/ws"] {
        let refused = get(path, "rebound.example:8005", "*/*").await;
        assert_eq!(refused.error(), (421, Error::Refused), "{path}");
        assert!(refused.headers.get("set-cookie").is_none());
    }
    let page = get("/", "rebound.example", "text/html").await;
    assert!(page.status == 421 && page.text().contains("PUBLIC_ORIGIN"), "{}", page.text());
    for probe in ["/healthz", "/readyz", "/pkg/gifchat.css", "/favicon.svg"] {
        assert_eq!(get(probe, "rebound.example", "*/*").await.status, 200, "{probe}");
    }
    assert_eq!(lines(&["WARN", "rebound.example", "PUBLIC_ORIGIN"]), 1, "once a minute");

    let named = TestServer::start_with(&[("PUBLIC_ORIGIN", "http://gif.example")]).await;
    let ben = named.visitor();
    let by_proxy = ben.request(Method::GET, "/").header("host", "upstream.example").header("accept", "text/html");
    assert_eq!(ben.send(by_proxy).await.status, 200);
}

#[tokio::test]
async fn a_proxy_that_names_the_port_changes_nothing_and_one_that_writes_another_host_is_told_of() {
    let server = TestServer::start_with(&[("PUBLIC_ORIGIN", "https://proxied.example:443")]).await;
    let ann = server.visitor();
    let post = |origin: &str, host: &str| {
        let request = ann.request(Method::POST, "/api/set_language").header("origin", origin).header("host", host);
        ann.send(request.header("content-type", "application/x-www-form-urlencoded").body("lang=en"))
    };
    assert_eq!(post("https://proxied.example", "proxied.example:443").await.status, 200);
    assert_eq!(post("https://proxied.example", "inner").await.status, 200);
    for _twice in 0..2 {
        assert_eq!(post("https://other.example", "proxied.example").await.error(), (403, Error::Refused));
    }
    assert_eq!(lines(&["WARN", "https://other.example", "PUBLIC_ORIGIN, which is https://proxied.example:"]), 1);

    let server = TestServer::start().await;
    let ann = server.visitor();
    let post = |origin: &str, host: &str| {
        let request = ann.request(Method::POST, "/api/set_language").header("origin", origin).header("host", host);
        ann.send(request.header("content-type", "application/x-www-form-urlencoded").body("lang=en"))
    };
    assert_eq!(post("https://den.local", "den.local:443").await.status, 200);
    assert_eq!(post("http://den.local:80", "den.local").await.status, 200);
    assert_eq!(post("https://seen.example", "127.0.0.1:8005").await.error(), (403, Error::Refused));
    assert_eq!(lines(&["WARN", "https://seen.example", "127.0.0.1:8005", "set PUBLIC_ORIGIN"]), 1);
}

#[tokio::test]
async fn a_forged_cookie_is_nobodys() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.visitor(), server.visitor());
    let me = ann.get("/").await.page().me;
    let cookie = ann.cookie();
    let (signed, last) = cookie.trim_start_matches("gifchat=").split_at(cookie.len() - "gifchat=".len() - 1);
    eve.set_cookie("gifchat", &format!("{signed}{}", if last == "A" { "B" } else { "A" }));
    let other = eve.get("/").await;
    assert_ne!(other.page().me, me);
    assert!(!other.header("set-cookie").is_empty());
}

#[tokio::test]
async fn what_needs_no_session_makes_none() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for path in ["/healthz", "/readyz", "/pkg/gifchat.css", "/favicon.svg"] {
        let answer = ann.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
    }
}

#[tokio::test]
async fn everything_says_what_a_browser_may_do_with_it() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for path in ["/", "/nowhere", "/healthz", "/pkg/gifchat.css", "/api/nothing"] {
        let answer = ann.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(
            !answer.header("content-security-policy").is_empty() && !answer.header("permissions-policy").is_empty()
        );
    }
    let (first, second) = (ann.get("/").await, ann.get("/").await);
    assert_eq!(first.header("cache-control"), "no-store");
    let nonce =
        |policy: &str| policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map(|x| x.0.len());
    assert!(nonce(first.header("content-security-policy")).is_some_and(|length| length > 16));
    assert_ne!(first.header("content-security-policy"), second.header("content-security-policy"));
    let policy = first.header("content-security-policy").to_owned();
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).expect("a nonce").0;
    assert!(first.text().contains(nonce));
}

/// In a room people make GIFs from films, which the page plays without showing them, and with their cameras.
#[tokio::test]
async fn only_a_room_may_use_the_camera() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "비밀").await;
    let inside = ann.get(&format!("/room/{room}")).await;
    let outside =
        [ann.get("/").await, ann.get("/new").await, ben.get(&format!("/room/{room}")).await, ann.get("/nowhere").await];
    let may = |answer: &Answer| {
        let (permissions, policy) = (answer.header("permissions-policy"), answer.header("content-security-policy"));
        assert!(permissions.contains("microphone=(), ") && permissions.matches("camera=").count() == 1);
        (permissions.contains("camera=(self)"), policy.contains("; media-src 'self' blob:; "))
    };
    assert_eq!(may(&inside), (true, true));
    for answer in outside {
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(may(&answer), (false, false));
    }
    assert!(inside.header("content-security-policy").contains("worker-src 'self'"));
}

/// A worker does not inherit the policy of a page, so its script comes with one of its own.
#[tokio::test]
async fn the_worker_that_makes_gifs_reaches_only_its_own_files() {
    let server = TestServer::start().await;
    let script = server.visitor().get("/maker.js").await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), "no-cache", "it names the files of one build");
    assert_eq!(
        script.header("content-security-policy"),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    );
    assert!(script.headers.get("set-cookie").is_none());
    assert!(
        script.text().starts_with("const JS = \"/pkg/gifchat.js\";\nconst WASM = \"/pkg/gifchat"),
        "{}",
        script.text()
    );
}

#[tokio::test]
async fn files_are_cached_and_sent_as_they_were_compressed() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let request = ann.request(Method::GET, "/pkg/gifchat.css").header("accept-encoding", "br, gzip");
    let answer = ann.send(request).await;
    assert_eq!((answer.header("content-encoding"), answer.header("content-type")), ("br", "text/css; charset=utf-8"));
    for path in ["/pkg/gifchat.css", "/favicon.svg"] {
        assert_eq!(ann.get(path).await.header("vary"), "accept-encoding", "{path}");
    }
    assert_eq!(ann.get("/favicon.svg").await.header("cache-control"), "public, max-age=3600");
    for path in ["/pkg/nothing.js", "/pkg/", "/pkg/..%2f..%2fdata%2fcookie_secret", "/..%2fdata%2fcookie_secret"] {
        assert_eq!(ann.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_password_comes_down_never() {
    const PASSWORD: &str = "correct-horse-battery";
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", PASSWORD).await;
    let path = format!("/room/{room}");
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    socket.read_until_caught_up().await;

    ben.get(&path).await;
    assert_eq!(ben.enter(room, &format!("{PASSWORD}!")).await.error(), (403, Error::WrongPassword));
    let form = [("room", &*room.to_string()), ("password", &format!("{PASSWORD}?"))];
    ben.submit(&format!("/api/enter_room?back={path}"), &form).await;
    ben.get(&path).await;
    assert_eq!(ben.enter(room, PASSWORD).await.status, 200);
    socket.entry().await;
    let mut lobby = ben.socket().await;
    lobby.send(&chat::event::Up::WatchLobby).await;
    lobby.next().await.expect("the lobby");
    for page in ["/", &path, &format!("{path}/log")] {
        ann.get(page).await;
    }
    let long = "x".repeat(129) + PASSWORD;
    ann.call("create_room", &[("title", ""), ("capacity", "10"), ("password", &long)]).await;
    server.stop().await;

    assert!(logged().contains("stopped"));
    for secret in [PASSWORD, "$argon2"] {
        assert!(!ann.has_received(secret) && !ben.has_received(secret), "in a response: {secret}");
        assert!(!socket.received.contains(secret) && !lobby.received.contains(secret), "in a frame: {secret}");
        assert!(!logged().contains(secret), "in the log: {secret}");
    }
}

#[tokio::test]
async fn nobody_frames_a_page_or_reads_it_from_elsewhere() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for (path, framed_by) in [("/", "'self'"), ("/healthz", "'none'"), ("/pkg/gifchat.css", "'none'")] {
        let request = ann.request(Method::GET, path).header("origin", "https://evil.example");
        let answer = ann.send(request).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(&format!("frame-ancestors {framed_by}")), "{path}: {policy}");
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}");
    }
    let page = ann.get("/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    for directive in ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "connect-src 'self'"] {
        assert!(policy.contains(directive), "{directive}: {policy}");
    }
}

#[tokio::test]
async fn methods_that_nobody_needs_are_not_answered() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for method in [Method::TRACE, Method::OPTIONS, Method::PUT, Method::DELETE] {
        for path in ["/", "/room", "/healthz"] {
            let request = ann.request(method.clone(), path).header("origin", ann.origin());
            assert_eq!(ann.send(request).await.status, 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_password_is_typed_unseen() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "secret").await;
    for page in [ann.get("/room").await, ben.get(&format!("/room/{room}")).await] {
        assert!(page.text().contains(r#"type="password""#), "{}", page.text());
    }
}
