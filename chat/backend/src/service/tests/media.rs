//! GIFs are kept as long as something shows them.

use std::future::poll_fn;
use std::task::Poll;

use super::*;
use crate::media::Rendition;
use chat::event::PROTOCOL;
use chat::gif::{Facts, GifFacts, GifHash, MOST_ASKED};

/// A GIF of one frame and one pixel, the smallest useful file of the GIF89a specification. `colour` is the red of its first
/// colour, so that each number makes another file.
pub fn tiny_gif(colour: u8) -> Bytes {
    let mut bytes = b"GIF89a\x01\x00\x01\x00\x80\x00\x00".to_vec();
    bytes.extend_from_slice(&[colour, 0, 0, 255, 255, 255]);
    bytes.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b");
    bytes.into()
}

/// Sends a GIF. Returns the entry's `seq` and the GIF's hash.
pub async fn send_gif(fixture: &Fixture, who: &Person, room: RoomId, colour: u8, target: Target) -> (u64, GifHash) {
    send_bytes(&fixture.chat, who, room, tiny_gif(colour), target).await
}

/// The same with the bytes of any GIF.
pub async fn send_bytes(chat: &Arc<Chat>, who: &Person, room: RoomId, gif: Bytes, target: Target) -> (u64, GifHash) {
    let sent = chat.send_gif(who.id, None, room, ClientId::generate(), gif, Default::default(), target);
    let sent = sent.await.expect("sent");
    match sent.what {
        What::Gif(gif) => (sent.seq, gif.sha),
        other => panic!("{other:?}"),
    }
}

async fn send(fixture: &Fixture, who: &Person, room: RoomId, colour: u8) -> GifHash {
    send_gif(fixture, who, room, colour, Target::default()).await.1
}

#[tokio::test]
async fn a_gif_is_for_the_people_of_its_rooms() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let other = fixture.room(&person(2)).await;
    let sha = send(&fixture, &person(1), room, 1).await;
    let shown = fixture.chat.gif(person(1).id, room, sha).await.expect("seen");
    for part in [Rendition::Gif, Rendition::Poster] {
        assert!(shown.open(part).await.is_ok());
    }
    assert_eq!(fixture.chat.gif(person(2).id, room, sha).await.err(), Some(Error::NotSeated));
    assert_eq!(fixture.chat.gif(person(2).id, other, sha).await.err(), Some(Error::NotFound));
}

#[tokio::test]
async fn who_asks_about_gifs_hears_of_those_they_see() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let other = fixture.room(&person(2)).await;
    let (seen, gone) = (send_gif(&fixture, &person(1), room, 1, Target::default()).await, GifHash([9; 32]));
    let elsewhere = send(&fixture, &person(2), other, 2).await;
    let facts = Facts { still: true, light: false, flashes: Some(true) };
    for sha in [seen.1, elsewhere] {
        fixture.chat.store.set_gif_facts(sha, facts).await.expect("kept");
    }
    let asked = [gone, elsewhere, seen.1];
    let told = |n| fixture.chat.facts_of_gifs(person(n).id, room, &asked);
    assert_eq!(told(1).await, Ok(vec![GifFacts { sha: seen.1, facts }]), "one that is gone hides no other");
    assert_eq!(told(2).await, Err(Error::NotSeated));
    let many = vec![seen.1; MOST_ASKED + 1];
    assert_eq!(fixture.chat.facts_of_gifs(person(1).id, room, &many).await, Err(Error::Refused));
}

#[tokio::test]
async fn a_gif_goes_with_its_room_unless_another_shows_it() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let other = fixture.room(&person(2)).await;
    let mine = send(&fixture, &person(1), room, 1).await;
    let shared = send(&fixture, &person(1), room, 2).await;
    assert_eq!(send(&fixture, &person(2), other, 2).await, shared, "kept once however often sent");
    fixture.chat.leave(person(1).id, room).await.expect("left");
    assert_eq!(fixture.chat.media.get(mine, Rendition::Gif).await, Err(Error::NotFound));
    assert!(fixture.chat.gif(person(2).id, other, shared).await.is_ok());
}

#[tokio::test]
async fn a_gif_whose_sender_hung_up_is_removed_with_its_message() {
    let fixture = Fixture::new().await;
    let (chat, room, who) = (&fixture.chat, fixture.room(&person(1)).await, person(1).id);
    let references = Arc::strong_count(chat);
    for colour in 0.. {
        // Each time, the sender hangs up one step later.
        let (client, gif, mut steps) = (ClientId::generate(), tiny_gif(colour), 0);
        let sha = chat::gif::check(&gif, &Default::default()).expect("a GIF").gif.sha;
        let mut sending = Box::pin(chat.send_gif(who, None, room, client, gif, Default::default(), Target::default()));
        let is_sent = poll_fn(|context| {
            steps += 1;
            match sending.as_mut().poll(context) {
                Poll::Pending if steps <= colour => Poll::Pending,
                polled => Poll::Ready(polled.is_ready()),
            }
        });
        let is_sent = is_sent.await;
        drop(sending);
        while Arc::strong_count(chat) > references {
            tokio::task::yield_now().await;
        }
        if let Some(sent) = chat.store.sent(room, who, client).await.expect("an answer") {
            chat.remove_message(who, room, sent.seq).await.expect("removed");
        }
        assert_eq!(chat.media.get(sha, Rendition::Gif).await, Err(Error::NotFound), "after {steps} steps");
        if is_sent {
            assert!(steps > 2, "it was sent in {steps} steps, so that nobody has hung up in between");
            return;
        }
    }
}

#[tokio::test]
async fn a_removed_gif_is_gone_from_everywhere_unless_something_else_shows_it() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let (seq, sha) = send_gif(&fixture, &person(2), room, 1, Target::default()).await;
    let (again, _) = send_gif(&fixture, &person(2), room, 1, Target { to: Some(person(1).id), reply: None }).await;
    let _keeps_the_tail = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let watch = async || {
        let mut feed = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
        String::from_utf8(frames(&mut feed).await.concat()).expect("text")
    };
    assert_eq!(watch().await.matches(&sha.to_string()).count(), 2);
    fixture.chat.remove_message(person(1).id, room, seq).await.expect("removed by the owner");
    assert!(fixture.chat.gif(person(1).id, room, sha).await.is_ok(), "the whisper shows it");
    fixture.chat.remove_message(person(2).id, room, again).await.expect("removed by its author");
    assert_eq!(fixture.chat.gif(person(2).id, room, sha).await.err(), Some(Error::NotFound));
    for part in [Rendition::Gif, Rendition::Poster] {
        assert_eq!(fixture.chat.media.get(sha, part).await, Err(Error::NotFound));
    }
    assert_eq!(watch().await.matches(&sha.to_string()).count(), 0, "nor does anybody keep it in memory");
    let view = fixture.inside(&person(2), room).await;
    assert_eq!([seq, again].map(|seq| view.entry(seq).map(|entry| &entry.what)), [Some(&What::Removed); 2]);
    fixture.chat.remove_message(person(2).id, room, again).await.expect("removed before");
    assert_eq!(fixture.inside(&person(2), room).await.seq, view.seq, "told once");
}

#[tokio::test]
async fn what_is_no_gif_changes_nothing() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let whole = tiny_gif(1);
    for bytes in [Bytes::from_static(b"\x89PNG\r\n\x1a\n"), whole.slice(..whole.len() - 4), Bytes::new()] {
        let sent = fixture
            .chat
            .send_gif(person(1).id, None, room, ClientId::generate(), bytes, Default::default(), Target::default())
            .await;
        assert!(matches!(sent, Err(Error::BadGif(_))), "{sent:?}");
    }
    assert_eq!(fixture.log(&person(1), room).await, ["1+"]);
}
