//! The page of a room for a person without a seat: enough to decide, and the way in.

use chat::{Error, RoomCard};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::face::{Face, PersonName};
use crate::page::Flash;
use crate::state::site::site;
use crate::{browser, call};

#[component]
pub fn DoorPage(card: RoomCard, has_pass: bool, flash: Option<Flash>) -> impl IntoView {
    let site = site();
    let (lang, words) = (site.lang, site.lang.form());
    let room = card.id;
    let (locked, full) = (card.locked, card.is_full());
    let field = NodeRef::<Input>::new();
    let error = RwSignal::new(flash.map(|flash| flash.error));
    let entering = RwSignal::new(false);
    // The password is also asked for if the owner has locked the room, or changed its password, since this page was made.
    let asks = RwSignal::new(locked && !has_pass);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if entering.get_untracked() {
            return;
        }
        entering.set(true);
        let password = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        spawn_local(async move {
            match call::in_room(room, "enter_room", &[("password", &password)]).await {
                // The same address now shows the room from the inside.
                Ok(()) => browser::reload(),
                Err(refused) => {
                    entering.set(false);
                    if let Some(field) = field.get_untracked() {
                        field.select();
                    }
                    if refused == Error::WrongPassword {
                        asks.set(true);
                    }
                    error.set(Some(refused));
                }
            }
        });
    };
    let message = move || error.get().map(|error| view! { <DoorError error/> });
    let wrong = move || if matches!(error.get(), Some(Error::WrongPassword)) { "true" } else { "false" };
    let kind = if locked { lang.common().locked_kind } else { lang.common().open_kind };
    view! {
        <main class="panel door">
            <p class="door-sign" aria-hidden="true">{if locked { "🔒" } else { "🚪" }}</p>
            <h1 dir="auto">{card.title.shown()}</h1>
            <p class="soft dots">
                <span>{kind}</span>
                <span class="number">{lang.seats(card.people, card.capacity.get())}</span>
                <span>{lang.common().owner} " " <PersonName person=card.owner/></span>
            </p>
            <div class="faces" aria-hidden="true">
                {card.faces.into_iter().map(|person| view! { <Face person/> }).collect_view()}
            </div>
            <form
                class="form"
                method="post"
                action=format!("/api/enter_room?back=/room/{room}")
                on:submit=submit
            >
                <input type="hidden" name="room" value=room.to_string()/>
                {move || {
                    asks.get().then(|| {
                        view! {
                            <div class="input">
                                <input
                                    node_ref=field
                                    type="password"
                                    name="password"
                                    aria-label=words.password
                                    placeholder=words.password
                                    autocomplete="current-password"
                                    required
                                    autofocus
                                    aria-invalid=wrong
                                    aria-describedby="door-error"
                                />
                            </div>
                        }
                    })
                }}
                <div id="door-error" aria-live="assertive">{message}</div>
                {full.then(|| view! { <p class="soft small" hidden=move || error.with(Option::is_some)>{words.door_full}</p> })}
                <button class="button accent" disabled=move || entering.get()>
                    {move || if entering.get() { words.entering } else { lang.common().enter }}
                </button>
                <a class="quiet-link" href="/">{lang.common().to_lobby}</a>
            </form>
        </main>
    }
}

/// The error, and what to do next.
#[component]
fn DoorError(error: Error) -> impl IntoView {
    let lang = site().lang;
    let hint = match error {
        Error::WrongPassword => lang.form().wrong_password_hint,
        Error::Full => lang.form().door_full,
        Error::NotFound => lang.in_room().gone_hint,
        _ => "",
    };
    view! { <p class="error" role="alert">{lang.error(&error)} " " {hint}</p> }
}
