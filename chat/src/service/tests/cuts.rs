//! Whoever was cut off for a while sees in the end what those see who were not.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::acts::{Screen, act};
use super::*;

/// A room in which something happens all the time, one person who is cut off now and then, and one who is not.
struct Play {
    house: House,
    room: RoomId,
    runner: TestRunner,
    steady: Screen,
    cut: Screen,
}

impl Play {
    async fn new(round: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&round.to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
        let house = House::without_limits().await;
        let room = house.room(&person(0)).await;
        // Several pages of history.
        while house.chat.store.last_seq(room).await.expect("a log") < 400 {
            house.act(room, &some(&mut runner, &act())).await;
        }
        let (mut steady, mut cut) = (Screen::of(&house, room).await, Screen::of(&house, room).await);
        steady.come_back(&house).await;
        cut.come_back(&house).await;
        Self { house, room, runner, steady, cut }
    }

    /// Until the log has `missed` entries more.
    async fn go_on(&mut self, missed: u64) {
        let end = self.house.chat.store.last_seq(self.room).await.expect("a log") + missed;
        while self.house.chat.store.last_seq(self.room).await.expect("a log") < end {
            self.house.act(self.room, &some(&mut self.runner, &act())).await;
            for screen in [&mut self.steady, &mut self.cut] {
                screen.read();
                // Older history is asked for now and then, cut off or not, and does not come at once.
                match some(&mut self.runner, &(0..20u8)) {
                    0 => screen.ask(&self.house).await,
                    1 => drop(screen.turn_back()),
                    _ => {}
                }
            }
        }
    }

    async fn be_cut(&mut self, missed: u64) {
        let moment = some(&mut self.runner, &(0..12u64));
        self.go_on(moment).await;
        self.cut.feed = None;
        self.go_on(missed).await;
        self.cut.come_back(&self.house).await;
    }
}

fn some<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).expect("a value").current()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_cut_off_sees_what_the_others_see() {
    let rounds = if std::env::var_os("GIFCHAT_LONG").is_some() { 200 } else { 20 };
    for round in 0..rounds {
        let mut play = Play::new(round).await;
        let order = some(&mut play.runner, &Just([0, 1, 41, 500]).prop_shuffle());
        for missed in order {
            play.be_cut(missed).await;
        }
        let Play { house, room, steady, cut, .. } = play;
        let (steady, cut) = (steady.whole(&house).await, cut.whole(&house).await);
        let fresh = Screen::of(&house, room).await.whole(&house).await;
        for view in [steady, cut] {
            // One by one, so that a difference is told without the whole.
            for (shown, expected) in view.entries.iter().zip(&fresh.entries) {
                assert_eq!(shown, expected, "round {round}");
            }
            assert_eq!(view, fresh, "round {round}");
        }
    }
}
