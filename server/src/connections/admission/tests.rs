use std::net::IpAddr;

use rstest::rstest;

use super::*;

/// Runs scenarios of these steps: `+a` opens a connection from address a and `+-` one from a proxy. `?0` begins a
/// request on the first connection, `.0` ends it, `w0` makes it a WebSocket, `p0` marks it as a proxy's, and `x0`
/// closes it.
struct Scenario {
    admission: Admission<usize>,
    ids: Vec<Id>,
    outcomes: String,
}

impl Scenario {
    fn new(all: usize, per_address: usize) -> Self {
        Self { admission: Admission::new(Caps { all, per_address }), ids: Vec::new(), outcomes: String::new() }
    }

    fn run(&mut self, steps: &str) -> &mut Self {
        for step in steps.split_whitespace() {
            let (what, rest) = step.split_at(1);
            let id = |ids: &[Id]| ids[rest.parse::<usize>().expect("a number")];
            match what {
                "+" => self.open(rest),
                "?" => assert!(self.admission.begin(id(&self.ids)), "{step}"),
                "." => self.admission.end(id(&self.ids)),
                "w" => self.admission.mark_socket(id(&self.ids)),
                "p" => self.admission.mark_proxy(id(&self.ids)),
                "x" => self.admission.remove(id(&self.ids)),
                _ => panic!("{step}"),
            }
        }
        self
    }

    fn open(&mut self, name: &str) {
        let address = (name != "-").then(|| Address::from(IpAddr::from([192, 0, 2, name.as_bytes()[0]])));
        match self.admission.admit(address, self.ids.len()) {
            Ok(Admitted { id, evicted }) => {
                self.ids.push(id);
                let evicted = evicted.map_or("-".to_owned(), |number| number.to_string());
                self.outcomes.push_str(&evicted);
            }
            Err(Full) => self.outcomes.push('!'),
        }
    }
}

/// The outcome for each new connection: `-` means that there was room, a number means that this connection was
/// evicted for it, and `!` means that it was refused.
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
fn who_goes_for_whom(#[case] steps: &str, #[case] outcomes: &str) {
    // There is room for four connections, two of them from one address.
    assert_eq!(Scenario::new(4, 2).run(steps).outcomes, outcomes);
}

#[test]
fn who_has_to_go_begins_nothing_and_counts_until_closed_as_going() {
    let mut scenario = Scenario::new(4, 2);
    scenario.run("+a +a +a");
    assert_eq!((scenario.outcomes.as_str(), scenario.admission.evicted()), ("--0", 1));
    assert!(!scenario.admission.begin(scenario.ids[0]));
    scenario.admission.end(scenario.ids[0]);
    scenario.run("x0");
    assert_eq!((scenario.admission.evicted(), scenario.admission.open_count()), (0, 2));
}

#[test]
fn who_says_nothing_is_too_late_and_who_asked_is_not() {
    let mut scenario = Scenario::new(4, 2);
    scenario.run("+a +b ?0 .0");
    let [asked, silent] = scenario.ids[..] else { panic!("two") };
    assert!(!scenario.admission.evict_if_silent(asked) && scenario.admission.evict_if_silent(silent));
    assert!(!scenario.admission.evict_if_silent(silent), "once");
}

#[test]
fn nothing_is_kept_of_who_is_gone() {
    let mut scenario = Scenario::new(4, 2);
    scenario.run("+a +b +- +a +c +a ?1 w1 .1 x0 x1 x2 x3 x4 x5");
    assert!(
        scenario.admission.connections.is_empty()
            && scenario.admission.groups.is_empty()
            && scenario.admission.idle.is_empty()
    );
    assert_eq!(scenario.admission.evicted(), 0);
}

/// However many connections come from however many addresses, one address has at most its share.
#[test]
fn one_address_never_has_all() {
    let mut scenario = Scenario::new(100, 25);
    for n in 0..1000 {
        scenario.run("+a");
        if let Some(last) = scenario.ids.len().checked_sub(1)
            && n % 2 == 0
        {
            scenario.run(&format!("?{last}"));
        }
    }
    assert_eq!(scenario.admission.open_count(), 25);
    scenario.outcomes.clear();
    scenario.run("+b");
    assert_eq!(scenario.outcomes, "-");
}
