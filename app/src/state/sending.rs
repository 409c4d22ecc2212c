//! Sends what is in the outbox, and stores unsent texts over a reload.

use chat::{ClientId, Entry, Error, RoomId, wire};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::outbox::{Content, Failure, Item, Lane, Status, Verdict};
use super::room::RoomState;
use super::stored_text::{StoredText, Written};
use super::target::Target;
use crate::browser::{self, storage};
use crate::call;

/// The key of a stored text. Each has its own, so that tabs do not overwrite one another.
fn key(room: RoomId, client: ClientId) -> String {
    format!("{}{client}", prefix(room))
}

fn prefix(room: RoomId) -> String {
    format!("gifchat.out.{room}.")
}

/// The key of the draft.
pub fn draft_key(room: RoomId) -> String {
    format!("gifchat.draft.{room}")
}

/// The key of the draft's target. It is stored so that, after a reload, a whisper does not become a message to everybody.
fn target_key(room: RoomId) -> String {
    format!("gifchat.aim.{room}")
}

/// Removes everything that is stored for a room.
pub fn forget(room: RoomId) {
    storage::remove(&draft_key(room));
    storage::remove(&target_key(room));
    for (key, _) in storage::with_prefix(&prefix(room)) {
        storage::remove(&key);
    }
}

impl RoomState {
    /// Shows a text at once and sends it when its turn comes.
    pub fn say(self, text: String, target: Target) {
        let item = Item::new(browser::new_client_id(), Content::Text(text), target, self.written_now());
        self.store(&item);
        self.add(item);
    }

    fn written_now(self) -> Written {
        let at = self.outbox.with_untracked(|outbox| outbox.next_time(browser::now()));
        let after = self.view.with_untracked(|view| view.seq);
        Written { at, after: Some(after), by: self.page.get_value() }
    }

    pub(super) fn add(self, item: Item) {
        let lane = item.content.lane();
        self.outbox.update(|outbox| outbox.add(item));
        self.scroll.to_bottom();
        self.pump(lane);
    }

    /// Takes over what pages that are gone left unsent: this one before a reload, or a tab that was closed.
    pub(super) fn restore(self) {
        let page = browser::new_client_id();
        self.page.set_value(Some(page));
        let mut names = page.to_string();
        let mut texts = Vec::<(ClientId, StoredText)>::new();
        for (key, value) in storage::with_prefix(&prefix(self.id)) {
            let client = key.rsplit('.').next().and_then(|client| client.parse().ok());
            let text = wire::read::<StoredText>(&value);
            if let (Some(client), Some(text)) = (client, text) {
                names.extend(text.by.map(|by| format!(" {by}")));
                // There are few of them, and the library's sort is a lot of code.
                let place = texts.partition_point(|(_, before)| before.at <= text.at);
                texts.insert(place, (client, text));
            }
        }
        let claim = browser::claim(names);
        // What is written meanwhile goes after them.
        self.backing_off.update_value(|backing_off| backing_off[Lane::Texts as usize] = !texts.is_empty());
        spawn_local(async move {
            let claimed = claim.await;
            texts.retain(|(_, text)| text.by.is_none_or(|by| claimed.contains(&by.to_string())));
            self.add_restored(texts);
            self.backing_off.update_value(|backing_off| backing_off[Lane::Texts as usize] = false);
            self.pump(Lane::Texts);
        });
    }

    fn add_restored(self, texts: Vec<(ClientId, StoredText)>) {
        let mut items = Vec::new();
        self.view.with_untracked(|view| {
            for (client, mut text) in texts {
                let is_mine = |entry: &&Entry| self.site.is_me(entry.person.id);
                if view.entries.iter().filter(is_mine).any(|entry| entry.client == client) {
                    storage::remove(&key(self.id, client));
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
            // (What was written while the texts were claimed is the newest.)
            let newer = std::mem::take(outbox);
            items.iter().chain(newer.items()).for_each(|item| outbox.add(item.clone()));
        });
    }

    /// Restores the draft's target, and stores it whenever it changes.
    pub(super) fn follow_target(self) {
        let key = target_key(self.id);
        if let Some(target) = storage::get(&key).and_then(|json| wire::read(&json)) {
            self.target.set(target);
        }
        Effect::new(move |_| {
            self.target.track();
            self.store_draft(None);
        });
    }

    /// Stores the draft if it has changed. The target is always stored, because another tab may have stored its own.
    pub fn store_draft(self, text: Option<&str>) {
        match text {
            Some("") => storage::remove(&draft_key(self.id)),
            Some(text) => _ = storage::set(&draft_key(self.id), text),
            None => {}
        }
        let target = self.target.with_untracked(|target| (*target != Target::default()).then(|| wire::write(target)));
        match target {
            Some(json) => _ = storage::set(&target_key(self.id), &json),
            None => storage::remove(&target_key(self.id)),
        }
    }

    /// The log shows an own message, so it need not be stored here any more.
    pub(super) fn shown(self, client: ClientId, seq: u64) {
        storage::remove(&key(self.id, client));
        if self.outbox.with_untracked(|outbox| !outbox.items().is_empty()) {
            self.release(client);
            self.outbox.update(|outbox| outbox.shown(client, seq));
        }
    }

    /// Sends a failed item again, as the person wants.
    pub fn send_again(self, client: ClientId) {
        let item = self.outbox.with_untracked(|outbox| outbox.get(client).cloned());
        let Some(Item { content, target, .. }) = item else { return };
        let (target, written) = (self.without_removed_reply(target), self.written_now());
        self.outbox.update(|outbox| outbox.retry(client, target, written));
        self.outbox.with_untracked(|outbox| outbox.get(client).into_iter().for_each(|item| self.store(item)));
        self.pump(content.lane());
    }

    /// Removes an item that the person does not want to send any more.
    pub fn discard(self, client: ClientId) {
        storage::remove(&key(self.id, client));
        self.abort_upload(client);
        self.release(client);
        self.outbox.update(|outbox| outbox.remove(client));
        self.pump_all();
    }

    /// Sends at once what waits for its next attempt.
    pub fn send_now(self) {
        self.backing_off.set_value([false; 2]);
        self.pump_all();
    }

    fn pump_all(self) {
        Lane::ALL.into_iter().for_each(|lane| self.pump(lane));
    }

    fn pump(self, lane: Lane) {
        if self.backing_off.with_value(|backing_off| backing_off[lane as usize]) || self.holds_back() {
            return;
        }
        let next = self.outbox.with_untracked(|outbox| outbox.next(lane).cloned());
        let Some(Item { client, content, target, .. }) = next else { return };
        self.outbox.update(|outbox| outbox.sending(client));
        spawn_local(async move {
            let answer = match content {
                Content::Text(text) => {
                    let sent = call::send_text(self.id, Some(client), text, target.to_id(), target.reply_seq()).send();
                    sent.await.map_err(Failure::Refused)
                }
                Content::Gif { .. } => self.send_file(client, &target).await,
            };
            self.answered(lane, client, answer);
        });
    }

    fn answered(self, lane: Lane, client: ClientId, answer: Result<Entry, Failure>) {
        self.take_turn(&answer);
        match answer {
            Ok(entry) => {
                let known = self.view.with_untracked(|view| view.seq);
                storage::remove(&key(self.id, client));
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
        storage::set(&key(self.id, item.client), &wire::write(&text));
    }

    /// Stores failed texts as failed, so that a reload shows them so. What is not stored any more was thrown away in another tab.
    fn store_failed(self) {
        self.outbox.with_untracked(|outbox| {
            let failed = outbox.items().iter().filter(|item| matches!(item.status, Status::Failed(_)));
            failed.filter(|item| storage::get(&key(self.id, item.client)).is_some()).for_each(|item| self.store(item));
        });
    }

    /// Whether the browser has stored something that was not sent, so that the next page can show it.
    pub fn has_stored(self) -> bool {
        let has_text =
            storage::get(&draft_key(self.id)).is_some() || !storage::with_prefix(&prefix(self.id)).is_empty();
        has_text && storage::is_kept()
    }
}
