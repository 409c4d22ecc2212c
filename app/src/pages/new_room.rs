//! The form that makes a room.

use chat::text::length;
use chat::{Capacity, Error, Field as FormField, FieldError, Password, RoomTitle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::components::field::field;
use crate::icon;
use crate::markup::{Child, Markup, Place, element};
use crate::page::Flash;
use crate::site::site;
use crate::{browser, call};

const QUICK_PICKS: [u16; 4] = [2, 10, 50, 200];

/// The form's fields on the page.
#[derive(Clone, Copy)]
struct Fields {
    title: Place,
    capacity: Place,
    password: Place,
    /// The error, from this page or from the server.
    error: RwSignal<Option<Error>>,
}

impl Fields {
    fn place(self, field: FormField) -> Place {
        match field {
            FormField::Capacity => self.capacity,
            FormField::Password => self.password,
            _ => self.title,
        }
    }

    fn value(self, field: FormField) -> String {
        self.place(field).get().map(|field: HtmlInputElement| field.value()).unwrap_or_default()
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
            && let Some(field) = self.place(first.field).get::<HtmlInputElement>()
        {
            let _ = field.focus();
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
pub fn NewRoomPage(flash: Option<Flash>) -> Vec<Markup> {
    let site = site();
    let words = site.lang.form();
    let typed = |field: &str| flash.as_ref().and_then(|flash| flash.typed(field)).map(str::to_owned);
    let title = typed("title").unwrap_or_default();
    let capacity = typed("capacity").unwrap_or_else(|| Capacity::DEFAULT.get().to_string());
    let fields = Fields {
        title: Place::new(),
        capacity: Place::new(),
        password: Place::new(),
        error: RwSignal::new(flash.map(|flash| flash.error)),
    };
    let making = RwSignal::new(false);
    let submit = move |event: web_sys::Event| {
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
    let general = move || -> Vec<Child> {
        let error = fields.error.get().filter(|error| !matches!(error, Error::Invalid(_)));
        let alert = |error: Error| element("p").class("alert").set("role", "alert").child(site.lang.error(&error));
        error.map(|error| alert(error).into()).into_iter().collect()
    };
    let create = element("button")
        .class("button accent")
        .live("disabled", move || making.get().then(String::new))
        .live_text(move || if making.get() { words.creating() } else { words.create() }.to_owned());
    let cancel = element("a").class("button").set("href", "/").child(site.lang.common().cancel());
    let form = element("form")
        .class("form")
        .set("method", "post")
        .set("action", "/api/create_room?back=/&from=/room")
        .set("novalidate", "")
        .on("submit", submit)
        .child(element("div").class("contents").live_children(general))
        .child(title_field(fields, title))
        .child(capacity_field(fields, capacity))
        .child(password_field(fields))
        .child(element("div").class("actions end").child(cancel).child(create));
    let page = element("main")
        .class("panel")
        .child(element("h1").child(site.lang.common().make_room()))
        .child(element("p").class("soft").child(words.new_room_hint()))
        .child(form);
    vec![page]
}

fn title_field(fields: Fields, title: String) -> Markup {
    let error = fields.message(FormField::Title);
    let count = RwSignal::new(length(&title));
    let changed = move || count.set(length(fields.value(FormField::Title).trim()));
    // Text may have been typed before hydration.
    Effect::new(move |_| changed());
    let input = input("title", fields.title, error)
        .set("value", title)
        .set("required", "")
        .set("autofocus", "")
        .set("autocomplete", "off")
        .set("dir", "auto")
        .set("aria-describedby", "title-error")
        .on("input", move |_| {
            changed();
            fields.clear_error(FormField::Title);
        });
    let counted = element("span")
        .class("count soft number js")
        .class_while("over", move || count.get() > RoomTitle::MAX_CHARS as usize)
        .set("aria-hidden", "true")
        .live_text(move || format!("{}/{}", count.get(), RoomTitle::MAX_CHARS));
    field("title", site().lang.form().title(), element("div").class("input").child(input).child(counted), error, None)
}

fn capacity_field(fields: Fields, capacity: String) -> Markup {
    let error = fields.message(FormField::Capacity);
    let words = site().lang.form();
    let chosen = RwSignal::new(capacity.clone());
    let changed = move || chosen.set(fields.value(FormField::Capacity));
    Effect::new(move |_| changed());
    let pick = move |number: u16| {
        let is_chosen = move || chosen.with(|chosen| chosen.trim() == number.to_string());
        element("button")
            .set("type", "button")
            .live("aria-pressed", move || Some(is_chosen().to_string()))
            .on("click", move |_| {
                if let Some(field) = fields.capacity.get::<HtmlInputElement>() {
                    field.set_value(&number.to_string());
                }
                changed();
                fields.clear_error(FormField::Capacity);
            })
            .child(number.to_string())
    };
    let input = input("capacity", fields.capacity, error)
        .set("value", capacity)
        .set("inputmode", "numeric")
        .set("required", "")
        .set("autocomplete", "off")
        .set("aria-describedby", "capacity-error")
        .on("input", move |_| {
            changed();
            fields.clear_error(FormField::Capacity);
        });
    let picks = element("div").class("segments js").set("role", "group").set("aria-label", words.quick_picks());
    let row = element("div").class("row").child(element("div").class("input").child(input));
    field("capacity", words.capacity(), row.child(picks.children(QUICK_PICKS.map(pick))), error, None)
}

fn password_field(fields: Fields) -> Markup {
    let error = fields.message(FormField::Password);
    let words = site().lang.form();
    let shown = RwSignal::new(false);
    let input = input("password", fields.password, error)
        .live("type", move || Some(if shown.get() { "text" } else { "password" }.to_owned()))
        .set("placeholder", words.no_password())
        .set("autocomplete", "new-password")
        .set("aria-describedby", "password-error password-hint")
        .on("input", move |_| fields.clear_error(FormField::Password));
    let show = element("button")
        .set("type", "button")
        .class("in-input js")
        .set("aria-label", words.show_password())
        .live("aria-pressed", move || Some(shown.get().to_string()))
        .on("click", move |_| shown.update(|shown| *shown = !*shown))
        .child(icon::HIDE);
    let inside = element("div").class("input").child(input).child(show);
    field("password", words.password(), inside, error, Some(words.password_hint()))
}

fn input(name: &'static str, place: Place, error: Signal<Option<String>>) -> Markup {
    element("input")
        .remember(place)
        .set("id", name)
        .set("name", name)
        .live("aria-invalid", move || Some(error.with(Option::is_some).to_string()))
}
