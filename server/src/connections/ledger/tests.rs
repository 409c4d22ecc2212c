use std::net::IpAddr;

use rstest::rstest;

use super::*;

/// What happens: `+a` somebody of address a comes, `+-` a proxy; `?0` the first comer asks for something, `.0` has
/// the answer, `w0` becomes a socket, `x0` closes.
struct Door {
    ledger: Ledger<usize>,
    ids: Vec<Id>,
    told: String,
}

impl Door {
    fn new(all: usize, per_address: usize) -> Self {
        Self { ledger: Ledger::new(Caps { all, per_address }), ids: Vec::new(), told: String::new() }
    }

    fn tell(&mut self, story: &str) -> &mut Self {
        for word in story.split_whitespace() {
            let (what, rest) = word.split_at(1);
            let id = |ids: &[Id]| ids[rest.parse::<usize>().expect("a number")];
            match what {
                "+" => self.come(rest),
                "?" => assert!(self.ledger.begin(id(&self.ids)), "{word}"),
                "." => self.ledger.end(id(&self.ids)),
                "w" => self.ledger.becomes_live(id(&self.ids)),
                "p" => self.ledger.is_a_proxys(id(&self.ids)),
                "x" => self.ledger.leave(id(&self.ids)),
                _ => panic!("{word}"),
            }
        }
        self
    }

    fn come(&mut self, name: &str) {
        let address = (name != "-").then(|| Address::from(IpAddr::from([192, 0, 2, name.as_bytes()[0]])));
        match self.ledger.take(address, self.ids.len()) {
            Ok(Taken { id, goes }) => {
                self.ids.push(id);
                let goes = goes.map_or("-".to_owned(), |number| number.to_string());
                self.told.push_str(&goes);
            }
            Err(Full) => self.told.push('!'),
        }
    }
}

/// What each comer was told: `-` come in, a number: that one goes for you, `!` there is no room.
#[rstest]
#[case::there_is_room("+a +b +c", "---")]
#[case::an_address_has_enough("+a +a +a", "--0")]
#[case::its_oldest_idle_goes("+a +a ?0 .0 +a", "--1")]
#[case::a_request_is_not_idle("+a +a ?0 ?1 +a .0 +a", "--!0")]
#[case::two_reasons_end_one_by_one("+a +a ?0 ?0 ?1 .0 +a .0 +a", "--!0")]
#[case::a_socket_is_not_idle("+a +a ?0 w0 .0 ?1 w1 .1 +a", "--!")]
#[case::others_are_not_in_its_way("+a +a ?0 ?1 +b", "---")]
#[case::a_closed_one_makes_room("+a +a ?0 ?1 x1 +a", "---")]
#[case::full_the_largest_goes("+a +b +b +c +d", "----1")]
#[case::full_of_equals_the_oldest_goes("+a +b +c +d ?0 .0 +e", "----1")]
#[case::full_the_largest_with_an_idle_one("+b +b ?0 ?1 +a +c +d", "----2")]
#[case::full_of_the_busy("+a ?0 +b ?1 +c ?2 +d ?3 +e", "----!")]
#[case::full_and_nobody_with_more("+a ?0 +b +c +d +a", "----!")]
#[case::full_and_its_own_goes("+a +b ?1 +c ?2 +d ?3 +a", "----0")]
#[case::a_proxy_has_no_cap_of_its_own("+- +- +- +-", "----")]
#[case::a_proxys_go_last("+- +- +- +a +b", "----3")]
#[case::a_proxys_go_when_nobody_elses_can("+- +- +- +a ?3 +b", "----0")]
#[case::a_proxy_makes_anybody_go("+a +b +c +d +-", "----0")]
#[case::who_is_a_proxy_after_all_does_not_count("+a +a ?0 p0 +a", "---")]
#[case::nor_twice("+a +a ?0 p0 p0 .0 +a +a", "---1")]
fn who_goes_for_whom(#[case] story: &str, #[case] told: &str) {
    // Four places, two of an address.
    assert_eq!(Door::new(4, 2).tell(story).told, told);
}

#[test]
fn who_has_to_go_begins_nothing_and_counts_until_closed_as_going() {
    let mut door = Door::new(4, 2);
    door.tell("+a +a +a");
    assert_eq!((door.told.as_str(), door.ledger.going()), ("--0", 1));
    assert!(!door.ledger.begin(door.ids[0]));
    door.ledger.end(door.ids[0]);
    door.tell("x0");
    assert_eq!((door.ledger.going(), door.ledger.open()), (0, 2));
}

#[test]
fn who_says_nothing_is_too_late_and_who_asked_is_not() {
    let mut door = Door::new(4, 2);
    door.tell("+a +b ?0 .0");
    let [asked, silent] = door.ids[..] else { panic!("two") };
    assert!(!door.ledger.is_too_late(asked) && door.ledger.is_too_late(silent));
    assert!(!door.ledger.is_too_late(silent), "once");
}

#[test]
fn nothing_is_kept_of_who_is_gone() {
    let mut door = Door::new(4, 2);
    door.tell("+a +b +- +a +c +a ?1 w1 .1 x0 x1 x2 x3 x4 x5");
    assert!(door.ledger.places.is_empty() && door.ledger.crowds.is_empty() && door.ledger.idle.is_empty());
    assert_eq!(door.ledger.going(), 0);
}

/// However many come from however many addresses, one address has its share at most.
#[test]
fn one_address_never_has_all() {
    let mut door = Door::new(100, 25);
    for n in 0..1000 {
        door.tell("+a");
        if let Some(last) = door.ids.len().checked_sub(1)
            && n % 2 == 0
        {
            door.tell(&format!("?{last}"));
        }
    }
    assert_eq!(door.ledger.open(), 25);
    door.told.clear();
    door.tell("+b");
    assert_eq!(door.told, "-");
}
