//! The page of a room from the inside.

use chat::event::Close;
use chat::view::RoomView;
use chat::{ClientId, Person};
use leptos::prelude::*;

use crate::browser;
use crate::components::composer::composer;
use crate::components::connection_notice::connection_notice;
use crate::components::copy::copy_button;
use crate::components::dead_end::dead_end;
use crate::components::files::gif_panel;
use crate::components::leave::leave_button;
use crate::components::log::log;
use crate::components::menu::menu;
use crate::components::people::{people, room_link};
use crate::components::question::dialog;
use crate::components::switch::{BELL, switch};
use crate::icon;
use crate::markup::{Markup, element, later};
use crate::page::Flash;
use crate::state::open::Question;
use crate::state::room::{RoomState, forget_unsent};
use crate::state::unread::forget_read;

#[component]
pub fn RoomPage(view: RoomView, send_id: ClientId, flash: Option<Flash>) -> Vec<Markup> {
    let without_scripts = without_scripts(&view, flash.as_ref());
    let state = RoomState::new(view);
    state.start();
    follow_keyboard();
    Effect::new(move |_| match state.connection.ended.get() {
        // The socket may report this before the answer to `leave_room` or `close_room` arrives.
        Some(Close::NotSeated | Close::Barred | Close::RoomGone) if state.acts.leaving.get_untracked() => {
            forget_unsent(state.id);
            browser::navigate("/");
        }
        // The same address now shows the door. The reload waits, so that the page does not reload in a fast loop if servers
        // disagree.
        Some(Close::NotSeated | Close::Barred) => browser::after_millis(500, browser::reload),
        Some(Close::RoomGone) => {
            forget_read(state.id);
            if state.has_stored() {
                // The same address now shows the unsent texts once, so that they can be copied, and deletes them.
                browser::after_millis(500, browser::reload);
            } else {
                forget_unsent(state.id);
            }
        }
        _ => {}
    });
    let gone = move || state.connection.ended.get() == Some(Close::RoomGone) && !state.acts.leaving.get();
    let lang = state.site.lang;
    let talk = element("main")
        .class("talk")
        .child(connection_notice(state.connection, true))
        .children(log(state))
        // Browsers parse these only without scripts; with scripts they are text, and nothing in them is hydrated.
        .children(without_scripts)
        .children(composer(state, send_id, flash))
        .child(later(move || vec![gif_panel(state.panel).into(), menu(state).into()]));
    let room = element("div")
        .class("room")
        .live("inert", move || gone().then(String::new))
        .child(room_head(state))
        .child(talk)
        .child(people(state))
        .child(later(move || vec![dialog(state).into()]));
    let gone = Memo::new(move |_| gone());
    let over_all = element("div").class("contents").live_children(move || {
        let end = || dead_end(lang.errors().not_found(), lang.in_room().gone_hint(), None, false);
        let over_all = || element("div").class("over-all").set("role", "alert").child(end());
        gone.get().then(|| over_all().into()).into_iter().collect()
    });
    vec![room, over_all]
}

/// The parts for browsers without scripts: the log in a frame, and the form of the room's settings for its owner.
#[cfg(feature = "ssr")]
fn without_scripts(view: &RoomView, flash: Option<&Flash>) -> Vec<Markup> {
    let lang = crate::site::site().lang;
    let frame = element("iframe")
        .class("log-frame")
        .set("src", format!("/room/{}/log", view.id))
        .set("title", lang.in_room().log());
    let settings = view.is_owner(view.me).then(|| crate::components::owner_form::owner_form(lang, view, flash));
    [Some(frame), settings].into_iter().map(|inside| element("noscript").children(inside)).collect()
}

#[cfg(not(feature = "ssr"))]
fn without_scripts(_: &RoomView, _: Option<&Flash>) -> Vec<Markup> {
    vec![element("noscript"), element("noscript")]
}

fn room_head(state: RoomState) -> Markup {
    let lang = state.site.lang;
    let (common, words) = (lang.common(), lang.in_room());
    let room = Memo::new(move |_| state.shown.view.with(|view| (view.locked, view.capacity.get())));
    let seats = move || lang.seats(state.shown.people.with(|people| people.len() as u16), room.get().1);
    let owner = move || {
        let owner = state.shown.owner.get();
        let name = |people: &Vec<Person>| {
            people.iter().find(|person| person.id == owner).map(|person| lang.name(&person.name))
        };
        state.shown.people.with(name).unwrap_or_default()
    };
    let back = element("a")
        .class("round")
        .set("href", "/")
        .set("aria-label", common.to_lobby())
        .set("title", common.to_lobby());
    let kind = move || if room.get().0 { common.locked_kind() } else { common.open_kind() };
    let owned = element("span")
        .class("room-owner")
        .child(common.owner())
        .child(" ")
        .child(element("bdi").live_text(owner))
        .child(" ")
        .child(icon::CROWN);
    let about = element("p")
        .class("soft small dots")
        .child(element("span").live_text(move || kind().to_owned()))
        .child(element("span").class("number").live_text(seats))
        .child(owned);
    let title = element("h1").set("dir", "auto").live_text(move || state.shown.title.get());
    let settings = element("button")
        .set("type", "button")
        .class("round js")
        .hidden_while(move || !state.shown.is_owner())
        .set("aria-label", words.settings())
        .set("title", words.settings())
        .on("click", move |_| state.open.question.set(Some(Question::Settings)))
        .child(icon::SETTINGS);
    let people = element("button")
        .set("type", "button")
        .class("round narrow-only")
        .set("popovertarget", "people")
        .set("aria-label", words.people())
        .set("title", words.people())
        .child(icon::PEOPLE);
    element("header")
        .class("room-head")
        .child(back.child(icon::BACK))
        .child(element("div").class("room-title").child(title).child(about))
        .child(switch(state, &BELL, state.site.me().id, words.notify().to_owned(), words.notify_hint()))
        .child(settings)
        .children(copy_button("round wide-only", words.copy_link(), icon::LINK, room_link))
        .child(people)
        .children(leave_button(state))
}

/// Keeps the room above a phone's keyboard. Some browsers put the keyboard over the page, and only the visual viewport shows it.
fn follow_keyboard() {
    Effect::new(move |_| {
        let Some(viewport) = window().visual_viewport() else { return };
        let fit = {
            let viewport = viewport.clone();
            move || {
                // A page that is zoomed in, or that nothing covers, keeps its normal height.
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
