//! POST /poll, for browsers whose network carries no WebSocket (decision 45). Each poll is a short conversation of its
//! own: the page says everything that it would say on a new socket, and gets the news, or waits for some. Between two
//! polls a node keeps only the watch of the seat, so that the others in the room are not told that the person has gone.

mod lingering;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use backend::service::Alarm;
use chat::event::{Close, LONGEST_BETWEEN_POLLS, POLL_AGAIN_SECONDS, POLL_SECONDS, Poll, Up};
use chat::{Act, Error, VisitorId};
use tokio::time::{Instant, timeout_at};

use super::talk::Talk;
use super::{MAX_BATCH, known_visitor, take_place};
use crate::AppState;
use crate::body::{self, Bounded};
use crate::call::BodyStatus;
use crate::permits;
use crate::refusal::{RequestInfo, fail, refuse};
use crate::sockets::SocketPermit;
pub use lingering::Polls;

/// This is larger than any poll: [`chat::event::MOST_SHOWN`] cards take 3.5 KB.
const POLL_BYTES: u64 = 8 * 1024;
/// The most messages of the page in one poll: `Hello`, `Page`, a watch, `ShowCards`, and one more. Each watch costs as
/// much as a new socket.
const MOST_UPS: usize = 5;
/// How long an answer waits for more frames after the first one, so that a lively room does not cost a request for each
/// message.
const GATHERING: Duration = Duration::from_millis(300);

/// Handles POST /poll.
pub async fn poll(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let visitor = match known_visitor(&state, &info).await {
        Ok(visitor) => visitor,
        Err((status, error)) => return refuse(&state, &info, status, error).await,
    };
    let id = visitor.person.id;
    // A poll is counted and never given back.
    if let Err(error) = state.chat.allow(Act::Look, id, info.address(&state)) {
        return fail(&state, &info, error).await;
    }
    let poll = match read(&state, &info, id, request).await {
        Ok(poll) => poll,
        Err(error) => return fail(&state, &info, error).await,
    };
    let page = poll.ups.iter().find_map(|up| if let Up::Page { id } = up { Some(*id) } else { None });
    let before = page.and_then(|page| state.polls.claim((id, page)));
    let permit = match &before {
        Some(before) => before.permit.clone(),
        None => match take_place(&state, id, info.address(&state)) {
            Ok(permit) => Arc::new(permit),
            Err(error) => return fail(&state, &info, error).await,
        },
    };
    let again = Duration::from_secs(POLL_AGAIN_SECONDS + u64::from(poll.again.min(LONGEST_BETWEEN_POLLS)));
    let talk = Talk::new(state.chat.clone(), id);
    let mut conversation = Conversation { state: state.clone(), visitor: id, talk, permit: Some(permit), again };
    let answer = conversation.answer(poll, before).await;
    visitor.set_cookies(([(CONTENT_TYPE, "application/json")], answer.to_json()).into_response())
}

/// The poll in a request's body.
async fn read(state: &AppState, info: &RequestInfo, visitor: VisitorId, request: Request) -> Result<Poll, Error> {
    let permit = state.forms.take(visitor, info.address(state)).map(Arc::new).inspect_err(|_| {
        state.chat.raise(Alarm::Refused { act: state.forms.of(), whose: permits::LOG_NAME });
    });
    let (body, cause) =
        Bounded::around(request.into_body(), &info.headers, POLL_BYTES, body::FORM, permit.as_ref().ok().cloned());
    permit?;
    let status = BodyStatus::new(cause, POLL_BYTES);
    let bytes = body::read_all(body).await;
    if let Some(error) = status.error() {
        if error == Error::TooSlow {
            state.chat.raise(Alarm::Slow);
        }
        return Err(error);
    }
    let bytes = bytes.map_err(|_| Error::Refused)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Refused)
}

/// One poll. However it ends, the page may poll again, so its seat stays watched until then.
struct Conversation {
    state: Arc<AppState>,
    visitor: VisitorId,
    talk: Talk,
    /// `None` once the page has said goodbye, or may not watch.
    permit: Option<Arc<SocketPermit>>,
    again: Duration,
}

impl Conversation {
    /// `before` is the watch of the page's last poll, which this poll continues.
    async fn answer(&mut self, poll: Poll, before: Option<lingering::Watch>) -> Answer {
        let mut answer = Answer::default();
        let close = self.converse(poll, &mut answer).await.err();
        // The new watch has begun, so the seat is watched without a gap.
        drop(before);
        if let Some(close) = close {
            answer.close = Some(close.code());
            if close == Close::BadFrame {
                self.state.chat.raise(Alarm::Flood);
            }
            if !close.is_worth_retrying() {
                self.permit = None;
            }
        }
        answer
    }

    async fn converse(&mut self, poll: Poll, answer: &mut Answer) -> Result<(), Close> {
        if poll.ups.len() > MOST_UPS {
            return Err(Close::BadFrame);
        }
        let mut asks = false;
        for up in poll.ups {
            asks |= matches!(up, Up::Typing);
            if let Some(down) = self.talk.hear(up).await? {
                asks = true;
                answer.add(&serde_json::to_vec(&down).unwrap_or_default());
            }
        }
        let Some(feed) = &mut self.talk.feed else { return Err(Close::BadFrame) };
        if poll.goodbye {
            feed.say_goodbye();
            self.permit = None;
            return Ok(());
        }
        let waiting = poll.waits.then(|| self.state.polls.wait(self.visitor)).flatten();
        answer.waits = waiting.is_some();
        let mut news = Answer::default();
        news.add(&feed.next().await?);
        news.add_ready(feed)?;
        // The first page that watches a room on this node gets some frames twice, so the hash of a room is that of its
        // state and not of its frames.
        answer.state = Some(feed.state().map_or_else(|| state_of(&news.frames), |frame| state_of(&frame)));
        if waiting.is_none() || asks || poll.state != answer.state {
            answer.extend(&news);
            return Ok(());
        }
        let stopping = self.state.stopping.clone();
        let deadline = Instant::now() + Duration::from_secs(POLL_SECONDS);
        let first = tokio::select! {
            () = stopping.cancelled() => return Err(Close::GoingAway),
            first = timeout_at(deadline, feed.next()) => first,
        };
        let Ok(first) = first else { return Ok(()) };
        answer.add(&first?);
        answer.state = None;
        let gathered = Instant::now() + GATHERING;
        while answer.frames.len() < MAX_BATCH {
            match timeout_at(gathered, feed.next()).await {
                Ok(frame) => answer.add(&frame?),
                Err(_) => break,
            }
        }
        answer.state = feed.state().map(|frame| state_of(&frame));
        Ok(())
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if let (Some(permit), Some(page), Some(feed)) = (self.permit.take(), self.talk.page, self.talk.feed.take())
            && let Some(guard) = feed.into_watch()
        {
            let watch = lingering::Watch { _guard: guard, permit };
            self.state.polls.linger((self.visitor, page), watch, self.again, &self.state.stopping);
        }
    }
}

/// A [`chat::event::Polled`] whose messages are encoded already.
#[derive(Default)]
struct Answer {
    /// The messages, with commas between them.
    frames: Vec<u8>,
    state: Option<String>,
    close: Option<u16>,
    waits: bool,
}

impl Answer {
    fn add(&mut self, frame: &[u8]) {
        if !self.frames.is_empty() {
            self.frames.push(b',');
        }
        self.frames.extend_from_slice(frame);
    }

    fn extend(&mut self, other: &Self) {
        self.add(&other.frames);
    }

    /// Adds the frames that are ready, up to about [`MAX_BATCH`] bytes.
    fn add_ready(&mut self, feed: &mut backend::service::Feed) -> Result<(), Close> {
        while self.frames.len() < MAX_BATCH
            && let Some(frame) = feed.try_next()
        {
            self.add(&frame?);
        }
        Ok(())
    }

    fn to_json(&self) -> Vec<u8> {
        let rest = serde_json::json!({ "state": self.state, "close": self.close, "waits": self.waits }).to_string();
        let mut json = Vec::with_capacity(self.frames.len() + rest.len() + 12);
        json.extend_from_slice(br#"{"downs":["#);
        json.extend_from_slice(&self.frames);
        json.extend_from_slice(b"],");
        json.extend_from_slice(rest.trim_start_matches('{').as_bytes());
        json
    }
}

/// A hash of what a page knows once it has these frames. All nodes of one build compute the same hash.
fn state_of(frames: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    frames.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
