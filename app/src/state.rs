//! The state of a page in the browser, as signals around `chat::view`.

pub mod acts;
pub mod away;
pub mod enter;
pub mod focus;
pub mod history;
pub mod lobby;
pub mod log;
pub mod notify;
pub mod open;
pub mod outbox;
pub mod panel;
pub mod read_marker;
pub mod reading;
pub mod room;
pub mod scroll;
pub mod sending;
pub mod shown;
pub mod slow;
pub mod stored_text;
pub mod target;
pub mod typing;
pub mod unread;
pub mod upload;
pub mod writing;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// The modules that each module of this folder names in its imports.
    fn imports() -> BTreeMap<String, BTreeSet<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state");
        let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
        let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let named = sources.map(|path| {
            let source = std::fs::read_to_string(&path).expect("a source");
            let name = |path: &str| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            let of = source.split("super::").skip(1).map(name).collect();
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), of)
        });
        named.collect()
    }

    /// The imports form no cycle, so that a change of one part needs knowledge only of the parts that it uses.
    #[test]
    fn no_part_needs_one_that_needs_it() {
        let mut left = imports();
        assert!(left["room"].contains("sending") && left["sending"].contains("outbox"));
        while let Some(free) = left.iter().find(|(_, of)| !of.iter().any(|name| left.contains_key(name))) {
            let free = free.0.clone();
            left.remove(&free);
        }
        assert!(left.is_empty(), "a circle is among {:?}", left.keys());
    }
}
