//! Sends what is in the outbox, and keeps unsent texts over a reload.

use chat::{ClientId, Entry, Error, RoomId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::aim::Aim;
use super::outbox::{Content, Item, KeptText, Lane, Status, Verdict};
use super::room::RoomState;
use crate::browser::{self, kept};
use crate::call;

/// Where a text waits for a reload: one key each, so that tabs do not write over one another.
fn key(room: RoomId, client: ClientId) -> String {
    format!("{}{client}", prefix(room))
}

fn prefix(room: RoomId) -> String {
    format!("gifchat.out.{room}.")
}

/// Where the text being written is kept.
pub fn draft_key(room: RoomId) -> String {
    format!("gifchat.draft.{room}")
}

/// Where is kept to whom it goes: by a reload, what was meant for one must not become a word to all.
fn aim_key(room: RoomId) -> String {
    format!("gifchat.aim.{room}")
}

/// Forgets what is kept for a room.
pub fn forget(room: RoomId) {
    kept::remove(&draft_key(room));
    kept::remove(&aim_key(room));
    for (key, _) in kept::with_prefix(&prefix(room)) {
        kept::remove(&key);
    }
}

impl RoomState {
    /// Shows a text at once and sends it when its turn comes.
    pub fn say(self, text: String, aim: Aim) {
        let client = browser::new_client_id();
        self.keep(client, &text, &aim, None);
        self.add(Item::new(client, Content::Text(text), aim));
    }

    pub(super) fn add(self, item: Item) {
        let lane = item.content.lane();
        self.outbox.update(|outbox| outbox.add(item));
        self.scroll.to_bottom();
        self.pump(lane);
    }

    /// Takes up what an earlier load of this page left unsent.
    pub(super) fn restore(self) {
        let mut texts = Vec::<(ClientId, KeptText)>::new();
        for (key, value) in kept::with_prefix(&prefix(self.id)) {
            let client = key.rsplit('.').next().and_then(|client| client.parse().ok());
            let text = serde_json::from_slice::<KeptText>(value.as_bytes()).ok();
            if let (Some(client), Some(text)) = (client, text) {
                // They are few: the library's sort is a lot of code.
                let place = texts.partition_point(|(_, before)| before.at <= text.at);
                texts.insert(place, (client, text));
            }
        }
        for (client, text) in texts {
            let arrived = self.view.with_untracked(|view| {
                view.entries.iter().any(|entry| entry.client == client && self.site.is_me(entry.person.id))
            });
            if arrived {
                kept::remove(&key(self.id, client));
            } else {
                self.outbox.update(|outbox| outbox.add(Item::restored(client, text)));
            }
        }
        self.pump(Lane::Texts);
    }

    /// Takes up to whom the draft goes, and keeps it from now on.
    pub(super) fn keep_aim(self) {
        let key = aim_key(self.id);
        if let Some(aim) = kept::get(&key).and_then(|json| serde_json::from_slice(json.as_bytes()).ok()) {
            self.aim.set(aim);
        }
        Effect::new(move |_| {
            self.aim.track();
            self.keep_draft(None);
        });
    }

    /// Keeps what is being written, when it has changed, and always to whom it goes: another tab may have kept its own.
    pub fn keep_draft(self, text: Option<&str>) {
        match text {
            Some("") => kept::remove(&draft_key(self.id)),
            Some(text) => kept::set(&draft_key(self.id), text),
            None => {}
        }
        let aim = self.aim.with_untracked(|aim| (*aim != Aim::default()).then(|| serde_json::to_string(aim)));
        match aim {
            Some(Ok(json)) => kept::set(&aim_key(self.id), &json),
            _ => kept::remove(&aim_key(self.id)),
        }
    }

    /// The log shows an own message: it is no longer only here.
    pub(super) fn shown(self, client: ClientId, seq: u64) {
        kept::remove(&key(self.id, client));
        if self.outbox.with_untracked(|outbox| !outbox.items().is_empty()) {
            self.release(client);
            self.outbox.update(|outbox| outbox.shown(client, seq));
        }
    }

    /// The person wants a failed one sent again.
    pub fn send_again(self, client: ClientId) {
        let item = self.outbox.with_untracked(|outbox| outbox.get(client).cloned());
        let Some(Item { content, aim, .. }) = item else { return };
        let aim = self.still_there(aim);
        if let Content::Text(text) = &content {
            self.keep(client, text, &aim, None);
        }
        self.outbox.update(|outbox| outbox.again(client, aim));
        self.pump(content.lane());
    }

    /// The person does not want it sent any more.
    pub fn discard(self, client: ClientId) {
        kept::remove(&key(self.id, client));
        self.abort_upload(client);
        self.release(client);
        self.outbox.update(|outbox| outbox.remove(client));
        Lane::ALL.into_iter().for_each(|lane| self.pump(lane));
    }

    /// Tries at once what waits for its next try.
    pub fn send_now(self) {
        self.held.set_value([false; 2]);
        Lane::ALL.into_iter().for_each(|lane| self.pump(lane));
    }

    fn pump(self, lane: Lane) {
        if self.held.with_value(|held| held[lane as usize]) {
            return;
        }
        let next = self.outbox.with_untracked(|outbox| outbox.next(lane).cloned());
        let Some(Item { client, content, aim, .. }) = next else { return };
        self.outbox.update(|outbox| outbox.sending(client));
        spawn_local(async move {
            let answer = match content {
                Content::Text(text) => call::send_text(self.id, client, &text, &aim).await,
                Content::Gif { .. } => self.send_file(client, &aim).await,
            };
            self.answered(lane, client, answer);
        });
    }

    fn answered(self, lane: Lane, client: ClientId, answer: Result<Entry, Error>) {
        match answer {
            Ok(entry) => {
                let known = self.view.with_untracked(|view| view.seq);
                kept::remove(&key(self.id, client));
                if entry.seq <= known {
                    self.release(client);
                }
                self.outbox.update(|outbox| outbox.sent(client, entry.seq, known));
            }
            Err(error) => {
                let verdict = self.outbox.try_update(|outbox| outbox.failed(client, error));
                if let Some(Verdict::RetryIn { millis }) = verdict {
                    self.held.update_value(|held| held[lane as usize] = true);
                    browser::after_millis(millis, move || {
                        self.held.update_value(|held| held[lane as usize] = false);
                        self.pump(lane);
                    });
                    return;
                }
                self.keep_failed();
            }
        }
        self.pump(lane);
    }

    fn keep(self, client: ClientId, text: &str, aim: &Aim, failed: Option<Error>) {
        let text = KeptText { text: text.to_owned(), aim: aim.clone(), at: browser::now(), failed };
        if let Ok(json) = serde_json::to_string(&text) {
            kept::set(&key(self.id, client), &json);
        }
    }

    /// A reload shows failed texts as failed, in their order.
    fn keep_failed(self) {
        self.outbox.with_untracked(|outbox| {
            for item in outbox.items() {
                if let (Content::Text(text), Status::Failed(error)) = (&item.content, &item.status) {
                    self.keep(item.client, text, &item.aim, Some(error.clone()));
                }
            }
        });
    }
}
