//! The pages of a seat on this node: which have sockets, and how the others ended.

use chat::id::PageId;
use chat::record::EndedPages;

/// How many pages that have ended are remembered for a seat. Beyond it, the first ones are forgotten.
const MAX_ENDED: usize = 8;

#[derive(Debug, Clone, Default)]
pub struct Pages {
    pages: Vec<OpenPage>,
    /// The number of sockets that were opened.
    opened: u64,
}

#[derive(Debug, Clone)]
struct OpenPage {
    id: PageId,
    sockets: u32,
    ending: Ending,
    /// The number of the last socket on which the page said goodbye. Sockets that were opened before may live on for a
    /// while after their connection is lost, and their end says nothing then.
    goodbye: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended without a goodbye.
    Cut,
    Goodbye,
}

impl Pages {
    pub fn has_socket(&self) -> bool {
        self.pages.iter().any(|page| page.sockets > 0)
    }

    /// Whether nothing is known of any page.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Whether every page has said goodbye.
    pub fn are_all_gone(&self) -> bool {
        self.pages.iter().all(|page| page.sockets == 0 && page.ending == Ending::Goodbye)
    }

    /// A page has opened a socket, or has come back. Returns the number of the socket.
    pub fn open(&mut self, id: PageId) -> u64 {
        self.opened += 1;
        match self.pages.iter_mut().find(|page| page.id == id) {
            Some(page) => (page.sockets, page.ending) = (page.sockets + 1, Ending::Cut),
            None => {
                // Most people have one page.
                self.pages.reserve_exact(1);
                self.pages.push(OpenPage { id, sockets: 1, ending: Ending::Cut, goodbye: 0 });
            }
        }
        self.opened
    }

    /// A socket of this page has ended.
    pub fn close(&mut self, id: PageId, number: u64, ending: Ending) {
        if let Some(page) = self.pages.iter_mut().find(|page| page.id == id) {
            page.sockets = page.sockets.saturating_sub(1);
            if ending == Ending::Goodbye {
                page.goodbye = page.goodbye.max(number);
            }
            page.ending = if page.goodbye >= number { Ending::Goodbye } else { Ending::Cut };
        }
        let ended = self.pages.iter().filter(|page| page.sockets == 0).count();
        if ended > MAX_ENDED
            && let Some(first) = self.pages.iter().position(|page| page.sockets == 0)
        {
            self.pages.remove(first);
        }
    }

    /// The pages that have ended since the last [`Pages::forget`].
    pub fn ended(&self) -> EndedPages {
        let of = |ending| self.pages.iter().filter(move |page| page.sockets == 0 && page.ending == ending);
        let ids = |ending| of(ending).map(|page| page.id).collect();
        EndedPages { cut: ids(Ending::Cut), goodbye: ids(Ending::Goodbye) }
    }

    /// The store knows now how these pages ended.
    pub fn forget(&mut self, known: &EndedPages) {
        let is_known = |page: &OpenPage| match page.ending {
            Ending::Cut => known.cut.contains(&page.id),
            Ending::Goodbye => known.goodbye.contains(&page.id),
        };
        self.pages.retain(|page| page.sockets > 0 || !is_known(page));
    }
}
