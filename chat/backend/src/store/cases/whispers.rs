//! Whispers: stored for all nodes, shown to two people.

use super::*;
use chat::entry::{Emoji, Reply, Saying};

/// Person `n` whispers to person `to`.
pub async fn whisper(store: &AnyStore, room: RoomId, n: u16, to: u16, what: What) -> Entry {
    let saying = Saying { to: Some(person(to)), ..what.into() };
    store.append(room, visitor(n), ClientId::generate(), saying, NOW).await.expect("whispered").entry
}

async fn whisper_gif(store: &AnyStore, room: RoomId, n: u16, to: u16, sha: u8) -> Entry {
    assert_eq!(store.hold_gif(hash(sha), LATER).await, Ok(true));
    whisper(store, room, n, to, gif(sha)).await
}

pub async fn a_whisper_is_for_its_two(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3, 4]).await;
    say(&store, id, 1, "모두에게").await;
    let whispered = whisper(&store, id, 2, 3, text("둘이서만")).await;
    assert_eq!((whispered.seq, &whispered.person, &whispered.to), (6, &person(2), &Some(person(3))));
    say(&store, id, 4, "네").await;
    assert_eq!(log(&store, id).await[5], whispered, "the node asks on behalf of nobody");
    for (n, sees) in [(1, false), (2, true), (3, true), (4, false)] {
        let seen = |entries: &[Entry]| entries.iter().find(|entry| entry.seq == 6).cloned();
        let expected = sees.then(|| whispered.clone());
        let snapshot = store.snapshot(id, visitor(n), 9).await.expect("a snapshot");
        assert_eq!(seen(&snapshot.page.entries), expected, "person {n}");
        assert_eq!((snapshot.page.first, snapshot.page.seq, snapshot.seq), (1, 7, 7), "for all alike");
        let page = store.page_before(id, visitor(n), 7, 1).await.expect("a page");
        assert_eq!((seen(&page.entries), page.first, page.more), (expected.clone(), 6, true), "person {n}");
        assert_eq!(store.entry(id, visitor(n), 6).await.ok(), expected);
    }
    assert_eq!(store.entry(id, visitor(1), 6).await, Err(Error::Removed), "as if it were not there");
    assert_eq!(store.entry(id, visitor(1), 99).await, Err(Error::Removed));
    assert_eq!(store.entry(id, visitor(5), 6).await, Err(Error::NotSeated));
    // A visitor who has whispered and then left no longer sees the whisper.
    leave(&store, id, 2).await.expect("a seat");
    assert_eq!(store.entry(id, visitor(2), 6).await, Err(Error::NotSeated));
    assert_eq!(store.entry(id, visitor(3), 6).await, Ok(whispered));
}

pub async fn its_gif_is_for_its_two(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    whisper_gif(&store, id, 2, 3, 1).await;
    for (n, expected) in
        [(1, Err(Error::NotFound)), (2, Ok(Sight::Whispered)), (3, Ok(Sight::Whispered)), (4, Err(Error::NotSeated))]
    {
        assert_eq!(store.may_see_gif(id, visitor(n), hash(1)).await, expected, "person {n}");
    }
    assert_eq!(condemn(&store, LATER).await, [], "it is in use");
}

pub async fn a_gif_said_to_all_too_is_for_all(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    whisper_gif(&store, id, 2, 3, 1).await;
    whisper_gif(&store, id, 1, 3, 2).await;
    let other = room_of(&store, &[1]).await;
    show(&store, other, 1, 2).await;
    assert_eq!(store.may_see_gif(id, visitor(2), hash(2)).await, Err(Error::NotFound), "shown elsewhere only");
    show(&store, id, 3, 1).await;
    for n in [1, 2, 3] {
        assert_eq!(store.may_see_gif(id, visitor(n), hash(1)).await, Ok(Sight::Public), "person {n}");
    }
}

pub async fn a_whisper_says_not_when_somebody_spoke(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let whispered = whisper(&store, id, 1, 2, text("쉿")).await;
    let spoken = async || store.room(id).await.map(|room| room.spoken_at);
    assert_eq!(spoken().await, Ok(None));
    let feeling = What::Reaction { seq: whispered.seq, emoji: Emoji::Wow, on: true };
    whisper(&store, id, 2, 1, feeling).await;
    assert_eq!(spoken().await, Ok(None));
    assert_eq!(store.cards().await.map(|cards| cards[0].card.spoken_at), Ok(None));
    let said = say(&store, id, 1, "안녕").await;
    assert_eq!(spoken().await, Ok(Some(said.at)));
    let much_later = Timestamp(NOW.0 + 60_000);
    let feeling = What::Reaction { seq: said.seq, emoji: Emoji::Wow, on: true };
    store.append(id, visitor(2), ClientId::generate(), feeling.into(), much_later).await.expect("felt");
    assert_eq!(spoken().await, Ok(Some(said.at)));
}

pub async fn a_page_of_whispers_is_empty_for_the_others_and_does_not_end_there(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let said = say(&store, id, 1, "먼저").await;
    for n in 0..30 {
        whisper(&store, id, 2, 3, text(&format!("{n}"))).await;
    }
    let snapshot = store.snapshot(id, visitor(1), 10).await.expect("a snapshot");
    assert_eq!((seqs(&snapshot.page.entries), snapshot.page.more, snapshot.seq), (vec![], true, 34));
    assert_eq!(snapshot.page.first, 25);
    let mut page = snapshot.page;
    let mut reads = 0;
    while page.entries.is_empty() && page.more {
        page = store.page_before(id, visitor(1), page.first, 10).await.expect("a page");
        reads += 1;
    }
    assert_eq!((reads, page.entries.last(), page.first, page.more), (3, Some(&said), 1, false));
    let theirs = store.snapshot(id, visitor(3), 10).await.expect("a snapshot").page;
    assert_eq!(seqs(&theirs.entries), (25..=34).collect::<Vec<_>>());
}

pub async fn a_whisper_sent_twice_is_one_entry(store: AnyStore) {
    let id = room_of(&store, &[1, 2, 3]).await;
    let (client, saying) = (ClientId::generate(), Saying { to: Some(person(2)), ..text("한 번").into() });
    let first = store.append(id, visitor(1), client, saying.clone(), NOW).await.expect("whispered");
    let again = store.append(id, visitor(1), client, saying, NOW).await.expect("whispered before");
    assert_eq!((first.is_new, again.is_new, &again.entry), (true, false, &first.entry));
    // A public message under the same client id is not stored, and the whisper stays a whisper.
    let aloud = store.append(id, visitor(1), client, text("크게").into(), NOW).await.expect("whispered before");
    assert_eq!(aloud.entry, first.entry);
    assert_eq!(log(&store, id).await.len(), 4);
}

pub async fn an_answer_names_what_it_answers(store: AnyStore) {
    let id = room_of(&store, &[1, 2]).await;
    let question = say(&store, id, 1, "누구세요").await;
    let reply = Some(Reply { seq: question.seq, person: question.person });
    for to in [None, Some(person(1))] {
        let saying = Saying { to: to.clone(), reply: reply.clone(), ..text("저요").into() };
        let answer = store.append(id, visitor(2), ClientId::generate(), saying, NOW).await.expect("said").entry;
        assert_eq!((&answer.reply, &answer.to), (&reply, &to));
        assert_eq!(log(&store, id).await.last(), Some(&answer));
        let page = store.snapshot(id, visitor(1), 9).await.expect("a snapshot").page;
        assert_eq!(page.entries.last(), Some(&answer));
        assert_eq!(store.entry(id, visitor(1), answer.seq).await, Ok(answer));
    }
}
