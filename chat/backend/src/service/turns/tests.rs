use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;

use super::*;

const BOUNDS: Bounds = Bounds { per_visitor: 1, per_address: 8, addresses: 3 };

fn who(visitor: u16, address: u8) -> Requester {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&visitor.to_be_bytes());
    Requester::new(VisitorId(id), Some(IpAddr::from(Ipv4Addr::new(192, 0, 2, address)).into()))
}

type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<Turn<T>, Error>> + Send + 'a>>;

/// Asks for a turn and polls once, which gives a turn, a refusal, or a place in a queue.
async fn ask<T: Send + 'static>(turns: &Turns<T>, who: Requester) -> (Asking<'_, T>, Option<Result<Turn<T>, Error>>) {
    let mut asking: Asking<'_, T> = Box::pin(turns.turn(who));
    let answer = now(&mut asking).await;
    (asking, answer)
}

/// The answer, if there is one by now.
async fn now<T>(asking: &mut Asking<'_, T>) -> Option<Result<Turn<T>, Error>> {
    std::future::poll_fn(|context| {
        Poll::Ready(match asking.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    })
    .await
}

fn refusal<T>(answer: Option<Result<Turn<T>, Error>>) -> Option<Error> {
    answer.and_then(Result::err)
}

#[tokio::test]
async fn of_a_hundred_who_wait_from_one_address_one_is_before_somebody_from_another() {
    let turns = Turns::new([(), ()], Bounds { per_address: 100, ..BOUNDS });
    let running = [turns.turn(who(1, 1)).await.expect("a turn"), turns.turn(who(2, 1)).await.expect("a turn")];
    let mut crowd = Vec::new();
    for n in 0..100 {
        crowd.push(ask(&turns, who(10 + n, 1)).await.0);
    }
    let mut other = ask(&turns, who(3, 2)).await.0;
    // Each turn that ends calls the next one.
    drop(running);
    let turn = now(&mut other).await.expect("a turn by now");
    assert!(turn.is_ok());
    assert_eq!(turns.waiting(), 99, "one of the crowd was first");
}

#[tokio::test]
async fn addresses_take_turns_and_each_is_served_in_its_own_order() {
    let turns = Turns::new([()], Bounds { per_address: 3, ..BOUNDS });
    let mut running = Some(turns.turn(who(0, 9)).await.expect("a turn"));
    let (came, expected) = ([(1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (6, 2)], [1, 4, 5, 2, 6, 3]);
    let mut waiting = Vec::new();
    for (visitor, address) in came {
        waiting.push((visitor, ask(&turns, who(visitor, address)).await.0));
    }
    let mut order = Vec::new();
    while !waiting.is_empty() {
        drop(running.take());
        for place in 0..waiting.len() {
            if let Some(answer) = now(&mut waiting[place].1).await {
                running = Some(answer.expect("a turn"));
                order.push(waiting.remove(place).0);
                break;
            }
        }
    }
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_visitor_waits_once_an_address_a_few_times_and_addresses_not_without_end() {
    let turns = Turns::new([()], BOUNDS);
    let running = turns.turn(who(0, 1)).await.expect("a turn");
    let (waits, answer) = ask(&turns, who(0, 1)).await;
    assert!(answer.is_none(), "beside the one that runs");
    let again = Some(Error::TooMany { of: Act::Wait, retry_after: RETRY_AFTER });
    assert_eq!(refusal(ask(&turns, who(0, 1)).await.1), again);
    assert_eq!(refusal(ask(&turns, who(0, 2)).await.1), again, "wherever else they come from");
    let mut crowd = Vec::new();
    for n in 1..8 {
        crowd.push(ask(&turns, who(n, 1)).await);
    }
    assert!(crowd.iter().all(|(_, answer)| answer.is_none()));
    assert_eq!(refusal(ask(&turns, who(8, 1)).await.1), again);
    let others = [ask(&turns, who(20, 2)).await, ask(&turns, who(21, 3)).await];
    assert!(others.iter().all(|(_, answer)| answer.is_none()));
    assert_eq!(refusal(ask(&turns, who(22, 4)).await.1), Some(Error::Unavailable));
    assert_eq!(turns.waiting(), 10);
    drop((waits, crowd, others));
    assert_eq!(turns.waiting(), 0, "who hangs up waits no more");
    drop(running);
    assert!(turns.is_idle());
}

#[tokio::test]
async fn without_addresses_visitors_take_turns() {
    let turns = Turns::new([()], BOUNDS);
    let alone = |n| Requester { address: None, ..who(n, 0) };
    let running = turns.turn(alone(1)).await.expect("a turn");
    let (_one, waits) = ask(&turns, alone(1)).await;
    let (mut other, _) = ask(&turns, alone(2)).await;
    assert!(waits.is_none());
    drop(_one);
    drop(running);
    assert!(now(&mut other).await.is_some_and(|turn| turn.is_ok()));
}

#[tokio::test]
async fn a_turn_that_was_given_to_who_has_just_hung_up_is_not_lost() {
    let turns = Turns::new([7], BOUNDS);
    let running = turns.turn(who(1, 1)).await.expect("a turn");
    let (called, _) = ask(&turns, who(2, 2)).await;
    let (mut next, _) = ask(&turns, who(3, 3)).await;
    // The turn is already on its way to the second caller when they hang up.
    drop(running);
    drop(called);
    let turn = now(&mut next).await.expect("a turn by now").expect("a turn");
    assert_eq!(turn.resource, Some(7));
    drop(turn);
    assert!(turns.is_idle());
}

#[tokio::test]
async fn who_hangs_up_while_their_work_runs_frees_nothing() {
    let turns = Arc::new(Turns::new([()], BOUNDS));
    let (begun, begin) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let work = {
        let turns = Arc::clone(&turns);
        tokio::spawn(async move {
            let work = move |_: &mut ()| {
                begun.send(()).expect("a test that waits");
                ended.recv().expect("a test that ends it");
                Ok(())
            };
            turns.run(who(1, 1), work).await
        })
    };
    tokio::task::spawn_blocking(move || begin.recv()).await.expect("no panic").expect("begun");
    work.abort();
    assert!(work.await.is_err_and(|error| error.is_cancelled()), "nobody waits for it");
    let (mut next, answer) = ask(&turns, who(2, 2)).await;
    assert!(answer.is_none() && now(&mut next).await.is_none(), "the work goes on");
    end.send(()).expect("work that runs");
    assert!(next.await.is_ok());
}

#[tokio::test]
async fn work_that_panics_gives_its_turn_back() {
    let turns = Turns::new([1], BOUNDS);
    let panicked: Result<(), Error> = turns.run(who(1, 1), |_| panic!("as work should not")).await;
    assert_eq!(panicked, Err(Error::Internal));
    assert_eq!(turns.run(who(1, 1), |resource| Ok(*resource)).await, Ok(1));
}
