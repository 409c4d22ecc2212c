//! Measures what every act costs the store's one writer in a room of 1,000 people: the CPU time of its thread, without waits
//! for the disk.
//!
//! `cargo bench -p backend --bench acts` prints a table. With `-- --check` it fails when the median of an act is above one
//! millisecond.
#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark ends where something is not as it should be")]

fn main() {
    bench::main();
}

mod bench {
    use std::fs;
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use backend::store::sqlite::SqliteStore;
    use backend::store::{Log, RoomChange, Rooms, SlowTurn, Store};
    use chat::entry::{Emoji, Saying, Text};
    use chat::record::{Room, Wanted, WantedPassword};
    use chat::room::Slow;
    use chat::visitor::OwnName;
    use chat::visitor::likeness::Named;
    use chat::{Capacity, ClientId, Entry, Name, NodeId, Person, RoomId, RoomTitle, Timestamp, VisitorId, What};
    use tokio::runtime::Runtime;

    const SEATS: u16 = 1000;
    const TIMES: u16 = 41;
    const ALLOWED: Duration = Duration::from_millis(1);
    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const TIMEOUT: Duration = Duration::from_secs(60);
    const NODE: NodeId = NodeId([1; 16]);

    pub fn main() -> ExitCode {
        let place = tempfile::TempDir::new().expect("a directory");
        let store = SqliteStore::open(&place.path().join("gifchat.db")).expect("a database");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let bench = Bench { store, runtime, writer: Thread::named("store-writer"), is_met: true.into() };
        bench.all();
        bench.runtime.block_on(bench.store.close());
        let is_checked = std::env::args().any(|argument| argument == "--check");
        if is_checked && !bench.is_met.get() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    struct Bench {
        store: SqliteStore,
        runtime: Runtime,
        writer: Thread,
        is_met: std::cell::Cell<bool>,
    }

    impl Bench {
        fn all(&self) {
            println!("CPU of the writer's thread for one act in a room of {SEATS}, median (highest) of {TIMES}:");
            let room = self.crowd();
            let people: Vec<Person> = (0..SEATS).map(person).collect();
            let said: Vec<Entry> = (0..TIMES).map(|n| self.say(room, &people[usize::from(n)], None)).collect();
            let owner = people[0].id;

            self.measure("text", |n| drop(self.say(room, &people[usize::from(n)], None)));
            self.measure("whisper", |n| drop(self.say(room, &people[usize::from(n)], Some(people[500].clone()))));
            self.measure("reaction", |n| {
                let what = What::Reaction { seq: said[0].seq, emoji: Emoji::Heart, on: true };
                self.append(room, &people[usize::from(n)], what.into());
            });
            self.measure("a turn in slow mode", |n| {
                let at = Timestamp(NOW.0 + u64::from(n) * 300_000);
                let turn = SlowTurn { room, visitor: owner, client: ClientId::generate(), at, slow: Slow::ALL[4] };
                self.runtime.block_on(self.store.take_slow_turn(turn)).expect("a turn");
            });
            // A hundred people have other names. The names of all others look alike.
            self.measure_changes(
                "rename among 900 look-alikes",
                |n| {
                    let named = Named::new(called(person(n + 1), &format!("Ρaul {}", 5000 + n)));
                    Arc::new(move |room: &mut Room| room.rename(&named, NOW))
                },
                room,
            );
            self.measure_changes(
                "leave",
                |n| Arc::new(move |room: &mut Room| Ok(room.end_seat(person(n + 1).id, NOW))),
                room,
            );
            self.measure_changes(
                "enter among 900 look-alikes",
                |n| {
                    let named = Named::new(called(person(n + 1), "Paul"));
                    Arc::new(move |room: &mut Room| room.take_seat(&named, NOW))
                },
                room,
            );
            self.measure_changes(
                "away",
                |n| Arc::new(move |room: &mut Room| room.set_away(person(n + 1).id, true, NOW)),
                room,
            );
            self.measure_changes(
                "watched by a node",
                |n| Arc::new(move |room: &mut Room| room.watch_seat(person(n + 1).id, NODE).map(|()| Vec::new())),
                room,
            );
            self.measure_changes(
                "unwatched by a node",
                |n| {
                    Arc::new(move |room: &mut Room| {
                        room.unwatch_seat(person(n + 1).id, NODE);
                        Ok(Vec::new())
                    })
                },
                room,
            );
            self.measure_changes(
                "seen",
                |n| {
                    Arc::new(move |room: &mut Room| {
                        room.renew_seat(person(n + 1).id);
                        Ok(Vec::new())
                    })
                },
                room,
            );
            self.measure_changes(
                "throw out",
                |n| Arc::new(move |room: &mut Room| room.throw_out(owner, person(n + 100).id, None, NOW)),
                room,
            );
            self.measure_changes(
                "let in",
                |n| Arc::new(move |room: &mut Room| room.let_in(owner, person(n + 100).id).map(|()| Vec::new())),
                room,
            );
            self.measure_changes(
                "settings",
                |n| {
                    let title = RoomTitle::new(&format!("방 {n}")).expect("a title");
                    let slow = Some(Slow::ALL[usize::from(n) % 5]);
                    let wanted = Wanted {
                        title: Some(title),
                        capacity: None,
                        password: WantedPassword::AsItIs,
                        slow,
                        veil: None,
                    };
                    Arc::new(move |room: &mut Room| room.set(owner, &wanted, NOW))
                },
                room,
            );
            self.measure_changes(
                "remove a message",
                |n| {
                    let message = said[usize::from(n)].clone();
                    Arc::new(move |room: &mut Room| room.remove(owner, &message, NOW))
                },
                room,
            );
            self.measure_changes(
                "a grace that ends",
                |n| {
                    let id = person(n + 200).id;
                    Arc::new(move |room: &mut Room| Ok(room.end_seats(|seat| seat.person.id == id, |_| true, NOW)))
                },
                room,
            );
            self.measure_changes(
                "hand over",
                |n| Arc::new(move |room: &mut Room| room.hand_over(person(n).id, person(n + 1).id, NOW)),
                room,
            );

            let crowd = self.crowd();
            let cost = self.writer.cost(|| {
                self.change(
                    crowd,
                    Arc::new(|room: &mut Room| {
                        Ok(room.end_seats(|seat| seat.person.id != person(0).id, |_| true, NOW))
                    }),
                );
            });
            println!("{:>9.3} ms            graces of {} cut off together, in one change", millis(cost), SEATS - 1);
            let crowd = self.crowd();
            let close = Arc::new(|room: &mut Room| room.close(person(0).id).map(|()| Vec::new()));
            println!("{:>9.3} ms            close", millis(self.writer.cost(|| self.change(crowd, close.clone()))));
        }

        /// A full room owned by person 0, in which nearly all people want the same name.
        fn crowd(&self) -> RoomId {
            let (title, capacity) = (RoomTitle::new("방").expect("a title"), Capacity::new(1000).expect("a capacity"));
            let mut room = Room::new(RoomId::generate(), title, capacity, None, person(0).id, NOW);
            let mut entries = Vec::new();
            for n in 0..SEATS {
                let person = if n < 100 { person(n) } else { called(person(n), "Paul") };
                entries.extend(room.take_seat(&Named::new(person), NOW).expect("a free seat"));
            }
            let id = room.id;
            self.runtime.block_on(self.store.create_room(room, entries)).expect("a room");
            id
        }

        fn say(&self, room: RoomId, by: &Person, to: Option<Person>) -> Entry {
            let what = What::Text(Text::new("안녕하세요, 여러분").expect("a text"));
            self.append(room, by, Saying { to, ..what.into() })
        }

        fn append(&self, room: RoomId, by: &Person, saying: Saying) -> Entry {
            let appended = self.store.append(room, by.id, ClientId::generate(), saying, NOW);
            self.runtime.block_on(appended).expect("said").entry
        }

        fn change(&self, room: RoomId, change: RoomChange) {
            self.runtime.block_on(self.store.update_room(room, change)).expect("a change");
        }

        fn measure_changes(&self, name: &str, change: impl Fn(u16) -> RoomChange, room: RoomId) {
            let changes: Vec<_> = (0..TIMES).map(change).collect();
            self.measure(name, |n| self.change(room, changes[usize::from(n)].clone()));
        }

        fn measure(&self, name: &str, act: impl Fn(u16)) {
            let mut costs: Vec<_> = (0..TIMES).map(|n| self.writer.cost(|| act(n))).collect();
            costs.sort();
            let median = costs[costs.len() / 2];
            let most = costs[costs.len() - 1];
            let met = if median <= ALLOWED { "" } else { "  MISSED" };
            println!("{:>9.3} ms ({:>7.3})  {name}{met}", millis(median), millis(most));
            self.is_met.set(self.is_met.get() && median <= ALLOWED);
        }
    }

    fn person(n: u16) -> Person {
        let mut id = [7; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        Person::new(VisitorId(id))
    }

    fn called(person: Person, own: &str) -> Person {
        let own = Some(OwnName::new(own).expect("a name"));
        Person { name: Name { own, ..person.name }, ..person }
    }

    fn millis(cost: Duration) -> f64 {
        cost.as_secs_f64() * 1000.0
    }

    /// The directory of a thread of this process in Linux's `/proc`.
    struct Thread(PathBuf);

    impl Thread {
        fn named(name: &str) -> Self {
            let is_it = |task: &PathBuf| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name);
            // A new thread sets its name a moment after it has started.
            let deadline = Instant::now() + TIMEOUT;
            loop {
                let mut tasks = fs::read_dir("/proc/self/task").expect("Linux").flatten().map(|task| task.path());
                match tasks.find(is_it) {
                    Some(task) => return Self(task),
                    None => assert!(Instant::now() < deadline, "there is no such thread"),
                }
            }
        }

        /// The CPU time that `work` costs this thread, until it sleeps again.
        fn cost(&self, work: impl FnOnce()) -> Duration {
            let before = self.cpu();
            work();
            self.cpu() - before
        }

        /// The CPU time that this thread has used so far, read once it sleeps.
        fn cpu(&self) -> Duration {
            let deadline = Instant::now() + TIMEOUT;
            while !self.read("stat").rsplit(") ").next().is_some_and(|state| state.starts_with('S')) {
                assert!(Instant::now() < deadline, "the thread does not come to rest");
                std::thread::yield_now();
            }
            let nanos = self.read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok());
            Duration::from_nanos(nanos.expect("the kernel counts"))
        }

        fn read(&self, file: &str) -> String {
            fs::read_to_string(self.0.join(file)).expect("Linux")
        }
    }
}
