//! Sends the messages in the outbox, and stores unsent texts over a reload.

use chat::{ClientId, Entry, Error, RoomId, command, wire};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::outbox::{Content, Failure, Item, Lane, Outbox, Status, Verdict};
use super::scroll::Scroll;
use super::shown::ShownRoom;
use super::slow::Wait;
use super::stored_text::{StoredText, Written};
use super::target::Target;
use crate::browser::{self, storage};
use crate::call;
use crate::live::Connection;

/// The key of a stored text. Each has its own, so that tabs do not overwrite one another.
fn key(room: RoomId, client: ClientId) -> String {
    format!("{}{client}", prefix(room))
}

fn prefix(room: RoomId) -> String {
    format!("gifchat.out.{room}.")
}

/// Removes the unsent texts of a room.
pub fn forget(room: RoomId) {
    for (key, _) in storage::with_prefix(&prefix(room)) {
        storage::remove(&key);
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Sending {
    pub shown: ShownRoom,
    connection: Connection,
    scroll: Scroll,
    /// The message that the composer shows to the person.
    pub(super) notice: RwSignal<Option<String>>,
    /// This person's wait in slow mode.
    pub wait: Wait,
    pub outbox: RwSignal<Outbox>,
    /// How many bytes of the current upload have been sent.
    pub sent_bytes: RwSignal<u64>,
    /// The id of this load of the page. Stored texts carry it, so that other tabs leave the texts alone that this page will send.
    page: StoredValue<Option<ClientId>>,
    pub(super) files: StoredValue<Vec<(ClientId, web_sys::File)>, LocalStorage>,
    pub(super) upload: StoredValue<Option<(ClientId, web_sys::XmlHttpRequest)>, LocalStorage>,
    /// Whether each lane waits for its next attempt, indexed by [`Lane`].
    backing_off: StoredValue<[bool; 2]>,
}

impl Sending {
    pub fn new(shown: ShownRoom, connection: Connection, scroll: Scroll, notice: RwSignal<Option<String>>) -> Self {
        Self {
            shown,
            connection,
            scroll,
            notice,
            wait: Wait::new(shown),
            outbox: RwSignal::new(Outbox::default()),
            sent_bytes: RwSignal::new(0),
            page: StoredValue::new(None),
            files: StoredValue::new_local(Vec::new()),
            upload: StoredValue::new_local(None),
            backing_off: StoredValue::new([false; 2]),
        }
    }

    /// Sends the texts that earlier pages have left unsent. From now on, waiting messages are sent as soon as they can be.
    pub fn start(self) {
        self.restore();
        self.wait.start();
        // Messages are sent without waiting for their next attempt once the connection is back, or slow mode allows it.
        Effect::new(move |_| {
            if self.connection.joined.get() > 1 {
                self.send_now();
            }
        });
        Effect::new(move |had_to_wait| {
            let must_wait = self.wait.must_wait.get();
            if had_to_wait == Some(true) && !must_wait {
                self.send_now();
            }
            must_wait
        });
    }

    /// Shows a text as pending at once, and sends it when its turn comes.
    pub fn say(self, text: String, target: Target) {
        let item = Item::new(self.shown.new_client_id(), Content::Text(text), target, self.written_now());
        self.store(&item);
        self.add(item);
    }

    /// Sends a text after these GIFs.
    pub fn add_caption(self, text: String, of: Vec<ClientId>, target: Target) {
        let text = if target.to.is_none() { command::escaped(&text) } else { text };
        self.add_new(Content::Caption { text, of }, target);
    }

    fn written_now(self) -> Written {
        let at = self.outbox.with_untracked(|outbox| outbox.next_time(browser::now()));
        let after = self.shown.seq();
        Written { at, after: Some(after), by: self.page.get_value() }
    }

    pub(super) fn add(self, item: Item) {
        let lane = item.content.lane();
        self.outbox.update(|outbox| outbox.add(item));
        self.scroll.to_bottom();
        self.pump(lane);
    }

    /// Takes over the unsent texts of pages that are gone: of this page before a reload, or of a tab that was closed.
    fn restore(self) {
        let page = ClientId(browser::random());
        self.page.set_value(Some(page));
        let mut names = page.to_string();
        let mut texts = Vec::<(ClientId, StoredText)>::new();
        for (key, value) in storage::with_prefix(&prefix(self.shown.id)) {
            let client = key.rsplit('.').next().and_then(|client| client.parse().ok());
            let text = wire::read::<StoredText>(&value);
            if let (Some(client), Some(text)) = (client, text) {
                names.extend(text.by.map(|by| format!(" {by}")));
                // There are few texts, and the standard library's sort is a lot of code.
                let place = texts.partition_point(|(_, before)| before.at <= text.at);
                texts.insert(place, (client, text));
            }
        }
        let claim = browser::claim(names);
        // Texts that are written meanwhile wait, because they are sent after these.
        self.backing_off.update_value(|backing_off| backing_off[Lane::Texts as usize] = !texts.is_empty());
        spawn_local(async move {
            let claimed = claim.await;
            texts.retain(|(_, text)| text.by.is_none_or(|by| claimed.contains(&by.to_string())));
            if !texts.is_empty() {
                self.add_restored(texts);
            }
            self.backing_off.update_value(|backing_off| backing_off[Lane::Texts as usize] = false);
            self.pump(Lane::Texts);
        });
    }

    /// (Not inlined, so that a page can load it later: decision 57.)
    #[inline(never)]
    fn add_restored(self, texts: Vec<(ClientId, StoredText)>) {
        let mut items = Vec::new();
        self.shown.view.with_untracked(|view| {
            for (client, mut text) in texts {
                let is_mine = |entry: &&Entry| self.shown.site.is_me(entry.person.id);
                if view.entries.iter().filter(is_mine).any(|entry| entry.client == client) {
                    storage::remove(&key(self.shown.id, client));
                    continue;
                }
                let written = Written { at: text.at, after: text.after, by: text.by };
                if written.is_of_earlier_seat(view.me, &view.entries) {
                    text.failed = Some(Error::NotSeated);
                }
                items.push(Item::restored(client, text));
            }
        });
        items.iter().for_each(|item| self.store(item));
        self.outbox.update(|outbox| {
            // (Items that were added while the texts were being claimed are newer, so they come last.)
            let newer = std::mem::take(outbox);
            items.iter().chain(newer.items()).for_each(|item| outbox.add(item.clone()));
        });
    }

    /// The log shows a message of this person, so it need not be stored any more.
    pub fn is_shown(self, client: ClientId, seq: u64) {
        storage::remove(&key(self.shown.id, client));
        if self.outbox.with_untracked(|outbox| !outbox.items().is_empty()) {
            self.release(client);
            self.outbox.update(|outbox| outbox.shown(client, seq));
        }
    }

    /// Sends a failed item again, as the person wants.
    pub fn send_again(self, client: ClientId) {
        let item = self.outbox.with_untracked(|outbox| outbox.get(client).cloned());
        let Some(Item { content, target, .. }) = item else { return };
        let target = self.shown.view.with_untracked(|view| target.without_removed(view));
        let written = self.written_now();
        self.outbox.update(|outbox| outbox.retry(client, target, written));
        self.outbox.with_untracked(|outbox| outbox.get(client).into_iter().for_each(|item| self.store(item)));
        self.pump(content.lane());
    }

    /// Removes an item that the person does not want to send any more.
    pub fn discard(self, client: ClientId) {
        storage::remove(&key(self.shown.id, client));
        self.abort_upload(client);
        self.release(client);
        self.outbox.update(|outbox| outbox.discard(client));
        self.pump_all();
    }

    /// Sends the messages that wait for their next attempt at once.
    pub fn send_now(self) {
        self.backing_off.set_value([false; 2]);
        self.pump_all();
    }

    fn pump_all(self) {
        Lane::ALL.into_iter().for_each(|lane| self.pump(lane));
    }

    /// Sends the next item of a lane, unless the lane has to wait.
    fn pump(self, lane: Lane) {
        let is_sending = || self.outbox.with_untracked(Outbox::is_sending);
        if self.backing_off.with_value(|backing_off| backing_off[lane as usize]) || self.wait.holds_back(is_sending) {
            return;
        }
        let next = self.outbox.with_untracked(|outbox| outbox.next(lane).cloned());
        let Some(Item { client, content, target, .. }) = next else { return };
        self.outbox.update(|outbox| outbox.sending(client));
        spawn_local(async move {
            let call = match &content {
                Content::Text(text) | Content::Caption { text, .. } => {
                    let (to, reply) = (target.to_id(), target.reply_seq());
                    call::send_text(self.shown.id, Some(client), text.clone(), to, reply)
                }
                Content::Gif { showing, .. } => {
                    let answer = self.send_file(client, showing, &target).await;
                    return self.answered(lane, client, answer);
                }
                Content::Known { gif, showing, .. } => self.send_known(client, *gif, showing, &target),
            };
            let answer = call.send().await.map_err(Failure::Refused);
            self.answered(lane, client, answer);
        });
    }

    fn answered(self, lane: Lane, client: ClientId, answer: Result<Entry, Failure>) {
        self.wait.answered(&answer);
        match answer {
            Ok(entry) => {
                let known = self.shown.seq();
                storage::remove(&key(self.shown.id, client));
                if entry.seq <= known {
                    self.release(client);
                }
                self.outbox.update(|outbox| outbox.sent(client, entry.seq, known));
            }
            Err(failure) => {
                let is_offline = untrack(|| self.connection.is_down());
                let verdict = self.outbox.try_update(|outbox| outbox.failed(client, failure, is_offline));
                if let Some(Verdict::RetryIn { millis }) = verdict {
                    self.backing_off.update_value(|backing_off| backing_off[lane as usize] = true);
                    browser::after_millis(millis, move || {
                        self.backing_off.update_value(|backing_off| backing_off[lane as usize] = false);
                        self.pump(lane);
                    });
                    return;
                }
                self.store_failed();
            }
        }
        // In slow mode the other lane may have waited for this answer.
        self.pump_all();
    }

    /// Stores a text over a reload. (A GIF cannot be stored.)
    fn store(self, item: &Item) {
        let Content::Text(text) = &item.content else { return };
        let failed = match &item.status {
            Status::Failed(Failure::Refused(error)) => Some(error.clone()),
            _ => None,
        };
        let Written { at, after, by } = item.written;
        let text = StoredText { text: text.clone(), target: item.target.clone(), at, after, by, failed };
        storage::set(&key(self.shown.id, item.client), &wire::write(&text));
    }

    /// Stores failed texts as failed, so that a reload shows them so. A text that is not stored any more was discarded in
    /// another tab, and is not stored again.
    fn store_failed(self) {
        self.outbox.with_untracked(|outbox| {
            let failed = outbox.items().iter().filter(|item| matches!(item.status, Status::Failed(_)));
            failed
                .filter(|item| storage::get(&key(self.shown.id, item.client)).is_some())
                .for_each(|item| self.store(item));
        });
    }

    /// Whether the browser has stored a text that was not sent.
    pub fn has_stored(self) -> bool {
        !storage::with_prefix(&prefix(self.shown.id)).is_empty()
    }
}
