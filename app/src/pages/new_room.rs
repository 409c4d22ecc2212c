//! The form that makes a room.

use chat::text::length;
use chat::{Capacity, Error, Field as FormField, FieldError, Password, RoomTitle};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::field::Field;
use crate::components::icon::{self, Picture};
use crate::page::Flash;
use crate::state::site::site;
use crate::{browser, call};

const QUICK_PICKS: [u16; 4] = [2, 10, 50, 200];

/// The form's fields on the page.
#[derive(Clone, Copy)]
struct Fields {
    title: NodeRef<Input>,
    capacity: NodeRef<Input>,
    password: NodeRef<Input>,
    /// The error, from this page or from the server.
    error: RwSignal<Option<Error>>,
}

impl Fields {
    fn node(self, field: FormField) -> NodeRef<Input> {
        match field {
            FormField::Capacity => self.capacity,
            FormField::Password => self.password,
            _ => self.title,
        }
    }

    fn value(self, field: FormField) -> String {
        self.node(field).get_untracked().map(|node| node.value()).unwrap_or_default()
    }

    /// Checks the values in the same way as the server will.
    fn check(self) -> Result<(), Error> {
        let title = RoomTitle::new(&self.value(FormField::Title)).err();
        let capacity = Capacity::parse(&self.value(FormField::Capacity)).err();
        let password = Password::new(&self.value(FormField::Password)).err();
        let wrong: Vec<FieldError> = [title, capacity, password].into_iter().flatten().flat_map(fields_of).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }

    /// Shows the error and focuses the first wrong field.
    fn refuse(self, error: Error) {
        if let Some(first) = fields_of(error.clone()).first()
            && let Some(node) = self.node(first.field).get_untracked()
        {
            let _ = node.focus();
        }
        self.error.set(Some(error));
    }

    /// Removes the error of a field, because the person is correcting it.
    fn clear_error(self, field: FormField) {
        let wrong = self.error.with_untracked(|error| error.clone().map(fields_of).unwrap_or_default());
        if wrong.iter().any(|error| error.field == field) {
            let left: Vec<_> = wrong.into_iter().filter(|error| error.field != field).collect();
            self.error.set((!left.is_empty()).then_some(Error::Invalid(left)));
        }
    }

    fn message(self, field: FormField) -> Signal<Option<String>> {
        let lang = site().lang;
        Signal::derive(move || {
            let wrong = self.error.with(|error| error.clone().map(fields_of).unwrap_or_default());
            wrong.iter().find(|error| error.field == field).map(|error| lang.field_error(error))
        })
    }
}

fn fields_of(error: Error) -> Vec<FieldError> {
    match error {
        Error::Invalid(fields) => fields,
        _ => Vec::new(),
    }
}

#[component]
pub fn NewRoomPage(flash: Option<Flash>) -> impl IntoView {
    let site = site();
    let words = site.lang.form();
    let typed = |field: &str| flash.as_ref().and_then(|flash| flash.typed(field)).map(str::to_owned);
    let title = typed("title").unwrap_or_default();
    let capacity = typed("capacity").unwrap_or_else(|| Capacity::DEFAULT.get().to_string());
    let fields = Fields {
        title: NodeRef::new(),
        capacity: NodeRef::new(),
        password: NodeRef::new(),
        error: RwSignal::new(flash.map(|flash| flash.error)),
    };
    let making = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if making.get_untracked() {
            return;
        }
        if let Err(error) = fields.check() {
            return fields.refuse(error);
        }
        fields.error.set(None);
        making.set(true);
        let value = move |field| fields.value(field);
        let call = call::create_room(value(FormField::Title), value(FormField::Capacity), value(FormField::Password));
        spawn_local(async move {
            match call.send().await {
                Ok(room) => browser::navigate(&format!("/room/{room}")),
                Err(refused) => {
                    making.set(false);
                    fields.refuse(refused);
                }
            }
        });
    };
    let general = move || {
        let error = fields.error.get().filter(|error| !matches!(error, Error::Invalid(_)));
        error.map(|error| view! { <p class="alert" role="alert">{site.lang.error(&error)}</p> })
    };
    view! {
        <main class="panel">
            <h1>{site.lang.common().make_room}</h1>
            <p class="soft">{words.new_room_hint}</p>
            <form class="form" method="post" action="/api/create_room?back=/&from=/room" novalidate on:submit=submit>
                {general}
                <TitleField fields title/>
                <CapacityField fields capacity/>
                <PasswordField fields/>
                <div class="actions end">
                    <a class="button" href="/">{site.lang.common().cancel}</a>
                    <button class="button accent" disabled=move || making.get()>
                        {move || if making.get() { words.creating } else { words.create }}
                    </button>
                </div>
            </form>
        </main>
    }
}

#[component]
fn TitleField(fields: Fields, title: String) -> impl IntoView {
    let error = fields.message(FormField::Title);
    let count = RwSignal::new(length(&title));
    let too_long = move || count.get() > RoomTitle::MAX_CHARS as usize;
    let changed = move || count.set(length(fields.value(FormField::Title).trim()));
    Effect::new(move |_| {
        if fields.title.get().is_some() {
            changed();
        }
    });
    view! {
        <Field id="title" label=site().lang.form().title error>
            <div class="input">
                <input
                    node_ref=fields.title
                    id="title"
                    name="title"
                    value=title
                    required
                    autofocus
                    autocomplete="off"
                    dir="auto"
                    aria-invalid=move || invalid(error)
                    aria-describedby="title-error"
                    on:input=move |_| {
                        changed();
                        fields.clear_error(FormField::Title);
                    }
                />
                <span class="count soft number js" class:over=too_long aria-hidden="true">
                    {move || count.get()} "/" {RoomTitle::MAX_CHARS}
                </span>
            </div>
        </Field>
    }
}

#[component]
fn CapacityField(fields: Fields, capacity: String) -> impl IntoView {
    let error = fields.message(FormField::Capacity);
    let words = site().lang.form();
    let chosen = RwSignal::new(capacity.clone());
    Effect::new(move |_| {
        if fields.capacity.get().is_some() {
            chosen.set(fields.value(FormField::Capacity));
        }
    });
    let pick = move |number: u16| {
        let text = number.to_string();
        let is_chosen = {
            let text = text.clone();
            move || chosen.with(|chosen| chosen.trim() == text)
        };
        view! {
            <button
                type="button"
                aria-pressed=move || if is_chosen() { "true" } else { "false" }
                on:click=move |_| {
                    if let Some(field) = fields.capacity.get_untracked() {
                        field.set_value(&number.to_string());
                    }
                    chosen.set(number.to_string());
                    fields.clear_error(FormField::Capacity);
                }
            >
                {text}
            </button>
        }
    };
    view! {
        <Field id="capacity" label=words.capacity error>
            <div class="row">
                <div class="input">
                    <input
                        node_ref=fields.capacity
                        id="capacity"
                        name="capacity"
                        value=capacity
                        inputmode="numeric"
                        required
                        autocomplete="off"
                        aria-invalid=move || invalid(error)
                        aria-describedby="capacity-error"
                        on:input=move |_| {
                            chosen.set(fields.value(FormField::Capacity));
                            fields.clear_error(FormField::Capacity);
                        }
                    />
                </div>
                <div class="segments js" role="group" aria-label=words.quick_picks>
                    {QUICK_PICKS.into_iter().map(pick).collect_view()}
                </div>
            </div>
        </Field>
    }
}

#[component]
fn PasswordField(fields: Fields) -> impl IntoView {
    let error = fields.message(FormField::Password);
    let words = site().lang.form();
    let shown = RwSignal::new(false);
    view! {
        <Field id="password" label=words.password error hint=words.password_hint>
            <div class="input">
                <input
                    node_ref=fields.password
                    id="password"
                    name="password"
                    type=move || if shown.get() { "text" } else { "password" }
                    placeholder=words.no_password
                    autocomplete="new-password"
                    aria-invalid=move || invalid(error)
                    aria-describedby="password-error password-hint"
                    on:input=move |_| fields.clear_error(FormField::Password)
                />
                <button
                    type="button"
                    class="in-input js"
                    aria-label=words.show_password
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    <Picture icon=icon::HIDE/>
                </button>
            </div>
        </Field>
    }
}

fn invalid(error: Signal<Option<String>>) -> &'static str {
    if error.with(Option::is_some) { "true" } else { "false" }
}
