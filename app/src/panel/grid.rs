//! A grid of equal squares: which of them are near the screen, and where the arrow keys lead.

use std::ops::Range;

/// The least width of a square, in pixels, while there are more than [`FEWEST_COLUMNS`].
const SQUARE: f64 = 130.0;
/// The least number of squares in a row.
const FEWEST_COLUMNS: usize = 3;
/// How many rows above and below the visible ones are in the page, too.
const MORE_ROWS: usize = 2;

/// The grid's measures: how many squares it has, the size of its window, and how far it has been scrolled, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Grid {
    pub count: usize,
    pub width: f64,
    pub height: f64,
    pub top: f64,
}

impl Grid {
    pub fn columns(self) -> usize {
        ((self.width / SQUARE) as usize).max(FEWEST_COLUMNS)
    }

    /// The height of a row, in pixels.
    pub fn row(self) -> f64 {
        (self.width / self.columns() as f64).max(1.0)
    }

    fn rows(self) -> usize {
        self.count.div_ceil(self.columns())
    }

    /// The squares that are near the screen.
    pub fn near(self) -> Range<usize> {
        let first = ((self.top.max(0.0) / self.row()) as usize).saturating_sub(MORE_ROWS).min(self.rows());
        let seen = (self.height / self.row()) as usize + 2 + 2 * MORE_ROWS;
        let columns = self.columns();
        (first * columns).min(self.count)..((first + seen) * columns).min(self.count)
    }

    /// The heights of the rows above and below [`Self::near`], in pixels.
    pub fn beyond(self) -> (f64, f64) {
        let near = self.near();
        let (above, shown) = (near.start / self.columns(), near.len().div_ceil(self.columns()));
        (above as f64 * self.row(), self.rows().saturating_sub(above + shown) as f64 * self.row())
    }

    /// How far the grid has to be scrolled to show all of a square; `None` if it does already.
    pub fn top_to_see(self, place: usize) -> Option<f64> {
        let top = (place / self.columns()) as f64 * self.row();
        if top < self.top {
            Some(top)
        } else {
            let bottom = top + self.row();
            (bottom > self.top + self.height).then_some(bottom - self.height)
        }
    }

    /// The square to which a key leads from the marked one. `None` for a key that the grid does not use.
    pub fn moved(self, at: Option<usize>, key: &str) -> Option<usize> {
        let last = self.count.checked_sub(1)?;
        let page = ((self.height / self.row()) as usize).max(1) * self.columns();
        let Some(at) = at else { return matches!(key, "ArrowDown" | "ArrowRight" | "Home").then_some(0) };
        let at = at.min(last);
        Some(match key {
            "ArrowRight" => (at + 1).min(last),
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowDown" if at + self.columns() <= last => at + self.columns(),
            // The row below may be shorter.
            "ArrowDown" if at / self.columns() < last / self.columns() => last,
            "ArrowDown" => at,
            "ArrowUp" => at.checked_sub(self.columns()).unwrap_or(at),
            "PageDown" => (at + page).min(last),
            "PageUp" => at.saturating_sub(page),
            "Home" => 0,
            "End" => last,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(count: usize, top: f64) -> Grid {
        Grid { count, width: 390.0, height: 260.0, top }
    }

    #[test]
    fn only_what_is_near_the_screen_is_there() {
        assert_eq!(grid(5000, 0.0).near(), 0..24);
        let far = grid(5000, 13_000.0);
        assert_eq!(far.near(), 294..318);
        assert_eq!(far.beyond(), (98.0 * 130.0, (1667.0 - 98.0 - 8.0) * 130.0));
        assert_eq!(grid(4, 0.0).near(), 0..4);
        assert_eq!(grid(0, 50.0).near(), 0..0);
        // The list has become shorter than the scroll position.
        assert_eq!(grid(3, 9000.0).near().end, 3);
    }

    #[test]
    fn above_and_below_and_what_is_near_are_always_the_whole() {
        for count in [0, 1, 3, 4, 100, 5000] {
            for top in [0.0, 1.0, 129.0, 130.0, 5000.0, 1e9] {
                let grid = grid(count, top);
                let (above, below) = grid.beyond();
                let shown = grid.near().len().div_ceil(3) as f64 * 130.0;
                assert_eq!(above + shown + below, count.div_ceil(3) as f64 * 130.0, "{count} at {top}");
            }
        }
    }

    #[test]
    fn arrows_lead_through_the_grid() {
        let grid = grid(8, 0.0);
        for (at, key, to) in [
            (None, "ArrowDown", Some(0)),
            (None, "ArrowUp", None),
            (Some(0), "ArrowRight", Some(1)),
            (Some(0), "ArrowLeft", Some(0)),
            (Some(2), "ArrowRight", Some(3)),
            (Some(1), "ArrowDown", Some(4)),
            (Some(5), "ArrowDown", Some(7)),
            (Some(7), "ArrowDown", Some(7)),
            (Some(1), "ArrowUp", Some(1)),
            (Some(7), "ArrowUp", Some(4)),
            (Some(1), "PageDown", Some(7)),
            (Some(7), "PageUp", Some(1)),
            (Some(3), "End", Some(7)),
            (Some(3), "x", None),
            // The list has become shorter.
            (Some(99), "ArrowRight", Some(7)),
        ] {
            assert_eq!(grid.moved(at, key), to, "{key} from {at:?}");
        }
        assert_eq!(Grid { count: 0, ..grid }.moved(None, "ArrowDown"), None);
    }

    #[test]
    fn what_is_marked_is_seen() {
        assert_eq!(grid(99, 0.0).top_to_see(5), None);
        assert_eq!(grid(99, 0.0).top_to_see(6), Some(130.0));
        assert_eq!(grid(99, 200.0).top_to_see(1), Some(0.0));
    }
}
