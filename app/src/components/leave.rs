//! The button that leaves the room: at once, or after a question if the room would be gone without this person.

use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{self, Picture};
use crate::state::room::{RoomState, forget_unsent};
use crate::{browser, call};

#[component]
pub fn Leave(state: RoomState) -> impl IntoView {
    let (lang, room) = (state.site.lang, state.id);
    let words = lang.in_room();
    let dialog = NodeRef::<Dialog>::new();
    let leaving = state.acts.leaving;
    let leave = move || {
        leaving.set(true);
        spawn_local(async move {
            match call::leave_room(room).send().await {
                Ok(()) => {
                    forget_unsent(room);
                    browser::navigate("/");
                }
                Err(refused) => {
                    leaving.set(false);
                    state.writing.notice.set(Some(lang.error(&refused)));
                }
            }
        });
    };
    let ask = move |event: SubmitEvent| {
        event.prevent_default();
        let alone = state.shown.people.with_untracked(|people| people.len() <= 1);
        match dialog.get_untracked() {
            // Without a second question if the dialog is open already, or the browser has no dialogs.
            Some(dialog) if alone && dialog.show_modal().is_ok() => {}
            _ => leave(),
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <form method="post" action="/api/leave_room?back=/" on:submit=ask>
            <input type="hidden" name="room" value=room.to_string()/>
            <button class="button leave" aria-label=words.leave disabled=move || leaving.get()>
                <Picture icon=icon::LEAVE/>
                <span>{words.leave}</span>
            </button>
        </form>
        <dialog node_ref=dialog class="question" aria-labelledby="close-title">
            <h2 id="close-title">{words.close_title}</h2>
            <p class="soft">{words.close_hint}</p>
            <div class="actions">
                <button type="button" class="button" on:click=move |_| close()>{words.stay}</button>
                <button
                    type="button"
                    class="button danger"
                    on:click=move |_| {
                        close();
                        leave();
                    }
                >
                    {words.close_confirm}
                </button>
            </div>
        </dialog>
    }
}
