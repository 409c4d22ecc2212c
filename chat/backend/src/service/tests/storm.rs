//! Many sockets at once.

use chat::event::PROTOCOL;
use std::sync::atomic::AtomicBool;

use futures_util::future::join_all;

use super::*;

/// Comes back after a lost connection: watches from the cursor, and reads until nothing is missing.
async fn come_back(chat: Arc<Chat>, who: VisitorId, room: RoomId, cursor: u64, last: u64) -> (Feed, Vec<u64>) {
    let mut feed = chat.watch_room(who, room, cursor, PROTOCOL).await.expect("a feed");
    let mut seqs = Vec::new();
    while seqs.last().is_none_or(|seq| *seq < last) {
        // Not `decoded`, which reads each frame twice: a crowd on two threads would be too slow for its feeds.
        let frame = feed.next().await.expect("a frame");
        if let Down::Entry(entry) = serde_json::from_slice(&frame).expect("a frame of ours") {
            seqs.push(entry.seq);
        }
    }
    (feed, seqs)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_come_back_at_once_read_each_page_once() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    // The cases are: a few entries, a whole page, and more than the tail keeps.
    for missed in [41, 500, 1700] {
        let cursor = fixture.inside(&person(1), room).await.seq;
        for n in 0..missed {
            fixture.say(&person(1), room, &n.to_string()).await;
        }
        let (last, reads) = (cursor + missed, fixture.chat.log_reads.load(Ordering::SeqCst));
        // Not all of them lost their connection at the same entry.
        let coming =
            (0..1000).map(|n| tokio::spawn(come_back(fixture.chat.clone(), person(1).id, room, cursor + n % 10, last)));
        let back = join_all(coming).await;
        for (n, came) in back.into_iter().enumerate() {
            let seqs = came.expect("a task").1;
            assert_eq!(seqs, (cursor + n as u64 % 10 + 1..=last).collect::<Vec<_>>());
        }
        let reads = fixture.chat.log_reads.load(Ordering::SeqCst) - reads;
        let most = 10 * (missed / 500 + 1);
        assert!(reads <= most, "one read of a page for each cursor at most, not one for each socket: {reads}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_while_others_talk_misses_nothing() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    let cursor = fixture.inside(&person(1), room).await.seq;
    let is_over = Arc::new(AtomicBool::new(false));
    let talking = tokio::spawn({
        let (chat, is_over) = (fixture.chat.clone(), is_over.clone());
        async move {
            let mut last = cursor;
            while !is_over.load(Ordering::SeqCst) || last < cursor + 500 {
                let said = chat
                    .send_text(person(1).id, room, ClientId::generate(), "말", Target::default())
                    .await
                    .expect("said");
                last = said.seq;
            }
            last
        }
    });
    let coming =
        (0..200).map(|_| tokio::spawn(come_back(fixture.chat.clone(), person(1).id, room, cursor, cursor + 500)));
    let back = join_all(coming).await;
    is_over.store(true, Ordering::SeqCst);
    let last = talking.await.expect("somebody who talks");
    assert!(last >= cursor + 500);
    for came in back {
        let seqs = came.expect("a task").1;
        assert_eq!(seqs, (cursor + 1..=cursor + seqs.len() as u64).collect::<Vec<_>>());
    }
}
