//! The person's own messages that the log does not hold yet.

use chat::{ClientId, command};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::message::TextBubble;
use crate::state::outbox::{Content, Item, Status};
use crate::state::room::RoomState;
use crate::strings::size;

#[component]
pub fn Pending(state: RoomState) -> impl IntoView {
    view! {
        // Screen readers announce a message when it is confirmed, not before.
        <ol class="rows pending" aria-live="off">
            <For
                each=move || state.outbox.with(|outbox| outbox.items().to_vec())
                key=|item| item.client
                children=move |item| view! { <PendingMessage state item/> }
            />
        </ol>
    }
}

#[component]
fn PendingMessage(state: RoomState, item: Item) -> impl IntoView {
    let client = item.client;
    let status = Memo::new(move |_| state.outbox.with(|outbox| outbox.get(client).map(|item| item.status.clone())));
    let is_gif = matches!(item.content, Content::Gif { .. });
    let whisper = item.target.to.map(|to| {
        let label = state.site.lang.whispered_to(&state.site.lang.name(&to.name));
        view! { <span class="whisper-mark">{label}</span> }
    });
    let is_whisper = whisper.is_some();
    let content = match item.content {
        // Shown as it is published.
        Content::Text(text) if !is_whisper => {
            Either::Left(view! { <TextBubble text=command::unescaped(&text).to_owned()/> })
        }
        Content::Text(text) => Either::Left(view! { <TextBubble text/> }),
        Content::Gif { name, bytes, url } => Either::Right(view! {
            <div class="gif waiting"><img src=url alt=name/></div>
            <Progress state client bytes status/>
        }),
    };
    view! {
        <li class="msg own waiting" class:whisper=is_whisper>{whisper} {content} <DeliveryStatus state client status is_gif/></li>
    }
}

/// The progress of an upload, and a button to stop it.
#[component]
fn Progress(state: RoomState, client: ClientId, bytes: u64, status: Memo<Option<Status>>) -> impl IntoView {
    let words = state.site.lang.in_room();
    let under_way = move || matches!(status.get(), Some(Status::Sending));
    let open = move || matches!(status.get(), Some(Status::Sending | Status::Waiting));
    // The limit is needed because the form's other fields are counted as sent, too.
    let sent = move || if under_way() { state.sent_bytes.get().min(bytes) } else { 0 };
    view! {
        <div class="upload" hidden=move || !open()>
            <progress max=bytes.to_string() value=move || sent().to_string() aria-label=words.uploading></progress>
            <span class="small soft number">
                {move || if under_way() { format!("{} / {}", size(sent()), size(bytes)) } else { words.waiting_upload.to_owned() }}
            </span>
            <button type="button" class="link-button" aria-label=words.cancel_upload on:click=move |_| state.discard(client)>
                {state.site.lang.common().cancel}
            </button>
        </div>
    }
}

/// Whether the message is on its way, or the buttons that decide about a failed one.
#[component]
fn DeliveryStatus(
    state: RoomState,
    client: ClientId,
    status: Memo<Option<Status>>,
    /// The progress bar of a GIF already says that it is on its way.
    is_gif: bool,
) -> impl IntoView {
    let words = state.site.lang.in_room();
    let is_retried = Memo::new(move |_| state.outbox.with(|outbox| outbox.get(client).is_some_and(Item::is_retried)));
    let view = move || match status.get() {
        Some(Status::Waiting | Status::Sending) if is_retried.get() => Some(EitherOf3::C(view! {
            <span role="status">{words.retrying}</span>
            <span class="fate-actions">
                <button type="button" class="link-button" on:click=move |_| state.send_now()>{words.send_again}</button>
            </span>
        })),
        Some(Status::Waiting | Status::Sending) if !is_gif => Some(EitherOf3::A(words.sending)),
        Some(Status::Failed(error)) => Some(EitherOf3::B(view! {
            <span class="error" role="alert">{words.failed} ". " {state.site.lang.error(&error)}</span>
            <span class="fate-actions">
                <button type="button" class="link-button" on:click=move |_| state.send_again(client)>{words.send_again}</button>
                <button type="button" class="link-button" on:click=move |_| state.discard(client)>{words.discard}</button>
            </span>
        })),
        Some(Status::Waiting | Status::Sending | Status::Sent { .. }) | None => None,
    };
    view! { <p class="msg-time">{view}</p> }
}
