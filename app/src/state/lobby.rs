//! The state of the lobby: rows that change one by one, live changes, and a search that drops outdated answers.

use chat::event::{Down, LobbyChange, LobbyPage, Totals};
use chat::view::LobbyView;
use chat::{RoomCard, RoomId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::call;

/// A row of the lobby. Changes of the card go through its signal, except new settings: they make a new row.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: RoomId,
    /// Counts how often the settings have changed while the row was shown.
    pub settings: u32,
    pub card: ArcRwSignal<RoomCard>,
}

impl Row {
    pub fn key(&self) -> (RoomId, u32) {
        (self.id, self.settings)
    }
}

/// What is being fetched, or that the last fetch has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    Nothing,
    Search,
    More,
    Failed,
}

#[derive(Debug, Clone, Copy)]
pub struct LobbyState {
    view: StoredValue<LobbyView>,
    pub rows: RwSignal<Vec<Row>>,
    pub totals: RwSignal<Totals>,
    pub more: RwSignal<bool>,
    /// The shown cards outside of the lobby's first page. The server sends their changes only on request.
    pub extra_cards: RwSignal<Vec<RoomId>>,
    /// The search that was asked for last. The rows are its results once they have been fetched.
    pub query: RwSignal<String>,
    pub fetching: RwSignal<Fetching>,
    /// Counts requests, so that the answer to an older one is dropped.
    latest_request: StoredValue<u32>,
    /// Changes that arrived while a request was under way. They are applied again after its answer, which may be older.
    meanwhile: StoredValue<Vec<LobbyChange>>,
}

impl LobbyState {
    pub fn new(view: LobbyView) -> Self {
        let rows = view.cards.iter().map(new_row).collect();
        Self {
            rows: RwSignal::new(rows),
            totals: RwSignal::new(view.totals),
            more: RwSignal::new(view.more),
            extra_cards: RwSignal::new(view.beside_the_first()),
            query: RwSignal::new(view.query.clone()),
            fetching: RwSignal::new(Fetching::Nothing),
            view: StoredValue::new(view),
            latest_request: StoredValue::new(0),
            meanwhile: StoredValue::new(Vec::new()),
        }
    }

    /// Takes an event of the connection.
    pub fn take(self, down: Down) {
        match down {
            Down::Lobby(page) if self.shows_all() => {
                self.view.update_value(|view| view.refresh(page));
                self.show();
                if self.fetching.get_untracked() == Fetching::Failed {
                    self.fetching.set(Fetching::Nothing);
                }
            }
            // The event's page is that of all rooms, but this view shows a search, or a search was asked for.
            Down::Lobby(page) => {
                self.totals.set(page.totals);
                self.search(self.query.get_untracked());
            }
            Down::LobbyChange(change) => {
                if matches!(self.fetching.get_untracked(), Fetching::Search | Fetching::More) {
                    self.meanwhile.update_value(|changes| changes.push(change.clone()));
                }
                self.view.update_value(|view| view.apply(change));
                self.show();
            }
            _ => {}
        }
    }

    /// Whether the rows are those of all rooms, and no search has been asked for since.
    fn shows_all(self) -> bool {
        self.view.with_value(|view| view.query.is_empty()) && self.query.with_untracked(String::is_empty)
    }

    /// Shows the rooms that match `query`.
    pub fn search(self, query: String) {
        self.ask(query, None, Fetching::Search, |view, page, query| *view = LobbyView::new(page, query));
    }

    /// Shows more rooms below the last.
    pub fn load_more(self) {
        let last = self.view.with_value(|view| view.cards.last().map(|card| card.id));
        self.ask(self.query.get_untracked(), last, Fetching::More, |view, page, _| view.extend(page));
    }

    fn ask(
        self,
        query: String,
        before: Option<RoomId>,
        what: Fetching,
        take: impl FnOnce(&mut LobbyView, LobbyPage, String) + 'static,
    ) {
        let latest_request = self.latest_request.get_value() + 1;
        self.latest_request.set_value(latest_request);
        self.meanwhile.set_value(Vec::new());
        self.query.set(query.clone());
        self.fetching.set(what);
        spawn_local(async move {
            let answer = call::lobby_rooms(query.clone(), before).send().await;
            if self.latest_request.get_value() != latest_request {
                return;
            }
            match answer {
                Ok(page) => {
                    let meanwhile = self.meanwhile.try_update_value(std::mem::take).unwrap_or_default();
                    self.view.update_value(|view| {
                        take(view, page, query);
                        meanwhile.into_iter().for_each(|change| view.apply(change));
                    });
                    self.show();
                    self.fetching.set(Fetching::Nothing);
                }
                Err(_) => self.fetching.set(Fetching::Failed),
            }
        });
    }

    /// Updates the signals from the view. Only signals whose value differs are touched.
    fn show(self) {
        let old = self.rows.get_untracked();
        let (rows, totals, more, extra_cards) = self.view.with_value(|view| {
            // The rows are sorted like the cards: the newest, with the largest id, comes first.
            let row = |card: &RoomCard| match old.binary_search_by(|row| card.id.cmp(&row.id)) {
                Ok(known) => {
                    let row = &old[known];
                    let (is_same, has_same_settings) =
                        row.card.with_untracked(|shown| (shown == card, shown.settings() == card.settings()));
                    if !has_same_settings {
                        return Row { settings: row.settings + 1, ..new_row(card) };
                    }
                    if !is_same {
                        row.card.set(card.clone());
                    }
                    row.clone()
                }
                Err(_) => new_row(card),
            };
            (view.cards.iter().map(row).collect::<Vec<_>>(), view.totals, view.more, view.beside_the_first())
        });
        if !rows.iter().map(Row::key).eq(old.iter().map(Row::key)) {
            self.rows.set(rows);
        }
        if totals != self.totals.get_untracked() {
            self.totals.set(totals);
        }
        if more != self.more.get_untracked() {
            self.more.set(more);
        }
        if self.extra_cards.with_untracked(|known| *known != extra_cards) {
            self.extra_cards.set(extra_cards);
        }
    }
}

fn new_row(card: &RoomCard) -> Row {
    Row { id: card.id, settings: 0, card: ArcRwSignal::new(card.clone()) }
}
