//! The conversation between a page and the server, over a socket or by polls.

use std::sync::Arc;

use backend::service::{Chat, Feed};
use chat::event::{Close, Down, PROTOCOL, Up};
use chat::{PageId, VisitorId};

/// One page's side of the conversation.
pub struct Talk {
    chat: Arc<Chat>,
    visitor: VisitorId,
    protocol: Option<u16>,
    /// The page, once it has named itself.
    pub page: Option<PageId>,
    /// The feed of the room or lobby that the page watches.
    pub feed: Option<Feed>,
}

impl Talk {
    pub fn new(chat: Arc<Chat>, visitor: VisitorId) -> Self {
        Self { chat, visitor, protocol: None, page: None, feed: None }
    }

    /// Whether both sides have agreed on a protocol.
    pub fn has_begun(&self) -> bool {
        self.protocol.is_some()
    }

    /// Takes a message of the page. Returns the answer to it, if there is one besides the frames of the feed.
    pub async fn hear(&mut self, up: Up) -> Result<Option<Down>, Close> {
        let Some(agreed) = self.protocol else {
            let Up::Hello { protocol } = up else { return Err(Close::BadFrame) };
            if protocol != PROTOCOL && Some(protocol) != PROTOCOL.checked_sub(1) {
                return Err(Close::OldPage);
            }
            self.protocol = Some(protocol);
            return Ok(None);
        };
        match up {
            Up::Hello { .. } => return Err(Close::BadFrame),
            Up::Ping => return Ok(Some(Down::Pong)),
            Up::Time => return Ok(Some(Down::Time { now: self.chat.now() })),
            Up::Pong => {}
            Up::Typing => {
                if let Some(feed) = &mut self.feed {
                    feed.tell_typing().await;
                }
            }
            Up::Page { id } => self.page = Some(id),
            Up::WatchLobby => {
                self.end_watch();
                self.feed = Some(self.chat.watch_lobby());
            }
            Up::ShowCards { rooms } => self.feed.as_mut().ok_or(Close::BadFrame)?.show_cards(rooms)?,
            Up::WatchRoom { room, after } => {
                // The old watch ends first, because a page watches a seat only once.
                self.end_watch();
                let page = self.page.unwrap_or_else(PageId::generate);
                let watch = self.chat.watch_room_on(page, self.visitor, room, after, agreed).await;
                self.feed = Some(watch.map_err(|error| Close::of(&error))?);
            }
        }
        Ok(None)
    }

    /// Ends the watch with a goodbye, because the page itself goes on to watch something else.
    fn end_watch(&mut self) {
        if let Some(mut feed) = self.feed.take() {
            feed.say_goodbye();
        }
    }
}
