//! A text that begins like a command and is none is not published.

use super::*;
use chat::entry::{Saying, Text};
use chat::error::{Field, Problem};

#[tokio::test]
async fn it_is_refused_to_all_and_no_stranger_is_told_more() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let sent = async |who: u8, text: &str| {
        fixture.chat.send_text(person(who).id, room, ClientId::generate(), text, Target::default()).await
    };
    for text in ["/ㅈ 민수 비밀", "/w 민수 비밀", "/gif"] {
        assert_eq!(sent(1, text).await, Err(Error::invalid(Field::Text, Problem::Command)), "{text}");
        assert_eq!(sent(2, text).await, Err(Error::NotSeated), "{text}");
    }
    assert_eq!(sent(1, "//gif").await.map(|entry| shown(&entry)), Ok("1:/gif".to_owned()));
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "1:/gif"]);
}

/// A page that got no answer may send a text again that an earlier version of the server has published.
#[tokio::test]
async fn what_is_stored_already_is_found() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let (author, client) = (person(1).id, ClientId::generate());
    let what = What::Text(Text::new("/web").expect("a text"));
    let saying = Saying::from(what);
    let stored = fixture.chat.store.append(room, author, client, saying, Timestamp(1)).await.expect("stored").entry;
    assert_eq!(fixture.chat.send_text(author, room, client, "/web", Target::default()).await, Ok(stored));
}
