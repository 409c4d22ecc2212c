//! One crowded room, and everybody in the others.

use std::sync::Arc;

use chat::RoomId;
use tokio::task::{JoinHandle, JoinSet};

use crate::helper::{House, Visitor, a_tenth_of, attackers, slowdown};

/// People who fill a room, and what they do at once.
const CROWD: usize = 900;
const RENAMES: usize = 200;

/// Ends when it is dropped.
struct Renaming(Vec<JoinHandle<()>>);

impl Drop for Renaming {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// A room that nobody leaves, filled with people from many addresses.
async fn crowded(house: &House, people: usize) -> (RoomId, Vec<Arc<Visitor>>) {
    let owner = Arc::new(house.visitor_from(100));
    let room = owner.create_room("붐비는 방", "1000", "").await;
    let mut inside = vec![owner];
    for group in 0..people.div_ceil(30) {
        let mut entering = JoinSet::new();
        for _ in 0..30.min(people - group * 30) {
            let visitor = Arc::new(house.visitor_from(2 + (group % 90) as u8));
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

/// Two hundred renames within limits made sends in other rooms take 4.3 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_renames_itself_holds_up_nobody_else() {
    let house = House::start_with(&[("ROOM_GRACE", "3600")]).await;
    // All of a tenth would be a room that nobody would call crowded: what is compared with is what costs.
    let people = a_tenth_of(CROWD).max(CROWD / 3);
    let (room, inside) = crowded(&house, people).await;
    let at_once = a_tenth_of(RENAMES);
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
    let ratio = slowdown(&house, attack).await;
    assert!(ratio <= 3.0, "sends in other rooms took {ratio:.1} times as long");
}
