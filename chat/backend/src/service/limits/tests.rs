use std::net::IpAddr;

use super::*;

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn person(n: u8) -> VisitorId {
    VisitorId([n; 16])
}

fn address(text: &str) -> Option<Address> {
    Some(Address::from(text.parse::<IpAddr>().expect("an address")))
}

fn refused(taken: Result<(), Refused>) -> Option<(&'static str, u32)> {
    taken.err().map(|refused| (refused.whose, whole_seconds(refused.wait)))
}

#[test]
fn so_many_in_any_stretch_and_the_wait_is_exact() {
    let limiter = Limiter::new(Rate::new(2, 10));
    let too_many = |retry_after| Err(Error::TooMany { of: Act::Other, retry_after });
    assert_eq!(limiter.take("a", at(0)), Ok(()));
    assert_eq!(limiter.take("a", at(4000)), Ok(()));
    assert_eq!(limiter.take("a", at(5500)), too_many(5));
    assert_eq!(limiter.take("b", at(5500)), Ok(()));
    assert_eq!(limiter.take("a", at(10_000)), Ok(()));
    assert_eq!(limiter.take("a", at(10_001)), too_many(4));
}

#[test]
fn what_is_given_back_does_not_count() {
    let limits = Limits::new(Rates::default());
    for n in 0..5000 {
        let taken = limits.take(Act::NewRoom, person(1), address("192.0.2.1"), at(n));
        assert_eq!(refused(taken), None);
        limits.give_back(Allowed { act: Act::NewRoom, visitor: person(1), address: address("192.0.2.1") });
    }
}

#[test]
fn idle_keys_are_forgotten_without_being_told() {
    let limiter = Limiter::new(Rate::new(1, 10));
    limiter.take("a", at(0)).expect("the first");
    limiter.take("b", at(9_999)).expect("the first");
    assert_eq!(limiter.keys(), 2);
    limiter.take("c", at(20_000)).expect("the first");
    assert_eq!(limiter.keys(), 1);
}

#[test]
fn visitors_are_free_and_their_address_is_not() {
    let limits = Limits::new(Rates::default());
    let make = |n, from| refused(limits.take(Act::NewRoom, person(n), from, at(0)));
    for n in 0..50 {
        assert_eq!(make(n, address("192.0.2.1")), None, "a school is one address");
    }
    assert_eq!(make(50, address("192.0.2.1")), Some(("address", 12)));
    assert_eq!(
        make(50, address("192.0.2.2")),
        None,
        "whoever was refused was not counted, and another comes from elsewhere"
    );
    for n in 0..50 {
        assert_eq!(make(n + 100, address(&format!("2001:db8::{n}"))), None);
    }
    assert_eq!(make(200, address("2001:db8::ffff:1")), Some(("address", 12)), "one network of IPv6 is one address");
    assert_eq!(make(201, address("2001:db8:0:1::1")), None);
    for n in 0..5 {
        assert_eq!(make(202, None), None, "{n}: without an address the visitor counts");
    }
    assert_eq!(make(202, None), Some(("visitor", 600)));
}

#[test]
fn all_visitors_together_have_a_limit() {
    let limits = Limits::new(Rates::default());
    let made = (0..=u8::MAX).flat_map(|n| (0..4).map(move |m| (n, m)));
    let made = made.filter(|(n, m)| {
        let from = address(&format!("10.0.{m}.{n}"));
        limits.take(Act::NewRoom, VisitorId([*n, *m, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]), from, at(0)).is_ok()
    });
    assert_eq!(made.count(), 500);
}

/// Each mistake is stored until the next page.
#[test]
fn mistakes_wait_for_few() {
    let limits = Limits::new(Rates::default());
    let put = |visitor: u16, from: Option<Address>| {
        let [high, low] = visitor.to_be_bytes();
        let visitor = VisitorId([high, low, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        limits.take(Act::Mistake, visitor, from, at(0)).is_ok()
    };
    let from = |n: u16| address(&format!("192.0.2.{n}"));
    assert_eq!((0..100).filter(|_| put(0, from(0))).count(), 10, "a visitor");
    assert_eq!((1..200).filter(|n| put(*n, from(0))).count(), 20, "an address, with what its first visitor had");
    assert_eq!((1000..4000).filter(|n| put(*n, from(n % 200 + 1))).count(), 90, "everybody together");
}

#[test]
fn a_shared_bucket_fills_again_evenly() {
    let buckets = Buckets::default();
    let rate = Rate::new(100, 10);
    for _ in 0..100 {
        assert_eq!(buckets.take("a", rate, at(0)), Ok(()));
    }
    assert_eq!(buckets.take("a", rate, at(0)), Err(at(100)));
    assert_eq!(buckets.take("a", rate, at(100)), Ok(()));
    assert_eq!(buckets.take("a", rate, at(100)), Err(at(100)));
    assert_eq!((0..200).filter(|_| buckets.take("a", rate, at(60_000)).is_ok()).count(), 100);
}

#[test]
fn bots_in_a_room_cannot_silence_who_says_less() {
    let limits = Limits::new(Rates::default());
    let room = RoomId([7; 16]);
    let say = |n, millis| refused(limits.take_in_room(Act::Say, room, person(n), at(millis)));
    let said = (0..80).filter(|n| say(n % 8, 0).is_none()).count();
    assert_eq!(said, 50, "a room's own rate");
    assert_eq!(say(0, 1), Some(("room", 10)));
    assert_eq!(say(100, 1), None, "whoever has said nothing yet is heard");
    assert_eq!(say(100, 2), Some(("room", 10)), "once");
    assert_eq!(
        refused(limits.take_in_room(Act::Say, RoomId([8; 16]), person(0), at(2))),
        None,
        "other rooms are their own"
    );
}

#[test]
fn every_act_has_a_row_of_its_own() {
    let settings: Vec<_> = Act::ALL.into_iter().filter_map(setting).collect();
    let mut once = settings.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), settings.len());
    for (n, act) in Act::ALL.into_iter().enumerate() {
        assert_eq!(act as usize, n, "{act:?} is found by its place");
    }
}
