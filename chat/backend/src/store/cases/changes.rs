//! Entries that change other entries: reactions and removals. Pages do not show them as lines of their own.

use tokio::task::JoinSet;

use super::people::{change, named, rename, set_away, throw_out};
use super::whispers::whisper;
use super::*;
use crate::store::shown;
use chat::entry::GifReaction;
use chat::entry::{Description, Emoji, LogPage, PasswordChange, Reaction, Reply, Saying, Settings, Showing};

/// Person `n` sets a reaction to a public message, or takes it back.
pub async fn react(store: &AnyStore, room: RoomId, n: u16, seq: u64, emoji: Emoji, on: bool) -> Entry {
    send(store, room, n, What::Reaction { seq, emoji, on }).await.expect("felt")
}

pub async fn remove(store: &AnyStore, room: RoomId, n: u16, message: &Entry) -> Updated {
    let message = message.clone();
    change(store, room, move |room| room.remove(visitor(n), &message, NOW)).await
}

/// Person `n` says how the GIF of a message is shown.
pub async fn set_showing(store: &AnyStore, room: RoomId, n: u16, message: &Entry, showing: Showing) -> Entry {
    let message = message.clone();
    let updated = change(store, room, move |room| room.show(visitor(n), &message, showing.clone(), NOW)).await;
    updated.entries.into_iter().next().expect("an entry about it")
}

pub fn described(words: &str, veiled: bool) -> Showing {
    Showing { description: Description::new(words).expect("a description"), veiled }
}

async fn shown_to(store: &AnyStore, room: RoomId, n: u16, seq: u64) -> Option<Entry> {
    let page = store.page_before(room, visitor(n), seq + 1, 1).await.expect("a page");
    page.entries.into_iter().find(|entry| entry.seq == seq)
}

fn reaction(emoji: Emoji, people: &[u16]) -> Reaction {
    Reaction { emoji, people: people.iter().map(|n| visitor(*n)).collect() }
}

pub async fn what_people_feel_is_shown_with_the_message(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let said = say(&store, id, 1, "어때요").await;
    for (n, emoji, on) in [
        (3, Emoji::Party, true),
        (2, Emoji::Heart, true),
        (1, Emoji::Heart, true),
        (3, Emoji::Wow, true),
        (3, Emoji::Wow, false),
        (2, Emoji::Sad, false),
        (2, Emoji::Party, true),
        (2, Emoji::Party, true),
    ] {
        react(&store, id, n, said.seq, emoji, on).await;
    }
    let expected =
        Entry { reactions: vec![reaction(Emoji::Heart, &[1, 2]), reaction(Emoji::Party, &[2, 3])], ..said.clone() };
    let snapshot = store.snapshot(id, visitor(3), 1).await.expect("a snapshot");
    assert_eq!((snapshot.page.entries.len(), &snapshot.page.entries[3]), (4, &expected), "they are no lines");
    assert_eq!((snapshot.seq, snapshot.page.seq, snapshot.page.first), (12, 12, 1));
    assert_eq!(shown_to(&store, id, 2, said.seq).await, Some(expected));
    let log = log(&store, id).await;
    assert_whole(&log);
    assert_eq!((log.len(), &log[3]), (12, &said), "in the log each is an entry of its own");
    assert_eq!(log[4].what, What::Reaction { seq: 4, emoji: Emoji::Party, on: true });
}

/// Reacts with a GIF as the service does: held, then said.
async fn react_by_gif(store: &AnyStore, room: RoomId, n: u16, seq: u64, sha: u8, on: bool) -> Result<Entry, Error> {
    if on {
        assert_eq!(store.hold_gif(hash(sha), LATER).await, Ok(true));
    }
    send(store, room, n, What::GifReaction { seq, gif: gif(sha).gif().copied(), on }).await
}

pub async fn gifs_that_people_react_with_are_shown_with_the_message(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let said = say(&store, id, 1, "어때요").await;
    for (n, sha, on) in [(2, 1, true), (3, 1, true), (2, 2, true), (2, 2, false), (3, 3, false)] {
        react_by_gif(&store, id, n, said.seq, sha, on).await.expect("felt");
    }
    let by = |sha, people: &[u16]| GifReaction {
        gif: *gif(sha).gif().expect("a GIF"),
        people: people.iter().map(|n| visitor(*n)).collect(),
    };
    let expected = Entry { gif_reactions: vec![by(1, &[2, 3])], ..said.clone() };
    assert_eq!(shown_to(&store, id, 1, said.seq).await.as_ref(), Some(&expected));
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
    assert_eq!(condemn(&store, LATER).await, []);

    remove(&store, id, 1, &said).await;
    let expected = Entry { what: What::Removed, ..said.clone() };
    assert_eq!(shown_to(&store, id, 1, said.seq).await, Some(expected));
    assert_eq!(condemn(&store, LATER).await, [1, 2].map(hash));
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Err(Error::NotFound));
    let left = log(&store, id).await;
    assert!(left.iter().all(|entry| !matches!(entry.what, What::GifReaction { gif: Some(_), .. })), "{left:?}");
    assert_eq!(react_by_gif(&store, id, 2, said.seq, 4, true).await, Err(Error::Removed));
}

pub async fn what_changes_a_whisper_is_for_its_two(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let whispered = whisper(&store, id, 2, 3, text("쉿")).await;
    let feeling = What::Reaction { seq: whispered.seq, emoji: Emoji::Laugh, on: true };
    let feeling = whisper(&store, id, 3, 2, feeling).await;
    let expected = Entry { reactions: vec![reaction(Emoji::Laugh, &[3])], ..whispered.clone() };
    assert_eq!(shown_to(&store, id, 2, whispered.seq).await, Some(expected));
    assert_eq!(shown_to(&store, id, 1, whispered.seq).await, None);
    assert_eq!(store.entry(id, visitor(1), feeling.seq).await, Err(Error::Removed));

    let removal = remove(&store, id, 2, &whispered).await.entries.remove(0);
    assert_eq!(removal.audience(), Some([visitor(2), visitor(3)]));
    let expected = Entry { what: What::Removed, ..whispered };
    assert_eq!(shown_to(&store, id, 3, expected.seq).await.as_ref(), Some(&expected));
    assert_eq!(shown_to(&store, id, 1, expected.seq).await, None, "that there was one is nobody else's business");
    assert_eq!(store.entry(id, visitor(1), expected.seq).await, Err(Error::Removed));
    assert_eq!(log(&store, id).await[3], expected);
}

pub async fn a_change_is_applied_however_much_later_it_was_made(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let [kept, removed] = [say(&store, id, 2, "남는 말").await, say(&store, id, 2, "지울 말").await];
    for n in 0..LogPage::MAX_LINES {
        set_away(&store, id, 1, n % 2 == 0).await;
    }
    react(&store, id, 1, kept.seq, Emoji::Sad, true).await;
    remove(&store, id, 2, &removed).await;
    let snapshot = store.snapshot(id, visitor(1), 50).await.expect("a snapshot");
    assert_eq!((seqs(&snapshot.page.entries), snapshot.page.more), (vec![], true), "nothing but quiet entries");
    let page = store.page_before(id, visitor(1), snapshot.page.first, 50).await.expect("a page");
    let expected =
        [Entry { reactions: vec![reaction(Emoji::Sad, &[1])], ..kept }, Entry { what: What::Removed, ..removed }];
    assert_eq!(page.entries[2..], expected);
    assert_eq!((page.first, page.more, page.seq), (1, false, snapshot.seq));
}

/// A log in no regular order, in which entries change messages that are near or far away.
async fn a_changing_log(store: &AnyStore) -> RoomId {
    let id = room_of(store, &[1, 2, 3]).await;
    let mut said = vec![say(store, id, 1, "처음").await];
    let mut shown = Vec::new();
    for n in 0..90_u64 {
        let who = (n % 3 + 1) as u16;
        let earlier = said[(n * n * 7 % said.len() as u64) as usize].clone();
        match n * n % 11 {
            0 | 1 => drop(set_away(store, id, who, n % 2 == 0).await),
            3 if earlier.to.is_none() => drop(react(store, id, who, earlier.seq, Emoji::Heart, n % 4 != 0).await),
            6 => shown.push(show(store, id, who, 1).await),
            7 => {
                if let Some(gif) = shown.last() {
                    set_showing(store, id, 1, gif, described(&format!("{n}"), n % 2 == 0)).await;
                }
            }
            4 => said.push(whisper(store, id, who, who % 3 + 1, text(&format!("쉿 {n}"))).await),
            5 if n % 2 == 0 => drop(remove(store, id, 1, &said.swap_remove(0)).await),
            _ => said.push(say(store, id, who, &format!("{n}")).await),
        }
    }
    id
}

pub async fn pages_with_changes_cover_the_log(store: AnyStore) {
    let id = a_changing_log(&store).await;
    let all = log(&store, id).await;
    assert_whole(&all);
    let changes: Vec<_> = all.iter().filter(|entry| entry.what.about().is_some()).cloned().collect();
    assert!(changes.len() > 10, "{}", changes.len());
    for (n, messages) in [(1, 1), (1, 4), (2, 7), (3, 50)] {
        let expected = shown(&all, &changes, visitor(n));
        let mut page = store.snapshot(id, visitor(n), messages).await.expect("a snapshot").page;
        let (mut read, mut end) = (Vec::new(), all.len() as u64 + 1);
        loop {
            assert_eq!(page.seq, all.len() as u64);
            let stretch = &all[page.first as usize - 1..end as usize - 1];
            let of_page = stretch.iter().filter(|entry| entry.what.is_message()).count();
            assert!(!page.more || of_page == messages as usize, "{of_page} messages from {}", page.first);
            assert!(page.entries.iter().all(|entry| (page.first..end).contains(&entry.seq)));
            assert_eq!(page.more, page.first > 1);
            read.splice(0..0, page.entries);
            end = page.first;
            if !page.more {
                break;
            }
            page = store.page_before(id, visitor(n), end, messages).await.expect("a page");
        }
        assert_eq!(read, expected, "person {n}, {messages} messages a page");
    }
}

pub async fn what_was_removed_is_stored_nowhere(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let question = say(&store, id, 1, "질문").await;
    let reply = Some(Reply { seq: question.seq, person: question.person });
    let client = ClientId::generate();
    let saying = Saying { reply, ..text("비밀번호는 고양이").into() };
    let said = store.append(id, visitor(2), client, saying.clone(), NOW).await.expect("said").entry;
    react(&store, id, 3, said.seq, Emoji::Wow, true).await;
    let removed = remove(&store, id, 2, &said).await;
    assert_eq!(removed.entries.iter().map(|entry| &entry.what).collect::<Vec<_>>(), [&What::Removal { seq: 5 }]);
    let expected = Entry { what: What::Removed, reply: None, ..said };
    assert_eq!(log(&store, id).await[4], expected);
    assert_eq!(store.entry(id, visitor(1), 5).await.as_ref(), Ok(&expected));
    assert_eq!(shown_to(&store, id, 3, 5).await.as_ref(), Some(&expected), "and nobody feels anything about it");
    let everything = format!("{:?}{:?}", log(&store, id).await, store.snapshot(id, visitor(2), 9).await);
    assert!(!everything.contains("비밀번호는 고양이"));
    // The author, who never got an answer, sends the message again, and it does not come back.
    let again = store.append(id, visitor(2), client, saying, NOW).await.expect("said before");
    assert_eq!((again.entry, again.is_new), (expected, false));
    // A reaction that is stored after the removal is not shown.
    react(&store, id, 1, 5, Emoji::Sad, true).await;
    assert_eq!(shown_to(&store, id, 1, 5).await.map(|entry| entry.reactions), Some(vec![]));
}

pub async fn how_a_gif_is_shown_changes_and_goes_with_it(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    let (client, first) = (ClientId::generate(), described("고양이의 비밀", true));
    let saying = Saying { showing: first.clone(), ..gif(1).into() };
    let sent = store.append(id, visitor(2), client, saying.clone(), NOW).await.expect("sent").entry;
    assert_eq!(
        store.sent(id, visitor(2), client).await.map(|sent| sent.map(|sent| sent.showing)),
        Ok(Some(first.clone()))
    );
    assert_eq!(shown_to(&store, id, 3, sent.seq).await.map(|entry| entry.showing), Some(first.clone()));

    let second = described("고양이의 하품", false);
    let change = set_showing(&store, id, 1, &sent, second.clone()).await;
    assert_eq!(change.what, What::Showing { seq: sent.seq, showing: second.clone() });
    assert_eq!(shown_to(&store, id, 3, sent.seq).await.map(|entry| entry.showing), Some(second));
    assert_eq!(log(&store, id).await[3].showing, first, "in the log each is an entry of its own");
    set_showing(&store, id, 2, &sent, Showing::default()).await;
    assert_eq!(shown_to(&store, id, 3, sent.seq).await.map(|entry| entry.showing), Some(Showing::default()));

    set_showing(&store, id, 2, &sent, described("고양이의 낮잠", true)).await;
    remove(&store, id, 2, &sent).await;
    // Person 1, who read the message before it was removed, still describes its GIF.
    let late = set_showing(&store, id, 1, &sent, described("고양이의 꿈", true)).await;
    assert_eq!(late.what, What::Showing { seq: sent.seq, showing: Showing::default() });
    let everything = format!("{:?}{:?}", log(&store, id).await, store.snapshot(id, visitor(2), 9).await);
    assert!(!everything.contains("고양이의"), "{everything}");
    let again = store.append(id, visitor(2), client, saying, NOW).await.expect("sent before");
    assert_eq!((again.entry.showing, again.is_new), (Showing::default(), false));
}

pub async fn how_a_whispered_gif_is_shown_is_for_its_two(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    let whispered = whisper(&store, id, 2, 3, gif(1)).await;
    let change = set_showing(&store, id, 2, &whispered, described("쉿", false)).await;
    assert_eq!(change.audience(), Some([visitor(2), visitor(3)]));
    assert_eq!(store.entry(id, visitor(1), change.seq).await, Err(Error::Removed));
    assert_eq!(shown_to(&store, id, 3, whispered.seq).await.map(|entry| entry.showing), Some(described("쉿", false)));
    assert_eq!(shown_to(&store, id, 1, whispered.seq).await, None);
}

pub async fn a_gif_that_is_removed_goes_unless_it_is_shown_elsewhere(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let [alone, twice] = [show(&store, id, 2, 1).await, show(&store, id, 2, 2).await];
    let again = show(&store, id, 3, 2).await;
    remove(&store, id, 1, &alone).await;
    remove(&store, id, 1, &twice).await;
    assert_eq!(store.may_see_gif(id, visitor(2), hash(1)).await, Err(Error::NotFound));
    assert_eq!(store.may_see_gif(id, visitor(2), hash(2)).await, Ok(Sight::Public));
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
    remove(&store, id, 3, &again).await;
    assert_eq!(store.may_see_gif(id, visitor(2), hash(2)).await, Err(Error::NotFound));
    assert_eq!(condemn(&store, LATER).await, [hash(2)]);
}

pub async fn a_removal_is_told_once(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let said = say(&store, id, 2, "말").await;
    let first = remove(&store, id, 2, &said).await;
    assert_eq!((seqs(&first.entries), first.room.rev), (vec![4], 2));
    let removed = store.entry(id, visitor(1), said.seq).await.expect("it was there");
    for message in [&said, &removed] {
        let again = remove(&store, id, 1, message).await;
        assert_eq!(again, Updated { room: first.room.clone(), entries: vec![] });
    }
    assert_eq!(store.last_seq(id).await, Ok(4));
}

pub async fn of_many_who_remove_at_once_one_does(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let said = show(&store, id, 2, 1).await;
    let mut removing = JoinSet::new();
    for n in 0..20 {
        let (store, said) = (Arc::clone(&store), said.clone());
        removing.spawn(async move { remove(&store, id, n % 2 + 1, &said).await.entries.len() });
    }
    assert_eq!(removing.join_all().await.into_iter().sum::<usize>(), 1);
    let lines = log(&store, id).await;
    assert_whole(&lines);
    assert_eq!((lines.len(), &lines[2].what), (4, &What::Removed));
    assert_eq!(condemn(&store, LATER).await, [hash(1)]);
}

pub async fn restored_changes_are_as_they_were(store: AnyStore) {
    let id = a_changing_log(&store).await;
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    whisper(&store, id, 2, 3, gif(1)).await;
    rename(&store, id, 2, "민수").await;
    throw_out(&store, id, 3, "도배").await;
    let settings = Settings { password: Some(PasswordChange::Set), ..Settings::default() };
    let fact = NewEntry::fact(NOW, person(1), ClientId::generate(), What::Settings(settings));
    change(&store, id, move |_| Ok(vec![fact.clone()])).await;
    let lines = log(&store, id).await;
    let room = Room { id: RoomId::generate(), ..store.room(id).await.expect("the room") };
    let other = room.id;
    assert_eq!(store.restore_room(room.clone()).await, Ok(true));
    assert_eq!(store.hold_gif(hash(1), LATER).await, Ok(true));
    assert_eq!(store.restore_entries(other, lines.clone()).await, Ok(()));

    assert_eq!((store.room(other).await.as_ref(), log(&store, other).await), (Ok(&room), lines.clone()));
    for n in [1, 2] {
        let page = store.snapshot(other, visitor(n), 20).await.map(|snapshot| snapshot.page);
        assert_eq!(page, store.snapshot(id, visitor(n), 20).await.map(|snapshot| snapshot.page));
        assert_eq!(
            store.may_see_gif(other, visitor(n), hash(1)).await,
            if n == 2 { Ok(Sight::Whispered) } else { Err(Error::NotFound) }
        );
    }
    assert_eq!(store.seat(other, visitor(3)).await, Err(Error::Barred));
    assert_eq!(store.seat(other, visitor(2)).await.map(|person| person.name), Ok(named(2, "민수")));
    // A removal that the log announced before the move is not announced again.
    let removed = lines.iter().find(|entry| entry.what == What::Removed && entry.to.is_none()).expect("one");
    assert_eq!(remove(&store, other, 1, removed).await.entries, []);
    assert_eq!(store.last_seq(other).await, Ok(lines.len() as u64));
}
