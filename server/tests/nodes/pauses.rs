//! A node is suspended until the others consider it dead, and then goes on.

use std::time::Duration;

use chat::event::Close;
use chat::{Entry, What};
use tokio::time::sleep;

use crate::helper::{
    Cluster, TIMEOUT, Watch, assert_numbered, id_of, log_of, people_of, share_machine, times_left, until,
};

const PAUSE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn who_is_still_there_keeps_their_seat() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "20"), ("ROOM_AWAY_GRACE", "20")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let cat_id = id_of(&cat).await;
    let at_1 = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 3).await;
    let at_0 = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 3).await;
    let clock = Watch::start_and_wait(vec![cluster.at(1, &cat)], room, 3).await;

    cluster.node(0).pause();
    sleep(PAUSE / 2).await;
    // Once Cat's grace is over, the grace of the people on the paused node would be over too.
    drop(clock);
    ann.say_ok(room, "거기 있어?").await;
    sleep(PAUSE / 2).await;
    assert_eq!(cluster.node(1).log_lines("a node is dead").len(), 1);
    cluster.node(0).resume();

    let said = ben.say_ok(room, "응, 있어").await;
    at_0.wait_for_seq(said.seq).await;
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == cat_id;
    at_1.wait_for_entry("who went is announced", TIMEOUT, gone).await;
    let last = ben.say_ok(room, "아직도").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    let announced = log.iter().filter(|entry| entry.what == What::Left).count();
    assert_eq!((announced, times_left(&log, cat_id)), (1, 1), "{log:?}");
    for watch in [&at_0, &at_1] {
        watch.wait_for_seq(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
    assert_eq!(people_of(&cluster.at(0, &ann), room).await.len(), 2);
}

#[tokio::test]
async fn whose_seat_has_ended_is_told() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "3"), ("ROOM_AWAY_GRACE", "3")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let at_1 = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 2).await;
    let at_0 = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 2).await;

    cluster.node(0).pause();
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    at_1.wait_for_entry("the seat ends", Duration::from_secs(15 + 3 + 3), left).await;
    ann.say_ok(room, "갔나 봐").await;
    cluster.node(0).resume();

    let code = until("the socket is closed", TIMEOUT, async || at_0.close_code()).await;
    assert_eq!(code, Close::NotSeated.code());
    assert_eq!(ben.say(room, "나 아직 여기 있는데").await.status, 403);
    // Ben comes back by entering, as anybody would.
    assert_eq!(ben.enter(room, "").await.status, 200);
    let again = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 5).await;
    let last = ben.say_ok(room, "다시 왔어").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!((times_left(&log, id), log.len()), (1, 6), "{log:?}");
    for watch in [&again, &at_1] {
        watch.wait_for_seq(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}
