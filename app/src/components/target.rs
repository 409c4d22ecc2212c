//! What is shown above the text field: to whom the next message goes, what it answers, and who else is writing.

use leptos::prelude::*;

use super::icon::{self, Picture};
use crate::html::isolated;
use crate::markup::{element, sentence};
use crate::state::focus;
use crate::state::log::Quote;
use crate::state::shown::Shown;
use crate::state::typing::Typing;
use crate::state::writing::Writing;

#[component]
pub fn TargetBar(shown: Shown, writing: Writing) -> impl IntoView {
    let (lang, words) = (shown.site.lang, shown.site.lang.in_room());
    let to = Memo::new(move |_| {
        writing.target.with(|target| target.to.as_ref().map(|to| lang.only_for(&isolated(&lang.name(&to.name)))))
    });
    let reply = Memo::new(move |_| {
        let reply = writing.target.with(|target| target.reply.clone())?;
        let quote = shown.view.with(|view| view.entry(reply.seq).and_then(Quote::of));
        let said = match quote {
            Some(Quote::Text(text)) => text,
            Some(Quote::Gif) => "GIF".to_owned(),
            Some(Quote::Removed) => words.removed.to_owned(),
            None => String::new(),
        };
        Some(format!("{}: {}", lang.answer_to(&isolated(&lang.name(&reply.person.name))), isolated(&said)))
    });
    let row = move |text: Memo<Option<String>>, class: &'static str, label: &'static str, end: fn(Writing)| {
        view! {
            <p class=class hidden=move || text.with(Option::is_none)>
                {element("span").live_children(move || sentence(&text.get().unwrap_or_default()))}
                <button type="button" class="round" aria-label=label title=label on:click=move |_| end(writing)>
                    <Picture icon=icon::CLOSE/>
                </button>
            </p>
        }
    };
    view! {
        {row(to, "aim aim-whisper", words.cancel_whisper, |writing| {
            writing.target.set(Default::default());
            focus::composer();
        })}
        {row(reply, "aim", words.cancel_reply, |writing| {
            writing.target.update(|target| target.reply = None);
            focus::composer();
        })}
    }
}

#[component]
pub fn TypingIndicator(shown: Shown, typing: Typing) -> impl IntoView {
    let lang = shown.site.lang;
    let text = move || match typing.names(shown) {
        Some(names) => sentence(&lang.typing(&names.iter().map(|name| isolated(name)).collect::<Vec<_>>())),
        None => vec![lang.in_room().several_typing.into()],
    };
    element("p").class("typing soft small").set("aria-live", "off").live_children(text)
}
