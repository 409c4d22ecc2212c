//! The order in which a room's entries go out.

use super::*;
use bytes::Bytes;

const ROOM: RoomId = RoomId([1; 16]);

fn entry(seq: u64) -> Envelope {
    let frame = Bytes::from(seq.to_string());
    Envelope { room: ROOM, event: RoomEvent::Entry(Framed::plain(seq, frame)) }
}

fn received(signals: &mut broadcast::Receiver<Signal>) -> Vec<u64> {
    std::iter::from_fn(|| signals.try_recv().ok())
        .map(|signal| match signal {
            Signal::Entry(entry) => entry.seq,
            Signal::Gone => 0,
            Signal::Passing { .. } | Signal::News(_) => u64::MAX,
        })
        .collect()
}

#[tokio::test]
async fn entries_go_out_in_order_and_once() {
    let hub = Hub::default();
    let (channel, mut signals) = hub.join(ROOM);
    hub.deliver(entry(6));
    assert_eq!(received(&mut signals), Vec::<u64>::new(), "where the log stands is not known yet");
    channel.start_after(4);
    assert_eq!(received(&mut signals), Vec::<u64>::new(), "5 is missing");
    for seq in [5, 4, 8, 7, 7] {
        hub.deliver(entry(seq));
    }
    assert_eq!(received(&mut signals), [5, 6, 7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_hole_that_stays_is_filled_from_the_store() {
    let hub = Hub::default();
    let (channel, mut signals) = hub.join(ROOM);
    channel.start_after(0);
    hub.deliver(entry(2));
    hub.deliver(entry(3));
    assert_eq!(received(&mut signals), Vec::<u64>::new());
    assert_eq!(hub.doubted().await, HashSet::from([ROOM]), "after some patience");
    let read = [1, 2].map(|seq| Framed::plain(seq, Bytes::new()));
    channel.add_from_store(&read);
    assert_eq!(received(&mut signals), [1, 2, 3]);
    assert_eq!(channel.last(), Some(3));
}

#[tokio::test]
async fn the_one_that_all_others_wait_for_has_a_place_in_a_full_queue() {
    let hub = Hub::default();
    let (channel, _signals) = hub.join(ROOM);
    channel.start_after(0);
    let most = MAX_EARLY as u64;
    for seq in 2..=most + 2 {
        hub.deliver(entry(seq));
    }
    assert_eq!((channel.last(), channel.lock().early.len()), (Some(0), MAX_EARLY), "one was too many");
    hub.deliver(entry(1));
    assert_eq!((channel.last(), channel.lock().early.len()), (Some(most + 1), 0));
}

#[test]
fn only_rooms_with_sockets_here_are_doubted() {
    let hub = Hub::default();
    let (_, _signals) = hub.join(ROOM);
    hub.doubt(ROOM);
    hub.doubt(RoomId([2; 16]));
    assert_eq!(*hub.doubts.lock(), HashSet::from([ROOM]));
}

#[test]
fn a_channel_lives_as_long_as_somebody_listens() {
    let hub = Hub::default();
    let (_, first) = hub.join(ROOM);
    let (_, second) = hub.join(ROOM);
    drop(first);
    assert!(!hub.leave(ROOM));
    drop(second);
    assert!(hub.leave(ROOM));
    assert!(hub.lock().is_empty());
}
