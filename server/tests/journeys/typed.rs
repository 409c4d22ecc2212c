//! What people type: what is cleaned, what counts as empty or too long, and which names are refused because they could
//! be taken for the owner or for a notice of the room.

use app::page::Page;
use chat::event::PROTOCOL;
use chat::{Error, Field, Problem, What};

use crate::helper::{TestServer, Visitor, id_of, view_of};

const FAMILY: &str = "👨\u{200d}👩\u{200d}👧\u{200d}👦";

fn said(what: What) -> String {
    match what {
        What::Text(text) => text.as_str().to_owned(),
        other => panic!("no text: {other:?}"),
    }
}

#[tokio::test]
async fn what_nobody_sees_is_neither_a_title_nor_a_message_nor_a_name() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    for empty in ["\u{3164}", "\u{200b}", "\u{2800}", "\u{115f}\u{1160}", "\u{fe0f}", "\u{301}", "\u{e0067}\u{e007f}"] {
        let refused = |field| (422, Error::invalid(field, Problem::Empty));
        let fields = [("title", empty), ("capacity", "10"), ("password", "")];
        assert_eq!(ann.call("create_room", &fields).await.error(), refused(Field::Title), "{empty:?}");
        assert_eq!(ann.act("set_room", room, &[("title", empty)]).await.error(), refused(Field::Title), "{empty:?}");
        assert_eq!(ann.say(room, empty).await.error(), refused(Field::Text), "{empty:?}");
        assert_eq!(ann.act("rename", room, &[("name", empty)]).await.error(), refused(Field::Name), "{empty:?}");
    }
    assert_eq!(view_of(&ann, room).await.seq, 1, "nothing was changed");
}

#[tokio::test]
async fn texts_are_cleaned_and_keep_their_indent() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("good \u{202e}exe.fig", "10", "").await;
    assert_eq!(view_of(&ann, room).await.title.as_str(), "good exe.fig");
    for (typed, kept) in [
        ("good \u{202e}exe.fig", "good exe.fig"),
        ("\n    fn main() {\n        x\n    }\n\n", "    fn main() {\n        x\n    }"),
        (&format!("z{}", "\u{301}".repeat(180)), &format!("\u{17a}{}", "\u{301}".repeat(5))),
        (FAMILY, FAMILY),
        ("שלום 123", "שלום 123"),
        (&FAMILY.repeat(300), &FAMILY.repeat(300)),
    ] {
        assert_eq!(said(ann.say_ok(room, typed).await.what), kept);
    }
    // The password is as it was typed.
    let password = " \u{200b}비밀\u{202e}\u{301} ";
    let locked = ann.create_room("비밀방", "10", password).await;
    let ben = server.visitor();
    assert_eq!(ben.enter(locked, "비밀").await.error(), (403, Error::WrongPassword));
    assert_eq!(ben.enter(locked, password).await.status, 200);
}

#[tokio::test]
async fn limits_count_what_people_see() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room(&FAMILY.repeat(50), "10", "").await;
    assert_eq!(view_of(&ann, room).await.title.as_str(), FAMILY.repeat(50));
    let long = Error::invalid(Field::Name, Problem::TooLong { max: 20 });
    assert_eq!(ann.act("rename", room, &[("name", &FAMILY.repeat(21))]).await.error(), (422, long));
    assert_eq!(ann.act("rename", room, &[("name", &FAMILY.repeat(20))]).await.status, 200);
    // What was typed comes back whole when something else in the form was wrong.
    let fields = [("title", FAMILY.repeat(50)), ("capacity", "1".to_owned()), ("password", String::new())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(ann.submit("/api/create_room?back=/&from=/room", &fields).await.location(), "/room");
    let flash = ann.get("/room").await.page().flash.expect("an error");
    assert_eq!(flash.typed("title"), Some(FAMILY.repeat(50).as_str()));
}

#[tokio::test]
async fn names_that_pass_for_the_room_are_refused_in_words_that_the_page_knows() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let now = format!("rename?v={PROTOCOL}");
    for name in ["민수 👑", "방장", "시스템", "аdmin", "민수님이 입장하셨습니다.", "Paul has left."]
    {
        let refused = Error::invalid(Field::Name, Problem::Reserved);
        assert_eq!(ann.act(&now, room, &[("name", name)]).await.error(), (422, refused), "{name}");
        assert_eq!(ann.act("rename?v=4", room, &[("name", name)]).await.error(), (422, Error::NameTaken), "{name}");
    }
    for name in ["방장님팬", "Leftie", "Administrata"] {
        assert_eq!(ann.act(&now, room, &[("name", name)]).await.status, 200, "{name}");
    }
    let (path, id) = (format!("/room/{room}"), room.to_string());
    let submitted = ann.submit(&format!("/api/rename?back={path}"), &[("room", &id), ("name", "방장")]).await;
    assert_eq!(submitted.location(), path);
    assert!(ann.get(&path).await.text().contains("방장이나 알림으로 보일 수 있는 이름"));
}

#[tokio::test]
async fn names_stand_by_themselves_among_our_words() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("שלום 12", "10", "").await;
    assert_eq!(ann.act("rename", room, &[("name", "שרה")]).await.status, 200);
    ben.enter(room, "").await;
    ann.say_ok(room, "אחת 1").await;
    let page = ben.get(&format!("/room/{room}")).await.text();
    for shown in
        [r#"<h1 dir="auto">שלום 12"#, r#"" dir="auto">שרה</b>"#, "<bdi>שרה</bdi>", r#"<div class="bubble" dir="auto">"#]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains('👑'), "the owner's mark is no text");
}

/// Replaces text in the files of a server that has stopped, with text of the same length.
fn replace_in_files(folder: &std::path::Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    for file in std::fs::read_dir(folder).expect("the files").flatten().filter(|file| file.path().is_file()) {
        let mut bytes = std::fs::read(file.path()).expect("a file");
        let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        std::fs::write(file.path(), bytes).expect("a file");
    }
}

async fn told(visitor: &Visitor, path: &str) -> (Option<Error>, Option<String>) {
    let page = visitor.get(path).await.page();
    let Page::Room { view, .. } = page.page else { panic!("not inside") };
    let me = view.people.into_iter().find(|person| person.id == view.me).expect("a seat");
    (page.flash.map(|flash| flash.error), me.name.own.map(|own| own.as_str().to_owned()))
}

/// This test replaces text in the files of SQLite, so it does not run on MongoDB.
#[tokio::test]
async fn who_has_a_kept_name_that_is_refused_today_is_told() {
    if std::env::var_os("GIFCHAT_TEST_STORE").is_some() {
        return;
    }
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let first = ann.create_room("방", "10", "").await;
    assert_eq!(ann.act("rename", first, &[("name", "하마")]).await.status, 200);
    let next = ben.create_room("다음", "10", "").await;
    let storage = server.stop().await;
    replace_in_files(&storage.data(), "하마", "방장");
    let server = TestServer::start_in(storage, &[]).await;
    let ann = ann.at(server.address);
    assert_eq!(ann.get("/").await.page().me.name.korean(), "방장", "what is stored is read as it is");
    assert_eq!(told(&ann, &format!("/room/{first}")).await, (None, Some("방장".to_owned())), "a seat stays");

    let refused = Some(Error::invalid(Field::Name, Problem::Reserved));
    let path = format!("/room/{next}");
    let entered = ann.submit(&format!("/api/enter_room?back={path}"), &[("room", &next.to_string())]).await;
    assert_eq!(entered.location(), path);
    assert_eq!(told(&ann, &path).await, (refused.clone(), None));
    assert_eq!(told(&ann, &path).await, (None, None), "told once");
    let own = ann.create_room("셋째", "10", "").await;
    assert_eq!(told(&ann, &format!("/room/{own}")).await, (refused, None));
    let id = id_of(&ann).await;
    let person = view_of(&ben.at(server.address), next).await.people.into_iter().find(|person| person.id == id);
    assert_eq!(person.map(|person| person.name.own), Some(None));
}
