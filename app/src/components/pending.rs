//! The person's own messages that the log does not hold yet.

use chat::{ClientId, command};
use leptos::either::{Either, EitherOf4};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::message::text_bubble;
use crate::html;
use crate::markup::{element, sentence};
use crate::state::outbox::{Content, Failure, Item, Status};
use crate::state::sending::Sending;
use crate::state::site::site;
use crate::strings::{Lang, countdown, size};

#[component]
pub fn Pending(sending: Sending) -> impl IntoView {
    view! {
        // Screen readers announce a message when it is confirmed, not before.
        <ol class="rows pending" aria-live="off">
            <For
                each=move || sending.outbox.with(|outbox| outbox.items().to_vec())
                key=|item| item.client
                children=move |item| view! { <PendingMessage sending item/> }
            />
        </ol>
    }
}

#[component]
fn PendingMessage(sending: Sending, item: Item) -> impl IntoView {
    let (lang, client) = (site().lang, item.client);
    let status = Memo::new(move |_| sending.outbox.with(|outbox| outbox.get(client).map(|item| item.status.clone())));
    let is_gif = matches!(item.content, Content::Gif { .. });
    let whisper = item.target.to.map(|to| {
        let label = lang.whispered_to(&html::isolated(&lang.name(&to.name)));
        element("span").class("whisper-mark").children(sentence(&label))
    });
    let is_whisper = whisper.is_some();
    let content = match item.content {
        // Shown as it is published.
        Content::Text(text) if !is_whisper => Either::Left(text_bubble(command::unescaped(&text))),
        Content::Text(text) => Either::Left(text_bubble(&text)),
        Content::Gif { name, bytes, url } => Either::Right(view! {
            <div class="gif waiting"><img src=url alt=name/></div>
            <Progress sending client bytes status/>
        }),
    };
    view! {
        <li class="msg own waiting" class:whisper=is_whisper>{whisper} {content} <DeliveryStatus sending client status is_gif/></li>
    }
}

/// The progress of an upload, and a button to stop it.
#[component]
fn Progress(sending: Sending, client: ClientId, bytes: u64, status: Memo<Option<Status>>) -> impl IntoView {
    let lang = site().lang;
    let words = lang.in_room();
    let under_way = move || matches!(status.get(), Some(Status::Sending));
    let open = move || matches!(status.get(), Some(Status::Sending | Status::Waiting));
    // The limit is needed because the form's other fields are counted as sent, too.
    let sent = move || if under_way() { sending.sent_bytes.get().min(bytes) } else { 0 };
    view! {
        <div class="upload" hidden=move || !open()>
            <progress max=bytes.to_string() value=move || sent().to_string() aria-label=words.uploading></progress>
            <span class="small soft number">
                {move || if under_way() { format!("{} / {}", size(sent()), size(bytes)) } else { words.waiting_upload.to_owned() }}
            </span>
            <button type="button" class="link-button" aria-label=words.cancel_upload on:click=move |_| sending.discard(client)>
                {lang.common().cancel}
            </button>
        </div>
    }
}

/// Whether the message is on its way, or the buttons that decide about a failed one.
#[component]
fn DeliveryStatus(
    sending: Sending,
    client: ClientId,
    status: Memo<Option<Status>>,
    /// The progress bar of a GIF already says that it is on its way.
    is_gif: bool,
) -> impl IntoView {
    let lang = site().lang;
    let words = lang.in_room();
    let is_retried = Memo::new(move |_| sending.outbox.with(|outbox| outbox.get(client).is_some_and(Item::is_retried)));
    let must_wait = sending.wait.must_wait;
    let view = move || match status.get() {
        Some(Status::Waiting) if must_wait.get() => Some(EitherOf4::D(view! {
            <span role="status">{words.waits_for_turn}</span>
            " "
            <span class="number" aria-hidden="true">{move || countdown(sending.wait.seconds.get())}</span>
            <span class="fate-actions">
                <button type="button" class="link-button" hidden=is_gif on:click=move |_| sending.discard(client)>{words.discard}</button>
            </span>
        })),
        Some(Status::Waiting | Status::Sending) if is_retried.get() => Some(EitherOf4::C(view! {
            <span role="status">{words.retrying} {is_gif.then(|| [" ", words.retrying_gif].concat())}</span>
            <span class="fate-actions">
                <button type="button" class="link-button" on:click=move |_| sending.send_now()>{words.send_again}</button>
            </span>
        })),
        Some(Status::Waiting | Status::Sending) if !is_gif => Some(EitherOf4::A(words.sending)),
        Some(Status::Failed(failure)) => Some(EitherOf4::B(view! {
            <span class="error" role="alert">{words.failed} ". " {why(lang, &failure)}</span>
            <span class="fate-actions">
                {match failure {
                    Failure::FileChanged => Either::Left(view! { <ChooseAgain sending client/> }),
                    Failure::Refused(_) => {
                        Either::Right(view! {
                            <button type="button" class="link-button" on:click=move |_| sending.send_again(client)>
                                {words.send_again}
                            </button>
                        })
                    }
                }}
                <button type="button" class="link-button" on:click=move |_| sending.discard(client)>{words.discard}</button>
            </span>
        })),
        Some(Status::Waiting | Status::Sending | Status::Sent { .. }) | None => None,
    };
    view! { <p class="msg-time">{view}</p> }
}

fn why(lang: Lang, failure: &Failure) -> String {
    match failure {
        Failure::Refused(error) => lang.error(error),
        Failure::FileChanged => lang.in_room().file_changed.to_owned(),
    }
}

/// A file field, in place of a button that would send what cannot be read.
#[component]
fn ChooseAgain(sending: Sending, client: ClientId) -> impl IntoView {
    let label = site().lang.in_room().choose_gif;
    let chosen = move |event: web_sys::Event| {
        let field = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(file) = field.and_then(|field| field.files()?.get(0)) {
            sending.choose_again(client, file);
        }
    };
    view! {
        <label class="link-button file-button">
            {label} <input type="file" class="sr" accept="image/gif,.gif" aria-label=label on:change=chosen/>
        </label>
    }
}
