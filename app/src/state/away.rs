//! Whether this person is there at all: nobody who has not touched any of their tabs for a while is.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::room::RoomState;
use crate::browser::{self, kept};

/// So long without a touch counts as away.
const AWAY_AFTER_MILLIS: u64 = 5 * 60 * 1000;
/// How often that is looked at, and how often a touch is noted.
const LOOK_MILLIS: u64 = 15_000;

/// The same is not told again before: touches come many a second.
const TELL_MILLIS: u32 = 3_000;

/// When this person touched a tab of this site last. All their tabs share a browser.
const TOUCHED: &str = "gifchat.touched";

fn touched() -> u64 {
    kept::get(TOUCHED).and_then(|at| at.parse().ok()).unwrap_or(0)
}

impl RoomState {
    /// Tells the room when this person goes away and comes back. As long as the page lives.
    pub(super) fn follow_presence(self) {
        let touch = move || {
            let now = browser::now();
            if browser::is_visible() && now.saturating_sub(touched()) >= LOOK_MILLIS {
                kept::set(TOUCHED, &now.to_string());
            }
            if self.away.get_untracked() {
                self.tell_away(false);
            }
        };
        kept::set(TOUCHED, &browser::now().to_string());
        for event in ["pointerdown", "pointermove", "keydown", "scroll", "focus", "visibilitychange"] {
            let _ = window_event_listener_untyped(event, move |_| {
                if browser::is_visible() {
                    touch();
                }
            });
        }
        set_interval(
            move || {
                let is_away = browser::now().saturating_sub(touched()) >= AWAY_AFTER_MILLIS;
                if is_away != self.away.get_untracked() {
                    self.tell_away(is_away);
                }
            },
            Duration::from_millis(LOOK_MILLIS),
        );
    }

    /// The room says in time whether it has heard: until then this is not asked again, unless the other is meant.
    fn tell_away(self, away: bool) {
        if self.telling_away.get_value() == Some(away) {
            return;
        }
        self.telling_away.set_value(Some(away));
        spawn_local(async move {
            // What fails is told at the next look.
            let _ = self.ask_for("set_away", &[("away", if away { "true" } else { "false" })]).await;
            browser::after_millis(TELL_MILLIS, move || self.telling_away.set_value(None));
        });
    }
}
