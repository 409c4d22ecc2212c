//! Forms and pages without JavaScript.

use app::page::Page;
use chat::{Act, Error, What};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::helper::{GIF, TestServer, Visitor};

async fn create(visitor: &Visitor, title: &str, capacity: &str, password: &str) -> String {
    let fields = [("title", title), ("capacity", capacity), ("password", password)];
    let answer = visitor.submit("/api/create_room?back=/room&from=/room", &fields).await;
    assert_eq!(answer.status, 303);
    answer.location().to_owned()
}

#[tokio::test]
async fn the_frame_shows_all_lines_of_a_long_run() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = create(&ann, "방", "10", "").await;
    let id = room.strip_prefix("/room/").expect("a room");
    let names: Vec<String> = (1..=6).map(|n| format!("이름{n}")).collect();
    for name in &names {
        assert_eq!(ann.call("rename", &[("room", id), ("name", name)]).await.status, 200);
    }
    let log = ann.get(&format!("{room}/log")).await.text();
    for name in &names {
        assert!(log.contains(name.as_str()), "{name}: {log}");
    }
}

#[tokio::test]
async fn the_whole_journey() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = create(&ann, "방", "2", "secret").await;
    let id = room.strip_prefix("/room/").expect("a room").to_owned();
    assert!(matches!(ann.get(&room).await.page().page, Page::Room { .. }));

    ben.get(&room).await;
    let enter = format!("/api/enter_room?back={room}");
    let wrong = ben.submit(&enter, &[("room", &id), ("password", "wrong")]).await;
    assert_eq!((wrong.status.as_u16(), wrong.location()), (303, room.as_str()));
    let door = ben.get(&room).await;
    let flash = door.page().flash.expect("what went wrong");
    assert_eq!((door.status.as_u16(), &flash.error), (403, &Error::WrongPassword));
    assert_eq!((flash.typed("room"), flash.typed("password")), (Some(id.as_str()), None));
    let door = ben.get(&room).await;
    assert!(door.status == 200 && door.page().flash.is_none(), "told once");
    assert_eq!(ben.submit(&enter, &[("room", &id), ("password", "secret")]).await.status, 303);

    let Page::Room { send_id, .. } = ben.get(&room).await.page().page else { panic!("no room") };
    let send = format!("/api/send_text?back={room}");
    for _double_click in 0..2 {
        let fields = [("room", id.as_str()), ("client", &send_id.to_string()), ("text", "안녕")];
        assert_eq!(ben.submit(&send, &fields).await.location(), room);
    }
    upload(&ben, &room, &id, GIF.to_vec()).await;
    let Page::Room { view, .. } = ann.get(&room).await.page().page else { panic!("no room") };
    let said: Vec<_> = view.entries.iter().filter(|entry| entry.what.is_message()).map(|entry| &entry.what).collect();
    let [What::Text(_), What::Gif(gif)] = said[..] else { panic!("{said:?}") };
    let log = ann.get(&format!("{room}/log")).await;
    assert!(log.status == 200 && log.text().contains("안녕") && log.text().contains(&gif.sha.to_string()));

    assert_eq!(ben.submit("/api/leave_room?back=/", &[("room", &id)]).await.location(), "/");
    assert_eq!(ben.get(&format!("{room}/log")).await.status, 403);
}

async fn upload(visitor: &Visitor, room: &str, id: &str, bytes: Vec<u8>) {
    let form = Form::new().text("room", id.to_owned()).part("gif", Part::bytes(bytes).file_name("a.gif"));
    let request = visitor.request(Method::POST, &format!("/api/upload_gif?back={room}")).multipart(form);
    let answer = visitor.send(request.header("accept", "text/html").header("origin", visitor.origin())).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, room));
}

#[tokio::test]
async fn what_was_typed_is_kept_but_no_password() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/room").await;
    assert_eq!(create(&ann, "", "1", "hush-hush").await, "/room");
    let page = ann.get("/room").await;
    assert_eq!(page.status, 422);
    let flash = page.page().flash.expect("what went wrong");
    assert_eq!(flash.typed, [("title".to_owned(), String::new()), ("capacity".to_owned(), "1".to_owned())]);
    assert!(matches!(flash.error, Error::Invalid(fields) if fields.len() == 2));
    assert!(!ann.has_received("hush-hush"));
}

#[tokio::test]
async fn a_full_room_says_so() {
    let server = TestServer::start().await;
    let people = [server.visitor(), server.visitor(), server.visitor()];
    let room = create(&people[0], "방", "2", "").await;
    let id = room.trim_start_matches("/room/");
    for visitor in &people[1..] {
        visitor.get(&room).await;
        visitor.submit(&format!("/api/enter_room?back={room}"), &[("room", id)]).await;
    }
    assert_eq!(people[1].get(&room).await.status, 200);
    assert_eq!(people[2].get(&room).await.status, 409);
}

#[tokio::test]
async fn an_upload_that_fails_says_why_on_the_room() {
    let server = TestServer::start_with(&[("GIF_MAX_BYTES", "1000")]).await;
    let ann = server.visitor();
    let room = create(&ann, "방", "2", "").await;
    let id = room.trim_start_matches("/room/").to_owned();
    upload(&ann, &room, &id, vec![0; 200_000]).await;
    let page = ann.get(&room).await;
    let flash = page.page().flash.expect("what went wrong");
    assert_eq!((page.status.as_u16(), flash.error), (200, Error::TooLarge { limit: 1000 }));
}

#[tokio::test]
async fn nobody_is_led_out_of_here() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for way in [
        "",
        "?back=",
        "?back=//evil.example",
        "?back=/%5Cevil.example",
        "?back=https://evil.example",
        "?back=/%09/evil.example",
        "?back=/&from=//evil.example",
        "?back=/%0d%0aSet-Cookie:a=b",
    ] {
        let answer = ann.submit(&format!("/api/set_language{way}"), &[("lang", "en")]).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "{way}");
    }
    let answer = ann.submit("/api/set_language?back=/room", &[("lang", "en")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/room"));
    assert!(ann.cookie().contains("lang=en"));
}

#[tokio::test]
async fn an_owner_sets_the_room() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = create(&ann, "방", "10", "").await;
    let id = room.trim_start_matches("/room/").to_owned();
    ben.submit(&format!("/api/enter_room?back={room}"), &[("room", &id)]).await;
    let form = |page: &str| {
        let rest = page.split_once(r#"<details class="owner-form""#)?.1;
        Some(rest.split_once("</details>")?.0.to_owned())
    };
    let shown = form(&ann.get(&room).await.text()).expect("a form");
    for field in ["title", "capacity", "password", "slow", "veil"] {
        assert!(shown.contains(&format!(r#"<label for="set-{field}">"#)), "{field}: {shown}");
        assert!(shown.contains(&format!(r#" id="set-{field}" name="{field}""#)), "{field}: {shown}");
    }
    assert!(shown.contains(r#"<option value="0" selected>"#) && shown.contains("15초마다 한 번"), "{shown}");
    assert_eq!(form(&ben.get(&room).await.text()), None, "for the owner only");

    let set = format!("/api/set_room?back={room}");
    let fields = [("room", id.as_str()), ("title", "새 <방>"), ("capacity", "12"), ("password", ""), ("slow", "15")];
    assert_eq!(ann.submit(&set, &fields).await.location(), room);
    let page = ann.get(&room).await;
    let shown = form(&page.text()).expect("a form");
    assert!(shown.contains(r#"value="새 &lt;방&gt;""#) && shown.contains(r#"<option value="15" selected>"#), "{shown}");
    let Page::Room { view, .. } = page.page().page else { panic!("no room") };
    assert_eq!((view.capacity.get(), view.slow.seconds(), view.locked), (12, 15, false));
    let log = ben.get(&format!("{room}/log")).await.text();
    assert!(log.contains("느린 모드 (15초마다 한 번)"), "{log}");

    // The page's script does not send the field `slow`, which then keeps its value.
    assert_eq!(ann.call("set_room", &[("room", &id), ("title", "또 새 방")]).await.status, 200);
    let send = format!("/api/send_text?back={room}");
    for (text, flash) in [("하나", None), ("둘", Some(Error::TooMany { of: Act::Say, retry_after: 15 }))] {
        ben.submit(&send, &[("room", &id), ("text", text)]).await;
        let told = ben.get(&room).await.page().flash.map(|flash| flash.error);
        match (told, flash) {
            (Some(Error::TooMany { retry_after, .. }), Some(_)) => assert!((10..=15).contains(&retry_after)),
            (told, flash) => assert_eq!(told, flash),
        }
    }

    let wrong = [("room", id.as_str()), ("title", "방"), ("capacity", "1"), ("password", ""), ("slow", "60")];
    ann.submit(&set, &wrong).await;
    let page = ann.get(&room).await;
    assert!(matches!(page.page().flash.expect("what went wrong").error, Error::Invalid(_)));
    let shown = form(&page.text()).expect("a form");
    assert!(shown.contains(r#"aria-describedby="set-capacity-error" value="1""#), "what was typed: {shown}");
    assert!(shown.contains(r#"<option value="60" selected>"#), "{shown}");
    assert!(
        shown.starts_with(" open>")
            && shown.contains(
                r#"name="capacity" autocomplete="off" aria-invalid="true" aria-describedby="set-capacity-error""#
            ),
        "it says what is wrong: {shown}"
    );
    ann.submit("/api/set_language?back=/", &[("lang", "en")]).await;
    assert!(ann.get(&room).await.text().contains("one message every 15 s"));
}
