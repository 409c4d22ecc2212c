//! Several nodes on one store: which of them are alive, and which seats each of them watches.
//!
//! Each node increments its heartbeat counter in the store. A node whose counter stands still for [`DEAD_AFTER`], by the clock
//! of the node that checks, is dead. Nobody watches its seats then, and their grace period began with its last heartbeat. This
//! costs one write per heartbeat and node, however many seats there are. A seat costs a write when its first socket on a node
//! opens and after its last has closed.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use parking_lot::{Mutex, MutexGuard};
use tokio::time::MissedTickBehavior;

use super::Chat;
use super::presence::{Report, Seat};
use crate::store::Unattended;
use chat::error::Error;
use chat::id::{NodeId, RoomId, VisitorId};

/// How often a node writes a heartbeat.
pub const BEAT_EVERY: Duration = Duration::from_secs(2);
/// A node whose counter has not changed for this long is dead, by the monotonic clock of the node that checks.
pub const DEAD_AFTER: Duration = Duration::from_secs(10);

/// How long the last heartbeat of a node is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(600);

/// The counter of a node that the store no longer lists. No listed node has this value.
const FORGOTTEN: u64 = 0;

/// How many rooms are changed at a time.
const AT_ONCE: usize = 32;

/// What this node knows about the other nodes.
pub struct Nodes {
    pub me: NodeId,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The nodes that were alive at the last check.
    living: Vec<NodeId>,
    /// The last heartbeat of every node seen lately, dead ones included.
    beats: HashMap<NodeId, Beat>,
}

/// The result of reading the counters.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    dead: Vec<NodeId>,
    /// Whether a node that was alive at the last check is dead or has stopped.
    has_any_left: bool,
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    counter: u64,
    /// When the counter was last seen to change, by the monotonic clock.
    changed_at: Duration,
}

impl Nodes {
    pub fn new(me: NodeId) -> Self {
        Self { me, seen: Mutex::default() }
    }

    fn living(&self) -> Vec<NodeId> {
        self.lock().living.clone()
    }

    /// Whether another node was alive at the last check.
    pub fn has_others(&self) -> bool {
        self.lock().living.iter().any(|node| *node != self.me)
    }

    /// Compares the counters with those of the last check.
    fn observe(&self, counters: &[(NodeId, u64)], now: Duration) -> Observed {
        let mut seen = self.lock();
        for (node, counter) in counters {
            let beat = seen.beats.entry(*node).or_insert(Beat { counter: *counter, changed_at: now });
            if beat.counter != *counter {
                *beat = Beat { counter: *counter, changed_at: now };
            }
        }
        // The store has forgotten a node that is not listed. If it comes back, its counter starts anew, and it is alive.
        for (_, beat) in seen.beats.iter_mut().filter(|(node, _)| !counters.iter().any(|(listed, _)| listed == *node)) {
            beat.counter = FORGOTTEN;
        }
        let is_dead = |node: &NodeId| {
            let still = seen.beats.get(node).map_or(Duration::ZERO, |beat| now.saturating_sub(beat.changed_at));
            *node != self.me && still >= DEAD_AFTER
        };
        let (dead, living): (Vec<_>, Vec<_>) = counters.iter().map(|(node, _)| *node).partition(is_dead);
        let has_any_left = seen.living.iter().any(|node| !living.contains(node));
        seen.living = living;
        seen.beats.retain(|_, beat| now.saturating_sub(beat.changed_at) < REMEMBERED_FOR);
        Observed { dead, has_any_left }
    }

    /// Restarts the timeouts of all nodes. Must be called when the counters could not be read, because then a counter that
    /// has not changed says nothing.
    fn restart_timeouts(&self, now: Duration) {
        self.lock().beats.values_mut().for_each(|beat| beat.changed_at = now);
    }

    /// When the node's last heartbeat was seen, or `now` for a node never seen.
    fn last_seen(&self, node: NodeId, now: Duration) -> Duration {
        self.lock().beats.get(&node).map_or(now, |beat| beat.changed_at)
    }

    /// Held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock()
    }
}

impl Chat {
    /// Writes a heartbeat, and takes over the seats of dead nodes. Must be called every [`BEAT_EVERY`].
    pub(super) async fn beat_and_take_over(self: &Arc<Self>) -> Result<(), Error> {
        let Some(nodes) = &self.nodes else { return Ok(()) };
        while self.check_nodes(nodes).await? {}
        let asked = self.clock.monotonic();
        let unattended = self.store.unattended().await?;
        for seat in &unattended {
            self.presence.track(seat, self.clock.monotonic());
        }
        let unattended = unattended.iter().map(|seat| (seat.room, seat.visitor)).collect();
        self.presence.forget_others(&unattended, asked);
        Ok(())
    }

    /// Returns true if a node has died or stopped since the last check. The next check takes over its rooms.
    async fn check_nodes(self: &Arc<Self>, nodes: &Nodes) -> Result<bool, Error> {
        // The rooms are read before the heartbeats. A node writes a heartbeat before any room lists it, so a node that is
        // listed in a room but has no heartbeat is gone.
        let asked = self.store.rooms_of_others(&nodes.living()).await;
        let now = self.clock.monotonic();
        let (unknown, beats) = match (asked, self.store.beat(nodes.me).await) {
            (Ok(unknown), Ok(beats)) => (unknown, beats),
            (Err(error), _) | (_, Err(error)) => {
                nodes.restart_timeouts(now);
                self.presence.restart_graces();
                return Err(error);
            }
        };
        if !beats.was_known {
            self.presence.report_all_again();
        }
        let Observed { dead, has_any_left } = nodes.observe(&beats.counters, now);
        for node in &dead {
            tracing::warn!(%node, "a node is dead");
            self.store.forget_node(*node).await?;
        }
        let is_gone = |node: &NodeId| !beats.counters.iter().any(|(known, _)| known == node);
        let left = unknown.into_iter().map(|(room, listed)| (room, listed.into_iter().filter(is_gone).collect()));
        let taking_over = stream::iter(left.filter(|(_, gone): &(_, Vec<_>)| !gone.is_empty()))
            .map(|(room, gone)| self.take_over(room, gone, now))
            .buffer_unordered(AT_ONCE);
        taking_over.collect::<()>().await;
        Ok(has_any_left)
    }

    /// Removes the nodes in `gone` from the seats they watched in this room.
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
                    self.presence.track(&Unattended::of(room, seat), since);
                }
            }
            Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%room, %error, "a room still lists a node that is gone"),
        }
    }

    /// Tells the store which seats are watched here and how others were left, with one change for each room.
    pub(super) async fn report_presence(self: &Arc<Self>) {
        let mut rooms: HashMap<RoomId, Vec<(VisitorId, Report)>> = HashMap::new();
        for ((room, visitor), report) in self.presence.due_reports() {
            rooms.entry(room).or_default().push((visitor, report));
        }
        let telling =
            stream::iter(rooms).map(|(room, reports)| self.report_presence_in(room, reports)).buffer_unordered(AT_ONCE);
        telling.collect::<()>().await;
    }

    /// Reports a seat whose socket has just opened. Its grace period ends as soon as the store knows.
    pub(super) fn report_presence_soon(self: &Arc<Self>, seat: Seat) {
        if self.nodes.is_some()
            && let Some(report) = self.presence.due_report_of(seat)
        {
            let (chat, (room, visitor)) = (self.clone(), seat);
            tokio::spawn(async move { chat.report_presence_in(room, vec![(visitor, report)]).await });
        }
    }

    async fn report_presence_in(self: &Arc<Self>, room: RoomId, reports: Vec<(VisitorId, Report)>) {
        let me = self.nodes.as_ref().map(|nodes| nodes.me);
        let reports = Arc::new(reports);
        let changes = Arc::clone(&reports);
        let changed = self.change(
            room,
            Arc::new(move |room| {
                for (visitor, report) in changes.iter() {
                    match (report, me) {
                        // A seat that has ended is ignored.
                        (Report::Watched, Some(me)) => drop(room.watch_seat(*visitor, me)),
                        (Report::Watched, None) => drop(room.note_feed(*visitor)),
                        (Report::Left(pages), _) => room.part_from_seat(*visitor, me, pages),
                        (Report::Seen, _) => room.renew_seat(*visitor),
                    }
                }
                Ok(Vec::new())
            }),
        );
        let stored = match changed.await {
            Ok(record) => record.seats,
            Err(Error::NotFound) => Vec::new(),
            // The next sweep tries again.
            Err(error) => return tracing::debug!(%room, %error, "the store does not know yet who is here"),
        };
        let stored: HashMap<_, _> = stored.iter().map(|seat| (seat.person.id, seat)).collect();
        for (visitor, report) in reports.iter() {
            let seat = (room, *visitor);
            match stored.get(visitor) {
                Some(stored) => self.presence.reported(seat, report, stored),
                // The seat has ended. The log entry about that tells its sockets.
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

/// Writes heartbeats and checks the other nodes as long as the service lives.
pub(super) async fn heartbeat_loop(chat: Weak<Chat>) {
    let mut ticks = tokio::time::interval(BEAT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(chat) = chat.upgrade() else { return };
        if let Err(error) = chat.beat_and_take_over().await {
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
        nodes.restart_timeouts(seconds(30));
        assert!(nodes.dead_of(&[(OTHER, 7)], seconds(31)).is_empty());
        assert_eq!(nodes.dead_of(&[(OTHER, 7)], seconds(40)), [OTHER]);
    }
}
