//! The GIFs to choose from: the person's shelf, and those that only the room shows.

use chat::gif::{Facts, GifFacts};
use chat::shelf::search::Index;
use chat::shelf::{Item, Label, Seen, SeenInRoom, Shelf};
use chat::{GifHash, RoomId, Timestamp};

/// A GIF that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    pub item: Item,
    /// It is on the person's shelf. Otherwise only the room shows it.
    pub on_shelf: bool,
    /// The newest message of the room that shows it.
    pub seq: Option<u64>,
}

impl Tile {
    pub fn sha(&self) -> GifHash {
        self.item.gif.sha
    }

    /// Its name, or else its description.
    pub fn name(&self) -> Option<&str> {
        let name = self.item.label.name.as_ref().map(|name| name.as_str());
        name.or_else(|| self.item.description.as_ref().map(|description| description.as_str()))
    }

    /// The address of its picture, moving or still.
    pub fn address(&self, room: RoomId, facts: Facts, plays: bool) -> String {
        let sha = self.sha();
        let part = match plays {
            true if facts.light => "/light",
            true => "",
            false if facts.still => "/still?webp",
            false => "/still",
        };
        if self.on_shelf { format!("/shelf/{sha}{part}") } else { format!("/gif/{room}/{sha}{part}") }
    }
}

/// A choice among the GIFs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Section {
    /// All of the shelf, which has what was sent or kept, the last used first.
    #[default]
    Recent,
    Kept,
    Folder(String),
    Room,
}

/// All GIFs, prepared for a search.
#[derive(Debug, Default)]
pub struct Tiles {
    /// The shelf in its order, and then the GIFs that only the room shows.
    tiles: Vec<Tile>,
    seen: Vec<Seen>,
    known: Vec<GifFacts>,
    index: Index,
}

impl Tiles {
    pub fn new(shelf: Shelf, room: SeenInRoom) -> Self {
        let mut known = shelf.known;
        known.extend(room.known);
        let mut all = Self { tiles: Vec::new(), seen: room.gifs, known, index: Index::default() };
        all.arrange(shelf.items);
        all
    }

    fn arrange(&mut self, shelf: Vec<Item>) {
        let seq = |sha: GifHash| self.seen.iter().find(|seen| seen.gif.sha == sha).map(|seen| seen.seq);
        let tile = |item: Item| Tile { seq: seq(item.gif.sha), item, on_shelf: true };
        let mut tiles: Vec<Tile> = shelf.into_iter().map(tile).collect();
        for Seen { seq, gif, description } in &self.seen {
            if !tiles.iter().any(|tile| tile.sha() == gif.sha) {
                let description = description.clone();
                let item = Item { gif: *gif, description, label: Label::default(), kept: false, used_at: Timestamp(0) };
                tiles.push(Tile { item, on_shelf: false, seq: Some(*seq) });
            }
        }
        let items: Vec<Item> = tiles.iter().map(|tile| tile.item.clone()).collect();
        self.index = Index::of(&items);
        self.tiles = tiles;
    }

    fn shelf(&self) -> impl Iterator<Item = &Item> {
        self.tiles.iter().filter(|tile| tile.on_shelf).map(|tile| &tile.item)
    }

    /// Adds an item to the shelf, or replaces it there.
    pub fn put(&mut self, item: Item) {
        let mut shelf: Vec<Item> = self.shelf().cloned().collect();
        match shelf.iter_mut().find(|there| there.gif.sha == item.gif.sha) {
            Some(there) => *there = item,
            // The shelf is in the order of the last use, the newest first.
            None => {
                let place = shelf.iter().position(|there| there.used_at <= item.used_at).unwrap_or(shelf.len());
                shelf.insert(place, item);
            }
        }
        self.arrange(shelf);
    }

    /// Removes an item from the shelf. (The room may still show it.)
    pub fn take_off(&mut self, sha: GifHash) {
        let shelf = self.shelf().filter(|item| item.gif.sha != sha).cloned().collect();
        self.arrange(shelf);
    }

    pub fn get(&self, sha: GifHash) -> Option<&Tile> {
        self.tiles.iter().find(|tile| tile.sha() == sha)
    }

    pub fn facts(&self, sha: GifHash) -> Facts {
        self.known.iter().find(|known| known.sha == sha).map(|known| known.facts).unwrap_or_default()
    }

    /// The GIFs of a section or, if there is a query, all that match it, whatever the section.
    pub fn found(&self, section: &Section, query: &str) -> Vec<GifHash> {
        let all = |fits: &dyn Fn(&Tile) -> bool| self.tiles.iter().filter(|tile| fits(tile)).map(Tile::sha).collect();
        if !query.trim().is_empty() {
            let places = self.index.find(query).into_iter();
            return places.filter_map(|place| self.tiles.get(place)).map(Tile::sha).collect();
        }
        match section {
            Section::Recent => all(&|tile| tile.on_shelf),
            Section::Kept => all(&|tile| tile.item.kept),
            Section::Folder(folder) => all(&|tile| folder_of(&tile.item) == Some(folder)),
            Section::Room => self.seen.iter().map(|seen| seen.gif.sha).collect(),
        }
    }

    /// The folders, in the order of their names.
    pub fn folders(&self) -> Vec<String> {
        sorted(self.shelf().filter_map(folder_of))
    }

    /// The tags, in the order of their names.
    pub fn tags(&self) -> Vec<String> {
        sorted(self.shelf().flat_map(|item| item.label.tags.iter()).map(|tag| tag.as_str()))
    }

    pub fn is_shelf_empty(&self) -> bool {
        self.shelf().next().is_none()
    }
}

fn folder_of(item: &Item) -> Option<&str> {
    item.label.folder.as_ref().map(|folder| folder.as_str())
}

/// The texts in order, each once. (There are few, and the library's sort is a lot of code.)
fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        let place = all.partition_point(|before| before.as_str() < text);
        if all.get(place).is_none_or(|there| there != text) {
            all.insert(place, text.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use chat::Gif;

    use super::*;

    fn gif(n: u8) -> Gif {
        Gif { sha: GifHash([n; 32]), width: 8, height: 8, frames: 2, duration_ms: 100, bytes: 1000 }
    }

    fn item(n: u8, name: &str, folder: &str, kept: bool) -> Item {
        let label = Label::new(name, "", folder).expect("a label");
        Item { gif: gif(n), description: None, label, kept, used_at: Timestamp(100 - u64::from(n)) }
    }

    fn tiles() -> Tiles {
        let items = vec![item(1, "", "", false), item(2, "귀여워", "동물", true), item(3, "춤", "", true)];
        let seen = |seq, n| Seen { seq, gif: gif(n), description: None };
        let known = vec![GifFacts { sha: GifHash([2; 32]), facts: Facts { light: true, ..Facts::default() } }];
        let room = SeenInRoom { gifs: vec![seen(9, 7), seen(8, 3)], known };
        Tiles::new(Shelf { items, known: Vec::new(), next: None }, room)
    }

    fn found(tiles: &Tiles, section: Section, query: &str) -> Vec<u8> {
        tiles.found(&section, query).into_iter().map(|sha| sha.0[0]).collect()
    }

    #[test]
    fn each_section_has_its_own() {
        let tiles = tiles();
        assert_eq!(found(&tiles, Section::Recent, " "), [1, 2, 3]);
        assert_eq!(found(&tiles, Section::Kept, ""), [2, 3]);
        assert_eq!(found(&tiles, Section::Folder("동물".into()), ""), [2]);
        assert_eq!(found(&tiles, Section::Room, ""), [7, 3]);
        assert_eq!(tiles.folders(), ["동물"]);
    }

    #[test]
    fn a_search_is_in_everything() {
        let tiles = tiles();
        assert_eq!(found(&tiles, Section::Room, "ㄱㅇㅇ"), [2]);
        assert_eq!(found(&tiles, Section::Recent, "없는"), [0; 0]);
    }

    #[test]
    fn what_changes_on_the_shelf_keeps_its_place() {
        let mut tiles = tiles();
        tiles.put(item(3, "신나는 춤", "춤", true));
        assert_eq!(found(&tiles, Section::Recent, ""), [1, 2, 3]);
        assert_eq!(found(&tiles, Section::Recent, "ㅅㄴ"), [3]);
        tiles.put(Item { used_at: Timestamp(200), ..item(7, "", "", true) });
        assert_eq!(found(&tiles, Section::Recent, ""), [7, 1, 2, 3]);
        assert_eq!(tiles.folders(), ["동물", "춤"]);
        tiles.take_off(GifHash([7; 32]));
        assert_eq!(found(&tiles, Section::Recent, ""), [1, 2, 3]);
        assert_eq!(found(&tiles, Section::Room, ""), [7, 3]);
        assert!(tiles.get(GifHash([7; 32])).is_some_and(|tile| !tile.on_shelf && tile.seq == Some(9)));
    }

    #[test]
    fn a_picture_comes_from_where_the_person_may_see_it() {
        let tiles = tiles();
        let room = RoomId([0; 16]);
        let address = |n: u8, plays| {
            let tile = tiles.get(GifHash([n; 32])).expect("a tile");
            tile.address(room, tiles.facts(tile.sha()), plays)
        };
        assert!(address(2, true).starts_with("/shelf/0202") && address(2, true).ends_with("/light"));
        assert!(address(3, false).ends_with("/still"));
        assert!(address(7, true).starts_with(&format!("/gif/{room}/0707")));
    }
}
