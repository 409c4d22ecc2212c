//! Reading a log page by page. A page has a number of messages, and the system lines between them.

use super::*;
use chat::entry::LogPage;

/// Person 2 comes and goes, which makes two system lines.
async fn visit(store: &AnyStore, room: RoomId) {
    join(store, room, 2).await.expect("a free seat");
    leave(store, room, 2).await.expect("a seat");
}

/// 1 entered · 2 message · 3 4 visit · 5 message · 6 message · 7 8 visit
async fn a_little_log(store: &AnyStore) -> RoomId {
    let id = room_of(store, &[1]).await;
    say(store, id, 1, "하나").await;
    visit(store, id).await;
    say(store, id, 1, "둘").await;
    show(store, id, 1, 1).await;
    visit(store, id).await;
    id
}

pub async fn a_snapshot_has_the_newest_messages_and_the_lines_after_them(store: AnyStore) {
    let id = a_little_log(&store).await;
    let room = store.room(id).await.expect("the room");
    for (messages, from, more) in [(1, 6, true), (2, 5, true), (3, 1, false), (50, 1, false), (u32::MAX, 1, false)] {
        let snapshot = store.snapshot(id, visitor(1), messages).await.expect("a snapshot");
        assert_eq!(seqs(&snapshot.page.entries), (from..=8).collect::<Vec<_>>(), "{messages} messages");
        assert_eq!((snapshot.page.more, snapshot.seq), (more, 8), "{messages} messages");
        assert_eq!(snapshot.room, room);
    }
}

pub async fn a_page_counts_messages_and_brings_the_lines_between(store: AnyStore) {
    let id = a_little_log(&store).await;
    for (before, messages, expected, more) in [
        (6, 1, vec![5], true),
        (5, 1, vec![1, 2, 3, 4], false),
        (6, 2, vec![1, 2, 3, 4, 5], false),
        (9, 2, vec![5, 6, 7, 8], true),
        (2, 5, vec![1], false),
        (1, 5, vec![], false),
        (0, 5, vec![], false),
        (u64::MAX, 1, vec![6, 7, 8], true),
    ] {
        let page = store.page_before(id, visitor(1), before, messages).await.expect("a page");
        assert_eq!((seqs(&page.entries), page.more), (expected, more), "{messages} messages before {before}");
    }
}

pub async fn a_log_without_messages_is_one_page(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    for _ in 0..30 {
        visit(&store, id).await;
    }
    let snapshot = store.snapshot(id, visitor(1), 5).await.expect("a snapshot");
    assert_eq!((snapshot.page.entries.len(), snapshot.page.more, snapshot.seq), (61, false, 61));
}

pub async fn the_pages_together_are_the_log(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    // Messages and visits in no regular order.
    for n in 0..60_u32 {
        match n * n % 7 {
            0 | 1 => visit(&store, id).await,
            _ => drop(say(&store, id, 1, &format!("{n}")).await),
        }
    }
    let all = log(&store, id).await;
    assert_whole(&all);
    for messages in [1, 3, 7] {
        let mut snapshot = store.snapshot(id, visitor(1), messages).await.expect("a snapshot");
        let mut read = Vec::new();
        loop {
            let LogPage { entries, more, first, seq, .. } = snapshot.page;
            assert_eq!((seq, entries.first().map(|entry| entry.seq)), (all.len() as u64, Some(first)));
            if more {
                let count = entries.iter().filter(|entry| entry.what.is_message()).count();
                assert_eq!(count, messages as usize);
            }
            read.splice(0..0, entries);
            if !more {
                break;
            }
            snapshot.page = store.page_before(id, visitor(1), first, messages).await.expect("a page");
        }
        assert_eq!(read, all, "{messages} messages a page");
    }
}

pub async fn a_page_is_never_endless(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    // Each visit is two lines.
    for _ in 0..LogPage::MAX_LINES / 2 {
        visit(&store, id).await;
    }
    let all = log(&store, id).await;
    let LogPage { entries, more, first, .. } = store.snapshot(id, visitor(1), 50).await.expect("a snapshot").page;
    assert_eq!((entries.len() as u64, more), (LogPage::MAX_LINES, true));
    let older = store.page_before(id, visitor(1), first, 50).await.expect("a page");
    assert_eq!(([older.entries, entries].concat(), older.more), (all, false));
}

pub async fn reading_is_for_people_seated_there(store: AnyStore) {
    let id = a_little_log(&store).await;
    for stranger in [visitor(2), visitor(3)] {
        assert_eq!(store.snapshot(id, stranger, 50).await, Err(Error::NotSeated));
        assert_eq!(store.page_before(id, stranger, 9, 50).await, Err(Error::NotSeated));
    }
}
