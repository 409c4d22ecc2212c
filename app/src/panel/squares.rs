//! The grid of GIFs. They are stills, apart from the marked one and the one under the pointer, which play. Only those near the
//! screen are in the page.

use chat::GifHash;
use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use super::grid::Grid;
use super::set_style;
use super::stock::Stock;
use super::tiles::Tile;
use crate::browser;
use crate::icon;
use crate::markup::{Child, Markup, Place, element};
use crate::strings::Lang;

#[derive(Debug, Clone, Copy)]
pub struct Squares {
    pub lang: Lang,
    pub stock: Stock,
    /// The GIFs that are shown, in order.
    pub list: Memo<Vec<GifHash>>,
    /// The place of the marked one in `list`.
    pub at: RwSignal<Option<usize>>,
    /// The one under the pointer.
    over: RwSignal<Option<GifHash>>,
    /// The size of the grid's window, and how far it has been scrolled. Its `count` is not used.
    window: RwSignal<Grid>,
    scroller: Place,
    inside: Place,
}

/// The id of a square.
pub fn id_of(sha: GifHash) -> String {
    format!("gif-{sha}")
}

impl Squares {
    pub fn new(lang: Lang, stock: Stock, list: Memo<Vec<GifHash>>) -> Self {
        Self {
            lang,
            stock,
            list,
            at: RwSignal::new(None),
            over: RwSignal::new(None),
            window: RwSignal::new(Grid::default()),
            scroller: Place::new(),
            inside: Place::new(),
        }
    }

    fn grid(self) -> Grid {
        Grid { count: self.list.with(Vec::len), ..self.window.get() }
    }

    pub fn marked(self) -> Option<GifHash> {
        let at = self.at.get()?;
        self.list.with(|list| list.get(at).copied())
    }

    /// Moves the mark by a key. False for a key that the grid does not use.
    pub fn press(self, key: &str) -> bool {
        // The form below may have opened or closed since the window was measured.
        self.look();
        let grid = untrack(|| self.grid());
        let Some(to) = grid.moved(self.at.get_untracked(), key) else { return false };
        self.at.set(Some(to));
        if let (Some(top), Some(scroller)) = (grid.top_to_see(to), self.scroller.get::<Element>()) {
            scroller.set_scroll_top(top as i32);
        }
        true
    }

    /// Scrolls to the top, and marks the GIF at this place.
    pub fn begin(self, at: Option<usize>) {
        self.at.set(at);
        if let Some(scroller) = self.scroller.get::<Element>() {
            scroller.set_scroll_top(0);
        }
    }

    /// Measures the window, and notes how far it has been scrolled.
    fn look(self) {
        let Some(scroller) = self.scroller.get::<HtmlElement>() else { return };
        let inside = self.inside.get::<HtmlElement>();
        let width = inside.map_or(0, |inside| inside.client_width());
        let (height, top) = (f64::from(scroller.client_height()), f64::from(scroller.scroll_top()));
        let now = Grid { count: 0, width: f64::from(width), height, top };
        // (The panel may be gone.)
        if self.window.try_get_untracked().is_some_and(|before| before != now) {
            self.window.set(now);
        }
    }

    /// `choose` is called with true when a GIF is to be sent at once.
    pub fn view(self, label: &'static str, choose: impl Fn(Tile, bool) + Copy + Send + Sync + 'static) -> Markup {
        Effect::new(move |_| {
            let grid = self.grid();
            let Some(inside) = self.inside.get::<Element>() else { return };
            let (above, below) = grid.beyond();
            set_style(&inside, "padding-top", &format!("{}px", above as i64));
            set_style(&inside, "padding-bottom", &format!("{}px", below as i64));
            set_style(&inside, "grid-template-columns", &format!("repeat({},minmax(0,1fr))", grid.columns()));
        });
        // The size is known once the panel is in the page, and changes with the window.
        Effect::new(move |_| browser::after_millis(0, move || self.look()));
        let resized = window_event_listener_untyped("resize", move |_| self.look());
        on_cleanup(move || resized.remove());
        let near = move || {
            let range = self.grid().near();
            self.list.with(|list| list.get(range).map(<[GifHash]>::to_vec).unwrap_or_default())
        };
        let squares = view! {
            <For each=near key=|sha| *sha children=move |sha| self.square(sha, choose)/>
        };
        let inside = element("div")
            .remember(self.inside)
            .class("squares")
            .set("id", "gifs-list")
            .set("role", "listbox")
            .set("tabindex", "0")
            .set("aria-label", label)
            .live("aria-activedescendant", move || self.marked().map(id_of))
            .fill(squares);
        element("div").remember(self.scroller).class("panel-scroll").on("scroll", move |_| self.look()).child(inside)
    }

    fn square(self, sha: GifHash, choose: impl Fn(Tile, bool) + Copy + 'static) -> Markup {
        let tile = Memo::new(move |_| self.stock.tiles.with(|tiles| tiles.get(sha).cloned()));
        let is_marked = Memo::new(move |_| self.marked() == Some(sha));
        let is_calm = browser::matches("(prefers-reduced-motion: reduce)");
        // A GIF that flashes plays only in the log, where the person is asked first.
        let flashes = move || self.stock.tiles.with(|tiles| tiles.facts(sha).flashes == Some(true));
        let plays = Memo::new(move |_| !is_calm && !flashes() && (is_marked.get() || self.over.get() == Some(sha)));
        let has_failed = RwSignal::new(false);
        let source = move || {
            let plays = plays.get() && !has_failed.get();
            tile.with(|tile| tile.as_ref().map(|tile| self.stock.address(tile, plays)))
        };
        let name = move || tile.with(|tile| tile.as_ref().and_then(|tile| tile.name().map(ToOwned::to_owned)));
        let unnamed = self.lang.panel().unnamed();
        let chosen = move |is_sent: bool| {
            let place = self.list.with_untracked(|list| list.iter().position(|there| *there == sha));
            self.at.set(place);
            if let Some(tile) = untrack(|| tile.get()) {
                choose(tile, is_sent);
            }
        };
        let label = move || name().unwrap_or_else(|| unnamed.to_owned());
        let below = move || -> Vec<Child> {
            let name = tile.with(|tile| {
                let name = tile.as_ref()?.item.label.name.as_ref()?;
                Some(element("bdi").class("square-name").child(chat::text::shown(name.as_str())))
            });
            let star = tile.with(|tile| tile.as_ref().is_some_and(|tile| tile.item.kept));
            let star = star.then(|| element("span").class("square-star").child(icon::STAR));
            name.into_iter().chain(star).map(Child::from).collect()
        };
        element("div")
            .class("square")
            .class_while("at", move || is_marked.get())
            .set("id", id_of(sha))
            .set("role", "option")
            .live("aria-selected", move || Some(is_marked.get().to_string()))
            .live("aria-label", move || Some(label()))
            .live("title", move || Some(label()))
            .on("click", move |_| chosen(false))
            .on("dblclick", move |_| chosen(true))
            .on("pointerenter", move |_| self.over.set(Some(sha)))
            .on("pointerleave", move |_| self.over.set(None))
            .child(
                element("img")
                    .set("alt", "")
                    .set("loading", "lazy")
                    .set("decoding", "async")
                    .set("draggable", "false")
                    .on("error", move |_| has_failed.set(true))
                    .live("src", source),
            )
            .child(element("div").class("contents").live_children(below))
    }
}
