//! How long a seat is kept while nobody watches it, and who takes its place.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use crate::id::VisitorId;
use crate::record::AddressTag;

/// How long seats are kept without a live feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graces {
    /// A seat that every page said goodbye to, or that never had a live feed. (ROOM_GRACE)
    pub gone: Duration,
    /// A seat that was cut off. (ROOM_AWAY_GRACE)
    pub away: Duration,
    /// A room in which nobody has a live feed. (ROOM_EMPTY_GRACE)
    pub empty: Duration,
}

/// A seat, as these rules see it. Lists of them have the order of the room's seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sitting {
    pub visitor: VisitorId,
    /// For how long it has had no live feed, and its visitor was not seen otherwise. `None` while it has a live feed.
    pub absent: Option<Duration>,
    /// It had a live feed, and not every page said goodbye.
    pub is_cut: bool,
    pub address: Option<AddressTag>,
}

impl Graces {
    /// How many cut-off seats of people from one address are kept longer at the same time. The limit keeps a stranger
    /// from filling a room with seats that nobody uses.
    pub const MAX_CUT_OF_ADDRESS: usize = 5;

    /// The seats that are over. `idle`: for how long nobody in the room has had a live feed or was seen otherwise.
    pub fn over(&self, seats: &[Sitting], idle: Duration) -> Vec<VisitorId> {
        let is_empty = seats.iter().all(|seat| seat.absent.is_some());
        if is_empty && idle >= self.empty.max(self.gone) {
            return seats.iter().map(|seat| seat.visitor).collect();
        }
        let kept = self.kept_longer(seats);
        let is_over = |seat: &&Sitting| {
            let grace = if kept.contains(&seat.visitor) { self.away.max(self.gone) } else { self.gone };
            seat.absent.is_some_and(|absent| absent >= grace)
        };
        let mut over: Vec<_> = seats.iter().filter(is_over).collect();
        if over.len() == seats.len() {
            // The room has not ended yet, so one seat stays: of those who went last, the one who has sat longest.
            let last = over.iter().enumerate().min_by_key(|(_, seat)| seat.absent).map(|(place, _)| place);
            last.map(|place| over.remove(place));
        }
        over.into_iter().map(|seat| seat.visitor).collect()
    }

    /// The seat that a newcomer takes when the room is full: the one that has been without a live feed longest, if that is long
    /// enough for it to be shown as away.
    pub fn displaced(&self, seats: &[Sitting]) -> Option<VisitorId> {
        let away = seats.iter().filter(|seat| self.is_shown_away(seat));
        away.max_by_key(|seat| seat.absent).map(|seat| seat.visitor)
    }

    /// Whether this person is shown to the others as away.
    pub fn is_shown_away(&self, seat: &Sitting) -> bool {
        seat.absent.is_some_and(|absent| absent >= self.gone)
    }

    /// The cut-off seats that are kept longer: of each address those that were cut off first.
    fn kept_longer(&self, seats: &[Sitting]) -> Vec<VisitorId> {
        let mut cut: Vec<_> = seats.iter().filter(|seat| seat.is_cut && seat.absent.is_some()).collect();
        cut.sort_by_key(|seat| Reverse(seat.absent));
        let mut of_address: HashMap<AddressTag, usize> = HashMap::new();
        let is_kept = |seat: &&&Sitting| {
            let Some(address) = seat.address else { return true };
            let count = of_address.entry(address).or_default();
            *count += 1;
            *count <= Self::MAX_CUT_OF_ADDRESS
        };
        cut.iter().filter(is_kept).map(|seat| seat.visitor).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const GRACES: Graces =
        Graces { gone: Duration::from_secs(30), away: Duration::from_secs(1800), empty: Duration::from_secs(600) };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// One seat: `.` has a live feed, `g30` was left with a goodbye 30 seconds ago (or never had a feed), `c30` was cut
    /// off 30 seconds ago, and `c30@2` was cut off likewise and belongs to a person from address 2.
    fn sitting(place: usize, text: &str) -> Sitting {
        let visitor = VisitorId([place as u8 + 1; 16]);
        let (text, address) = match text.split_once('@') {
            Some((text, tag)) => (text, Some(AddressTag(tag.parse().expect("a tag")))),
            None => (text, None),
        };
        let absent = (text != ".").then(|| seconds(text[1..].parse().expect("seconds")));
        Sitting { visitor, absent, is_cut: text.starts_with('c'), address }
    }

    fn seats(text: &str) -> Vec<Sitting> {
        text.split(' ').enumerate().map(|(place, text)| sitting(place, text)).collect()
    }

    fn numbers(visitors: &[VisitorId]) -> Vec<u8> {
        visitors.iter().map(|visitor| visitor.0[0]).collect()
    }

    #[rstest]
    // A person who says goodbye, or never had a feed, loses the seat after ROOM_GRACE.
    #[case::goodbye(". g29 g30 g31", 0, &[3, 4])]
    // The seat of a person who was cut off is kept for ROOM_AWAY_GRACE.
    #[case::cut_off(". c30 c1799 c1800", 0, &[4])]
    #[case::both(". g30 c30", 0, &[2])]
    // Of one address, the five seats that were cut off first are kept. The others end after ROOM_GRACE.
    #[case::five_of_an_address(". c40@1 c41@1 c42@1 c43@1 c44@1", 0, &[])]
    #[case::six_of_an_address(". c45@1 c40@1 c41@1 c42@1 c43@1 c44@1", 0, &[3])]
    #[case::eight_of_an_address(". c30@1 c31@1 c32@1 c33@1 c34@1 c35@1 c36@1 c37@1", 0, &[2, 3, 4])]
    #[case::the_sixth_just_now(". c29@1 c40@1 c41@1 c42@1 c43@1 c44@1", 0, &[])]
    #[case::two_addresses(". c40@1 c41@1 c42@1 c43@2 c44@2 c45@2", 0, &[])]
    #[case::addresses_that_many_share(". c40 c41 c42 c43 c44 c45 c46", 0, &[])]
    #[case::goodbyes_do_not_count_among_the_five(". g29@1 c40@1 c41@1 c42@1 c43@1 c44@1", 0, &[])]
    #[case::who_came_back_does_not_count(". .@1 c40@1 c41@1 c42@1 c43@1 c44@1", 0, &[])]
    // A room in which nobody has a live feed ends ROOM_EMPTY_GRACE after the last feed, whether or not seats are kept.
    #[case::empty_not_yet("c599 c700", 599, &[])]
    #[case::empty("c600 c700", 600, &[1, 2])]
    #[case::empty_with_goodbyes("g600 c700", 600, &[1, 2])]
    #[case::not_empty(". c700", 0, &[])]
    #[case::the_last_feed_was_of_one_who_left("c700 c800", 100, &[])]
    // Until then the last seat is kept.
    #[case::the_last_one("g599", 599, &[])]
    #[case::the_last_one_ends("g600", 600, &[1])]
    #[case::a_kept_one_is_the_last_one("g40 c40", 40, &[1])]
    #[case::of_two_who_went_together("g40 g40", 40, &[2])]
    #[case::of_two_who_went_one_by_one("g50 g40", 40, &[1])]
    fn the_end_of_a_grace(#[case] text: &str, #[case] idle: u64, #[case] expected: &[u8]) {
        assert_eq!(numbers(&GRACES.over(&seats(text), seconds(idle))), expected);
    }

    #[rstest]
    #[case::nobody_is_away(". . c29 g29", None)]
    #[case::cut_off_longest(". c31 c99 c30", Some(3))]
    #[case::just_now(". c30", Some(2))]
    #[case::kept_as_the_last_one("g100 g40", Some(1))]
    #[case::together_the_newest(". c40 c40", Some(3))]
    #[case::whatever_the_address(". c40@1 c41@1 c42@2", Some(4))]
    fn whose_place_a_newcomer_takes(#[case] text: &str, #[case] expected: Option<u8>) {
        let displaced = GRACES.displaced(&seats(text));
        assert_eq!(displaced.map(|visitor| visitor.0[0]), expected);
    }

    #[test]
    fn odd_settings_keep_seats_for_room_grace_at_least() {
        let odd = Graces { gone: seconds(60), away: seconds(1), empty: seconds(0) };
        assert_eq!(numbers(&odd.over(&seats("c59 c59"), seconds(59))), [0; 0]);
        assert_eq!(numbers(&odd.over(&seats(". c60"), seconds(0))), [2]);
        assert_eq!(numbers(&odd.over(&seats("c60 c60"), seconds(60))), [1, 2]);
    }
}
