//! The cases that every driver of the store has to pass: one list, which is run against each driver.
//!
//! A case gets an empty store of its own. A case that is not in the list below is dead code, and clippy says so.

pub mod changes;
pub mod gifs;
pub mod life;
pub mod log;
pub mod nodes;
pub mod pages;
pub mod passes;
pub mod people;
pub mod races;
pub mod rooms;
pub mod seats;
pub mod sessions;
pub mod shelves;
pub mod slow;
pub mod transfer;
pub mod whispers;

use std::any::Any;
use std::sync::Arc;

use super::{Sight, Store, Updated};
use chat::entry::{Entry, Text, What};
use chat::error::Error;
use chat::gif::{Gif, GifHash};
use chat::id::{ClientId, NodeId, RoomId, VisitorId};
use chat::record::{NewEntry, Room};
use chat::room::{Capacity, RoomTitle};
use chat::time::Timestamp;
use chat::visitor::Person;
use chat::visitor::likeness::Named;

/// An empty store, and what has to outlive it (a directory, a database to be dropped).
pub struct Fresh {
    pub store: Arc<dyn Store>,
    pub keep: Box<dyn Any + Send>,
}

/// Expands the list for one driver, given an async function that makes a [`Fresh`] store.
macro_rules! driver {
    ($driver:ident, $fresh:path) => {
        cases! { $driver, $fresh,
            rooms {
                a_room_comes_back_as_it_was_made
                its_first_lines_are_numbered_from_one
                an_unknown_room_is_not_found
                a_change_is_stored_with_the_lines_that_tell_of_it
                every_part_of_a_room_can_change
                a_change_that_changes_nothing_is_not_counted
                a_refused_change_leaves_all_as_it_was
                one_fact_is_told_once
                cards_show_every_room_newest_first
                a_locked_room_shows_no_faces
                many_rooms_are_listed
            }
            seats {
                a_seat_is_found_by_room_and_visitor
                whoever_sat_longest_inherits
                who_comes_back_sits_at_the_end
                the_last_to_leave_takes_the_room_and_all_it_held
                other_rooms_stay
                a_large_room_is_gone_at_once
            }
            nodes {
                a_seat_lists_the_nodes_that_watch_for_it
                a_seat_that_ends_forgets_its_nodes
                unattended_seats_are_listed_with_their_renewals
                unattended_seats_are_listed_with_how_they_were_left
                a_full_room_gives_the_place_of_one_who_is_away_to_one_newcomer
                a_node_is_known_from_its_first_beat_until_it_is_forgotten
                beats_at_once_are_all_counted
                rooms_that_list_strangers_are_found
            }
            log {
                what_is_said_is_numbered_and_named_as_the_seat_is
                speaking_is_for_people_seated_there
                sending_twice_makes_one_entry
                a_client_id_is_of_its_author_and_room
                a_client_id_of_the_system_is_apart_from_those_of_people
                the_last_seq_follows_the_log
                what_was_sent_is_found_by_its_client_id
                text_comes_back_as_it_was_sent
                the_log_after_a_cursor_comes_in_order
                nothing_is_left_of_the_log_of_a_gone_room
            }
            pages {
                a_snapshot_has_the_newest_messages_and_the_lines_after_them
                a_page_counts_messages_and_brings_the_lines_between
                a_log_without_messages_is_one_page
                the_pages_together_are_the_log
                a_page_is_never_endless
                reading_is_for_people_seated_there
            }
            passes {
                a_pass_comes_back_as_it_was_given
                a_pass_is_of_its_room_and_visitor
                ending_a_pass_twice_is_no_error
                sweeping_removes_the_passes_that_are_over
                the_passes_of_a_room_go_with_it
                of_many_who_give_one_pass_at_once_one_is_kept
            }
            people {
                bars_names_and_who_is_away_come_back
                who_was_thrown_out_is_barred_from_everything
                who_is_let_in_comes_back
                a_name_of_ones_own_is_on_what_is_said
                of_many_who_throw_out_at_once_one_does
            }
            whispers {
                a_whisper_is_for_its_two
                its_gif_is_for_its_two
                a_gif_said_to_all_too_is_for_all
                a_whisper_says_not_when_somebody_spoke
                a_page_of_whispers_is_empty_for_the_others_and_does_not_end_there
                a_whisper_sent_twice_is_one_entry
                an_answer_names_what_it_answers
            }
            changes {
                what_people_feel_is_shown_with_the_message
                gifs_that_people_react_with_are_shown_with_the_message
                what_changes_a_whisper_is_for_its_two
                a_change_is_applied_however_much_later_it_was_made
                pages_with_changes_cover_the_log
                what_was_removed_is_stored_nowhere
                how_a_gif_is_shown_changes_and_goes_with_it
                how_a_whispered_gif_is_shown_is_for_its_two
                a_gif_that_is_removed_goes_unless_it_is_shown_elsewhere
                a_removal_is_told_once
                of_many_who_remove_at_once_one_does
                restored_changes_are_as_they_were
            }
            races {
                of_200_who_join_for_10_seats_10_get_in
                of_500_who_join_for_one_seat_1_gets_in
                a_thousand_parallel_appends_leave_no_hole
                one_message_sent_many_times_at_once_is_one_entry
                joins_leaves_and_messages_at_once_keep_one_log
                of_all_who_leave_at_once_one_is_the_last
                a_snapshot_agrees_with_itself_while_others_write
            }
            gifs {
                a_gif_must_be_held_before_it_is_sent
                a_gif_is_for_people_seated_where_it_was_sent
                a_held_gif_is_kept_until_its_hold_ends
                the_longest_hold_counts
                a_gif_in_use_is_kept
                a_gif_of_two_rooms_goes_with_the_last_of_them
                unused_gifs_are_condemned_a_few_at_a_time
                a_gif_sent_again_is_held_again
                a_message_that_is_repeated_with_another_gif_leaves_none_behind
                a_hold_ends_with_the_entry_it_was_for
                a_condemned_gif_is_not_held_and_not_sent_until_it_is_forgotten
                what_its_remover_left_is_condemned_anew
                forgetting_twice_ends_no_hold
                of_many_who_condemn_at_once_one_gets_each
                a_gif_is_held_or_condemned_never_both
                a_gif_is_kept_while_somebody_writes_it
                what_is_known_of_a_gif_goes_with_it
                what_is_known_of_a_gif_can_be_forgotten
                one_living_node_copies_a_gif
                of_many_who_claim_at_once_one_does
            }
            shelves {
                what_is_kept_comes_back_in_pages
                only_what_is_seen_is_kept
                what_is_kept_outlives_its_room
                a_gif_from_a_file_is_held_first_and_stays
                a_removed_message_takes_what_came_from_it_and_no_more
                what_is_kept_again_is_there_once
                what_was_only_sent_goes_with_its_room
                of_those_that_were_sent_the_oldest_go
                what_shelves_hold_is_counted
                what_is_seen_now_may_be_sent_by_its_hash
                a_rooms_gifs_are_listed_once_and_newest_first
                a_shelf_goes_when_its_visitor_stays_away
                of_many_who_keep_and_remove_at_once_nothing_is_left_over
                a_shelf_moves_as_it_is
            }
            slow {
                a_turn_comes_once_in_so_long_for_each_visitor_and_room
                a_turn_is_for_one_message_however_often_it_is_sent
                of_many_who_take_one_turn_at_once_one_does
                turns_are_forgotten_when_nobody_waits_for_them
            }
            sessions {
                a_session_comes_back_until_it_expires
                an_id_that_is_taken_is_not_given_twice
                saving_replaces_and_makes
                deleting_a_session_twice_is_no_error
                sweeping_removes_the_expired_only
                of_many_who_create_one_id_one_does
                a_session_is_bytes
            }
            transfer {
                rooms_are_read_in_the_order_of_their_ids
                sessions_are_read_in_the_order_of_their_ids
                gifs_are_read_in_the_order_of_their_hashes
                a_restored_room_is_as_it_was
                restoring_a_room_twice_changes_nothing
                restored_entries_are_as_they_were
                entries_stored_before_are_left_out
                a_hole_is_refused
                what_was_restored_lives_on
            }
            life {
                a_store_that_works_is_ready
                what_was_sent_before_closing_is_answered
                a_closed_store_is_unavailable
            }
        }
    };
}

macro_rules! cases {
    ($driver:ident, $fresh:path, $($group:ident { $($case:ident)+ })+) => {
        mod $driver {
            $(mod $group {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let fresh = $fresh().await;
                    crate::store::cases::$group::$case(fresh.store.clone()).await;
                    fresh.store.close().await;
                    drop(fresh.keep);
                })+
            })+
        }
    };
}

driver!(sqlite, crate::store::sqlite::tests::fresh);
driver!(mongo, crate::store::mongo::tests::fresh);

// --- helpers of the cases

pub type AnyStore = Arc<dyn Store>;

/// The time of everything in the cases that needs no time of its own.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub fn visitor(n: u16) -> VisitorId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    VisitorId(id)
}

pub fn person(n: u16) -> Person {
    Person::new(visitor(n))
}

pub fn node(n: u8) -> NodeId {
    NodeId([n; 16])
}

pub fn hash(n: u8) -> GifHash {
    GifHash([n; 32])
}

pub fn gif(n: u8) -> What {
    What::Gif(Gif { sha: hash(n), width: 320, height: 240, frames: 12, duration_ms: 1200, bytes: 65_432 })
}

pub fn text(words: &str) -> What {
    What::Text(Text::new(words).expect("a text"))
}

/// A room that is not stored yet, owned by person 1, and the lines that say who entered.
pub fn new_room(people: &[u16], capacity: i64) -> (Room, Vec<NewEntry>) {
    let title = RoomTitle::new("고양이 방").expect("a title");
    let capacity = Capacity::new(capacity).expect("a capacity");
    let mut room = Room::new(RoomId::generate(), title, capacity, None, visitor(1), NOW);
    let mut told = Vec::new();
    for n in people {
        told.extend(room.take_seat(&Named::new(person(*n)), NOW).expect("a free seat"));
    }
    (room, told)
}

/// A stored room for 1,000 with these people inside (person 1 owns it). Its log begins with their entering.
pub async fn room_of(store: &AnyStore, people: &[u16]) -> RoomId {
    let (room, told) = new_room(people, 1000);
    let id = room.id;
    store.create_room(room, told).await.expect("a new room");
    id
}

pub async fn join(store: &AnyStore, room: RoomId, n: u16) -> Result<Updated, Error> {
    store.update_room(room, Arc::new(move |room: &mut Room| room.take_seat(&Named::new(person(n)), NOW))).await
}

pub async fn leave(store: &AnyStore, room: RoomId, n: u16) -> Result<Updated, Error> {
    store.update_room(room, Arc::new(move |room: &mut Room| Ok(room.end_seat(visitor(n), NOW)))).await
}

/// Sends under a new client id.
pub async fn send(store: &AnyStore, room: RoomId, n: u16, what: What) -> Result<Entry, Error> {
    store.append(room, visitor(n), ClientId::generate(), what.into(), NOW).await.map(|appended| appended.entry)
}

pub async fn say(store: &AnyStore, room: RoomId, n: u16, words: &str) -> Entry {
    send(store, room, n, text(words)).await.expect("said")
}

/// When the holds of [`show`] end by themselves.
pub const LATER: Timestamp = Timestamp(NOW.0 + 1000);

/// Sends a GIF as the service does: held, then said.
pub async fn show(store: &AnyStore, room: RoomId, n: u16, sha: u8) -> Entry {
    assert_eq!(store.hold_gif(hash(sha), LATER).await, Ok(true));
    send(store, room, n, gif(sha)).await.expect("shown")
}

/// Condemns unused GIFs at `now`, and returns them in the order of their hashes. Their remover has one second.
pub async fn condemn(store: &AnyStore, now: Timestamp) -> Vec<GifHash> {
    let until = Timestamp(now.0 + 1000);
    let mut condemned = store.condemn_gifs(now, until, 100).await.expect("condemned");
    assert!(condemned.iter().all(|condemned| condemned.until == until), "{condemned:?}");
    condemned.sort();
    condemned.into_iter().map(|condemned| condemned.sha).collect()
}

/// The whole log.
pub async fn log(store: &AnyStore, room: RoomId) -> Vec<Entry> {
    store.log(room, 0, u32::MAX).await.expect("the log")
}

pub fn seqs(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// Asserts that the entries have the numbers 1, 2, 3… without a hole.
pub fn assert_whole(entries: &[Entry]) {
    assert_eq!(seqs(entries), (1..=entries.len() as u64).collect::<Vec<_>>());
}
