//! A third person, a stranger and somebody who was thrown out try to learn of a whisper in every possible way.

use serde::Serialize;

use super::media::send_gif;
use super::*;
use chat::entry::Emoji;
use chat::event::PROTOCOL;
use chat::gif::GifHash;

const WORDS: &str = "아무도 몰라야 하는 말";

/// Person 1 owns the room, 2 and 3 whisper, 4 sits there too, 5 was thrown out, 6 has never been there.
struct Scene {
    fixture: Fixture,
    room: RoomId,
    /// The `seq`s of the whispered text and GIF.
    seqs: [u64; 2],
    sha: GifHash,
    /// What was sent to sockets that were open meanwhile.
    live: Vec<(u8, String)>,
}

fn whispered(to: u8) -> Target {
    Target { to: Some(person(to).id), reply: None }
}

impl Scene {
    async fn new() -> Self {
        let fixture = Fixture::without_limits().await;
        let room = fixture.room(&person(1)).await;
        for n in [2, 3, 4, 5] {
            fixture.enter(&person(n), room).await;
        }
        let mut feeds = Vec::new();
        for (n, protocol) in
            [(1, PROTOCOL), (2, PROTOCOL), (3, PROTOCOL), (4, PROTOCOL), (4, PROTOCOL - 1), (5, PROTOCOL)]
        {
            let mut feed = fixture.chat.watch_room(person(n).id, room, 0, protocol).await.expect("a feed");
            frames(&mut feed).await;
            feeds.push((n, feed));
        }
        let (chat, client) = (&fixture.chat, ClientId::generate);
        let said = chat.send_text(person(2).id, room, client(), WORDS, whispered(3)).await.expect("whispered");
        let shown = send_gif(&fixture, &person(2), room, 7, whispered(3)).await;
        let answer = Target { to: Some(person(2).id), reply: Some(said.seq) };
        chat.send_text(person(3).id, room, client(), &format!("{WORDS}!"), answer).await.expect("answered");
        for seq in [said.seq, shown.0] {
            chat.react(person(3).id, room, client(), seq, Emoji::Wow, true).await.expect("felt");
        }
        fixture.say(&person(4), room, "조용하네요").await;
        let mut live = Vec::new();
        for (n, mut feed) in feeds {
            live.push((n, raw(std::iter::from_fn(|| feed.try_next()).map(|frame| frame.expect("a frame")))));
        }
        chat.throw_out(person(1).id, room, person(5).id, "").await.expect("thrown out");
        Self { fixture, room, seqs: [said.seq, shown.0], sha: shown.1, live }
    }

    /// Everything that this person can get hold of, and the errors they get.
    async fn all_of(&self, n: u8) -> (String, Vec<Error>) {
        let (chat, room, who) = (&self.fixture.chat, self.room, person(n).id);
        let mut got = vec![json(&chat.lobby("", None).await)];
        got.push(match chat.look(who, room).await.expect("a room") {
            Look::Inside(view) => json(&view),
            Look::Outside { card, .. } | Look::Barred { card, .. } => json(&card),
        });
        let mut refused = Vec::new();
        let mut take = |answer: Result<String, Error>| match answer {
            Ok(answer) => got.push(answer),
            Err(error) => refused.push(error),
        };
        for seq in self.seqs {
            for before in [seq + 1, u64::MAX] {
                take(chat.history(who, room, before).await.map(|page| json(&page)));
                take(chat.log_before(who, room, before).await.map(|view| json(&view)));
            }
            take(chat.react(who, room, ClientId::generate(), seq, Emoji::Sad, false).await.map(|entry| json(&entry)));
            let answer = Target { to: Some(person(3).id), reply: Some(seq) };
            take(chat.send_text(who, room, ClientId::generate(), "뭐라고요", answer).await.map(|entry| json(&entry)));
        }
        take(chat.gif(who, room, self.sha).await.map(|_| self.sha.to_string()));
        for (after, protocol) in
            [(0, PROTOCOL), (self.seqs[0] - 1, PROTOCOL), (0, PROTOCOL - 1), (self.seqs[1] - 1, PROTOCOL - 1)]
        {
            match chat.watch_room(who, room, after, protocol).await {
                Ok(mut feed) => take(Ok(raw(frames(&mut feed).await.into_iter()))),
                Err(error) => take(Err(error)),
            }
        }
        (got.join("\n"), refused)
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

fn raw(frames: impl Iterator<Item = Bytes>) -> String {
    frames.map(|frame| String::from_utf8(frame.to_vec()).expect("text")).collect()
}

impl Scene {
    fn assert_knows_nothing(&self, n: u8, got: &str) {
        assert!(!got.contains(WORDS), "person {n}: {got}");
        assert!(!got.contains(&self.sha.to_string()), "person {n}: {got}");
        assert!(!got.contains("\"Wow\""), "person {n}: {got}");
    }
}

#[tokio::test]
async fn who_was_there_and_was_not_meant_hears_nothing() {
    let scene = Scene::new().await;
    for (n, got) in &scene.live {
        match n {
            2 | 3 => assert!(got.contains(WORDS) && got.contains(&scene.sha.to_string()), "person {n}: {got}"),
            _ => {
                scene.assert_knows_nothing(*n, got);
                assert!(got.contains(&json(&Down::Skip { seq: scene.seqs[0] })) && got.contains("조용하네요"), "{got}");
            }
        }
    }
}

#[tokio::test]
async fn no_road_leads_to_a_whisper() {
    let mut scene = Scene::new().await;
    // The first round runs with cached entries, the second after a restart from the store alone.
    for _ in 0..2 {
        for (n, refusals) in [
            (1, [vec![Error::Removed; 4], vec![Error::NotFound]].concat()),
            (4, [vec![Error::Removed; 4], vec![Error::NotFound]].concat()),
            (5, vec![Error::Barred; 17]),
            (6, vec![Error::NotSeated; 17]),
        ] {
            let (got, refused) = scene.all_of(n).await;
            scene.assert_knows_nothing(n, &got);
            assert_eq!(refused, refusals, "person {n}");
        }
        for n in [2, 3] {
            let (got, _) = scene.all_of(n).await;
            assert!(got.contains(WORDS) && got.contains(&scene.sha.to_string()), "person {n}");
        }
        let limits = scene.fixture.chat.config().limits;
        scene.fixture.reopen(Config { limits, ..Config::default() }).await;
    }
}

#[tokio::test]
async fn a_third_person_cannot_remove_a_whisper_and_hears_nothing_of_its_removal() {
    let scene = Scene::new().await;
    let (chat, room, seq) = (&scene.fixture.chat, scene.room, scene.seqs[0]);
    let remove = async |n: u8| chat.remove_message(person(n).id, room, seq).await;
    assert_eq!([remove(1).await, remove(4).await], [const { Err(Error::Removed) }; 2], "nor the owner");
    assert_eq!([remove(5).await, remove(6).await], [Err(Error::Barred), Err(Error::NotSeated)]);
    assert_eq!(remove(3).await, Err(Error::NotOwner));
    let after = scene.fixture.inside(&person(4), room).await.seq;
    let mut feeds = Vec::new();
    for n in [4, 3] {
        let mut feed = chat.watch_room(person(n).id, room, after, PROTOCOL).await.expect("a feed");
        frames(&mut feed).await;
        feeds.push(feed);
    }
    assert_eq!(remove(2).await, Ok(()));
    let down = feeds[0].try_next().expect("a frame").expect("a frame");
    assert_eq!(decoded(&down), Down::Skip { seq: after + 1 });
    let down = decoded(&feeds[1].try_next().expect("a frame").expect("a frame"));
    assert!(matches!(down, Down::Entry(entry) if entry.what == What::Removal { seq }));
    assert_eq!(scene.fixture.inside(&person(3), room).await.entry(seq).map(|entry| &entry.what), Some(&What::Removed));
    assert_eq!(scene.fixture.inside(&person(4), room).await.entry(seq), None);
}

#[tokio::test]
async fn those_who_come_back_share_what_was_read_and_not_what_was_whispered() {
    let scene = Scene::new().await;
    let (chat, room) = (&scene.fixture.chat, scene.room);
    let _keeps_the_channel = chat.watch_room(person(1).id, room, u64::MAX, PROTOCOL).await.expect("a feed");
    let mut reads = Vec::new();
    for (n, knows) in [(3, true), (4, false), (3, true), (1, false)] {
        let mut feed = chat.watch_room(person(n).id, room, 0, PROTOCOL).await.expect("a feed");
        let got = raw(frames(&mut feed).await.into_iter());
        assert_eq!((got.contains(WORDS), got.contains(&scene.sha.to_string())), (knows, knows), "person {n}");
        reads.push(chat.log_reads.load(Ordering::SeqCst));
    }
    assert!(reads.iter().all(|count| *count == reads[0]), "the store is read for the first of them: {reads:?}");
}

/// A page of the previous version would show it as if it were for everybody.
#[tokio::test]
async fn who_is_not_there_cannot_be_whispered_to() {
    let scene = Scene::new().await;
    let (chat, room) = (&scene.fixture.chat, scene.room);
    for (to, expected) in [(5, Error::Absent), (6, Error::Absent), (2, Error::Refused)] {
        let sent = chat.send_text(person(2).id, room, ClientId::generate(), "거기", whispered(to)).await;
        assert_eq!(sent, Err(expected));
    }
    let before = chat.store.last_seq(room).await;
    // An answer to a whisper is a whisper too.
    let aloud = Target { to: None, reply: Some(scene.seqs[0]) };
    let sent = chat.send_text(person(3).id, room, ClientId::generate(), "크게", aloud).await;
    assert_eq!((sent, chat.store.last_seq(room).await), (Err(Error::Refused), before));
}
