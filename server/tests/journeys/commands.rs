//! A text that begins like a command, but is none, may hold a secret, so the server does not publish it.

use chat::event::PROTOCOL;
use chat::{ClientId, Entry, Error, Field, Problem, What};

use crate::helper::{TestServer, Visitor, id_of, view_of};

const SECRET: &str = "비밀은-1234";

/// Sends a text to everybody, as a page of the current protocol does.
async fn say(visitor: &Visitor, room: chat::RoomId, text: &str) -> crate::helper::Answer {
    visitor.act(&format!("send_text?v={PROTOCOL}"), room, &[("text", text)]).await
}

fn wrong(problem: Problem) -> (u16, Error) {
    (422, Error::invalid(Field::Text, problem))
}

#[tokio::test]
async fn a_command_that_is_none_is_not_published() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "1000/1")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    assert_eq!(ben.act("rename", room, &[("name", "민수")]).await.status, 200);
    let before = view_of(&ben, room).await.seq;
    for command in [
        "/ㅈ",
        "/W",
        "/귓말",
        "/msg",
        "/Whisper",
        "/ w",
        "／ｗ",
        ".w",
        "/rnlt",
        "/gif",
        "/w민수",
        "/아무거나",
        "\u{200B}/W",
    ] {
        let text = format!("{command} 민수 {SECRET}");
        assert_eq!(say(&ann, room, &text).await.error(), wrong(Problem::Command), "{text:?}");
        // Pages of earlier protocols do not know that problem.
        let old = ann.act("send_text?v=4", room, &[("text", &text)]).await;
        assert_eq!(old.error(), (422, Error::Refused), "{text:?}");
    }
    let answer = [("text", &*format!("/W 민수 {SECRET}")), ("reply", "1")];
    assert_eq!(ann.act(&format!("send_text?v={PROTOCOL}"), room, &answer).await.error(), wrong(Problem::Command));
    assert_eq!(view_of(&ben, room).await.seq, before, "nothing was published");

    for (text, published) in [
        ("//W 민수", "/W 민수"),
        ("//gif", "/gif"),
        ("/.w", ".w"),
        ("// w", "// w"),
        ("/usr/bin", "/usr/bin"),
        ("/* w */", "/* w */"),
        ("/안녕\n하세요", "/안녕\n하세요"),
    ] {
        let client = ClientId::generate().to_string();
        let fields = [("text", text), ("client", client.as_str())];
        let said: Entry = ann.act("send_text", room, &fields).await.json();
        assert_eq!(said.what, What::Text(chat::entry::Text::new(published).expect("a text")));
        let again: Entry = ann.act("send_text", room, &fields).await.json();
        assert_eq!(again, said, "the slash is taken off once, however often it is sent");
    }
    // Whispers stay as they were typed.
    for text in ["/ㅈ 이것도", "//w"] {
        let told: Entry = ann.whisper(room, id_of(&ben).await, text).await.json();
        assert_eq!(told.what, What::Text(chat::entry::Text::new(text).expect("a text")));
    }
}

#[tokio::test]
async fn without_scripts_the_form_says_so_and_keeps_the_text() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let (path, text) = (format!("/room/{room}"), format!("/ㅈ 민수 {SECRET}"));
    let fields = [("room", &*room.to_string()), ("text", &text)];
    let answer = ann.submit(&format!("/api/send_text?back={path}"), &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, &*path));
    let page = ann.get(&path).await;
    let flash = page.page().flash.expect("what went wrong");
    assert_eq!((&flash.error, flash.typed("text")), (&wrong(Problem::Command).1, Some(&*text)));
    assert!(page.text().contains("그런 명령은 없어요."), "{}", page.text());
    assert!(!ann.get(&format!("{path}/log")).await.text().contains(SECRET));
}

/// Where one name begins with another, a whisper that could be for either person is not sent.
#[tokio::test]
async fn a_whisper_goes_only_to_whom_nobody_else_could_be() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "1000/1")]).await;
    let (ann, ben, eve) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    for (visitor, name) in [(&ben, "민수"), (&eve, "민수 나")] {
        visitor.enter(room, "").await;
        assert_eq!(visitor.act("rename", room, &[("name", name)]).await.status, 200);
    }
    let several = wrong(Problem::SeveralFit);
    let before = view_of(&ann, room).await.seq;
    assert_eq!(say(&ann, room, &format!("/w 민수 나 {SECRET}")).await.error(), several);
    assert_eq!(view_of(&ann, room).await.seq, before, "nothing was sent");
    let told: Entry = say(&ann, room, &format!("/w \"민수\" 나 {SECRET}")).await.json();
    assert_eq!(told.to.map(|to| to.id), Some(id_of(&ben).await));
    let told: Entry = say(&ann, room, &format!("/w 민수 {SECRET}")).await.json();
    assert_eq!(told.to.map(|to| to.id), Some(id_of(&ben).await));
    assert!(!eve.get(&format!("/room/{room}")).await.text().contains(SECRET));
    // A person who has left counts, too: a whisper for them must not reach a person with a shorter name.
    eve.act("leave_room", room, &[]).await;
    assert_eq!(say(&ann, room, &format!("/w 민수 나 {SECRET}")).await.error(), several);
}
