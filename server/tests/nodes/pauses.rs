//! A node that stands still for so long that the others take it for dead, and goes on.

use std::time::Duration;

use chat::event::Close;
use chat::{Entry, What};
use tokio::time::sleep;

use crate::helper::{Cluster, PATIENCE, Watch, assert_numbered, calm, id_of, log_of, people_of, times_left, until};

const PAUSE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn who_is_still_there_keeps_their_seat() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "20")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let cat_id = id_of(&cat).await;
    let at_1 = Watch::begun(vec![cluster.at(1, &ann)], room, 3).await;
    let at_0 = Watch::begun(vec![cluster.at(0, &ben)], room, 3).await;
    let clock = Watch::begun(vec![cluster.at(1, &cat)], room, 3).await;

    cluster.node(0).pause();
    sleep(PAUSE / 2).await;
    // When this one's grace is over, so would be that of those whom the paused node held.
    drop(clock);
    ann.say_well(room, "거기 있어?").await;
    sleep(PAUSE / 2).await;
    assert_eq!(cluster.node(1).said("a node is dead").len(), 1);
    cluster.node(0).resume();

    let said = ben.say_well(room, "응, 있어").await;
    at_0.reaches(said.seq).await;
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == cat_id;
    at_1.hears("who went is announced", PATIENCE, gone).await;
    let last = ben.say_well(room, "아직도").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    let announced = log.iter().filter(|entry| entry.what == What::Left).count();
    assert_eq!((announced, times_left(&log, cat_id)), (1, 1), "{log:?}");
    for watch in [&at_0, &at_1] {
        watch.reaches(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
    assert_eq!(people_of(&cluster.at(0, &ann), room).await.len(), 2);
}

#[tokio::test]
async fn whose_seat_has_ended_is_told() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "3")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let at_1 = Watch::begun(vec![cluster.at(1, &ann)], room, 2).await;
    let at_0 = Watch::begun(vec![cluster.at(0, &ben)], room, 2).await;

    cluster.node(0).pause();
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    at_1.hears("the seat ends", Duration::from_secs(15 + 3 + 3), left).await;
    ann.say_well(room, "갔나 봐").await;
    cluster.node(0).resume();

    let code = until("the socket is closed", PATIENCE, async || at_0.ended()).await;
    assert_eq!(code, Close::NotSeated.code());
    assert_eq!(ben.say(room, "나 아직 여기 있는데").await.status, 403);
    // They come back as anybody would.
    assert_eq!(ben.enter(room, "").await.status, 200);
    let again = Watch::begun(vec![cluster.at(0, &ben)], room, 5).await;
    let last = ben.say_well(room, "다시 왔어").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!((times_left(&log, id), log.len()), (1, 6), "{log:?}");
    for watch in [&again, &at_1] {
        watch.reaches(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}
