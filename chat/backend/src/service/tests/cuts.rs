//! A person who was cut off for a while ends up seeing the same as one who was not.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::acts::{Screen, act};
use super::*;

/// A busy room, one person who is cut off at times, and one who is not.
struct Scenario {
    fixture: Fixture,
    room: RoomId,
    runner: TestRunner,
    steady: Screen,
    cut: Screen,
}

impl Scenario {
    async fn new(round: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&round.to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
        let fixture = Fixture::without_limits().await;
        let room = fixture.room(&person(0)).await;
        // This makes several pages of history.
        while fixture.chat.store.last_seq(room).await.expect("a log") < 400 {
            fixture.act(room, &some(&mut runner, &act())).await;
        }
        let (mut steady, mut cut) = (Screen::of(&fixture, room).await, Screen::of(&fixture, room).await);
        steady.come_back(&fixture).await;
        cut.come_back(&fixture).await;
        Self { fixture, room, runner, steady, cut }
    }

    /// Goes on until the log has `missed` more entries.
    async fn go_on(&mut self, missed: u64) {
        let end = self.fixture.chat.store.last_seq(self.room).await.expect("a log") + missed;
        while self.fixture.chat.store.last_seq(self.room).await.expect("a log") < end {
            self.fixture.act(self.room, &some(&mut self.runner, &act())).await;
            for screen in [&mut self.steady, &mut self.cut] {
                screen.read();
                // Older history is asked for at times, cut off or not, and does not arrive at once.
                match some(&mut self.runner, &(0..20u8)) {
                    0 => screen.ask_for_history(&self.fixture).await,
                    1 => drop(screen.page_arrives()),
                    _ => {}
                }
            }
        }
    }

    async fn cut_off(&mut self, missed: u64) {
        let moment = some(&mut self.runner, &(0..12u64));
        self.go_on(moment).await;
        self.cut.feed = None;
        self.go_on(missed).await;
        self.cut.come_back(&self.fixture).await;
    }
}

fn some<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).expect("a value").current()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_cut_off_sees_what_the_others_see() {
    let rounds = if std::env::var_os("GIFCHAT_LONG").is_some() { 200 } else { 20 };
    for round in 0..rounds {
        let mut scenario = Scenario::new(round).await;
        let order = some(&mut scenario.runner, &Just([0, 1, 41, 500]).prop_shuffle());
        for missed in order {
            scenario.cut_off(missed).await;
        }
        let Scenario { fixture, room, steady, cut, .. } = scenario;
        let (steady, cut) = (steady.with_all_history(&fixture).await, cut.with_all_history(&fixture).await);
        let fresh = Screen::of(&fixture, room).await.with_all_history(&fixture).await;
        for view in [steady, cut] {
            // Entries are compared one by one, so that a failure shows only the one that differs.
            for (shown, expected) in view.entries.iter().zip(&fresh.entries) {
                assert_eq!(shown, expected, "round {round}");
            }
            assert_eq!(view, fresh, "round {round}");
        }
    }
}
