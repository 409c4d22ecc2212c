//! Shelves: who may see them, what they reveal to others, and how they are saved and loaded.

use chat::error::Bound;
use chat::event::{Down, PROTOCOL, PROTOCOL_FIELD};
use chat::shelf::{Item, SeenInRoom, Shelf};
use chat::{ClientId, Entry, Error, Field, GifHash, Problem, RoomId, What};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::helper::{Answer, GIF, Socket, TestServer, Visitor, hash_of, id_of, large_gif, view_of};

async fn send_seen(visitor: &Visitor, room: RoomId, sha: GifHash) -> Answer {
    let (client, sha) = (ClientId::generate().to_string(), sha.to_string());
    visitor.act("send_gif", room, &[("client", &client), ("gif", &sha)]).await
}

async fn keep(visitor: &Visitor, room: RoomId, seq: u64) -> Answer {
    visitor.act("keep_gif", room, &[("seq", &seq.to_string()), ("description", "하품")]).await
}

async fn load(visitor: &Visitor, gif: impl Into<Vec<u8>>, fields: &[(&'static str, String)]) -> Answer {
    let form = fields.iter().fold(Form::new(), |form, (name, value)| form.text(*name, value.clone()));
    let form = form.part("gif", Part::bytes(gif.into()).file_name("a.gif"));
    let path = format!("/api/shelve_gif?{PROTOCOL_FIELD}={PROTOCOL}");
    visitor
        .send(
            visitor
                .request(Method::POST, &path)
                .header("accept", "application/json")
                .header("origin", visitor.origin())
                .multipart(form),
        )
        .await
}

async fn shelf(visitor: &Visitor) -> Shelf {
    visitor.get("/api/my_gifs").await.json()
}

#[tokio::test]
async fn what_is_kept_is_for_its_visitor_alone_and_outlives_the_room() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let sent: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let sha = hash_of(&sent);
    let kept: Item = keep(&ben, room, sent.seq).await.json();
    assert_eq!((kept.gif.sha, kept.kept), (sha, true));
    assert_eq!(kept.description.map(|description| description.as_str().to_owned()), Some("하품".to_owned()));
    assert_eq!(keep(&cat, room, sent.seq).await.error(), (403, Error::NotSeated));

    let of_room: SeenInRoom = ben.get(&format!("/api/room_gifs?room={room}")).await.json();
    assert_eq!(of_room.gifs.iter().map(|seen| (seen.seq, seen.gif.sha)).collect::<Vec<_>>(), [(sent.seq, sha)]);
    for visitor in [&ann, &ben] {
        visitor.act("leave_room", room, &[]).await;
    }
    assert_eq!(shelf(&ann).await, Shelf::default(), "what was only sent goes with its room");
    assert_eq!(shelf(&ben).await.items.len(), 1);
    let path = format!("/shelf/{sha}");
    let shown = ben.get(&path).await;
    assert_eq!((shown.status.as_u16(), shown.header("content-type"), &shown.bytes[..]), (200, "image/gif", GIF));
    assert_eq!(shown.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(shown.header("cache-control"), "private, max-age=86400, immutable");
    assert_eq!(ben.get(&format!("{path}/still")).await.status, 200);
    for other in [&ann, &cat] {
        assert_eq!(other.fetch(&path).await.error(), (404, Error::NotFound));
    }
    let own = ben.create_room("새 방", "10", "").await;
    assert!(matches!(send_seen(&ben, own, sha).await.json::<Entry>().what, What::Gif(gif) if gif.sha == sha));

    let dropped = ben.call("drop_gif", &[("gif", &sha.to_string())]).await;
    assert_eq!(dropped.status, 200);
    assert_eq!(shelf(&ben).await.items.iter().map(|item| item.kept).collect::<Vec<_>>(), [] as [bool; 0]);
}

#[tokio::test]
async fn a_hash_tells_nobody_what_others_have() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let (theirs, own) = (ann.create_room("방", "10", "").await, ben.create_room("다른 방", "10", "").await);
    let sent: Entry = ann.upload(theirs, Part::bytes(GIF), &[]).await.json();
    keep(&ann, theirs, sent.seq).await;
    let (there, nowhere) = (hash_of(&sent), GifHash([9; 32]));
    let told = async |sha: GifHash| {
        let text = sha.to_string();
        let label = ben.call("label_gif", &[("gif", &text), ("kept", "true"), ("name", "a")]).await;
        let answers = [
            send_seen(&ben, own, sha).await,
            label,
            ben.call("drop_gif", &[("gif", &text)]).await,
            ben.fetch(&format!("/shelf/{sha}")).await,
            ben.fetch(&format!("/shelf/{sha}/still")).await,
            ben.fetch(&format!("/shelf/{sha}/light")).await,
            ben.fetch(&format!("/gif/{own}/{sha}")).await,
        ];
        answers.map(|answer| (answer.status.as_u16(), answer.text(), answer.header("cache-control").to_owned()))
    };
    let (of_theirs, of_none) = (told(there).await, told(nowhere).await);
    assert_eq!(of_theirs, of_none);
    assert_eq!(of_none.map(|(status, ..)| status), [404, 404, 200, 404, 404, 404, 404]);
    assert_eq!(shelf(&ann).await.items.len(), 1, "nobody takes anything off it");
    assert_eq!(send_seen(&ben, theirs, there).await.error(), (403, Error::NotSeated));
}

#[tokio::test]
async fn nothing_of_a_whisper_is_cached_from_a_shelf() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let to = id_of(&ben).await.to_string();
    let whisper: Entry = ann.upload(room, Part::bytes(GIF), &[("to", &to)]).await.json();
    assert_eq!(keep(&ben, room, whisper.seq).await.status, 200);
    for part in ["", "/still"] {
        let shown = ben.get(&format!("/shelf/{}{part}", hash_of(&whisper))).await;
        assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    }
}

#[tokio::test]
async fn a_removed_message_leaves_every_shelf() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let sent: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    assert_eq!(shelf(&ann).await.items.len(), 1, "what one sends is there");
    keep(&ben, room, sent.seq).await;
    let seq = sent.seq.to_string();
    assert_eq!(ann.act("remove_message", room, &[("seq", &seq)]).await.status, 200);
    assert_eq!([shelf(&ann).await, shelf(&ben).await], [Shelf::default(), Shelf::default()]);
    assert_eq!(ben.fetch(&format!("/shelf/{}", hash_of(&sent))).await.status, 404);
}

#[tokio::test]
async fn a_shelf_is_named_found_saved_and_loaded() {
    let server = TestServer::start().await;
    let (ann, tablet) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let sent: Entry = ann.upload(room, Part::bytes(GIF), &[("description", "문")]).await.json();
    let sha = hash_of(&sent).to_string();
    let fields = [("gif", &*sha), ("kept", "true"), ("name", "고양이"), ("tags", "#하품, cat"), ("folder", "동물")];
    let named: Item = ann.call("label_gif", &fields).await.json();
    assert!(named.kept && named.label.tags.len() == 2);
    let (call, long) = (format!("label_gif?{PROTOCOL_FIELD}={PROTOCOL}"), "a".repeat(31));
    let wrong = ann.call(&call, &[("gif", &*sha), ("kept", "true"), ("folder", &long)]).await;
    assert_eq!(wrong.error(), (422, Error::invalid(Field::Folder, Problem::TooLong { max: 30 })));
    load(&ann, large_gif(100_000), &[]).await.json::<Item>();

    let saved = ann.get("/shelf.gifs").await;
    assert_eq!((saved.status.as_u16(), saved.header("cache-control")), (200, "no-store"));
    assert_eq!(saved.header("content-disposition"), "attachment; filename=\"gifchat-shelf.gifs\"");
    let text = saved.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0], serde_json::json!({ "format": "gifchat shelf", "version": 1 }));
    assert_eq!(lines.len(), 3);
    for line in &lines[1..] {
        use base64::Engine;
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let gif = base64::engine::general_purpose::STANDARD.decode(text("gif")).expect("base64");
        let tags: Vec<&str> = line["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = [("name", text("name")), ("tags", tags.join(" ")), ("folder", text("folder"))];
        load(&tablet, gif, &[&fields[..], &[("description", text("description"))]].concat()).await.json::<Item>();
    }
    let of = |mut shelf: Shelf| {
        shelf.items.sort_by_key(|item| item.gif.sha);
        shelf.items.into_iter().map(|item| (item.gif, item.label, item.description, item.kept)).collect::<Vec<_>>()
    };
    assert_eq!(of(shelf(&tablet).await), of(shelf(&ann).await));
    assert_eq!(server.visitor().fetch("/shelf.gifs").await.status, 404, "without a cookie");
}

#[tokio::test]
async fn a_full_shelf_says_so_in_words_that_the_page_knows() {
    let server = TestServer::start_with(&[("SHELF_VISITOR_BYTES", "8192")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    assert_eq!(load(&ann, GIF, &[]).await.status, 200);
    let full = Error::ShelfFull(Bound::Visitor);
    assert_eq!(load(&ann, large_gif(5000), &[]).await.error(), (507, full.clone()));
    let room = ann.create_room("방", "10", "").await;
    let sent: Entry = ann.upload(room, Part::bytes(large_gif(5000)), &[]).await.json();
    let seq = sent.seq.to_string();
    let keep = async |protocol: u16| {
        ann.act(&format!("keep_gif?{PROTOCOL_FIELD}={protocol}"), room, &[("seq", &seq)]).await.error()
    };
    assert_eq!(keep(PROTOCOL).await, (507, full));
    assert_eq!(keep(PROTOCOL - 1).await, (507, Error::Refused));
}

#[tokio::test]
async fn what_is_no_gif_or_too_large_is_not_loaded() {
    let server = TestServer::start_with(&[("GIF_MAX_BYTES", "10000")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    assert_eq!(load(&ann, "PNG", &[]).await.error().0, 415);
    assert_eq!(load(&ann, "", &[]).await.error().0, 415);
    assert_eq!(load(&ann, large_gif(20_000), &[]).await.error(), (413, Error::TooLarge { limit: 10_000 }));
    let too_long = [("name", "a".repeat(61))];
    let wrong = Error::invalid(Field::ItemName, Problem::TooLong { max: 60 });
    assert_eq!(load(&ann, GIF, &too_long).await.error(), (422, wrong));
    assert_eq!(load(&ann, GIF, &[("name", "a".repeat(20_000))]).await.error().0, 403);
    assert_eq!(shelf(&ann).await, Shelf::default());
}

#[tokio::test]
async fn a_shelf_outlives_a_restart() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    load(&ann, GIF, &[("name", "문".to_owned())]).await.json::<Item>();
    let before = shelf(&ann).await;
    let server = server.restart().await;
    let ann = ann.at(server.address);
    assert_eq!(shelf(&ann).await, before);
    assert_eq!(ann.get(&format!("/shelf/{}", before.items[0].gif.sha)).await.bytes, GIF);
}

#[tokio::test]
async fn three_see_a_gif_as_a_reaction_and_an_older_page_sees_none() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
    }
    let sent: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let said = ann.say_ok(room, "어때요").await;
    let mut sockets = Vec::new();
    for visitor in [&ann, &ben, &cat] {
        let mut socket = visitor.socket().await;
        socket.watch_from_start(room).await;
        sockets.push(socket);
    }
    let mut old_page = Socket::open_as(&cat, PROTOCOL - 1).await.expect("a socket");
    old_page.watch_from_start(room).await;
    let react = async |on: &str| {
        let (client, seq, sha) = (ClientId::generate().to_string(), said.seq.to_string(), hash_of(&sent).to_string());
        let fields = [("client", &*client), ("seq", &seq), ("gif", &sha), ("on", on)];
        ben.act("react_by_gif", room, &fields).await.json::<Entry>()
    };
    let felt = react("true").await;
    for socket in &mut sockets {
        assert_eq!(socket.entry().await, felt);
    }
    assert_eq!(old_page.next().await, Ok(Down::Skip { seq: felt.seq }));
    for visitor in [&ann, &ben, &cat] {
        let view = view_of(visitor, room).await;
        let reactions = &view.entry(said.seq).expect("the message").gif_reactions;
        assert_eq!(reactions.iter().map(|reaction| reaction.gif.sha).collect::<Vec<_>>(), [hash_of(&sent)]);
    }
    react("false").await;
    assert_eq!(view_of(&ann, room).await.entry(said.seq).map(|said| said.gif_reactions.len()), Some(0));
}

#[tokio::test]
async fn what_is_sent_by_its_hash_is_a_message_and_asking_in_vain_is_none() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "2/600")]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let sent: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    for _ in 0..5 {
        assert_eq!(send_seen(&ann, room, GifHash([9; 32])).await.error(), (404, Error::NotFound));
    }
    for _ in 0..2 {
        assert_eq!(send_seen(&ann, room, hash_of(&sent)).await.status, 200);
    }
    assert_eq!(send_seen(&ann, room, hash_of(&sent)).await.status, 429);
}
