//! GIFs live as long as something shows them.

use super::*;
use crate::gif::GifHash;
use crate::media::Part;

/// One frame of 1 × 1 pixel in one of two colours (the GIF89a specification's smallest useful file).
fn tiny_gif(colour: u8) -> Bytes {
    let mut bytes = b"GIF89a\x01\x00\x01\x00\x80\x00\x00".to_vec();
    bytes.extend_from_slice(&[colour, 0, 0, 255, 255, 255]);
    bytes.extend_from_slice(b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b");
    bytes.into()
}

async fn send(house: &House, who: &Person, room: RoomId, colour: u8) -> GifHash {
    let sent = house.chat.send_gif(who.id, room, ClientId::generate(), tiny_gif(colour)).await.expect("sent");
    match sent.what {
        What::Gif(gif) => gif.sha,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_gif_is_for_the_people_of_its_rooms() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    let other = house.room(&person(2)).await;
    let sha = send(&house, &person(1), room, 1).await;
    for part in [Part::Gif, Part::Poster] {
        assert!(house.chat.gif(person(1).id, room, sha, part).await.is_ok());
        assert_eq!(house.chat.gif(person(2).id, room, sha, part).await, Err(Error::NotSeated));
        assert_eq!(house.chat.gif(person(2).id, other, sha, part).await, Err(Error::NotFound));
    }
}

#[tokio::test]
async fn a_gif_goes_with_its_room_unless_another_shows_it() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    let other = house.room(&person(2)).await;
    let mine = send(&house, &person(1), room, 1).await;
    let shared = send(&house, &person(1), room, 2).await;
    assert_eq!(send(&house, &person(2), other, 2).await, shared, "kept once however often sent");
    house.chat.leave(person(1).id, room).await.expect("left");
    assert_eq!(house.chat.media.get(mine, Part::Gif).await, Err(Error::NotFound));
    assert!(house.chat.gif(person(2).id, other, shared, Part::Gif).await.is_ok());
}

#[tokio::test]
async fn what_is_no_gif_changes_nothing() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    let whole = tiny_gif(1);
    for bytes in [Bytes::from_static(b"\x89PNG\r\n\x1a\n"), whole.slice(..whole.len() - 4), Bytes::new()] {
        let sent = house.chat.send_gif(person(1).id, room, ClientId::generate(), bytes).await;
        assert!(matches!(sent, Err(Error::BadGif(_))), "{sent:?}");
    }
    assert_eq!(house.log(&person(1), room).await, ["1+"]);
}
