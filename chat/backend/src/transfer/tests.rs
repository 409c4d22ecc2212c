//! What moves, what is refused, and what is left as it is. A fixture is filled, exported, and imported into others.

mod broken;
mod files;
mod fixture;

use std::io::Cursor;
use std::sync::Arc;

use super::*;
use crate::media::{Media, Rendition};
use crate::store::Sight;
use crate::store::cases::*;
use chat::error::Error;
use chat::gif::GifHash;
use chat::record::{Parting, Room};
use chat::time::Timestamp;
use fixture::*;

/// The export of a fixture.
async fn export_of(fixture: &Fixture) -> (Vec<u8>, Counts) {
    let mut file = Vec::new();
    let counts = export(&*fixture.store, &*fixture.media, NOW, &mut file).await.expect("an export");
    (file, counts)
}

async fn import_into(fixture: &Fixture, file: &[u8]) -> Result<Counts, TransferError> {
    import(&*fixture.store, &*fixture.media, NOW, Cursor::new(file)).await
}

/// Adds a last line that agrees with the file, which has none.
fn ended_anew(file: &[u8], counts: Counts) -> Vec<u8> {
    let sha256 = super::export::sha_of(file).to_string();
    let end = serde_json::to_vec(&line::Line::End { counts, sha256 }).expect("a last line");
    [file, &end, b"\n"].concat()
}

/// The same file with another version in its first line.
fn of_version(file: &[u8], version: u64) -> Vec<u8> {
    let (now, other) = (format!("\"version\":{}", line::VERSION), format!("\"version\":{version}"));
    let text = String::from_utf8(file.to_vec()).expect("text");
    assert!(text.contains(&now));
    text.replacen(&now, &other, 1).into_bytes()
}

#[tokio::test]
async fn from_one_sqlite_to_another() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, exported) = export_of(&from).await;
    assert_eq!(exported, Counts { gifs: 4, sessions: 2, rooms: 3, entries: 611, items: 2 });
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
    assert!(export_of(&to).await.0 == file, "what is exported again is the same file");
}

#[tokio::test]
async fn from_sqlite_to_mongodb_and_back() {
    let (from, via, to) = (Fixture::sqlite(), Fixture::mongodb().await, Fixture::sqlite());
    from.fill().await;
    let (file, _) = export_of(&from).await;
    import_into(&via, &file).await.expect("an import");
    assert_same(&from, &via).await;
    let (file, _) = export_of(&via).await;
    import_into(&to, &file).await.expect("an import");
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn what_lives_in_mongodb_moves_too() {
    let (from, to) = (Fixture::mongodb().await, Fixture::sqlite());
    from.fill().await;
    let (file, exported) = export_of(&from).await;
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn what_people_did_to_each_other_moves_both_ways() {
    let (first, via, last) = (Fixture::sqlite(), Fixture::mongodb().await, Fixture::sqlite());
    let (lives, other) = (Fixture::mongodb().await, Fixture::mongodb().await);
    for (from, to) in [(&first, &via), (&via, &last), (&lives, &other)] {
        if from.store.rooms_after(None, 1).await == Ok(vec![]) {
            from.fill_with_people().await;
        }
        let (file, exported) = export_of(from).await;
        assert_eq!(import_into(to, &file).await.expect("an import"), exported);
        assert_same(from, to).await;
        assert_eq!(import_into(to, &file).await.expect("again"), exported);
        assert_same(from, to).await;
        for gone in ["지울 말", "\"reactions\""] {
            assert!(!String::from_utf8_lossy(&file).contains(gone), "{gone}");
        }
    }
    let room = last.store.rooms_after(None, 1).await.expect("rooms").remove(0);
    assert_eq!((room.bars.len(), room.owner, room.seats[1].away), (1, visitor(3), true));
    assert_eq!(room.seats[1].person.name.korean(), "민수");
    assert_eq!(last.store.seat(room.id, visitor(4)).await, Err(Error::Barred));
    let seen = async |gif, n| last.store.may_see_gif(room.id, visitor(n), fixture::gif_sha(gif)).await;
    assert_eq!(
        [seen(2, 1).await, seen(2, 2).await, seen(2, 3).await],
        [Err(Error::NotFound), Ok(Sight::Whispered), Ok(Sight::Whispered)]
    );
    assert_eq!(seen(1, 2).await, Err(Error::NotFound), "removed");
}

/// That version knew no people who are away or thrown out, no names that people choose, and no `password_rev`.
#[tokio::test]
async fn a_file_of_the_first_version_is_read() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    fill_as_before_partings(&from).await;
    let (file, exported) = export_of(&from).await;
    let file = String::from_utf8(of_version(&file, 1)).expect("text");
    let file = file.replace(",\"away\":false", "").replace(",\"bars\":[]", "").replace(",\"password_rev\":0", "");
    let file = without_partings(&file);
    assert!(!file.contains("away") && !file.contains("bars"));
    let end = file.trim_end().rfind('\n').expect("lines") + 1;
    let file = ended_anew(&file.as_bytes()[..end], exported);
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

/// Fills a store with only what files before version 6 can contain.
async fn fill_as_before_shelves(from: &Fixture) -> Vec<chat::id::RoomId> {
    let rooms = from.fill().await;
    from.store.sweep_shelves(Timestamp(u64::MAX >> 1), 10).await.expect("swept");
    rooms
}

/// Fills a store with only what files before version 4 can contain.
async fn fill_as_before_partings(from: &Fixture) {
    for room in fill_as_before_shelves(from).await {
        let never_live = |room: &mut Room| {
            room.seats.iter_mut().for_each(|seat| seat.parting = Parting::NeverLive);
            Ok(Vec::new())
        };
        from.store.update_room(room, Arc::new(never_live)).await.expect("a change");
    }
}

/// Removes what files before version 4 did not contain: how seats were left, and what those outside are told about it.
fn without_partings(file: &str) -> String {
    let file = file.replace(",\"parting\":\"NeverLive\"", "").replace(",\"outside\":[]", "");
    assert!(!file.contains("parting") && !file.contains("outside"));
    file
}

#[tokio::test]
async fn a_file_of_the_third_version_is_read() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    fill_as_before_partings(&from).await;
    let (file, exported) = export_of(&from).await;
    let file = without_partings(&String::from_utf8(of_version(&file, 3)).expect("text"));
    let end = file.trim_end().rfind('\n').expect("lines") + 1;
    let file = ended_anew(&file.as_bytes()[..end], exported);
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn a_file_of_the_fourth_version_is_read() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    fill_as_before_shelves(&from).await;
    let (file, exported) = export_of(&from).await;
    let file = String::from_utf8(of_version(&file, 4)).expect("text").replace(",\"veil\":false", "");
    assert!(!file.contains("veil") && !file.contains("showing"));
    let end = file.trim_end().rfind('\n').expect("lines") + 1;
    let file = ended_anew(&file.as_bytes()[..end], exported);
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn a_file_of_the_fifth_version_is_read() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    fill_as_before_shelves(&from).await;
    let (file, exported) = export_of(&from).await;
    let file = String::from_utf8(of_version(&file, 5)).expect("text");
    let end = file.trim_end().rfind('\n').expect("lines") + 1;
    let file = String::from_utf8(ended_anew(&file.as_bytes()[..end], exported)).expect("text");
    assert!(!file.contains("shelf"));
    assert_eq!(import_into(&to, file.replace(",\"items\":0", "").as_bytes()).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn importing_again_changes_nothing() {
    for to in [Fixture::sqlite(), Fixture::mongodb().await] {
        let from = Fixture::sqlite();
        from.fill().await;
        let (file, exported) = export_of(&from).await;
        for _ in 0..3 {
            assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
        }
        assert_same(&from, &to).await;
    }
}

#[tokio::test]
async fn an_empty_store_moves() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    let (file, exported) = export_of(&from).await;
    assert_eq!(exported, Counts::default());
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
}

#[tokio::test]
async fn what_people_said_since_stays() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    let rooms = from.fill().await;
    let (file, _) = export_of(&from).await;
    import_into(&to, &file).await.expect("an import");
    say(&to.store, rooms[0], 1, "새 집이다").await;
    let before = to.contents().await;
    import_into(&to, &file).await.expect("it is all there");
    assert!(to.contents().await == before);
}

#[tokio::test]
async fn a_room_that_says_something_else_is_named_and_left_as_it_is() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    let rooms = from.fill().await;
    import_into(&to, &export_of(&from).await.0).await.expect("an import");
    say(&from.store, rooms[0], 1, "여기").await;
    say(&to.store, rooms[0], 1, "거기").await;
    say(&from.store, rooms[1], 1, "더").await;

    let different = import_into(&to, &export_of(&from).await.0).await.expect_err("a room that is different");
    assert!(matches!(&different, TransferError::Different { count: 1, rooms: named } if named == &[rooms[0]]));
    assert!(different.to_string().ends_with(&rooms[0].to_string()), "{different}");
    assert_eq!(log(&to.store, rooms[0]).await.last().map(|entry| &entry.what), Some(&text("거기")));
    assert_eq!(log(&to.store, rooms[1]).await, log(&from.store, rooms[1]).await, "it lacked one");
}

/// The store on MongoDB remembers for a while that a room has ended, so that nothing comes into it late.
#[tokio::test]
async fn a_room_that_has_just_ended_does_not_come_back_by_halves() {
    let (from, to) = (Fixture::sqlite(), Fixture::mongodb().await);
    let rooms = from.fill().await;
    let (file, _) = export_of(&from).await;
    import_into(&to, &file).await.expect("an import");
    leave(&to.store, rooms[2], 1).await.expect("the last seat");
    let different = import_into(&to, &file).await.expect_err("a room that has ended");
    assert!(
        matches!(&different, TransferError::Different { count: 1, rooms: named } if named == &[rooms[2]]),
        "{different}"
    );
    assert_eq!(to.store.room(rooms[2]).await, Err(Error::NotFound));
    assert_eq!(to.store.log(rooms[2], 0, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_session_that_is_there_is_left_alone_and_an_old_one_stays_behind() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    to.store.save_session("a", session("newer", 9000)).await.expect("saved");
    to.store.save_session("b", session("older", 0)).await.expect("saved");
    import_into(&to, &export_of(&from).await.0).await.expect("an import");
    assert_eq!(to.store.load_session("a", NOW).await, Ok(Some(session("newer", 9000))));
    assert_eq!(to.store.load_session("b", NOW).await, Ok(Some(session("b", 2000))));
    assert_eq!(to.store.load_session("expired", Timestamp(0)).await, Ok(None));
}

#[tokio::test]
async fn a_gif_without_its_bytes_stays_behind_and_the_line_that_shows_it_moves() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    let rooms = from.fill().await;
    let lost = fixture::gif_sha(1);
    from.media.remove(lost).await.expect("lost");
    assert_eq!(from.store.hold_gif(hash(77), LATER).await, Ok(true), "an upload that died");
    let (file, exported) = export_of(&from).await;
    assert_eq!(exported.gifs, 3);
    import_into(&to, &file).await.expect("an import");
    assert_eq!(log(&to.store, rooms[0]).await, log(&from.store, rooms[0]).await);
    assert_eq!(to.media.get(lost, Rendition::Gif).await, Err(Error::NotFound));
    // When its bytes are put again, it may be seen again.
    assert_eq!(to.store.may_see_gif(rooms[0], visitor(1), lost).await, Ok(Sight::Public));
}

#[tokio::test]
async fn a_gif_that_nobody_shows_is_kept_for_a_day() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    import_into(&to, &export_of(&from).await.0).await.expect("an import");
    let day = 24 * 60 * 60 * 1000;
    assert_eq!(condemn(&to.store, Timestamp(NOW.0 + day - 1)).await, [] as [GifHash; 0]);
    assert_eq!(condemn(&to.store, Timestamp(NOW.0 + day)).await, [fixture::gif_sha(3)]);
}
