//! The person's own messages that the log does not hold yet.

use chat::entry::Showing;
use chat::{ClientId, command};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::message::text_bubble;
use crate::html;
use crate::markup::{Child, Markup, element, sentence};
use crate::site::site;
use crate::state::outbox::{Content, Failure, Item, Status};
use crate::state::sending::Sending;
use crate::strings::{Lang, countdown, size};

pub fn pending(sending: Sending) -> Markup {
    let items = view! {
        <For
            each=move || sending.outbox.with(|outbox| outbox.items().to_vec())
            key=|item| item.client
            children=move |item| message(sending, item)
        />
    };
    // Screen readers announce a message when it is confirmed, not before.
    element("ol").class("rows pending").set("aria-live", "off").fill(items)
}

fn message(sending: Sending, item: Item) -> Markup {
    let (lang, client) = (site().lang, item.client);
    let status = Memo::new(move |_| sending.outbox.with(|outbox| outbox.get(client).map(|item| item.status.clone())));
    let is_gif = matches!(item.content, Content::Gif { .. });
    let whisper = item.target.to.map(|to| sentence(&lang.whispered_to(&html::isolated(&lang.name(&to.name)))));
    let class = if whisper.is_some() { "msg own waiting whisper" } else { "msg own waiting" };
    let content = match item.content {
        // It is shown as the room will show it, so without the escape.
        Content::Text(text) | Content::Caption { text, .. } if whisper.is_none() => {
            vec![text_bubble(command::unescaped(&text))]
        }
        Content::Text(text) | Content::Caption { text, .. } => vec![text_bubble(&text)],
        Content::Gif { name, bytes, url, showing } => {
            vec![picture(url, showing, name), progress(sending, client, bytes, status)]
        }
        Content::Known { url, showing, .. } => vec![picture(url, showing, String::new())],
    };
    element("li")
        .class(class)
        .children(whisper.map(|whisper| element("span").class("whisper-mark").children(whisper)))
        .children(content)
        .child(delivery_status(sending, client, status, is_gif))
}

fn picture(url: String, showing: Showing, name: String) -> Markup {
    let alt = showing.description.map_or(name, |description| description.as_str().to_owned());
    element("div").class("gif waiting").child(element("img").set("src", url).set("alt", alt))
}

/// The progress of an upload, and a button to stop it.
fn progress(sending: Sending, client: ClientId, bytes: u64, status: Memo<Option<Status>>) -> Markup {
    let lang = site().lang;
    let words = lang.in_room();
    let under_way = move || matches!(status.get(), Some(Status::Sending));
    let open = move || matches!(status.get(), Some(Status::Sending | Status::Waiting));
    // The limit is needed because the form's other fields are counted as sent, too.
    let sent = move || if under_way() { sending.sent_bytes.get().min(bytes) } else { 0 };
    let bar = element("progress")
        .set("max", bytes.to_string())
        .live("value", move || Some(sent().to_string()))
        .set("aria-label", words.uploading());
    let numbers = element("span").class("small soft number").live_text(move || match under_way() {
        true => format!("{} / {}", size(sent()), size(bytes)),
        false => words.waiting_upload().to_owned(),
    });
    let stop = link(lang.common().cancel(), move || sending.discard(client)).set("aria-label", words.cancel_upload());
    element("div").class("upload").hidden_while(move || !open()).child(bar).child(numbers).child(stop)
}

/// Whether the message is on its way, or the buttons for a message that failed. `is_gif`: the progress bar says already that the
/// message is on its way.
fn delivery_status(sending: Sending, client: ClientId, status: Memo<Option<Status>>, is_gif: bool) -> Markup {
    let lang = site().lang;
    let words = lang.in_room();
    let is_retried = Memo::new(move |_| sending.outbox.with(|outbox| outbox.get(client).is_some_and(Item::is_retried)));
    let wait = sending.wait;
    let discard = move || link(words.discard(), move || sending.discard(client));
    let told = |text: String| element("span").set("role", "status").child(text);
    let actions = || element("span").class("fate-actions");
    let content = move || -> Vec<Child> {
        match status.get() {
            Some(Status::Waiting) if wait.must_wait.get() => {
                let seconds = element("span").class("number").set("aria-hidden", "true");
                let seconds = seconds.live_text(move || countdown(wait.seconds.get()));
                let actions = actions().children((!is_gif).then(discard));
                vec![told(words.waits_for_turn().to_owned()).into(), " ".into(), seconds.into(), actions.into()]
            }
            Some(Status::Waiting | Status::Sending) if is_retried.get() => {
                let more = if is_gif { [" ", words.retrying_gif()].concat() } else { String::new() };
                let again = link(words.send_again(), move || sending.send_now());
                vec![told([words.retrying(), &more].concat()).into(), actions().child(again).into()]
            }
            Some(Status::Waiting | Status::Sending) if !is_gif => vec![words.sending().into()],
            Some(Status::Failed(failure)) => {
                let why = [words.failed(), ". ", &why(lang, &failure)].concat();
                let way = match failure {
                    Failure::FileChanged => choose_again(sending, client),
                    Failure::Refused(_) => link(words.send_again(), move || sending.send_again(client)),
                };
                let error = element("span").class("error").set("role", "alert").child(why);
                vec![error.into(), actions().child(way).child(discard()).into()]
            }
            Some(Status::Waiting | Status::Sending | Status::Sent { .. }) | None => Vec::new(),
        }
    };
    element("p").class("msg-time").live_children(content)
}

/// A button that looks like a link.
fn link(words: &'static str, press: impl Fn() + 'static) -> Markup {
    element("button").set("type", "button").class("link-button").on("click", move |_| press()).child(words)
}

fn why(lang: Lang, failure: &Failure) -> String {
    match failure {
        Failure::Refused(error) => lang.error(error),
        Failure::FileChanged => lang.in_room().file_changed().to_owned(),
    }
}

/// A file field, in place of a button that would send again a file that cannot be read.
fn choose_again(sending: Sending, client: ClientId) -> Markup {
    let label = sending.shown.site.lang.in_room().choose_gif();
    let chosen = move |event: web_sys::Event| {
        let field = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(file) = field.and_then(|field| field.files()?.get(0)) {
            sending.choose_again(client, file);
        }
    };
    let field =
        element("input").set("type", "file").class("sr").set("accept", "image/gif,.gif").set("aria-label", label);
    element("label").class("link-button file-button").child(label).child(" ").child(field.on("change", chosen))
}
