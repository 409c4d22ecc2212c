//! Notices when this person is away: they have not touched any of their tabs for a while.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::shown::ShownRoom;
use crate::browser::{self, storage};
use crate::call;

/// A person counts as away after this time without a touch: a pointer, a key, scrolling, or a return to the tab.
const AWAY_AFTER_MILLIS: u64 = 5 * 60 * 1000;
/// How often the page checks whether the person is away, and how often it stores a touch at most.
const CHECK_EVERY_MILLIS: u64 = 15_000;

/// The shortest time between two reports of the same, since there are many touches a second.
const TELL_MILLIS: u32 = 3_000;

/// The key for the time of the last touch in any tab of this site. All tabs share the browser's storage.
const TOUCHED: &str = "gifchat.touched";

fn touched() -> Option<u64> {
    storage::get(TOUCHED)?.parse().ok()
}

fn touch() {
    storage::set(TOUCHED, &browser::now().to_string());
}

/// Whether no tab was touched for a while. False if the browser does not store everything: then a tab does not know about the
/// others and cannot tell that the person is away from all of them. (The time that was read may not be written back to find that
/// out: meanwhile another tab may have been touched.)
fn is_away() -> bool {
    let Some(at) = touched() else {
        // The storage was emptied.
        touch();
        return false;
    };
    browser::now().saturating_sub(at) >= AWAY_AFTER_MILLIS && storage::is_kept()
}

#[derive(Debug, Clone, Copy)]
pub struct Presence {
    shown: ShownRoom,
    /// Whether the room considers this person to be away.
    away: Memo<bool>,
    /// The state of being away that is being sent to the room.
    telling: StoredValue<Option<bool>>,
}

impl Presence {
    pub fn new(shown: ShownRoom) -> Self {
        let away = Memo::new(move |_| shown.view.with(|view| view.away.contains(&view.me)));
        Self { shown, away, telling: StoredValue::new(None) }
    }

    /// Tells the room when this person goes away and comes back, as long as the page lives.
    pub fn start(self) {
        let touched_here = move || {
            // (The clock may have been set back since.)
            if browser::now().abs_diff(touched().unwrap_or(0)) >= CHECK_EVERY_MILLIS {
                touch();
            }
            if self.away.get_untracked() {
                self.tell(false);
            }
        };
        touch();
        for event in ["pointerdown", "pointermove", "keydown", "scroll", "focus", "visibilitychange"] {
            let _ = window_event_listener_untyped(event, move |_| {
                if browser::is_visible() {
                    touched_here();
                }
            });
        }
        set_interval(
            move || {
                let is_away = is_away();
                if is_away != self.away.get_untracked() {
                    self.tell(is_away);
                }
            },
            Duration::from_millis(CHECK_EVERY_MILLIS),
        );
    }

    /// Reports the change, which the room confirms by an event. The same report is not repeated until [`TELL_MILLIS`] after its
    /// answer.
    fn tell(self, away: bool) {
        if self.telling.get_value() == Some(away) {
            return;
        }
        self.telling.set_value(Some(away));
        spawn_local(async move {
            // After a failure the next check reports it again.
            let _ = call::set_away(self.shown.id, away).send().await;
            browser::after_millis(TELL_MILLIS, move || self.telling.set_value(None));
        });
    }
}
