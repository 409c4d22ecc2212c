//! The GIFs to choose from, fetched from the server. They are kept while the page lives, so that the panel shows GIFs at once
//! when it is opened again.

use std::cell::RefCell;
use std::cmp::Reverse;

use chat::shelf::{Item, SeenInRoom, Shelf};
use chat::{Error, GifHash};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::port::Port;
use super::tiles::{Tile, Tiles};
use crate::{browser, call};

/// How long the server's answer counts as current, in milliseconds.
const FRESH_MILLIS: u64 = 3000;

thread_local! {
    /// The server's last answers. (The browser has one thread.)
    static LAST: RefCell<Option<(Shelf, SeenInRoom)>> = const { RefCell::new(None) };
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    NotYet,
    Failed(Error),
    Done,
}

#[derive(Debug, Clone, Copy)]
pub struct Stock {
    port: Port,
    pub tiles: RwSignal<Tiles>,
    pub fetched: RwSignal<Fetched>,
    /// When the server was asked last, by [`browser::uptime`].
    asked_at: StoredValue<u64>,
}

impl Stock {
    pub fn new(port: Port) -> Self {
        let (tiles, fetched) = match LAST.with_borrow(Clone::clone) {
            Some((shelf, room)) => (Tiles::new(shelf, room), Fetched::Done),
            None => (Tiles::default(), Fetched::NotYet),
        };
        let (tiles, fetched) = (RwSignal::new(tiles), RwSignal::new(fetched));
        let stock = Self { port, tiles, fetched, asked_at: StoredValue::new(0) };
        stock.fetch();
        stock
    }

    /// Asks the server again if it was not asked just now. (The room keeps GIFs of messages without telling the panel.)
    pub fn refresh(self) {
        if browser::uptime().saturating_sub(self.asked_at.get_value()) > FRESH_MILLIS {
            self.fetch();
        }
    }

    /// Asks the server for everything.
    pub fn fetch(self) {
        self.asked_at.set_value(browser::uptime());
        if self.fetched.get_untracked() != Fetched::Done {
            self.fetched.set(Fetched::NotYet);
        }
        spawn_local(async move {
            let shelf = whole_shelf().await;
            let room = call::room_gifs(self.port.room).send().await;
            match (shelf, room) {
                (Ok(shelf), room) => {
                    // The GIFs of the room are an addition, which may be missing.
                    let room = room.unwrap_or_default();
                    LAST.set(Some((shelf.clone(), room.clone())));
                    // (The panel may have been closed meanwhile.)
                    let _ = self.tiles.try_set(Tiles::new(shelf, room));
                    let _ = self.fetched.try_set(Fetched::Done);
                }
                (Err(error), _) if self.fetched.try_get_untracked() == Some(Fetched::NotYet) => {
                    let _ = self.fetched.try_set(Fetched::Failed(error));
                }
                _ => {}
            }
        });
    }

    pub fn tile(self, sha: GifHash) -> Option<Tile> {
        self.tiles.try_with(|tiles| tiles.get(sha).cloned())?
    }

    /// The address of a tile's picture, moving or still.
    pub fn address(self, tile: &Tile, plays: bool) -> String {
        let facts = self.tiles.try_with(|tiles| tiles.facts(tile.sha())).unwrap_or_default();
        tile.address(self.port.room, facts, plays)
    }

    /// Drops the kept answers, because the shelf is changing.
    pub fn forget(self) {
        LAST.take();
    }

    /// Shows an item that is on the shelf, or has changed there.
    pub fn put(self, item: Item) {
        self.forget();
        let _ = self.tiles.try_update(|tiles| tiles.put(item));
    }

    /// Keeps a tile as a favourite.
    pub async fn keep(self, tile: &Tile) -> Result<Item, Error> {
        let (sha, label) = (tile.sha(), &tile.item.label);
        let item = match tile.seq {
            Some(seq) if !tile.on_shelf => call::keep_gif(self.port.room, seq, String::new()).send().await?,
            _ => {
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let tags: Vec<_> = label.tags.iter().map(|tag| tag.as_str()).collect();
                let (name, folder) = (label.name.as_ref(), label.folder.as_ref());
                let (name, folder) = (text(name.map(|name| name.as_str())), text(folder.map(|name| name.as_str())));
                call::label_gif(sha, true, name, tags.join(","), folder).send().await?
            }
        };
        self.put(item.clone());
        Ok(item)
    }

    /// Sets the name, the tags and the folder of a tile, which makes it a favourite.
    pub async fn label(self, tile: &Tile, name: String, tags: String, folder: String) -> Result<(), Error> {
        if !tile.on_shelf {
            self.keep(tile).await?;
        }
        let item = call::label_gif(tile.sha(), true, name, tags, folder).send().await?;
        self.put(item);
        Ok(())
    }
}

/// The person's shelf, of which the server sends a page at a time.
async fn whole_shelf() -> Result<Shelf, Error> {
    let mut shelf = Shelf::default();
    loop {
        match call::my_gifs(shelf.next).send().await {
            Ok(Shelf { items, known, next }) => {
                shelf.items.extend(items);
                shelf.known.extend(known);
                shelf.next = next;
            }
            // A shelf with very long texts has more pages than may be asked for at once.
            Err(Error::TooMany { retry_after, .. }) if shelf.next.is_some() => browser::pause(retry_after.max(1)).await,
            Err(error) => return Err(error),
        }
        if shelf.next.is_none() {
            // Only the items of one page are in this order.
            shelf.items.sort_unstable_by_key(|item| Reverse(item.used_at));
            return Ok(shelf);
        }
    }
}
