//! The dialog that asks for confirmation or input before an action. There is one, which is filled anew each time it opens.

use chat::entry::Description;
use chat::room::Bar;
use chat::text::shown;
use chat::{Capacity, Person, Slow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{HtmlDialogElement, HtmlFormElement};

use super::field_errors;
use crate::action::Action;
use crate::html::{self, isolated};
use crate::markup::{Child, Markup, Place, button, element, sentence};
use crate::state::open::Question;
use crate::state::room::RoomState;
use crate::strings::Lang;
use crate::{browser, call};

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
pub fn dialog(state: RoomState) -> Markup {
    let (dialog, form) = (Place::new(), Place::new());
    let wrong = RwSignal::new(None::<String>);
    let bars = RwSignal::new(Vec::<Bar>::new());
    let load_bars = move || {
        spawn_local(async move {
            if let Ok(found) = call::bars(state.id).send().await
                && state.open.question.with_untracked(|question| *question == Some(Question::Settings))
            {
                bars.set(found);
            }
        });
    };
    Effect::new(move |_| {
        let question = state.open.question.get();
        wrong.set(None);
        bars.set(Vec::new());
        let Some(dialog) = dialog.get::<HtmlDialogElement>() else { return };
        match question {
            None => _ = browser::call(&dialog, "close", &wasm_bindgen::JsValue::UNDEFINED),
            Some(question) => {
                if question == Question::Settings {
                    load_bars();
                }
                if dialog.open() {
                    // A key that is held down answers only one question, not two.
                    let next = match question {
                        Question::Close { again: true } => "[value=cancel]",
                        _ => "[autofocus], .actions .button:not([value])",
                    };
                    // The pressed button is gone, and the new buttons are there a moment later.
                    browser::after_millis(0, move || {
                        if let Ok(Some(next)) = dialog.query_selector(next) {
                            let _ = browser::call(&next, "focus", &wasm_bindgen::JsValue::UNDEFINED);
                        }
                    });
                } else {
                    // This fails only if the dialog is open already.
                    let _ = dialog.show_modal();
                }
            }
        }
    });
    // The question whose answer is being sent.
    let under_way = StoredValue::new(None::<Question>);
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        let (Some(question), Some(form)) = (state.open.question.get_untracked(), form.get::<HtmlFormElement>()) else {
            return;
        };
        let Ok(typed) = web_sys::FormData::new_with_form(&form) else { return };
        // Untouched fields are left out, because these settings may have been changed elsewhere since, for example in another
        // tab.
        for setting in ["title", "capacity", "slow", "veil"] {
            if is_untouched(&form, setting) {
                typed.delete(setting);
            }
        }
        if under_way.with_value(|under_way| *under_way == Some(question.clone())) {
            return;
        }
        under_way.set_value(Some(question.clone()));
        wrong.set(None);
        spawn_local(async move {
            let field = |name: &str| typed.get(name).as_string();
            let answer = state.acts.answer(question.clone(), field).await;
            under_way.set_value(None);
            // Another question may have been opened in the meantime.
            if state.open.question.with_untracked(|asked| asked.as_ref() == Some(&question)) {
                match answer {
                    Ok(()) => state.open.question.set(next(&question)),
                    Err(error) if field_errors::show(&form, state.site.lang, &error) => {}
                    Err(error) => wrong.set(Some(state.site.lang.error(&error))),
                }
            }
        });
    };
    // The dialog closes when the connection has ended for good, for example because the room is gone.
    Effect::new(move |_| {
        if state.connection.ended.get().is_some() {
            state.open.question.set(None);
        }
    });
    let press = move |event: web_sys::Event| {
        // The second press of a double click was not meant for the button that has just appeared under it.
        let presses = browser::property(&event, "detail").as_f64().unwrap_or_default();
        if presses > 1.0 && state.open.question.get_untracked() == Some(Question::Close { again: true }) {
            return event.prevent_default();
        }
        match html::pressed(&event) {
            Some((_, Action::Cancel)) => state.open.question.set(None),
            Some((_, Action::CloseRoom)) => state.open.question.set(Some(Question::Close { again: false })),
            Some((_, Action::LetIn(whom))) => spawn_local(async move {
                match call::let_in(state.id, whom).send().await {
                    Ok(()) => load_bars(),
                    Err(error) => wrong.set(Some(state.site.lang.error(&error))),
                }
            }),
            // The button without an action submits the form.
            _ => {}
        }
    };
    let ask = move || state.open.question.get().map(|question| fields(state, &question)).unwrap_or_default();
    let buttons = move || state.open.question.get().map(|question| actions(state, &question)).unwrap_or_default();
    let told = element("p").class("error").set("role", "alert").hidden_while(move || wrong.with(Option::is_none));
    let form = element("form")
        .remember(form)
        .set("autocomplete", "off")
        .set("novalidate", "")
        .on("submit", submit)
        // The person is correcting what is wrong.
        .on("input", move |event| field_errors::clear(&event_target(&event)))
        .child(element("div").class("question-fields").live_children(ask))
        .child(told.live_text(move || wrong.get().unwrap_or_default()))
        .child(element("div").class("actions").live_children(buttons));
    element("dialog")
        .remember(dialog)
        .class("question")
        .set("aria-labelledby", "question-title")
        .on("close", move |_| {
            state.open.question.set(None);
            state.open.restore_focus();
        })
        .on("click", press)
        .child(form)
        .child(element("div").live_children(move || bars.with(|bars| barred(state, bars))))
}

/// Whether a text, or the choice in a list, is as it was when the dialog opened.
fn is_untouched(form: &web_sys::Element, name: &str) -> bool {
    let field = form.query_selector(&format!("input[name={name}], [name={name}] :checked")).ok().flatten();
    field.is_some_and(|field| {
        browser::property(&field, "defaultSelected").is_truthy()
            || browser::property(&field, "value") == browser::property(&field, "defaultValue")
    })
}

/// The question that follows when this one was answered.
fn next(question: &Question) -> Option<Question> {
    match question {
        Question::ThrowOut(_) => Some(Question::AfterThrowingOut),
        Question::AfterThrowingOut => Some(Question::Settings),
        Question::Close { again: false } => Some(Question::Close { again: true }),
        _ => None,
    }
}

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn fields(state: RoomState, question: &Question) -> Vec<Child> {
    let (lang, words) = (state.site.lang, state.site.lang.dialogs());
    let title = |title: &str| element("h2").set("id", "question-title").children(sentence(title));
    let heading = |said: &str, hint: &'static str| -> Vec<Child> {
        vec![title(said).into(), element("p").class("soft").child(hint).into()]
    };
    let whom = |person: &Person| isolated(&lang.name(&person.name));
    match question {
        Question::Rename => {
            let me = state.shown.person(state.site.me().id).unwrap_or(state.site.me());
            let name = input("name", &lang.name(&me.name)).set("required", "").set("autofocus", "");
            let mut fields = heading(words.rename_title(), words.rename_hint());
            fields.push(field("name", words.name(), name).into());
            fields
        }
        Question::HandOver(person) => heading(&lang.hand_over_to(&whom(person)), words.hand_over_hint()),
        Question::ThrowOut(person) => {
            let mut fields = heading(&lang.throw_out_whom(&whom(person)), words.throw_out_hint());
            fields.push(field("reason", words.reason(), input("reason", "").set("autofocus", "")).into());
            fields
        }
        Question::AfterThrowingOut => heading(words.thrown_out_title(), words.thrown_out_hint()),
        Question::Remove(_) => heading(words.remove_title(), words.remove_hint()),
        Question::Showing(seq) => {
            let mut fields = heading(words.showing_title(), words.showing_hint());
            fields.extend(showing(state, *seq).map(Child::from));
            fields
        }
        Question::Close { again: false } => heading(words.close_title(), words.close_hint()),
        Question::Close { again: true } => heading(words.close_again_title(), words.close_again_hint()),
        Question::Settings => {
            let mut fields = vec![title(lang.in_room().settings()).into()];
            fields.extend(settings(state).map(Child::from));
            fields
        }
    }
}

/// A field of the dialog with its label, and a place for its error.
fn field(name: &'static str, label: &'static str, input: Markup) -> Markup {
    let label = element("label").set("for", format!("ask-{name}")).child(label);
    element("div").class("field").child(label).child(input).child(field_errors::place(name))
}

fn input(name: &'static str, value: &str) -> Markup {
    element("input").set("id", format!("ask-{name}")).set("name", name).set("value", value.to_owned())
}

fn settings(state: RoomState) -> impl Iterator<Item = Markup> {
    let lang = state.site.lang;
    let (words, form) = (lang.dialogs(), lang.form());
    let (title, capacity, locked, slow, veil) = state.shown.view.with_untracked(|view| {
        (view.title.as_str().to_owned(), view.capacity.get().to_string(), view.locked, view.slow, view.veil)
    });
    let inside = state.shown.people.with_untracked(Vec::len).max(usize::from(Capacity::MIN));
    let title = input("title", &title).set("required", "").set("autofocus", "");
    let capacity = input("capacity", &capacity)
        .set("type", "number")
        .set("inputmode", "numeric")
        .set("min", inside.to_string())
        .set("max", Capacity::MAX.to_string())
        .set("required", "");
    let password = input("password", "")
        .set("type", "password")
        .set("autocomplete", "new-password")
        .set("placeholder", if locked { words.password_kept() } else { words.password_none() });
    let slow = element("select").set("id", "ask-slow").set("name", "slow").children(paces(lang, slow));
    [
        Some(field("title", form.title(), title)),
        Some(field("capacity", form.capacity(), capacity)),
        Some(field("password", form.password(), password)),
        locked.then(|| remove_password(lang)),
        Some(field("slow", words.slow(), slow)),
        Some(field("veil", words.veil(), veil_field(lang, "ask-veil", veil))),
    ]
    .into_iter()
    .flatten()
}

/// The checkbox that removes the password.
pub fn remove_password(lang: Lang) -> Markup {
    let tick = element("input").set("type", "checkbox").set("name", "open").set("value", "true");
    element("label").class("check").child(tick).child(" ").child(lang.dialogs().remove_password())
}

/// The choice whether the room's GIFs are veiled.
pub fn veil_field(lang: Lang, id: &'static str, is_veiled: bool) -> Markup {
    let words = lang.dialogs();
    let option = |value: bool, text: &'static str| {
        let option = element("option").set("value", value.to_string());
        (if value == is_veiled { option.set("selected", "") } else { option }).child(text)
    };
    element("select")
        .set("id", id)
        .set("name", "veil")
        .child(option(false, words.veil_off()))
        .child(option(true, words.veil_on()))
}

/// The fields for how the GIF of a message is shown.
fn showing(state: RoomState, seq: u64) -> [Markup; 2] {
    let words = state.site.lang.in_room();
    let showing = state.shown.entry(seq).map(|entry| entry.showing).unwrap_or_default();
    let description = showing.description.as_ref().map_or("", Description::as_str);
    let description = input("description", description).set("autofocus", "").set("dir", "auto");
    let tick = element("input").set("type", "checkbox").set("name", "veiled").set("value", "true");
    let tick = if showing.veiled { tick.set("checked", "") } else { tick };
    let veiled = element("label").class("check").child(tick).child(" ").child(words.veil_this());
    [field("description", words.describe(), description), veiled]
}

/// The options for slow mode.
pub fn paces(lang: Lang, chosen: Slow) -> impl Iterator<Item = Markup> {
    Slow::ALL.into_iter().map(move |slow| {
        let option = element("option").set("value", slow.seconds().to_string());
        let option = if slow == chosen { option.set("selected", "") } else { option };
        option.child(lang.pace(slow))
    })
}

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn actions(state: RoomState, question: &Question) -> Vec<Child> {
    let (words, dialogs) = (state.site.lang.in_room(), state.site.lang.dialogs());
    let (class, yes) = match question {
        Question::Rename => ("button accent", dialogs.rename_confirm()),
        Question::HandOver(_) => ("button accent", words.hand_over()),
        Question::ThrowOut(_) => ("button danger", words.throw_out()),
        Question::AfterThrowingOut => ("button accent", dialogs.change_password()),
        Question::Remove(_) => ("button danger", words.remove()),
        Question::Settings | Question::Showing(_) => ("button accent", dialogs.save()),
        Question::Close { again: false } => ("button danger", dialogs.close_confirm()),
        Question::Close { again: true } => ("button danger", dialogs.close_again_confirm()),
    };
    let no = match question {
        Question::AfterThrowingOut => dialogs.not_now(),
        _ => state.site.lang.common().cancel(),
    };
    let close = (*question == Question::Settings)
        .then(|| button(Action::CloseRoom, "link-button danger").child(dialogs.close_room()).into());
    let answers = [button(Action::Cancel, "button").child(no).into(), element("button").class(class).child(yes).into()];
    close.into_iter().chain(answers).collect()
}

/// The list of people who were thrown out, with buttons to let them in.
/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn barred(state: RoomState, bars: &[Bar]) -> Vec<Child> {
    if bars.is_empty() {
        return Vec::new();
    }
    let (lang, words) = (state.site.lang, state.site.lang.dialogs());
    let row = |bar: &Bar| {
        let reason = bar.reason.as_ref().map(|reason| shown(reason.as_str())).unwrap_or_default();
        let reason = element("span").class("soft small").child(" ").child(element("bdi").child(reason));
        let name = element("bdi").child(lang.name(&bar.person.name));
        let let_in = button(Action::LetIn(bar.person.id), "button").child(words.let_in());
        element("li").child(element("span").child(name).child(reason)).child(let_in)
    };
    let rows = element("ul").class("bars").children(bars.iter().rev().map(row));
    vec![element("h3").child(words.barred()).into(), rows.into()]
}
