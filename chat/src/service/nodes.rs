//! Several nodes on one store: which of them live, and which seats each watches for.
//!
//! A node counts its heartbeat up in the store. One whose counter stands still for [`DEAD_AFTER`], by the clock of whoever
//! looks, is dead: its seats are nobody's, and their grace has run since its last beat. That costs a beat per node,
//! whatever the number of seats; a seat costs a write when its first socket on a node comes and after its last has gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::MissedTickBehavior;

use super::Chat;
use super::presence::{Seat, Untold};
use crate::error::Error;
use crate::id::{NodeId, RoomId, VisitorId};

pub const BEAT_EVERY: Duration = Duration::from_secs(2);
/// By the monotonic clock of the node that looks.
pub const DEAD_AFTER: Duration = Duration::from_secs(10);

/// How long the last beat of a node is remembered after it.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The counter of a node that the store does not list: none is ever seen there.
const FORGOTTEN: u64 = 0;

/// Rooms changed at a time when a node has died, or has come back.
const AT_ONCE: usize = 32;

/// What this node knows of the others.
pub struct Nodes {
    pub me: NodeId,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Nodes that lived when they were looked at last.
    living: Vec<NodeId>,
    /// The last beat of every node seen, also of those that are dead.
    beats: HashMap<NodeId, Beat>,
}

/// What the counters say.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    dead: Vec<NodeId>,
    /// One that lived a look ago is dead, or has stopped.
    somebody_went: bool,
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    counter: u64,
    /// When it was seen to move, by the monotonic clock.
    moved: Duration,
}

impl Nodes {
    pub fn new(me: NodeId) -> Self {
        Self { me, seen: Mutex::default() }
    }

    fn living(&self) -> Vec<NodeId> {
        self.lock().living.clone()
    }

    /// Takes the counters in.
    fn observe(&self, counters: &[(NodeId, u64)], now: Duration) -> Observed {
        let mut seen = self.lock();
        for (node, counter) in counters {
            let beat = seen.beats.entry(*node).or_insert(Beat { counter: *counter, moved: now });
            if beat.counter != *counter {
                *beat = Beat { counter: *counter, moved: now };
            }
        }
        // One that is not listed was forgotten. Should it come back it counts from the beginning, and lives.
        for (_, beat) in seen.beats.iter_mut().filter(|(node, _)| !counters.iter().any(|(listed, _)| listed == *node)) {
            beat.counter = FORGOTTEN;
        }
        let is_dead = |node: &NodeId| {
            let still = seen.beats.get(node).map_or(Duration::ZERO, |beat| now.saturating_sub(beat.moved));
            *node != self.me && still >= DEAD_AFTER
        };
        let (dead, living): (Vec<_>, Vec<_>) = counters.iter().map(|(node, _)| *node).partition(is_dead);
        let somebody_went = seen.living.iter().any(|node| !living.contains(node));
        seen.living = living;
        seen.beats.retain(|_, beat| now.saturating_sub(beat.moved) < REMEMBERED);
        Observed { dead, somebody_went }
    }

    /// Nobody's counter could be read: that none moved means nothing.
    fn look_away(&self, now: Duration) {
        self.lock().beats.values_mut().for_each(|beat| beat.moved = now);
    }

    /// When the node was last seen to beat; `now` for one never seen.
    fn last_seen(&self, node: NodeId, now: Duration) -> Duration {
        self.lock().beats.get(&node).map_or(now, |beat| beat.moved)
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chat {
    /// Beats, and takes over what the dead have left. To be called every [`BEAT_EVERY`].
    pub(super) async fn tend_nodes(self: &Arc<Self>) -> Result<(), Error> {
        let Some(nodes) = &self.nodes else { return Ok(()) };
        while self.look_at_nodes(nodes).await? {}
        for seat in self.store.unattended().await? {
            self.presence.track((seat.room, seat.visitor), seat.renewed, self.clock.monotonic());
        }
        Ok(())
    }

    /// True when a node has gone since the last look: it is a stranger from now on.
    async fn look_at_nodes(self: &Arc<Self>, nodes: &Nodes) -> Result<bool, Error> {
        // Asked before the beats are read: a node beats before it is listed anywhere, so that one which is listed here
        // and has no beat there is none.
        let asked = self.store.rooms_of_others(&nodes.living()).await;
        let now = self.clock.monotonic();
        let (strangers, beats) = match (asked, self.store.beat(nodes.me).await) {
            (Ok(strangers), Ok(beats)) => (strangers, beats),
            (Err(error), _) | (_, Err(error)) => {
                nodes.look_away(now);
                self.presence.look_away();
                return Err(error);
            }
        };
        if !beats.was_known {
            self.presence.tell_all_again();
        }
        let Observed { dead, somebody_went } = nodes.observe(&beats.counters, now);
        for node in &dead {
            tracing::warn!(%node, "a node is dead");
            self.store.forget_node(*node).await?;
        }
        let is_gone = |node: &NodeId| !beats.counters.iter().any(|(known, _)| known == node);
        let left = strangers.into_iter().map(|(room, listed)| (room, listed.into_iter().filter(is_gone).collect()));
        let taking_over = stream::iter(left.filter(|(_, gone): &(_, Vec<_>)| !gone.is_empty()))
            .map(|(room, gone)| self.take_over(room, gone, now))
            .buffer_unordered(AT_ONCE);
        taking_over.collect::<()>().await;
        Ok(somebody_went)
    }

    /// Nobody watches for what `gone` watched for in this room.
    async fn take_over(self: &Arc<Self>, room: RoomId, gone: Vec<NodeId>, now: Duration) {
        let Some(nodes) = &self.nodes else { return };
        let since = gone.iter().map(|node| nodes.last_seen(*node, now)).max().unwrap_or(now);
        let dropped = self.change(
            room,
            Arc::new(move |room| {
                gone.iter().for_each(|node| room.drop_node(*node));
                Ok(Vec::new())
            }),
        );
        match dropped.await {
            Ok(record) => {
                for seat in record.seats.iter().filter(|seat| seat.nodes.is_empty()) {
                    self.presence.track((room, seat.person.id), seat.renewed, since);
                }
            }
            Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%room, %error, "a room still lists a node that is gone"),
        }
    }

    /// Tells the store which seats are watched here, and which are not any more: of a room all at once.
    pub(super) async fn tell_presence(self: &Arc<Self>) {
        if self.nodes.is_none() {
            return;
        }
        let mut rooms: HashMap<RoomId, Vec<(VisitorId, Untold)>> = HashMap::new();
        for ((room, visitor), untold) in self.presence.untold() {
            rooms.entry(room).or_default().push((visitor, untold));
        }
        let telling =
            stream::iter(rooms).map(|(room, untold)| self.tell_presence_in(room, untold)).buffer_unordered(AT_ONCE);
        telling.collect::<()>().await;
    }

    /// A socket has just come: its seat's grace is over as soon as the store knows.
    pub(super) fn tell_presence_soon(self: &Arc<Self>, seat: Seat) {
        if self.nodes.is_some()
            && let Some(untold) = self.presence.untold_of(seat)
        {
            let (chat, (room, visitor)) = (self.clone(), seat);
            tokio::spawn(async move { chat.tell_presence_in(room, vec![(visitor, untold)]).await });
        }
    }

    async fn tell_presence_in(self: &Arc<Self>, room: RoomId, seats: Vec<(VisitorId, Untold)>) {
        let Some(me) = self.nodes.as_ref().map(|nodes| nodes.me) else { return };
        let seats = Arc::new(seats);
        let untold = Arc::clone(&seats);
        let told = self.change(
            room,
            Arc::new(move |room| {
                for (visitor, untold) in untold.iter() {
                    match untold {
                        // Nothing is told of a seat that has ended.
                        Untold::Watched => drop(room.watch_seat(*visitor, me)),
                        Untold::Unwatched => room.unwatch_seat(*visitor, me),
                        Untold::Seen => room.renew_seat(*visitor),
                    }
                }
                Ok(Vec::new())
            }),
        );
        let stored = match told.await {
            Ok(record) => record.seats,
            Err(Error::NotFound) => Vec::new(),
            // The next sweep tries again.
            Err(error) => return tracing::debug!(%room, %error, "the store does not know yet who is here"),
        };
        let renewed: HashMap<_, _> = stored.iter().map(|seat| (seat.person.id, seat.renewed)).collect();
        for (visitor, untold) in seats.iter() {
            let seat = (room, *visitor);
            match renewed.get(visitor) {
                Some(renewed) => self.presence.told(seat, *untold, *renewed),
                // It has ended. Its sockets are told by the line that says so.
                None => {
                    if self.presence.away_for(seat).is_some() {
                        self.presence.forget(seat);
                    }
                    self.hub.doubt(room);
                }
            }
        }
    }
}

/// Runs as long as the service lives.
pub(super) async fn tend(chat: Weak<Chat>) {
    let mut ticks = tokio::time::interval(BEAT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(chat) = chat.upgrade() else { return };
        if let Err(error) = chat.tend_nodes().await {
            tracing::debug!(%error, "the other nodes cannot be seen");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId([1; 16]);
    const OTHER: NodeId = NodeId([2; 16]);

    impl Nodes {
        fn dead_of(&self, counters: &[(NodeId, u64)], now: Duration) -> Vec<NodeId> {
            self.observe(counters, now).dead
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_node_is_dead_when_its_counter_stands_still() {
        let nodes = Nodes::new(ME);
        assert!(nodes.dead_of(&[(ME, 1), (OTHER, 7)], seconds(0)).is_empty());
        assert!(nodes.dead_of(&[(ME, 1), (OTHER, 8)], seconds(9)).is_empty());
        assert!(nodes.dead_of(&[(ME, 1), (OTHER, 8)], seconds(18)).is_empty());
        assert_eq!(nodes.dead_of(&[(ME, 1), (OTHER, 8)], seconds(19)), [OTHER], "and never oneself");
        assert_eq!(nodes.last_seen(OTHER, seconds(19)), seconds(9));
    }

    #[test]
    fn who_was_taken_for_dead_and_comes_back_lives() {
        let nodes = Nodes::new(ME);
        nodes.dead_of(&[(OTHER, 1)], seconds(0));
        assert_eq!(nodes.dead_of(&[(OTHER, 1)], seconds(10)), [OTHER]);
        assert!(nodes.dead_of(&[], seconds(10)).is_empty());
        assert_eq!(nodes.last_seen(OTHER, seconds(12)), seconds(0));
        assert!(nodes.dead_of(&[(OTHER, 1)], seconds(12)).is_empty(), "it counts from the beginning");
        assert_eq!(nodes.dead_of(&[(OTHER, 1)], seconds(22)), [OTHER]);
    }

    #[test]
    fn nobody_dies_while_nobody_can_be_seen() {
        let nodes = Nodes::new(ME);
        nodes.dead_of(&[(OTHER, 7)], seconds(0));
        nodes.look_away(seconds(30));
        assert!(nodes.dead_of(&[(OTHER, 7)], seconds(31)).is_empty());
        assert_eq!(nodes.dead_of(&[(OTHER, 7)], seconds(40)), [OTHER]);
    }
}
