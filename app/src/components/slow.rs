//! Slow mode above the text field: that it is on, and how long this person still waits.

use leptos::prelude::*;

use crate::state::room::RoomState;

#[component]
pub fn SlowLine(state: RoomState) -> impl IntoView {
    let lang = state.site.lang;
    let mode = move || lang.slow_mode(state.slow.get());
    let left = move || state.must_wait.get().then(|| lang.turn_in(state.wait.get()));
    let is_told = move || state.must_wait.get() && state.told_wait.get() != 0;
    // Screen readers are told once for each attempt to send, and once when it is possible again; not every second.
    let told = move || match (state.told_wait.get(), state.must_wait.get()) {
        (0, _) => String::new(),
        (seconds, true) => lang.turn_in(seconds),
        (_, false) => lang.in_room().turn_is_here.to_owned(),
    };
    view! {
        <p class="slow soft small" class:told=is_told hidden=move || state.slow.get().is_off()>
            <span id="slow">{mode}</span>
            " "
            <span class="number" aria-hidden="true">{left}</span>
        </p>
        <p class="sr" role="status">{told}</p>
    }
}
