//! The composer: people write texts here and add GIFs.

use chat::command::{self, Typed, is_slash};
use chat::entry::Text;
use chat::text::length;
use chat::{ClientId, Person};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CompositionEvent, Event, HtmlTextAreaElement, KeyboardEvent};

use super::composer_notices::{Answer, Asking, command_question, notice_line};
use super::files::{drop_zone, gif_form, paste};
use super::keys::{enter_makes_lines, pressed};
use super::slow::slow_line;
use super::target::{target_bar, typing_indicator};
use crate::browser;
use crate::markup::{Child, Markup, Place, element, later};
use crate::page::Flash;
use crate::state::enter::{Enter, Handling, Key};
use crate::state::focus;
use crate::state::room::RoomState;
use crate::state::target::Target;
use crate::strings::countdown;

/// The count of remaining characters is shown once no more than this many are left.
const COUNT_FROM: i64 = 200;

/// A whisper that was typed as a command: to whom, and what.
type Whisper = Option<(Person, String)>;

/// `send_id`: the client id of what is sent without JavaScript.
pub fn composer(state: RoomState, send_id: ClientId, flash: Option<Flash>) -> [Markup; 2] {
    let (shown, wait) = (state.shown, state.sending.wait);
    let words = state.site.lang.in_room();
    let typed = flash.as_ref().and_then(|flash| flash.typed("text")).unwrap_or_default().to_owned();
    let place = Place::new();
    let field = move || place.get::<HtmlTextAreaElement>();
    let left = RwSignal::new(i64::from(Text::MAX_CHARS));
    let enter = StoredValue::new(Enter::default());
    let told_here = flash.as_ref().filter(|flash| !flash.is_told_by_settings());
    state.writing.notice.set(told_here.map(|flash| state.site.lang.error(&flash.error)));

    let asking = RwSignal::new(None::<Asking>);

    let changed_by = move |is_restoring: bool| {
        let Some(field) = field() else { return };
        // The question was about another text.
        if asking.with_untracked(Option::is_some) {
            asking.set(None);
        }
        let text = field.value();
        if !is_restoring {
            state.panel.search(command::gif_query(&text));
        }
        left.set(i64::from(Text::MAX_CHARS) - characters(&text));
        // Some browsers cannot size the field by its content in CSS.
        field.set_rows(text.lines().count().clamp(1, 6) as u32);
        let is_for_all = state.writing.target.with_untracked(|target| target.to.is_none())
            && !text.trim_start().starts_with(is_slash);
        if is_for_all && !text.trim().is_empty() && !is_restoring {
            state.writing.tell_typing();
        }
        // (While the draft of last time is restored, its target is not known yet and must stay as it is stored.)
        if !is_restoring {
            state.writing.store_draft(&text);
        }
    };
    let changed = move || changed_by(false);
    Effect::new(move |_| {
        // Text that was typed before hydration stays; otherwise the draft of last time comes back.
        if let Some(field) = field() {
            let typed = field.value();
            if typed.is_empty() {
                field.set_value(&state.writing.draft().unwrap_or_default());
            } else {
                // It has to outlive a reload, too.
                state.writing.store_text(&typed);
            }
            changed_by(true);
        }
    });
    let aim = move |to: Person, text: &str| {
        if state.site.is_me(to.id) {
            return state.writing.notice.set(Some(words.whisper_to_oneself().to_owned()));
        }
        if let Some(field) = field() {
            state.writing.notice.set(None);
            // The target is set first, so that the room is not told that this person is typing, and the draft is stored with
            // its target.
            state.writing.whisper_to(to);
            field.set_value(text);
            changed();
            focus::composer();
        }
    };
    let read = move |written: &str| -> Option<Whisper> {
        let lang = state.site.lang;
        let called = |person: &Person| lang.name(&person.name);
        asking.set(None);
        match shown.view.with_untracked(|view| command::typed(written, &view.people, &view.entries, called)) {
            Typed::Plain => return Some(None),
            Typed::Whisper { to, .. } if state.site.is_me(to.id) => aim(to, ""),
            Typed::Whisper { to, text } => return Some(Some((to, text.to_owned()))),
            Typed::ToNobody(name) => state.writing.notice.set(Some(lang.nobody_called(name))),
            other => {
                state.writing.notice.set(None);
                asking.set(Asking::about(other, lang));
            }
        }
        None
    };
    let submit = move |is_text: bool| {
        let Some(field) = field() else { return };
        let written = field.value();
        // (The panel says so if nothing matches. Where there is no panel, `/gif` is a command like others.)
        if !is_text && state.panel.searches.get_untracked() && state.panel.is_there.get_untracked() {
            if state.panel.press("Enter") {
                field.set_value("");
                changed();
            }
            return;
        }
        // The text stays in the field if something is wrong with it.
        let Some(whisper) = (if is_text { Some(None) } else { read(&written) }) else { return };
        let (whispered_to, said) = match whisper {
            Some((to, text)) if text.is_empty() => return aim(to, ""),
            Some((to, text)) => (Some(to), text),
            None => (None, written),
        };
        match Text::new(&said) {
            // The text stays in the field.
            Ok(_) if wait.must_wait.get_untracked() => wait.tell(),
            Ok(text) => {
                state.writing.notice.set(None);
                wait.told.set(0);
                field.set_value("");
                changed();
                let target = match whispered_to {
                    Some(to) => Target { to: Some(to), reply: None },
                    None => state.writing.take_target(),
                };
                let is_escaped = is_text && target.to.is_none();
                let text = text.as_str();
                state.sending.say(if is_escaped { command::escaped(text) } else { text.to_owned() }, target);
            }
            // An empty message needs no error.
            Err(_) if said.trim().is_empty() => {}
            Err(error) => state.writing.notice.set(Some(state.site.lang.error(&error))),
        }
    };
    let send = move || submit(false);
    let choose = move |answer: Answer| match answer {
        Answer::To(to, text) => aim(to, &text),
        // The person sees whom the whisper goes to before it is sent.
        Answer::Command(command) => {
            if let Some(Some((to, text))) = read(&command) {
                aim(to, &text);
            }
        }
        Answer::AsText => {
            submit(true);
            focus::composer();
        }
    };
    let handle = move |event: &Event, handling: Option<Handling>| match handling {
        None | Some(Handling::Leave) => {}
        Some(handling) => {
            event.prevent_default();
            match (handling, field()) {
                (Handling::Send, _) => send(),
                (Handling::Finish, Some(field)) => {
                    // The composition ends when the field loses the focus, and after that the field holds the whole text.
                    let _ = field.blur();
                    let _ = field.focus();
                    browser::after_millis(0, send);
                }
                _ => {}
            }
        }
    };
    let on_key = move |event: Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if !event.is_composing() && event.key() != "Enter" && state.panel.press(&event.key()) {
            return event.prevent_default();
        }
        let (press, now) = (pressed(&event), browser::uptime());
        let makes_lines = press.key == Key::Enter && enter_makes_lines();
        handle(&event, enter.try_update_value(|enter| enter.pressed(press, makes_lines, now)));
    };
    let on_key_up = move |event: Event| {
        if pressed(event.unchecked_ref()).key == Key::Enter {
            enter.update_value(Enter::released);
        }
    };
    let before_input = move |event: Event| {
        let kind = browser::property(&event, "inputType").as_string();
        if matches!(kind.as_deref(), Some("insertLineBreak" | "insertParagraph")) {
            let (makes_lines, now) = (enter_makes_lines(), browser::uptime());
            handle(&event, enter.try_update_value(|enter| enter.breaks_line(makes_lines, now)));
        }
    };
    let composed = |event: &Event| event.unchecked_ref::<CompositionEvent>().data().unwrap_or_default();
    let on_composed = move |event: Event| {
        let (text, now) = (composed(&event), browser::uptime());
        if enter.try_update_value(|enter| enter.composition_ended(&text, now)) == Some(true) {
            // The field holds the whole text only after this event.
            browser::after_millis(0, send);
        }
    };
    let on_submit = move |event: Event| {
        event.prevent_default();
        send();
        if let Some(field) = field() {
            let _ = field.focus();
        }
    };
    let whispers_to =
        move || state.writing.target.with(|target| target.to.as_ref().map(|to| state.site.lang.name(&to.name)));
    let placeholder = move || match whispers_to() {
        Some(name) => state.site.lang.whispered_to(&name),
        None => words.message().to_owned(),
    };
    let text = element("textarea")
        .remember(place)
        .set("name", "text")
        .set("rows", "1")
        .set("aria-label", words.message())
        .live("placeholder", move || Some(placeholder()))
        .set("enterkeyhint", "send")
        .set("autocomplete", "off")
        .set("dir", "auto")
        .on("input", move |_| changed())
        .on("keydown", on_key)
        .on("keyup", on_key_up)
        .on("beforeinput", before_input)
        .on("compositionstart", move |_| enter.update_value(Enter::composition_started))
        .on("compositionupdate", move |event| enter.update_value(|enter| enter.composed(&composed(&event))))
        .on("compositionend", on_composed)
        .on("paste", move |event| paste(state, event.unchecked_ref()))
        .child(typed);
    let count = element("span")
        .class("count small")
        .class_while("over", move || left.get() < 0)
        .hidden_while(move || left.get() > COUNT_FROM)
        .set("role", "status")
        .live_text(move || state.site.lang.characters_left(left.get()));
    let seconds = element("span").class("number").set("aria-hidden", "true");
    let seconds = seconds.hidden_while(move || !wait.must_wait.get()).live_text(move || countdown(wait.seconds.get()));
    // A disabled button could neither keep the focus nor say why it does nothing.
    let button = element("button")
        .class("button accent")
        .live("aria-disabled", move || wait.must_wait.get().then(|| "true".to_owned()))
        .live("aria-describedby", move || wait.must_wait.get().then(|| "slow".to_owned()))
        .child(words.send())
        .child(" ")
        .child(seconds);
    let hidden = |name: &'static str, value: String| {
        element("input").set("type", "hidden").set("name", name).set("value", value)
    };
    let form = element("form")
        .class("text-form")
        .set("method", "post")
        .set("action", format!("/api/send_text?back=/room/{}", state.id))
        .on("submit", on_submit)
        .child(hidden("room", state.id.to_string()))
        .child(hidden("client", send_id.to_string()))
        .child(text)
        .child(count)
        .child(button);
    let composer = element("div")
        .class("composer")
        .class_while("whisper", move || whispers_to().is_some())
        .child(gif_form(state, send_id))
        .child(form);
    let area = element("div")
        .class("composer-area")
        .child(typing_indicator(shown, state.typing))
        .children(slow_line(shown, wait))
        .child(notice_line(state.writing.notice))
        .child(later(move || notices(state, asking, choose)))
        .child(
            element("div")
                .class("gif-strip")
                .hidden_while(move || !state.panel.searches.get())
                .remember(state.panel.strip),
        )
        .child(composer);
    [area, drop_zone(state)]
}

/// What is above the text field once something was pressed.
/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn notices(state: RoomState, asking: RwSignal<Option<Asking>>, choose: impl Fn(Answer) + 'static) -> Vec<Child> {
    let targets = target_bar(state.shown, state.writing);
    [command_question(asking, choose)].into_iter().chain(targets).map(Child::from).collect()
}

/// How many characters people see in a text. Unicode scalar values are faster to count and never fewer, so their number is used
/// while the count is not shown.
fn characters(text: &str) -> i64 {
    let scalars = text.chars().count() as i64;
    if i64::from(Text::MAX_CHARS) - scalars > COUNT_FROM { scalars } else { length(text) as i64 }
}
