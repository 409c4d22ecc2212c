//! Replies, reactions and removal of messages, and the signs that somebody is typing or away.

use chat::entry::{Description, Emoji, Reaction, Reply, Settings, Showing};
use chat::event::{Down, PROTOCOL};
use chat::{ClientId, Entry, Error, What};
use reqwest::multipart::Part;

use crate::helper::{GIF, Socket, TestServer, hash_of, id_of, view_of, without_ids};

#[tokio::test]
async fn an_answer_names_what_it_answers() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut socket = ann.socket().await;
    socket.watch_from_start(room).await;
    let asked = ann.say_ok(room, "점심?").await;
    let seq = asked.seq.to_string();
    let answer: Entry = ben.act("send_text", room, &[("text", "김밥"), ("reply", &seq)]).await.json();
    let shown: Entry = ben.upload(room, Part::bytes(GIF), &[("reply", &seq)]).await.json();
    let reply = Some(Reply { seq: asked.seq, person: asked.person.clone() });
    assert_eq!((&answer.reply, &shown.reply, &asked.reply), (&reply, &reply, &None));
    assert_eq!(
        [socket.entry().await, socket.entry().await, socket.entry().await],
        [&asked, &answer, &shown].map(Clone::clone)
    );
    let seen = view_of(&ann, room).await.entries;
    assert_eq!((&seen[2], &seen[3..]), (&asked, &without_ids(&[answer, shown])[..]));
    // There is no entry 77 or 0, and entry 1 is not a message: it says that Ann entered.
    for seq in ["77", "1", "0"] {
        let answer = ben.act("send_text", room, &[("text", "뭐?"), ("reply", seq)]).await;
        assert_eq!(answer.error(), (404, Error::Removed), "{seq}");
    }
}

#[tokio::test]
async fn how_a_gif_is_shown_is_sent_with_it_and_changed_by_its_author_and_the_owner() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let mut socket = cat.socket().await;
    socket.watch_from_start(room).await;
    let mut old_page = Socket::open_as(&cat, PROTOCOL - 1).await.expect("a socket");
    old_page.watch_from_start(room).await;

    let fields = [("description", " 하품하는\n초인종 "), ("veiled", "true")];
    let sent: Entry = ben.upload(room, Part::bytes(GIF), &fields).await.json();
    let described =
        |words: &str, veiled| Showing { description: Description::new(words).expect("a description"), veiled };
    assert_eq!(sent.showing, described("하품하는 초인종", true));
    assert_eq!((socket.entry().await, old_page.entry().await), (sent.clone(), sent.clone()));

    let seq = sent.seq.to_string();
    let changed = [("seq", seq.as_str()), ("description", "초인종")];
    assert_eq!(cat.act("show_gif", room, &changed).await.error(), (403, Error::NotOwner));
    assert_eq!(ann.act("show_gif", room, &changed).await.status, 200);
    let told = socket.entry().await;
    assert_eq!(told.what, What::Showing { seq: sent.seq, showing: described("초인종", false) });
    assert_eq!(told.person.id, id_of(&ann).await);
    assert_eq!(old_page.entry().await, told);
    assert_eq!(
        view_of(&cat, room).await.entry(sent.seq).map(|entry| &entry.showing),
        Some(&described("초인종", false))
    );

    let too_long = "가".repeat(501);
    let answer = ben.act("show_gif", room, &[("seq", &seq), ("description", &too_long)]).await;
    assert_eq!(answer.status, 422);
    let answer = ben.upload(room, Part::bytes(GIF), &[("description", &too_long)]).await;
    assert_eq!(answer.status, 422);
    let said = ben.say_ok(room, "말").await.seq.to_string();
    assert_eq!(
        ben.act("show_gif", room, &[("seq", &said)]).await.error(),
        (404, Error::Removed),
        "a text shows no GIF"
    );

    assert_eq!(ben.act("remove_message", room, &[("seq", &seq)]).await.status, 200);
    assert_eq!(ann.act("show_gif", room, &changed).await.error(), (404, Error::Removed));
    assert!(!ann.get(&format!("/room/{room}")).await.text().contains("초인종"));
}

#[tokio::test]
async fn the_owner_veils_the_gifs_of_a_room() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    assert_eq!(ben.act("set_room", room, &[("veil", "true")]).await.error(), (403, Error::NotOwner));
    assert_eq!(ann.act("set_room", room, &[("veil", "yes")]).await.error(), (403, Error::Refused));
    for (veil, expected) in [("true", true), ("true", true), ("false", false)] {
        assert_eq!(ann.act("set_room", room, &[("veil", veil)]).await.status, 200);
        assert_eq!(view_of(&ben, room).await.veil, expected);
    }
    assert_eq!(ann.act("set_room", room, &[("title", "새 방")]).await.status, 200);
    let told: Vec<_> = view_of(&ben, room).await.entries.into_iter().map(|entry| entry.what).collect();
    let veil = |veil| What::Settings(Settings { veil: Some(veil), ..Settings::default() });
    assert_eq!(told[2..4], [veil(true), veil(false)], "what changes nothing is not told");
}

#[tokio::test]
async fn feelings_are_one_for_each_person_and_kind() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await);
    let mut socket = ann.socket().await;
    socket.watch_from_start(room).await;
    let seq = ben.say_ok(room, "고양이").await.seq;
    socket.entry().await;
    let both = |emoji| {
        let mut people = vec![ann_id, ben_id];
        people.sort_unstable();
        Reaction { emoji, people }
    };
    let felt = async || view_of(&ben, room).await.entry(seq).expect("the message").reactions.clone();

    for visitor in [&ann, &ben, &ben] {
        let told: Entry = visitor.react(room, seq, Emoji::Heart, true).await.json();
        assert_eq!(told.what, What::Reaction { seq, emoji: Emoji::Heart, on: true });
        assert_eq!(socket.entry().await, told);
    }
    ann.react(room, seq, Emoji::ThumbsUp, true).await;
    let thumb = Reaction { emoji: Emoji::ThumbsUp, people: vec![ann_id] };
    assert_eq!(felt().await, [thumb.clone(), both(Emoji::Heart)]);
    ben.react(room, seq, Emoji::Heart, false).await;
    assert_eq!(felt().await, [thumb, Reaction { emoji: Emoji::Heart, people: vec![ann_id] }]);
    // A reaction sent twice with one client id counts once.
    let (client, seq_text) = (ClientId::generate().to_string(), seq.to_string());
    let fields = [("client", client.as_str()), ("seq", &seq_text), ("emoji", "Party"), ("on", "true")];
    let (first, second): (Entry, Entry) =
        (ben.act("react", room, &fields).await.json(), ben.act("react", room, &fields).await.json());
    assert_eq!(first, second);
    let stranger = server.visitor();
    assert_eq!(stranger.react(room, seq, Emoji::Sad, true).await.error(), (403, Error::NotSeated));
    assert_eq!(ann.react(room, 1, Emoji::Sad, true).await.error(), (404, Error::Removed), "a line nobody said");
}

#[tokio::test]
async fn what_is_taken_back_is_nowhere() {
    const WORDS: &str = "못-들은-걸로-4d2f";
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "100/1")]).await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let (text, shown) = (ben.say_ok(room, WORDS).await, ben.upload(room, Part::bytes(GIF), &[]).await.json::<Entry>());
    let gif = format!("/gif/{room}/{}", hash_of(&shown));
    ann.react(room, text.seq, Emoji::Laugh, true).await;
    let mut socket = cat.socket().await;
    let seen = socket.watch_from_start(room).await;
    assert!(socket.received.contains(WORDS) && cat.get(&gif).await.status == 200);

    let remove = async |visitor: &crate::helper::Visitor, seq: u64| {
        visitor.act("remove_message", room, &[("seq", &seq.to_string())]).await
    };
    assert_eq!(remove(&cat, text.seq).await.error(), (403, Error::NotOwner));
    assert_eq!(remove(&server.visitor(), text.seq).await.error(), (403, Error::NotSeated));
    for seq in [1, 77] {
        assert_eq!(remove(&ann, seq).await.error(), (404, Error::Removed), "{seq}");
    }
    // People remove their own messages, the owner anybody's, and a second removal changes nothing.
    for (visitor, seq) in [(&ben, text.seq), (&ann, shown.seq), (&ben, shown.seq)] {
        assert_eq!(remove(visitor, seq).await.status, 200);
    }
    let last = seen.last().expect("an entry").seq;
    for (n, (seq, by)) in [(text.seq, &ben), (shown.seq, &ann)].into_iter().enumerate() {
        let told = socket.entry().await;
        assert_eq!((told.seq, told.what), (last + 1 + n as u64, What::Removal { seq }));
        assert_eq!(told.person.id, id_of(by).await);
    }
    assert_eq!(ann.say_ok(room, "지웠어요").await.seq, last + 3);

    for visitor in [&ann, &ben, &cat] {
        for path in [gif.clone(), format!("{gif}/still")] {
            assert_eq!(visitor.fetch(&path).await.error(), (404, Error::NotFound), "{path}");
        }
        for path in
            [format!("/room/{room}"), format!("/room/{room}/log"), format!("/api/history?room={room}&before=99")]
        {
            let source = visitor.get(&path).await.text();
            assert!(!source.contains(WORDS) && !source.contains(&hash_of(&shown).to_string()), "{path}: {source}");
        }
        let mut again = Socket::open(visitor).await.expect("a socket");
        let entries = again.watch_from_start(room).await;
        assert!(!again.received.contains(WORDS), "{}", again.received);
        for message in [&text, &shown] {
            assert_eq!(entries[message.seq as usize - 1], Entry { what: What::Removed, ..message.clone() });
        }
        let view = view_of(visitor, room).await;
        let emptied = Entry { what: What::Removed, ..text.clone() };
        let seen = view.entry(text.seq).expect("it").clone();
        assert_eq!(without_ids(&[seen]), without_ids(&[emptied]), "felt about no more");
    }
    assert_eq!(cat.react(room, text.seq, Emoji::Sad, true).await.error(), (404, Error::Removed));
    let seq = text.seq.to_string();
    let answer = cat.act("send_text", room, &[("text", "뭐였어?"), ("reply", &seq)]).await;
    assert_eq!(answer.error(), (404, Error::Removed));
    // The same GIF can be sent again after its removal.
    ben.upload(room, Part::bytes(GIF), &[]).await.json::<Entry>();
    assert_eq!(cat.get(&gif).await.status, 200);
}

#[tokio::test]
async fn who_writes_is_told_to_the_others() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let person = id_of(&ann).await;
    let (mut writes, mut reads) = (ann.socket().await, ben.socket().await);
    let mut old = Socket::open_as(&ben, PROTOCOL - 1).await.expect("a socket");
    for socket in [&mut writes, &mut reads, &mut old] {
        socket.watch_from_start(room).await;
    }
    // Repeated typing signals are sent on only once.
    for _ in 0..3 {
        writes.send(&chat::event::Up::Typing).await;
    }
    for socket in [&mut reads, &mut old] {
        assert_eq!(socket.next().await, Ok(Down::Typing { person }));
    }
    let said = ann.say_ok(room, "안녕").await;
    for socket in [&mut writes, &mut reads, &mut old] {
        assert_eq!(socket.next().await, Ok(Down::Entry(said.clone())));
    }
    // A typing signal outside of a room is ignored without an error.
    let mut nowhere = ann.socket().await;
    nowhere.send(&chat::event::Up::Typing).await;
    nowhere.send(&chat::event::Up::Ping).await;
    assert_eq!(nowhere.next().await, Ok(Down::Pong));
}

#[tokio::test]
async fn who_looks_away_is_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut socket = ann.socket().await;
    socket.watch_from_start(room).await;
    for (away, listed) in [("true", vec![id_of(&ben).await]), ("true", vec![id_of(&ben).await]), ("false", vec![])] {
        assert_eq!(ben.act("set_away", room, &[("away", away)]).await.status, 200);
        assert_eq!(view_of(&ann, room).await.away, listed);
    }
    assert_eq!([socket.entry().await.what, socket.entry().await.what], [What::Away(true), What::Away(false)]);
    let stranger = server.visitor();
    assert_eq!(stranger.act("set_away", room, &[("away", "true")]).await.error(), (403, Error::NotSeated));
}
