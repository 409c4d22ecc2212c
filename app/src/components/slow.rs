//! Slow mode above the text field: that it is on, and how long this person still waits.

use leptos::prelude::*;

use crate::state::shown::Shown;
use crate::state::slow::Wait;

#[component]
pub fn SlowLine(shown: Shown, wait: Wait) -> impl IntoView {
    let lang = shown.site.lang;
    let mode = move || lang.slow_mode(shown.slow.get());
    let left = move || wait.must_wait.get().then(|| lang.turn_in(wait.seconds.get()));
    let is_told = move || wait.must_wait.get() && wait.told.get() != 0;
    // Screen readers are told once for each attempt to send, and once when it is possible again; not every second.
    let told = move || match (wait.told.get(), wait.must_wait.get()) {
        (0, _) => String::new(),
        (seconds, true) => lang.turn_in(seconds),
        (_, false) => lang.in_room().turn_is_here.to_owned(),
    };
    view! {
        <p class="slow soft small" class:told=is_told hidden=move || shown.slow.get().is_off()>
            <span id="slow">{mode}</span>
            " "
            <span class="number" aria-hidden="true">{left}</span>
        </p>
        <p class="sr" role="status">{told}</p>
    }
}
