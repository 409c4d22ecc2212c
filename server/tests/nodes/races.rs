//! Many people act at the same time, through two nodes.

use chat::{Error, What};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;

use crate::helper::{Cluster, Visitor, Watch, assert_numbered, log_of, people_of, reserve_machine, rounds};

const JOINS: usize = 500;
/// The number of messages through each node.
const SENDS: usize = 1000;
/// The number of requests at a time, as many browsers would have.
const AT_ONCE: usize = 250;

#[tokio::test]
async fn one_free_seat_is_taken_once() {
    let _machine = reserve_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let owner = cluster.visitor(0);
    let crowd: Vec<Visitor> = (0..JOINS).map(|n| cluster.visitor(n % 2)).collect();
    // Everybody gets their session before the races begin.
    let arrivals = stream::iter(&crowd).map(|visitor| visitor.get("/room"));
    arrivals.buffer_unordered(AT_ONCE).for_each(async |answer| assert_eq!(answer.status, 200)).await;
    for round in 0..rounds(200) {
        let room = owner.create_room("방", "2", "").await;
        let answers = join_all(crowd.iter().map(|visitor| visitor.enter(room, ""))).await;
        let mut inside = Vec::new();
        for (visitor, answer) in crowd.iter().zip(&answers) {
            match answer.status.as_u16() {
                200 => inside.push(visitor),
                _ => assert_eq!(answer.error(), (409, Error::Full), "round {round}"),
            }
        }
        assert_eq!(inside.len(), 1, "round {round}");
        assert_eq!(people_of(inside[0], room).await.len(), 2);
        let log = log_of(&owner, room).await;
        assert_numbered(&log);
        assert!(matches!(&log[..], [first, second] if first.what == What::Entered && second.what == What::Entered));
        for visitor in [inside[0], &owner] {
            assert_eq!(visitor.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
        }
    }
}

#[tokio::test]
async fn what_many_say_at_once_has_one_order() {
    let _machine = reserve_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let owner = cluster.visitor(0);
    let room = owner.create_room("방", "100", "").await;
    let mut people = Vec::new();
    for n in 0..20 {
        let visitor = cluster.visitor(n % 2);
        assert_eq!(visitor.enter(room, "").await.status, 200);
        people.push(visitor);
    }
    let mut watches = Vec::new();
    for (n, visitor) in people.iter().enumerate().take(6) {
        watches.push(Watch::start_and_wait(vec![cluster.at(n % 2, visitor)], room, 21).await);
    }
    let sends = stream::iter(0..2 * SENDS).map(|n| {
        let visitor = &people[n % people.len()];
        async move { visitor.say_ok(room, &format!("{n}")).await }
    });
    let mut said: Vec<_> = sends.buffer_unordered(5 * people.len()).collect().await;
    said.sort_by_key(|entry| entry.seq);

    let log = log_of(&owner, room).await;
    assert_numbered(&log);
    assert_eq!(log.len(), 21 + 2 * SENDS);
    assert!(log[21..] == said, "what was acknowledged is not what is stored");
    for watch in &watches {
        watch.wait_for_seq(log.len() as u64).await;
        assert!(watch.entries() == log, "a socket was told something else than what is stored");
    }
}
