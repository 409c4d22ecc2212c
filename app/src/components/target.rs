//! What is shown above the text field: to whom the next message goes, what it answers, and who else is writing.

use leptos::prelude::*;

use super::icon::{self, Picture};
use crate::html::{isolated, sentence};
use crate::state::log::Quote;
use crate::state::room::RoomState;

#[component]
pub fn TargetBar(state: RoomState) -> impl IntoView {
    let (lang, words) = (state.site.lang, state.site.lang.in_room());
    let to = Memo::new(move |_| {
        state.target.with(|target| target.to.as_ref().map(|to| lang.only_for(&isolated(&lang.name(&to.name)))))
    });
    let reply = Memo::new(move |_| {
        let reply = state.target.with(|target| target.reply.clone())?;
        let quote = state.view.with(|view| view.entry(reply.seq).and_then(Quote::of));
        let said = match quote {
            Some(Quote::Text(text)) => text,
            Some(Quote::Gif) => "GIF".to_owned(),
            Some(Quote::Removed) => words.removed.to_owned(),
            None => String::new(),
        };
        Some(format!("{}: {}", lang.answer_to(&isolated(&lang.name(&reply.person.name))), isolated(&said)))
    });
    let row = move |text: Memo<Option<String>>, class: &'static str, label: &'static str, end: fn(RoomState)| {
        view! {
            <p class=class hidden=move || text.with(Option::is_none)>
                <span inner_html=move || sentence(&text.get().unwrap_or_default())></span>
                <button type="button" class="round" aria-label=label title=label on:click=move |_| end(state)>
                    <Picture icon=icon::CLOSE/>
                </button>
            </p>
        }
    };
    view! {
        {row(to, "aim aim-whisper", words.cancel_whisper, |state| {
            state.target.set(Default::default());
            state.focus_composer();
        })}
        {row(reply, "aim", words.cancel_reply, |state| {
            state.target.update(|target| target.reply = None);
            state.focus_composer();
        })}
    }
}

#[component]
pub fn TypingIndicator(state: RoomState) -> impl IntoView {
    let lang = state.site.lang;
    let text = move || match state.typing_names() {
        Some(names) => sentence(&lang.typing(&names.iter().map(|name| isolated(name)).collect::<Vec<_>>())),
        None => lang.in_room().several_typing.to_owned(),
    };
    view! { <p class="typing soft small" aria-live="off" inner_html=text></p> }
}
