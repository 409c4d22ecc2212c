//! People who come, talk and go, through a node that is killed and replaced again and again.

use chat::{ClientId, Entry, RoomId, VisitorId, What};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::helper::{
    Cluster, PATIENCE, Visitor, Watch, alone, assert_numbered, call_until_done, id_of, log_of, people_of, rounds, until,
};

const PEOPLE: usize = 8;

/// Entries between one kill and the next.
const BETWEEN_KILLS: u64 = 40;

/// What one of them did, as it was acknowledged.
struct Visits {
    visitor: VisitorId,
    count: usize,
    said: Vec<Entry>,
}

/// Comes, says two things, and goes, until told to stop.
async fn visit(places: Vec<Visitor>, visitor: VisitorId, room: RoomId, stop: watch::Receiver<bool>) -> Visits {
    let mut visits = Visits { visitor, count: 0, said: Vec::new() };
    let id = room.to_string();
    let mut place = 0;
    while !*stop.borrow() {
        call_until_done(&places, &mut place, "enter_room", &[("room", &id)]).await;
        for text in ["안녕", "잘 있어"] {
            let client = ClientId::generate().to_string();
            let fields = [("room", id.as_str()), ("client", &client), ("text", text)];
            visits.said.push(call_until_done(&places, &mut place, "send_text", &fields).await.json());
        }
        call_until_done(&places, &mut place, "leave_room", &[("room", &id)]).await;
        visits.count += 1;
    }
    visits
}

#[tokio::test]
async fn a_node_is_killed_again_and_again() {
    let _alone = alone().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let ann = cluster.visitor(0);
    let room = ann.create_room("방", "20", "").await;
    let observer = Watch::begun(vec![cluster.at(0, &ann)], room, 1).await;
    for round in 0..rounds(30) {
        let victim = round + 1;
        let (stop, stopped) = watch::channel(false);
        let mut people = JoinSet::new();
        for n in 0..PEOPLE {
            let visitor = cluster.visitor(0);
            let id = id_of(&visitor).await;
            let mut places = vec![cluster.at(victim, &visitor), visitor];
            places.rotate_left(n % 2);
            people.spawn(visit(places, id, room, stopped.clone()));
        }
        let before = observer.cursor();
        for step in [1, 2] {
            let goes_on = async || (observer.cursor() >= before + step * BETWEEN_KILLS).then_some(());
            until("people come and go", PATIENCE, goes_on).await;
            if step == 1 {
                cluster.node(victim).kill();
            }
        }
        stop.send(true).expect("people");
        let visits = timeout(2 * PATIENCE, people.join_all()).await.expect("the last visits");
        let log = log_of(&ann, room).await;
        assert_numbered(&log);
        visits.iter().for_each(|visits| assert_told(visits, &log));
        observer.reaches(log.len() as u64).await;
        assert!(observer.entries() == log, "round {round}: a socket was told something else than what is stored");
        assert_eq!(people_of(&ann, room).await, [id_of(&ann).await], "round {round}");
        cluster.start_nodes(1).await;
    }
}

/// The log has each visit once: entered, what was said, left.
fn assert_told(visits: &Visits, log: &[Entry]) {
    let own: Vec<_> = log.iter().filter(|entry| entry.person.id == visits.visitor).collect();
    let mut said = visits.said.iter();
    for visit in own.chunks(4) {
        let [entered, first, second, left] = visit else { panic!("not a whole visit: {visit:?}") };
        assert_eq!((&entered.what, &left.what), (&What::Entered, &What::Left));
        assert_eq!([Some(*first), Some(*second)], [said.next(), said.next()]);
    }
    assert_eq!(own.len(), 4 * visits.count);
}
