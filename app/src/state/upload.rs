//! Uploads GIFs with progress. They use `XMLHttpRequest`, because `fetch` does not report progress.

use chat::entry::Showing;
use chat::{Act, ClientId, Entry, Error, GifHash, wire};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

use super::outbox::{Content, Failure, Item};
use super::sending::Sending;
use super::stored_text::Written;
use super::target::Target;
use crate::browser::{self, Judged};
use crate::call::{self, Call, address};

impl Sending {
    /// Adds a GIF to the outbox: `thing` is a file, or the text `hash address` for a GIF that the server has. If a file cannot be
    /// sent, the composer says so at once. Returns the client id of the new item.
    pub fn add_gif(self, thing: JsValue, showing: &Showing, take_target: impl Fn() -> Target) -> Option<ClientId> {
        let file = match thing.dyn_into::<File>() {
            Ok(file) => file,
            Err(known) => {
                let known = known.as_string()?;
                let (gif, url) = known.split_once(' ')?;
                let content = Content::Known { gif: gif.parse().ok()?, url: url.to_owned(), showing: showing.clone() };
                return Some(self.add_new(content, take_target()));
            }
        };
        match self.complaint(&file) {
            None => Some(self.add_file(file, showing.clone(), take_target())),
            complaint => {
                self.notice.set(complaint);
                None
            }
        }
    }

    pub(super) fn add_new(self, content: Content, target: Target) -> ClientId {
        let client = self.shown.new_client_id();
        self.add(Item::new(client, content, target, Written::default()));
        client
    }

    /// Sends `file` in place of the item `client`, whose file can no longer be read.
    pub fn choose_again(self, client: ClientId, file: File) {
        let complaint = self.complaint(&file);
        let item = self.outbox.with_untracked(|outbox| outbox.get(client).cloned());
        if let Some(Item { content: Content::Gif { showing, .. }, target, .. }) = item.filter(|_| complaint.is_none()) {
            let target = self.shown.view.with_untracked(|view| target.without_removed(view));
            let again = self.add_file(file, showing, target);
            self.outbox.update(|outbox| outbox.replaces(client, again));
            self.discard(client);
        }
        self.notice.set(complaint);
    }

    /// The reason why a file cannot be sent. `None` if it can.
    fn complaint(self, file: &File) -> Option<String> {
        let (lang, limit) = (self.shown.site.lang, self.shown.site.gif_max_bytes);
        let (name, bytes) = (file.name(), file.size() as u64);
        if file.type_() != "image/gif" && !name.to_ascii_lowercase().ends_with(".gif") {
            Some(lang.in_room().only_gifs().to_owned())
        } else if bytes == 0 {
            Some(lang.in_room().empty_file().to_owned())
        } else {
            (bytes > limit).then(|| lang.too_large_before_sending(&name, bytes, limit))
        }
    }

    fn add_file(self, file: File, showing: Showing, target: Target) -> ClientId {
        let (name, bytes) = (file.name(), file.size() as u64);
        // If the browser gives no address, the file is not shown before it is sent.
        let url = web_sys::Url::create_object_url_with_blob(&file).unwrap_or_default();
        let client = self.shown.new_client_id();
        self.files.update_value(|files| files.push((client, file)));
        self.add(Item::new(client, Content::Gif { name, bytes, url, showing }, target, Written::default()));
        client
    }

    /// The call that sends a GIF by its hash, because the server may have it already.
    pub(super) fn send_known(self, client: ClientId, gif: GifHash, showing: &Showing, target: &Target) -> Call<Entry> {
        let description = showing.description.as_ref().map_or("", |description| description.as_str());
        let (to, reply) = (target.to_id(), target.reply_seq());
        call::send_gif(self.shown.id, client, gif, to, reply, description.to_owned(), showing.veiled)
    }

    pub(super) async fn send_file(
        self,
        client: ClientId,
        showing: &Showing,
        target: &Target,
    ) -> Result<Entry, Failure> {
        let file =
            self.files.with_value(|files| files.iter().find(|(of, _)| *of == client).map(|(_, file)| file.clone()));
        let file = file.ok_or(Error::Internal)?;
        let judged = browser::judge(&file, self.shown.site.gif_max_bytes).await;
        // The person may have cancelled meanwhile. This is checked now, because asking for a GIF by its hash also sends it.
        self.still_wanted(client)?;
        match judged {
            Some(Judged::Bad(error)) => return Err(error.into()),
            Some(Judged::Good(gif)) => {
                match self.send_known(client, gif, showing, target).send().await {
                    // The GIF is not among those that this person may send by hash, or the server could not tell: it is uploaded.
                    Err(Error::NotFound | Error::Unavailable | Error::TooMany { of: Act::Look, .. }) => {}
                    answer => return answer.map_err(Failure::Refused),
                }
            }
            None => {}
        }
        self.still_wanted(client)?;
        let sent = self.post_file(client, showing, target, &file).await;
        // If the file can no longer be read, the request fails as if the network had failed. (Some browsers send an empty file.)
        if sent.is_err() && !browser::is_readable(&file).await {
            return Err(Failure::FileChanged);
        }
        Ok(sent?)
    }

    /// Fails if the item was cancelled. The error is not shown, because the item is not in the outbox any more.
    fn still_wanted(self, client: ClientId) -> Result<(), Failure> {
        let is_there = self.outbox.with_untracked(|outbox| outbox.get(client).is_some());
        if is_there { Ok(()) } else { Err(Error::Internal.into()) }
    }

    async fn post_file(
        self,
        client: ClientId,
        showing: &Showing,
        target: &Target,
        file: &File,
    ) -> Result<Entry, Error> {
        self.sent_bytes.set(0);
        let request = XmlHttpRequest::new().map_err(|_| Error::Internal)?;
        let on_progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            self.sent_bytes.set(event.loaded() as u64);
        });
        if let Ok(upload) = request.upload() {
            upload.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        }
        self.upload.set_value(Some((client, request.clone())));
        let ended = js_sys::Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
        self.begin(&request, client, showing, target, file).map_err(|_| Error::Unavailable)?;
        // This resolves whether the request succeeds, fails or is aborted.
        let _ = JsFuture::from(ended).await;
        // After a cancellation the next upload may have begun already.
        self.upload.update_value(|upload| _ = upload.take_if(|(of, _)| *of == client));
        answer(&request, self.shown.site.gif_max_bytes)
    }

    /// Sends the form. The server needs the field `room` first, and the file is last.
    fn begin(
        self,
        request: &XmlHttpRequest,
        client: ClientId,
        showing: &Showing,
        target: &Target,
        file: &File,
    ) -> Result<(), JsValue> {
        let form = FormData::new()?;
        form.append_with_str("room", &self.shown.id.to_string())?;
        form.append_with_str("client", &client.to_string())?;
        if let Some(to) = target.to_id() {
            form.append_with_str("to", &to.to_string())?;
        }
        if let Some(reply) = target.reply_seq() {
            form.append_with_str("reply", &reply.to_string())?;
        }
        if let Some(description) = &showing.description {
            form.append_with_str("description", description.as_str())?;
        }
        if showing.veiled {
            form.append_with_str("veiled", "true")?;
        }
        form.append_with_blob_and_filename("gif", file, &file.name())?;
        request.open("POST", &address("upload_gif"))?;
        request.set_request_header("Accept", "application/json")?;
        request.send_with_opt_form_data(Some(&form))
    }

    pub(super) fn abort_upload(self, client: ClientId) {
        let request = self.upload.with_value(|upload| upload.clone());
        if let Some((_, request)) = request.filter(|(under_way, _)| *under_way == client) {
            let _ = request.abort();
        }
    }

    /// Releases an item's file.
    pub(super) fn release(self, client: ClientId) {
        self.files.update_value(|files| files.retain(|(of, _)| *of != client));
        self.outbox.with_untracked(|outbox| {
            if let Some(Item { content: Content::Gif { url, .. }, .. }) = outbox.get(client) {
                let _ = web_sys::Url::revoke_object_url(url);
            }
        });
    }
}

fn answer(request: &XmlHttpRequest, limit: u64) -> Result<Entry, Error> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status() {
        Ok(200) => wire::read(&text).ok_or(Error::Unavailable),
        Ok(status) => Err(wire::read(&text).unwrap_or(match status {
            // An answer without an error of ours comes from a proxy or another layer in front of the server function.
            413 => Error::TooLarge { limit },
            _ => Error::Unavailable,
        })),
        Err(_) => Err(Error::Unavailable),
    }
}
