//! The page of a room from the inside.

use chat::{ClientId, Person};
use chat::event::Close;
use chat::view::RoomView;
use leptos::prelude::*;

use crate::browser;
use crate::components::boxed;
use crate::components::composer::Composer;
use crate::components::connection_notice::connection_notice;
use crate::components::copy::copy_button;
use crate::components::dead_end::dead_end;
use crate::components::icon::{self, Picture};
use crate::components::leave::Leave;
use crate::components::log::Log;
use crate::components::menu::Menu;
use crate::components::people::{People, room_link};
use crate::components::question::Dialogs;
use crate::components::switch::{BELL, switch};
use crate::page::Flash;
use crate::state::open::Question;
use crate::state::room::{RoomState, forget_unsent};
use crate::state::unread::forget_read;

#[component]
pub fn RoomPage(view: RoomView, send_id: ClientId, flash: Option<Flash>) -> impl IntoView {
    let frame = format!(
        r#"<iframe class="log-frame" src="/room/{}/log" title="{}"></iframe>"#,
        view.id,
        crate::state::site::site().lang.in_room().log
    );
    let settings = owner_form(&view, flash.as_ref());
    let state = RoomState::new(view);
    state.start();
    follow_keyboard();
    Effect::new(move |_| match state.connection.ended.get() {
        // The socket may report this before the answer to leaving arrives.
        Some(Close::NotSeated | Close::Barred | Close::RoomGone) if state.acts.leaving.get_untracked() => {
            forget_unsent(state.id);
            browser::navigate("/");
        }
        // The same address now shows the door. The reload waits, so that pages do not reload in a loop if servers disagree.
        Some(Close::NotSeated | Close::Barred) => browser::after_millis(500, browser::reload),
        Some(Close::RoomGone) => {
            forget_read(state.id);
            if state.has_stored() {
                // The same address now shows those texts once, to be copied, and throws them away.
                browser::after_millis(500, browser::reload);
            } else {
                forget_unsent(state.id);
            }
        }
        _ => {}
    });
    let gone = move || state.connection.ended.get() == Some(Close::RoomGone) && !state.acts.leaving.get();
    let lang = state.site.lang;
    view! {
        <div class="room" inert=gone>
            {boxed(view! { <RoomHead state/> })}
            <main class="talk">
                {connection_notice(state.connection, true)}
                {boxed(view! { <Log state/> })}
                // Browsers parse this only without scripts; with scripts it is text, and nothing in it is hydrated.
                <noscript inner_html=frame></noscript>
                <noscript inner_html=settings></noscript>
                {boxed(view! { <Composer state send_id flash/> })}
                <Menu state/>
            </main>
            {boxed(view! { <People state/> })}
            {boxed(view! { <Dialogs state/> })}
        </div>
        {move || {
            gone()
                .then(|| {
                    view! {
                        <div class="over-all" role="alert">
                            {dead_end(lang.errors().not_found, lang.in_room().gone_hint, None, false)}
                        </div>
                    }
                })
        }}
    }
}

/// The room's settings for owners without scripts. A browser with scripts does not show it.
fn owner_form(view: &RoomView, flash: Option<&Flash>) -> String {
    #[cfg(feature = "ssr")]
    if view.is_owner(view.me) {
        return crate::components::owner_form::owner_form(crate::state::site::site().lang, view, flash);
    }
    let _ = (view, flash);
    String::new()
}

#[component]
fn RoomHead(state: RoomState) -> impl IntoView {
    let lang = state.site.lang;
    let (common, words) = (lang.common(), lang.in_room());
    let room = Memo::new(move |_| state.shown.view.with(|view| (view.locked, view.capacity.get())));
    let seats = move || lang.seats(state.shown.people.with(|people| people.len() as u16), room.get().1);
    let owner = move || {
        let owner = state.shown.owner.get();
        let name = |people: &Vec<Person>| people.iter().find(|person| person.id == owner).map(|person| lang.name(&person.name));
        state.shown.people.with(name).unwrap_or_default()
    };
    view! {
        <header class="room-head">
            <a class="round" href="/" aria-label=common.to_lobby title=common.to_lobby><Picture icon=icon::BACK/></a>
            <div class="room-title">
                <h1 dir="auto">{state.shown.title}</h1>
                <p class="soft small dots">
                    <span>{move || if room.get().0 { common.locked_kind } else { common.open_kind }}</span>
                    <span class="number">{seats}</span>
                    <span class="room-owner">{common.owner} " " <bdi>{owner}</bdi> " " <Picture icon=icon::CROWN/></span>
                </p>
            </div>
            {switch(state, &BELL, state.site.me().id, words.notify.to_owned(), words.notify_hint)}
            <button
                type="button"
                class="round js"
                hidden=move || !state.shown.is_owner()
                aria-label=words.settings
                title=words.settings
                on:click=move |_| state.open.question.set(Some(Question::Settings))
            >
                <Picture icon=icon::SETTINGS/>
            </button>
            {copy_button("round wide-only", words.copy_link, icon::LINK, room_link)}
            <button type="button" class="round narrow-only" popovertarget="people" aria-label=words.people title=words.people>
                <Picture icon=icon::PEOPLE/>
            </button>
            <Leave state/>
        </header>
    }
}

/// Keeps the room above a phone's keyboard. Some browsers put the keyboard over the page and tell only the visual viewport.
fn follow_keyboard() {
    Effect::new(move |_| {
        let Some(viewport) = window().visual_viewport() else { return };
        let fit = {
            let viewport = viewport.clone();
            move || {
                // A page that is zoomed in is left alone, and so is one that nothing covers.
                let page = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
                let covered = (viewport.scale() - 1.0).abs() < 0.01 && viewport.height() < page - 1.0;
                browser::set_root_property("--room-height", covered.then(|| viewport.height()));
                browser::set_root_property("--room-top", covered.then(|| viewport.offset_top()));
            }
        };
        let on_change = wasm_bindgen::closure::Closure::<dyn Fn()>::new(fit);
        for event in ["resize", "scroll"] {
            let _ = viewport
                .add_event_listener_with_callback(event, wasm_bindgen::JsCast::unchecked_ref(on_change.as_ref()));
        }
        // The listener stays as long as the page lives.
        on_change.forget();
    });
}
