use std::sync::atomic::AtomicU64;

use rstest::rstest;

use super::*;
use chat::time::Timestamp;

const SEAT: Seat = (RoomId([1; 16]), VisitorId([2; 16]));

#[derive(Default)]
struct Seconds(AtomicU64);

impl Clock for Seconds {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn page(n: u8) -> PageId {
    PageId([n; 16])
}

fn seat(renewed: u64, parting: Parting) -> record::Seat {
    let person = chat::visitor::Person::new(SEAT.1);
    record::Seat { renewed, parting, ..record::Seat::new(person, Timestamp::default()) }
}

/// The seconds at which the store is told about somebody who looks every second for a minute.
fn told_of_one_who_looks(grace: u64) -> Vec<u64> {
    let clock = Arc::new(Seconds::default());
    let presence = Presence::new(clock.clone(), Duration::from_secs(grace), true);
    let mut told = Vec::new();
    for second in 0..60 {
        clock.0.store(second, Ordering::SeqCst);
        presence.renew(SEAT);
        if let Some(report) = presence.due_report_of(SEAT) {
            assert_eq!(report, Report::Seen);
            presence.reported(SEAT, &report, &seat(second, Parting::NeverLive));
            told.push(second);
        }
    }
    told
}

#[test]
fn looking_writes_every_ten_seconds_at_most() {
    assert_eq!(told_of_one_who_looks(30), [2, 12, 22, 32, 42, 52]);
    assert_eq!(told_of_one_who_looks(3600).len(), 6);
}

#[test]
fn a_short_grace_is_renewed_in_time() {
    assert!(told_of_one_who_looks(9).is_sorted_by(|earlier, later| later - earlier <= 3));
}

/// What happens to a seat: `a+` page a opens a socket, `a-` its first open socket ends without a goodbye, `a!` its last one
/// after a goodbye.
fn play(presence: &Arc<Presence>, steps: &str) {
    let mut sockets: Vec<(u8, SocketGuard)> = Vec::new();
    for step in steps.split_whitespace().map(str::as_bytes) {
        let open = |sockets: &[(u8, SocketGuard)]| sockets.iter().position(|(id, _)| *id == step[0]);
        let last = |sockets: &[(u8, SocketGuard)]| sockets.iter().rposition(|(id, _)| *id == step[0]);
        match step[1] {
            b'+' => sockets.push((step[0], presence.add_socket(SEAT, page(step[0])))),
            b'-' => drop(sockets.remove(open(&sockets).expect("a socket"))),
            _ => {
                let (_, mut socket) = sockets.remove(last(&sockets).expect("a socket"));
                socket.say_goodbye();
            }
        }
    }
    sockets.into_iter().for_each(|(_, socket)| std::mem::forget(socket));
}

#[rstest]
#[case::cut("a+ a-", Some(true))]
#[case::goodbye("a+ a!", Some(false))]
#[case::open("a+", None)]
#[case::one_of_two_is_open("a+ b+ a!", None)]
#[case::both_said_goodbye("a+ b+ a! b!", Some(false))]
#[case::one_said_goodbye("a+ b+ a! b-", Some(true))]
#[case::the_other_said_goodbye("a+ b+ a- b!", Some(true))]
#[case::coming_back_cancels_it("a+ b+ a- a+ a! b!", Some(false))]
#[case::coming_back_cancels_a_goodbye("a+ a! a+ a-", Some(true))]
#[case::a_goodbye_ends_only_that_page("a+ b+ a! a+ a! b-", Some(true))]
// The connection was lost, and the server hears of it only after the page has said goodbye on the next one.
#[case::a_dead_socket_ends_late("a+ a+ a! a-", Some(false))]
#[case::a_dead_socket_ends_before("a+ a+ a- a!", Some(false))]
#[case::a_dead_socket_of_a_page_that_is_cut_off("a+ a+ a- a-", Some(true))]
#[case::a_reload("a+ a+ a- a+ a- a!", Some(false))]
fn how_pages_leave_a_seat(#[case] steps: &str, #[case] cut: Option<bool>) {
    let presence = Arc::new(Presence::new(Arc::new(Seconds::default()), Duration::from_secs(30), false));
    play(&presence, steps);
    assert_eq!(presence.has_socket(SEAT), cut.is_none());
    let room = || {
        let (title, capacity) = (chat::RoomTitle::new("방").expect("a title"), chat::Capacity::DEFAULT);
        record::Room::new(SEAT.0, title, capacity, None, SEAT.1, Timestamp::default())
    };
    let room = record::Room { seats: vec![seat(0, Parting::Cut)], ..room() };
    let (sittings, _) = presence.sittings(&room, |_| false);
    assert_eq!(sittings[0].absent.map(|_| sittings[0].is_cut), cut);
}

#[test]
fn a_node_alone_tells_the_store_only_what_it_needs_after_a_restart() {
    let clock = Arc::new(Seconds::default());
    let presence = Arc::new(Presence::new(clock.clone(), Duration::from_secs(30), false));
    let mut told = Vec::new();
    let mut tell = |parting| {
        clock.0.fetch_add(3, Ordering::SeqCst);
        let report = presence.due_report_of(SEAT);
        if let Some(report) = &report {
            presence.reported(SEAT, report, &seat(0, parting));
        }
        told.push(match report {
            None => "nothing",
            Some(Report::Watched) => "watched",
            Some(Report::Left(ended)) if ended.cut.is_empty() => "goodbye",
            Some(Report::Left(_)) => "cut",
            Some(Report::Seen) => "seen",
        });
    };
    presence.renew(SEAT);
    tell(Parting::NeverLive);
    let socket = presence.add_socket(SEAT, page(1));
    tell(Parting::Cut);
    drop(socket);
    tell(Parting::Cut);
    for _ in 0..3 {
        // The connection is lost for a while, as in a tunnel.
        let socket = presence.add_socket(SEAT, page(1));
        tell(Parting::Cut);
        drop(socket);
        tell(Parting::Cut);
    }
    let mut socket = presence.add_socket(SEAT, page(1));
    socket.say_goodbye();
    drop(socket);
    tell(Parting::Goodbye);
    let _socket = presence.add_socket(SEAT, page(1));
    tell(Parting::Cut);
    let nothing = ["nothing"; 7];
    assert_eq!(told, [&["nothing", "watched"], &nothing[..], &["goodbye", "watched"]].concat());
}
