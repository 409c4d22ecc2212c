//! What people change about themselves in a room, and what its owner changes about the room.

use chat::entry::{PasswordChange, Settings};
use chat::event::{Close, Up};
use chat::{Entry, Error, Field, FieldError, Problem, RoomId, VisitorId, What};
use reqwest::multipart::Part;

use crate::helper::{Answer, GIF, TestServer, Visitor, card_of, hash_of, id_of, view_of};

async fn rename(visitor: &Visitor, room: RoomId, name: &str) -> Answer {
    visitor.act("rename", room, &[("name", name)]).await
}

async fn set(visitor: &Visitor, room: RoomId, [title, capacity, password]: [&str; 3], open: bool) -> Answer {
    let open = if open { "true" } else { "false" };
    let fields = [("title", title), ("capacity", capacity), ("password", password), ("open", open)];
    visitor.act("set_room", room, &fields).await
}

async fn hand_over(visitor: &Visitor, room: RoomId, to: VisitorId) -> Answer {
    visitor.act("hand_over", room, &[("to", &to.to_string())]).await
}

#[tokio::test]
async fn a_new_name_is_told_and_kept() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut socket = ben.socket().await;
    let from = socket.watch_from_start(room).await[0].person.name.clone();

    assert_eq!(rename(&ann, room, " 민수\t형 ").await.status, 200);
    let told = socket.entry().await;
    assert_eq!((told.seq, &told.what, told.person.name.korean().as_str()), (3, &What::Renamed { from }, "민수 형"));
    assert_eq!(rename(&ann, room, "민수 형").await.status, 200);
    let said = ann.say_ok(room, "안녕").await;
    assert_eq!((said.seq, &said.person), (4, &told.person), "told once");
    let view = view_of(&ben, room).await;
    assert_eq!((&view.people[0], view.seq), (&told.person, 4));
    assert_eq!(card_of(&ben, room).await.map(|card| card.owner).as_ref(), Some(&told.person));

    // The name also holds on the next page and in the next room, where it gets a number if it is taken.
    assert_eq!(ann.get("/").await.page().me, told.person);
    let next = cat.create_room("다음 방", "10", "").await;
    assert_eq!(rename(&cat, next, "민수형").await.status, 200);
    ann.enter(next, "").await;
    let people = view_of(&ann, next).await.people;
    assert_eq!(people.iter().map(|person| person.name.korean()).collect::<Vec<_>>(), ["민수형", "민수 형 2"]);
    let server = server.restart().await;
    assert_eq!(ann.at(server.address).get("/").await.page().me, told.person);
}

#[tokio::test]
async fn a_name_without_javascript() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let path = format!("/room/{room}");
    for (name, flash) in [("", Some(Error::invalid(Field::Name, Problem::Empty))), ("민수", None)] {
        let fields = [("room", &*room.to_string()), ("name", name)];
        assert_eq!(ann.submit(&format!("/api/rename?back={path}"), &fields).await.location(), path);
        assert_eq!(ann.get(&path).await.page().flash.map(|flash| flash.error), flash);
    }
    assert_eq!(ann.get(&path).await.page().me.name.korean(), "민수");
}

#[tokio::test]
async fn names_that_nobody_gets() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let given = view_of(&ben, room).await.people[1].name.clone();
    for (name, problem) in [
        ("", Problem::Empty),
        (" \n ", Problem::Empty),
        ("\u{200b}\u{3164}\u{202e}", Problem::Empty),
        (&"가".repeat(21), Problem::TooLong { max: 20 }),
    ] {
        assert_eq!(rename(&ann, room, name).await.error(), (422, Error::invalid(Field::Name, problem)), "{name:?}");
    }
    assert_eq!(rename(&ann, room, "Paul").await.status, 200);
    // These are the same name, in another case, in wide letters, with a Cyrillic letter, with visible or invisible spaces.
    for name in ["Paul", "pAUL", "Ｐａｕｌ", "Рaul", "P a u l", "Pa\u{200b}ul"] {
        assert_eq!(rename(&ben, room, name).await.error(), (409, Error::NameTaken), "{name:?}");
    }
    for name in [given.korean(), given.english()] {
        let found = rename(&ann, room, &name).await;
        // Some generated names are longer than a chosen name may be.
        assert!(matches!(found.error(), (409, Error::NameTaken) | (422, _)), "{name}");
    }
    assert_eq!(rename(&cat, room, "Nora").await.error(), (403, Error::NotSeated));
    assert_eq!(rename(&ben, room, "Paula").await.status, 200);
    assert_eq!(view_of(&ben, room).await.seq, 4, "nothing else was changed");
}

#[tokio::test]
async fn a_room_is_handed_over() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let (ann_id, ben_id, cat_id) = (id_of(&ann).await, id_of(&ben).await, id_of(&cat).await);
    let mut socket = ben.socket().await;
    socket.watch_from_start(room).await;

    assert_eq!(hand_over(&ben, room, ben_id).await.error(), (403, Error::NotOwner));
    assert_eq!(hand_over(&cat, room, ben_id).await.error(), (403, Error::NotSeated));
    assert_eq!(hand_over(&ann, room, ann_id).await.error(), (403, Error::Refused));
    assert_eq!(hand_over(&ann, room, cat_id).await.error(), (409, Error::Absent));
    assert_eq!(hand_over(&ann, room, ben_id).await.status, 200);
    let told = socket.entry().await;
    assert_eq!((told.seq, told.what, told.person.id), (3, What::NewOwner, ben_id));
    assert_eq!(view_of(&ann, room).await.owner, ben_id);
    assert_eq!(card_of(&cat, room).await.expect("a card").owner, told.person);
    assert_eq!(hand_over(&ann, room, ben_id).await.error(), (403, Error::NotOwner));
    assert_eq!(hand_over(&ben, room, ann_id).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_with_settings_is_named() {
    let server = TestServer::start().await;
    let people = [server.visitor(), server.visitor(), server.visitor(), server.visitor()];
    let [ann, ben, cat, dan] = &people;
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let long = "x".repeat(129);
    let (status, error) = set(ann, room, ["", "1", &long], false).await.error();
    let wrong = [
        (Field::Title, Problem::Empty),
        (Field::Capacity, Problem::OutOfRange { min: 2, max: 1000 }),
        (Field::Password, Problem::TooLong { max: 128 }),
    ];
    let wrong = wrong.map(|(field, problem)| FieldError { field, problem });
    assert_eq!((status, error), (422, Error::Invalid(wrong.to_vec())));
    // The capacity cannot be less than the three people inside.
    let few = Error::invalid(Field::Capacity, Problem::OutOfRange { min: 3, max: 1000 });
    assert_eq!(set(ann, room, ["방", "2", "secret"], false).await.error(), (422, few));
    // People who may not change the settings are not told what is wrong with them.
    assert_eq!(set(ben, room, ["", "1", &long], false).await.error(), (403, Error::NotOwner));
    assert_eq!(set(dan, room, ["a", "10", ""], false).await.error(), (403, Error::NotSeated));
    assert_eq!(set(ann, RoomId([7; 16]), ["a", "10", ""], false).await.error(), (404, Error::NotFound));
    assert_eq!(set(ann, room, ["방", "10", ""], true).await.status, 200, "as it is");
    let view = view_of(ann, room).await;
    assert_eq!((view.seq, view.locked, view.capacity.get()), (3, false, 10));
    assert_eq!(set(ann, room, ["방", "3", ""], false).await.status, 200, "as many as are inside");
    assert_eq!(dan.enter(room, "").await.error(), (409, Error::Full));
    // A field that is not sent keeps its value. Only an empty one is invalid.
    assert_eq!(ann.act("set_room", room, &[("capacity", "7")]).await.status, 200);
    assert_eq!(ann.act("set_room", room, &[("title", "새 방")]).await.status, 200);
    let view = view_of(ann, room).await;
    assert_eq!((view.title.as_str(), view.capacity.get(), view.locked), ("새 방", 7, false));
}

#[tokio::test]
async fn settings_are_told_and_doors_follow() {
    let server = TestServer::start_with(&[("LIMIT_WRONG_PASSWORDS", "100/1")]).await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.get("/").await;
    let (mut inside, mut lobby) = (ben.socket().await, cat.socket().await);
    inside.watch_from_start(room).await;
    lobby.send(&Up::WatchLobby).await;
    lobby.next().await.expect("the lobby");

    assert_eq!(set(&ann, room, ["새 방", "20", "first"], false).await.status, 200);
    let told = inside.entry().await;
    let What::Settings(Settings { title: Some(title), capacity: Some(capacity), password: Some(password), .. }) =
        told.what
    else {
        panic!("{told:?}")
    };
    assert_eq!((title.as_str(), capacity.get(), password), ("새 방", 20, PasswordChange::Set));
    assert_eq!(told.person.id, id_of(&ann).await);
    let card = lobby.wait_for_card(room, |card| card.locked).await;
    assert_eq!((card.title.as_str(), card.capacity.get(), card.faces.len()), ("새 방", 20, 0));
    assert_eq!(card_of(&cat, room).await, Some(card));
    assert_eq!(cat.enter(room, "").await.error(), (403, Error::WrongPassword));
    assert_eq!(ben.enter(room, "").await.status, 200, "who is inside stays");

    // An empty password field keeps the password.
    for (password, change, wrong) in [("", None, ""), ("second", Some(PasswordChange::Changed), "first")] {
        assert_eq!(set(&ann, room, ["방", "10", password], false).await.status, 200);
        let told = inside.entry().await;
        assert!(matches!(told.what, What::Settings(settings) if settings.password == change));
        assert_eq!(cat.enter(room, wrong).await.error(), (403, Error::WrongPassword));
        // The title changes, so that the next round changes it back.
        set(&ann, room, ["다시", "10", ""], false).await;
        inside.entry().await;
    }
    assert_eq!(cat.enter(room, "second").await.status, 200);
    inside.entry().await;
    cat.act("leave_room", room, &[]).await;
    inside.entry().await;
    assert_eq!(set(&ann, room, ["다시", "10", ""], true).await.status, 200);
    let removed = Settings { password: Some(PasswordChange::Removed), ..Settings::default() };
    assert_eq!(inside.entry().await.what, What::Settings(removed));
    lobby.wait_for_card(room, |card| !card.locked && card.faces.len() == 2).await;
    assert_eq!(cat.enter(room, "").await.status, 200);
}

#[tokio::test]
async fn a_closed_room_is_gone_for_everybody() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let shown: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    let gif = format!("/gif/{room}/{}", hash_of(&shown));
    cat.get("/").await;
    let mut lobby = cat.socket().await;
    lobby.send(&Up::WatchLobby).await;
    lobby.next().await.expect("the lobby");
    let mut sockets = [ann.socket().await, ben.socket().await, ben.socket().await];
    for socket in &mut sockets {
        socket.watch_from_start(room).await;
    }
    assert_eq!(ben.act("close_room", room, &[]).await.error(), (403, Error::NotOwner));
    assert_eq!(cat.act("close_room", room, &[]).await.error(), (403, Error::NotSeated));
    assert_eq!(view_of(&ben, room).await.people.len(), 2);

    assert_eq!(ann.act("close_room", room, &[]).await.status, 200);
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, Close::RoomGone.code());
    }
    lobby.wait_for_card_removal(room).await;
    for visitor in [&ann, &ben] {
        assert_eq!(visitor.get(&format!("/room/{room}")).await.status, 404);
        assert_eq!(visitor.fetch(&gif).await.error(), (404, Error::NotFound));
        assert_eq!(visitor.say(room, "아무도?").await.error(), (404, Error::NotFound));
    }
    assert_eq!(card_of(&cat, room).await, None);
    assert_eq!(ann.act("close_room", room, &[]).await.error(), (404, Error::NotFound));
}
