//! A crowd in one room must not delay people in other rooms.

use std::sync::Arc;

use chat::RoomId;
use tokio::task::{JoinHandle, JoinSet};

use crate::helper::{TestServer, Visitor, attackers, scaled, slowdown};

/// The number of people in the room, and of those who rename themselves at the same time.
const CROWD: usize = 900;
const RENAMES: usize = 200;

/// The tasks that rename people. They end on drop.
struct Renaming(Vec<JoinHandle<()>>);

impl Drop for Renaming {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Creates a room and fills it with people from many addresses.
async fn crowded(server: &TestServer, people: usize) -> (RoomId, Vec<Arc<Visitor>>) {
    let owner = Arc::new(server.visitor_from(100));
    let room = owner.create_room("붐비는 방", "1000", "").await;
    let mut inside = vec![owner];
    for group in 0..people.div_ceil(30) {
        let mut entering = JoinSet::new();
        for _ in 0..30.min(people - group * 30) {
            let visitor = Arc::new(server.visitor_from(2 + (group % 90) as u8));
            entering.spawn(async move {
                let entered = visitor.enter(room, "").await;
                assert_eq!(entered.status, 200, "{}", entered.text());
                visitor
            });
        }
        inside.extend(entering.join_all().await);
    }
    (room, inside)
}

/// In an earlier version, two hundred simultaneous renames, within the limits, made sends in other rooms take 4.3 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_renames_itself_holds_up_nobody_else() {
    let server = TestServer::start_with(&[("ROOM_GRACE", "3600")]).await;
    // The cost of a rename grows with the people in the room, and a tenth of the crowd would be too few to show it.
    let people = scaled(CROWD).max(CROWD / 3);
    let (room, inside) = crowded(&server, people).await;
    let at_once = scaled(RENAMES);
    let round = std::sync::atomic::AtomicUsize::new(0);
    let attack = async || {
        let round = round.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let renaming = inside.iter().cycle().skip(round * at_once).take(at_once).enumerate().map(|(n, visitor)| {
            let visitor = Arc::clone(visitor);
            attackers().spawn(async move {
                for time in 0..u64::MAX {
                    let name = format!("Рaul {round} {n} {time}");
                    visitor.act("rename", room, &[("name", &name)]).await;
                }
            })
        });
        Renaming(renaming.collect())
    };
    let ratio = slowdown(&server, attack).await;
    assert!(ratio <= 3.0, "sends in other rooms took {ratio:.1} times as long");
}
