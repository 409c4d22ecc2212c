//! The form for a GIF's name, tags and folder.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Mine;
use crate::markup::{Markup, element};
use crate::panel::draft::field;
use crate::panel::focus_later;
use crate::panel::tiles::Tile;

/// The most tags that are offered.
const MOST_OFFERED: usize = 12;

/// A list of tags with another one at its end.
fn with_tag(tags: &str, tag: &str) -> String {
    match tags.trim().trim_end_matches(',') {
        "" => tag.to_owned(),
        tags => [tags, ", ", tag].concat(),
    }
}

pub fn form(mine: Mine, tile: Tile) -> Markup {
    let lang = mine.port.lang;
    let (words, common) = (lang.panel(), lang.common());
    let label = &tile.item.label;
    let text = |text: Option<&str>| RwSignal::new(text.unwrap_or_default().to_owned());
    let name = text(label.name.as_ref().map(|name| name.as_str()));
    let tags: Vec<_> = label.tags.iter().map(|tag| tag.as_str()).collect();
    let tags = RwSignal::new(tags.join(", "));
    let folder = text(label.folder.as_ref().map(|folder| folder.as_str()));
    let wrong = RwSignal::new(None::<String>);
    let close = move || mine.editing.set(None);
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        let tile = tile.clone();
        mine.want_again(tile.sha());
        let (name, tags, folder) = (name.get_untracked(), tags.get_untracked(), folder.get_untracked());
        spawn_local(async move {
            match mine.stock.label(&tile, name, tags, folder).await {
                Ok(()) => {
                    mine.draft.renew(mine.stock.tile(tile.sha()));
                    let _ = mine.editing.try_set(None);
                }
                Err(error) => _ = wrong.try_set(Some(lang.error(&error))),
            }
        });
    };
    let row = |id: &'static str, label: &'static str, field: Markup| {
        let label = element("label").class("small soft").set("for", id).child(label);
        element("div").class("panel-field").child(label).child(field.set("id", id))
    };
    let (folders, offered) = mine.stock.tiles.with_untracked(|tiles| (tiles.folders(), tiles.tags()));
    let folders = folders.into_iter().map(|folder| element("option").set("value", folder));
    let offer = move |tag: String| {
        let label = ["#", &tag].concat();
        let add = move |_| tags.update(|tags| *tags = with_tag(tags, &tag));
        element("button").set("type", "button").class("chip small").on("click", add).child(label)
    };
    let offered = offered.into_iter().take(MOST_OFFERED).map(offer);
    focus_later("#gifs-name");
    element("form")
        .class("panel-label")
        .on("submit", submit)
        .child(row("gifs-name", words.name(), field(name)))
        .child(row("gifs-tags", words.tags(), field(tags)))
        .child(element("div").class("chips").children(offered))
        .child(row("gifs-folder", words.folder(), field(folder).set("list", "gifs-folders")))
        .child(element("datalist").set("id", "gifs-folders").children(folders))
        .child(
            element("p")
                .class("error small")
                .set("role", "alert")
                .hidden_while(move || wrong.with(Option::is_none))
                .live_text(move || wrong.get().unwrap_or_default()),
        )
        .child(
            element("div")
                .class("actions end")
                .child(
                    element("button")
                        .set("type", "button")
                        .class("button")
                        .on("click", move |_| close())
                        .child(common.cancel()),
                )
                .child(element("button").class("button accent").child(words.save_label())),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offered_tag_comes_after_those_that_were_typed() {
        for (tags, all) in [("", "춤"), ("고양이", "고양이, 춤"), ("고양이, ", "고양이, 춤")] {
            assert_eq!(with_tag(tags, "춤"), all);
        }
    }
}
