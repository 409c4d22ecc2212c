//! People come, talk and leave through a node that is killed and replaced again and again.

use chat::{ClientId, Entry, RoomId, VisitorId, What};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::helper::{
    Cluster, TIMEOUT, Visitor, Watch, assert_numbered, call_until_done, id_of, log_of, people_of, reserve_machine,
    rounds, until,
};

const PEOPLE: usize = 8;

/// The number of entries before each kill, and again after it.
const BETWEEN_KILLS: u64 = 40;

/// What one person has done, as acknowledged.
struct Visits {
    visitor: VisitorId,
    count: usize,
    said: Vec<Entry>,
}

/// Enters, says two things and leaves, again and again until told to stop.
async fn visit(endpoints: Vec<Visitor>, visitor: VisitorId, room: RoomId, stop: watch::Receiver<bool>) -> Visits {
    let mut visits = Visits { visitor, count: 0, said: Vec::new() };
    let id = room.to_string();
    let mut current = 0;
    while !*stop.borrow() {
        call_until_done(&endpoints, &mut current, "enter_room", &[("room", &id)]).await;
        for text in ["안녕", "잘 있어"] {
            let client = ClientId::generate().to_string();
            let fields = [("room", id.as_str()), ("client", &client), ("text", text)];
            visits.said.push(call_until_done(&endpoints, &mut current, "send_text", &fields).await.json());
        }
        call_until_done(&endpoints, &mut current, "leave_room", &[("room", &id)]).await;
        visits.count += 1;
    }
    visits
}

#[tokio::test]
async fn a_node_is_killed_again_and_again() {
    let _machine = reserve_machine().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let ann = cluster.visitor(0);
    let room = ann.create_room("방", "20", "").await;
    let observer = Watch::start_and_wait(vec![cluster.at(0, &ann)], room, 1).await;
    for round in 0..rounds(30) {
        let victim = round + 1;
        let (stop, stopped) = watch::channel(false);
        let mut people = JoinSet::new();
        for n in 0..PEOPLE {
            let visitor = cluster.visitor(0);
            let id = id_of(&visitor).await;
            let mut endpoints = vec![cluster.at(victim, &visitor), visitor];
            endpoints.rotate_left(n % 2);
            people.spawn(visit(endpoints, id, room, stopped.clone()));
        }
        let before = observer.cursor();
        for step in [1, 2] {
            let goes_on = async || (observer.cursor() >= before + step * BETWEEN_KILLS).then_some(());
            until("people come and go", TIMEOUT, goes_on).await;
            if step == 1 {
                cluster.node(victim).kill();
            }
        }
        stop.send(true).expect("people");
        let visits = timeout(2 * TIMEOUT, people.join_all()).await.expect("the last visits");
        let log = log_of(&ann, room).await;
        assert_numbered(&log);
        visits.iter().for_each(|visits| assert_told(visits, &log));
        observer.wait_for_seq(log.len() as u64).await;
        assert!(observer.entries() == log, "round {round}: a socket was told something else than what is stored");
        assert_eq!(people_of(&ann, room).await, [id_of(&ann).await], "round {round}");
        cluster.start_nodes(1).await;
    }
}

/// Asserts that the log has each visit once: the entry, both messages, and the leaving.
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
