//! Sends what is in the outbox, and stores unsent texts over a reload.

use chat::{ClientId, Entry, Error, RoomId, wire};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::outbox::{Content, Failure, Item, Lane, Status, Verdict};
use super::room::RoomState;
use super::stored_text::StoredText;
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
        let client = browser::new_client_id();
        self.store(client, &text, &target, None);
        self.add(Item::new(client, Content::Text(text), target));
    }

    pub(super) fn add(self, item: Item) {
        let lane = item.content.lane();
        self.outbox.update(|outbox| outbox.add(item));
        self.scroll.to_bottom();
        self.pump(lane);
    }

    /// Takes over what an earlier load of this page left unsent.
    pub(super) fn restore(self) {
        let mut texts = Vec::<(ClientId, StoredText)>::new();
        for (key, value) in storage::with_prefix(&prefix(self.id)) {
            let client = key.rsplit('.').next().and_then(|client| client.parse().ok());
            let text = wire::read::<StoredText>(&value);
            if let (Some(client), Some(text)) = (client, text) {
                // There are few of them, and the library's sort is a lot of code.
                let place = texts.partition_point(|(_, before)| before.at <= text.at);
                texts.insert(place, (client, text));
            }
        }
        for (client, text) in texts {
            let arrived = self.view.with_untracked(|view| {
                view.entries.iter().any(|entry| entry.client == client && self.site.is_me(entry.person.id))
            });
            if arrived {
                storage::remove(&key(self.id, client));
            } else {
                self.outbox.update(|outbox| outbox.add(Item::restored(client, text)));
            }
        }
        self.pump(Lane::Texts);
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
        let target = self.without_removed_reply(target);
        if let Content::Text(text) = &content {
            self.store(client, text, &target, None);
        }
        self.outbox.update(|outbox| outbox.retry(client, target));
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
                let verdict = self.outbox.try_update(|outbox| outbox.failed(client, failure));
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

    fn store(self, client: ClientId, text: &str, target: &Target, failed: Option<Error>) {
        let text = StoredText { text: text.to_owned(), target: target.clone(), at: browser::now(), failed };
        storage::set(&key(self.id, client), &wire::write(&text));
    }

    /// Stores failed texts as failed, so that a reload shows them so and in their order.
    fn store_failed(self) {
        self.outbox.with_untracked(|outbox| {
            for item in outbox.items() {
                if let (Content::Text(text), Status::Failed(Failure::Refused(error))) = (&item.content, &item.status) {
                    self.store(item.client, text, &item.target, Some(error.clone()));
                }
            }
        });
    }
}
