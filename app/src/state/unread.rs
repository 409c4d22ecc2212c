//! How far this person has read a room, whose messages they hide, and the unread line and counts that the page shows.

use chat::view::RoomView;
use chat::{RoomId, VisitorId};
use leptos::prelude::*;

use super::log::Reader;
use super::read_marker::ReadMarker;
use crate::browser::storage;
use crate::when::Calendar;

const READ: &str = "gifchat.read.";
const MUTED: &str = "gifchat.muted.";

/// The most rooms for which the read position is stored. If there are more, all positions are removed. That does little harm,
/// because hardly any visitor comes back to so many rooms.
const ROOMS_STORED: usize = 200;

/// What this person has read, hidden and unfolded in the room.
#[derive(Debug)]
pub struct Marks {
    pub marker: ReadMarker,
    /// People whose messages are hidden in this browser.
    pub muted: Vec<VisitorId>,
    /// One entry of each run that is unfolded.
    pub opened: Vec<u64>,
}

impl Marks {
    pub fn reader(&self, view: &RoomView, calendar: Calendar) -> Reader<'_> {
        let line_after = self.marker.line_after.filter(|after| knows_after(view, *after));
        Reader { me: Some(view.me), muted: &self.muted, opened: &self.opened, line_after, calendar }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Unread {
    pub marks: RwSignal<Marks>,
    /// Whether the unread line is on the screen.
    pub line_near: RwSignal<bool>,
    /// Whether the unread line is above the screen.
    pub line_above: RwSignal<bool>,
    /// How many messages are unread.
    pub count: RwSignal<u32>,
    /// The short form of the count for the title; empty for 0.
    pub tally: RwSignal<String>,
    /// The text of the button that leads to the unread messages.
    pub label: RwSignal<Option<String>>,
    /// The button leads up, to the unread line.
    pub leads_up: RwSignal<bool>,
}

impl Unread {
    pub fn new(newest: u64) -> Self {
        let marker = ReadMarker::opened(None, newest);
        Self {
            marks: RwSignal::new(Marks { marker, muted: Vec::new(), opened: Vec::new() }),
            line_near: RwSignal::new(false),
            line_above: RwSignal::new(false),
            count: RwSignal::new(0),
            tally: RwSignal::default(),
            label: RwSignal::new(None),
            leads_up: RwSignal::new(false),
        }
    }

    pub fn is_muted(self, person: VisitorId) -> bool {
        self.marks.with(|marks| marks.muted.contains(&person))
    }

    /// Hides a person's messages in this browser, or shows them again.
    pub fn toggle_mute(self, person: VisitorId) {
        let key = format!("{MUTED}{person}");
        if storage::get(&key).is_some() {
            storage::remove(&key);
        } else {
            storage::set(&key, "1");
        }
        self.read_muted();
    }

    pub fn read_muted(self) {
        let stored = storage::with_prefix(MUTED);
        let muted = stored.iter().filter_map(|(key, _)| key.get(MUTED.len()..)?.parse().ok()).collect();
        self.marks.update(|marks| marks.muted = muted);
    }
}

/// Whether everything after this entry is loaded.
pub fn knows_after(view: &RoomView, after: u64) -> bool {
    !view.more || view.first <= after + 1
}

/// The last entry of a room that has been read, here or in another tab.
pub fn stored_read(room: RoomId) -> Option<u64> {
    storage::get(&read_key(room))?.parse().ok()
}

/// Stores that everything up to this entry has been read.
pub fn store_read(room: RoomId, read: u64) {
    if stored_read(room) != Some(read) {
        storage::set(&read_key(room), &read.to_string());
    }
}

/// Removes the read positions of all rooms if there are more than [`ROOMS_STORED`].
pub fn forget_many() {
    let stored = storage::with_prefix(READ);
    if stored.len() > ROOMS_STORED {
        stored.iter().for_each(|(key, _)| storage::remove(key));
    }
}

fn read_key(room: RoomId) -> String {
    format!("{READ}{room}")
}

/// Removes the read position of a room that is gone.
pub fn forget_read(room: RoomId) {
    storage::remove(&read_key(room));
}
