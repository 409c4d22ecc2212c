//! Tests which items are sent, in which order, and what happens to those that fail.

use super::*;

fn id(n: u8) -> ClientId {
    ClientId([n; 16])
}

fn text(n: u8) -> Item {
    let written = Written { at: n.into(), ..Written::default() };
    Item::new(id(n), Content::Text(n.to_string()), Target::default(), written)
}

fn stored_text(text: &str, at: u64, failed: Option<Error>) -> StoredText {
    StoredText { text: text.into(), target: Target::default(), at, after: None, by: None, failed }
}

fn outbox(count: u8) -> Outbox {
    let mut outbox = Outbox::default();
    (1..=count).for_each(|n| outbox.add(text(n)));
    outbox
}

fn next(outbox: &Outbox) -> Option<ClientId> {
    outbox.next(Lane::Texts).map(|item| item.client)
}

#[test]
fn texts_go_one_at_a_time_in_their_order() {
    let mut outbox = outbox(2);
    assert_eq!(next(&outbox), Some(id(1)));
    outbox.sending(id(1));
    assert_eq!(next(&outbox), None);
    outbox.sent(id(1), 7, 6);
    assert_eq!(next(&outbox), Some(id(2)));
}

#[test]
fn a_text_does_not_wait_for_a_gif() {
    let mut outbox = Outbox::default();
    outbox.add(Item::new(
        id(9),
        Content::Gif { name: "a.gif".into(), bytes: 1, url: "blob:".into(), showing: Showing::default() },
        Target::default(),
        Written::default(),
    ));
    outbox.sending(id(9));
    outbox.add(text(1));
    assert_eq!(next(&outbox), Some(id(1)));
    assert_eq!(outbox.next(Lane::Gifs), None);
    assert!(outbox.is_sending());
    outbox.sent(id(9), 7, 7);
    assert!(!outbox.is_sending());
}

#[test]
fn what_is_acknowledged_stays_until_the_log_shows_it() {
    let mut outbox = outbox(1);
    outbox.sent(id(1), 7, 6);
    assert_eq!(outbox.items().len(), 1);
    outbox.shown(id(5), 6);
    assert_eq!(outbox.items().len(), 1);
    outbox.shown(id(1), 7);
    assert!(outbox.items().is_empty());
}

#[test]
fn an_event_before_the_answer_confirms_too() {
    let mut outbox = outbox(1);
    outbox.sending(id(1));
    outbox.shown(id(1), 7);
    outbox.sent(id(1), 7, 7);
    assert!(outbox.items().is_empty());
}

#[test]
fn a_refusal_is_kept_for_the_person_and_holds_nothing_up() {
    let mut outbox = outbox(2);
    outbox.sending(id(1));
    assert_eq!(outbox.failed(id(1), Error::NotSeated.into(), false), Verdict::GivenUp);
    assert_eq!(outbox.get(id(1)).map(|item| &item.status), Some(&Status::Failed(Error::NotSeated.into())));
    assert_eq!(next(&outbox), Some(id(2)));
}

#[test]
fn what_may_mend_is_tried_again_for_a_while_and_nothing_overtakes() {
    let mut outbox = outbox(2);
    for _ in 0..MAX_TRIES {
        outbox.sending(id(1));
        assert!(matches!(outbox.failed(id(1), Error::Unavailable.into(), false), Verdict::RetryIn { .. }));
        assert_eq!(next(&outbox), Some(id(1)));
        assert!(outbox.get(id(1)).is_some_and(Item::is_retried));
    }
    outbox.sending(id(1));
    assert_eq!(outbox.failed(id(1), Error::Unavailable.into(), false), Verdict::GivenUp);
    assert_eq!(next(&outbox), None);
    outbox.retry(id(1), Target::default(), Written::default());
    assert_eq!(next(&outbox), Some(id(1)));
}

#[test]
fn without_a_connection_a_text_waits_without_end_and_goes_when_it_is_back() {
    let mut outbox = outbox(2);
    let mut longest = 0;
    for _ in 0..10 * MAX_TRIES {
        outbox.sending(id(1));
        let Verdict::RetryIn { millis } = outbox.failed(id(1), Error::Unavailable.into(), true) else {
            unreachable!("it waits")
        };
        longest = longest.max(millis);
        assert_eq!(next(&outbox), Some(id(1)));
    }
    assert_eq!(longest, backoff(OFFLINE_TRIES));
    // One failure after the connection is back does not yet give the item up.
    outbox.sending(id(1));
    assert!(matches!(outbox.failed(id(1), Error::Unavailable.into(), false), Verdict::RetryIn { .. }));
    // A message that the server refuses does not wait for a connection.
    outbox.sending(id(1));
    assert_eq!(outbox.failed(id(1), Error::NotSeated.into(), true), Verdict::GivenUp);
}

/// A page is loaded again and again, with the clock standing still and set back, until everything is sent.
#[test]
fn texts_go_once_each_in_order_over_any_number_of_reloads() {
    let mut stored = Vec::<(ClientId, StoredText)>::new();
    let mut sent = Vec::new();
    let mut written = 0;
    for (load, now) in [100, 100, 50, 40, 200].into_iter().enumerate() {
        stored.sort_by_key(|(client, _)| client.0);
        stored.sort_by_key(|(_, text)| text.at);
        let mut outbox = Outbox::default();
        stored.iter().for_each(|(client, text)| outbox.add(Item::restored(*client, text.clone())));
        // The ids do not sort as the texts were written.
        for _ in 0..3 {
            written += 1;
            let at = outbox.next_time(now);
            let text = stored_text(&written.to_string(), at, None);
            stored.push((id(200 - written), text.clone()));
            outbox.add(Item::restored(id(200 - written), text));
        }
        // The answer to the first text arrives. The answer to the second is lost with the page, though the server has the text.
        for is_answered in [true, false] {
            let item = outbox.next(Lane::Texts).expect("a text").clone();
            outbox.sending(item.client);
            if !sent.contains(&item.content) {
                sent.push(item.content);
            }
            if is_answered {
                outbox.sent(item.client, load as u64, load as u64);
                stored.retain(|(client, _)| *client != item.client);
            }
        }
    }
    let all: Vec<_> = (1..=u8::try_from(sent.len()).expect("few")).map(|n| Content::Text(n.to_string())).collect();
    assert_eq!(sent, all);
    assert_eq!(sent.len(), 6);
}

#[test]
fn a_reload_tries_again_what_could_not_be_reached_and_asks_about_what_was_refused() {
    for (failed, expected) in [
        (None, Status::Waiting),
        (Some(Error::Unavailable), Status::Waiting),
        (Some(Error::TooMany { of: chat::Act::Say, retry_after: 9 }), Status::Waiting),
        (Some(Error::NotSeated), Status::Failed(Error::NotSeated.into())),
        (Some(Error::Absent), Status::Failed(Error::Absent.into())),
    ] {
        assert_eq!(Item::restored(id(1), stored_text("a", 1, failed)).status, expected);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_tried_again_and_holds_nothing_up() {
    let mut outbox = Outbox::default();
    for n in [1, 2] {
        let content = Content::Gif { name: "a.gif".into(), bytes: 1, url: "blob:".into(), showing: Showing::default() };
        outbox.add(Item::new(id(n), content, Target::default(), Written::default()));
    }
    outbox.sending(id(1));
    assert_eq!(outbox.failed(id(1), Failure::FileChanged, false), Verdict::GivenUp);
    assert_eq!(outbox.next(Lane::Gifs).map(|item| item.client), Some(id(2)));
}

fn gif(n: u8) -> Item {
    let known = Content::Known { gif: GifHash([n; 32]), url: String::new(), showing: Showing::default() };
    Item::new(id(n), known, Target::default(), Written::default())
}

fn captioned() -> Outbox {
    let mut outbox = Outbox::default();
    let caption = Content::Caption { text: "look".into(), of: vec![id(1), id(2)] };
    let caption = Item::new(id(3), caption, Target::default(), Written::default());
    [gif(1), gif(2), caption, gif(4)].into_iter().for_each(|item| outbox.add(item));
    outbox
}

fn next_gif(outbox: &Outbox) -> Option<ClientId> {
    outbox.next(Lane::Gifs).map(|item| item.client)
}

#[test]
fn a_caption_comes_right_after_its_gifs() {
    let mut outbox = captioned();
    for (seq, n) in [1, 2, 3, 4].into_iter().enumerate() {
        assert_eq!(next_gif(&outbox), Some(id(n)));
        outbox.sending(id(n));
        assert_eq!(next_gif(&outbox), None);
        outbox.sent(id(n), seq as u64 + 7, 6);
    }
}

#[test]
fn a_caption_waits_for_a_gif_that_may_be_sent_again_and_holds_nothing_up() {
    let mut outbox = captioned();
    outbox.sent(id(1), 7, 7);
    outbox.failed(id(2), Error::NotSeated.into(), false);
    assert_eq!(next_gif(&outbox), Some(id(4)));
    outbox.retry(id(2), Target::default(), Written::default());
    outbox.sent(id(4), 8, 8);
    assert_eq!(next_gif(&outbox), Some(id(2)));
    outbox.sent(id(2), 9, 9);
    assert_eq!(next_gif(&outbox), Some(id(3)));
}

#[test]
fn a_caption_that_was_given_up_with_its_gif_goes_with_it_after_a_retry() {
    let mut outbox = captioned();
    for _ in 0..=MAX_TRIES {
        outbox.failed(id(1), Failure::Refused(Error::Unavailable), false);
    }
    assert!(matches!(outbox.get(id(3)).map(|item| &item.status), Some(Status::Failed(_))));
    for gif in [1, 2] {
        outbox.retry(id(gif), Target::default(), Written::default());
    }
    assert_eq!(outbox.get(id(3)).map(|item| &item.status), Some(&Status::Waiting));
}

#[test]
fn a_caption_goes_with_the_last_of_its_gifs() {
    let mut outbox = captioned();
    outbox.discard(id(1));
    assert!(outbox.get(id(3)).is_some());
    outbox.replaces(id(2), id(5));
    outbox.discard(id(2));
    assert!(outbox.get(id(3)).is_some());
    outbox.discard(id(5));
    assert_eq!(outbox.get(id(3)), None);
    // If one GIF is cancelled after the other was sent, the caption still belongs to the one that was sent.
    let mut outbox = captioned();
    outbox.sent(id(1), 7, 7);
    outbox.discard(id(2));
    assert_eq!(next_gif(&outbox), Some(id(3)));
}

#[test]
fn too_many_waits_as_long_as_it_is_told() {
    let mut outbox = outbox(1);
    assert_eq!(
        outbox.failed(id(1), Error::TooMany { of: chat::Act::Say, retry_after: 4 }.into(), false),
        Verdict::RetryIn { millis: 4000 }
    );
}
