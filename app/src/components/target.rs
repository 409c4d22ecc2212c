//! What is shown above the text field: to whom the next message goes, what it answers, and who else is writing.

use leptos::prelude::*;

use crate::html::isolated;
use crate::icon;
use crate::markup::{Markup, element, sentence};
use crate::state::focus;
use crate::state::log::Quote;
use crate::state::shown::ShownRoom;
use crate::state::target::Target;
use crate::state::typing::Typing;
use crate::state::writing::Writing;

pub fn target_bar(shown: ShownRoom, writing: Writing) -> [Markup; 2] {
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
            Some(Quote::Removed) => words.removed().to_owned(),
            None => String::new(),
        };
        Some(format!("{}: {}", lang.answer_to(&isolated(&lang.name(&reply.person.name))), isolated(&said)))
    });
    let row = |text: Memo<Option<String>>, class: &'static str, label: &'static str, end: fn(Writing)| {
        let button = element("button")
            .set("type", "button")
            .class("round")
            .set("aria-label", label)
            .set("title", label)
            .on("click", move |_| {
                end(writing);
                focus::composer();
            })
            .child(icon::CLOSE);
        element("p")
            .class(class)
            .hidden_while(move || text.with(Option::is_none))
            .child(element("span").live_children(move || sentence(&text.get().unwrap_or_default())))
            .child(button)
    };
    [
        row(to, "aim aim-whisper", words.cancel_whisper(), |writing| writing.target.set(Target::default())),
        row(reply, "aim", words.cancel_reply(), |writing| writing.target.update(|target| target.reply = None)),
    ]
}

pub fn typing_indicator(shown: ShownRoom, typing: Typing) -> Markup {
    let lang = shown.site.lang;
    let text = move || match typing.names(shown) {
        Some(names) => sentence(&lang.typing(&names.iter().map(|name| isolated(name)).collect::<Vec<_>>())),
        None => vec![lang.in_room().several_typing().into()],
    };
    element("p").class("typing soft small").set("aria-live", "off").live_children(text)
}
