//! Every road by which somebody could come to what is said in a room, or change something there.

use chat::event::{Down, PROTOCOL, Up};
use chat::{Error, GifHash, RoomId, VisitorId};
use reqwest::multipart::Part;

use super::{Answer, GIF, Socket, Visitor};

/// After everything that is stored.
const FAR: u64 = u64::MAX >> 1;

/// What somebody is sent on each road: its name, and the raw bytes. `who` makes a browser for each, so that somebody
/// without a session stays without one.
pub async fn look_everywhere(who: impl Fn() -> Visitor, room: RoomId, sha: GifHash) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    for (road, path) in [
        ("page", format!("/room/{room}")),
        ("log", format!("/room/{room}/log")),
        ("older log", format!("/room/{room}/log?before={FAR}")),
        ("history", format!("/api/history?room={room}&before={FAR}")),
        ("lobby", "/".to_owned()),
        ("lobby's rooms", "/api/lobby_rooms".to_owned()),
    ] {
        seen.push((road, raw(&who().get(&path).await)));
    }
    // As a script does: a page that says what is not there would name what was asked for.
    for (road, path) in [("GIF", format!("/gif/{room}/{sha}")), ("still", format!("/gif/{room}/{sha}/still"))] {
        seen.push((road, raw(&who().read(&path).await)));
    }
    for (road, protocol) in [("socket", PROTOCOL), ("old page's socket", PROTOCOL - 1)] {
        seen.push((road, listen(&who(), room, protocol).await));
    }
    seen
}

fn raw(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.text())
}

/// All frames from the room's beginning up to now, or why there are none.
async fn listen(visitor: &Visitor, room: RoomId, protocol: u16) -> String {
    let mut socket = match Socket::open_as(visitor, protocol).await {
        Ok(socket) => socket,
        Err(error) => return format!("{error:?}"),
    };
    socket.watch(room, 0).await;
    // An answer to this comes after all that is stored, or not at all.
    socket.say(&Up::Ping).await;
    let (mut is_caught_up, mut is_answered) = (false, false);
    while !(is_caught_up && is_answered) {
        match socket.next().await {
            Ok(frame) => {
                is_caught_up |= matches!(frame, Down::CaughtUp { .. });
                is_answered |= frame == Down::Pong;
            }
            Err(code) => return format!("{} {code}", socket.seen),
        }
    }
    socket.seen
}

/// Server functions that change something in a room, each with a body it takes: about the entry `seq`, or about `other`.
pub fn changes(room: RoomId, other: VisitorId, seq: u64) -> Vec<(&'static str, String)> {
    let client = chat::ClientId::generate();
    [
        ("enter_room", "password=".to_owned()),
        ("send_text", "text=a".to_owned()),
        ("react", format!("client={client}&seq={seq}&emoji=Heart&on=true")),
        ("remove_message", format!("seq={seq}")),
        ("rename", "name=%EB%AF%BC%EC%88%98".to_owned()),
        ("set_away", "away=true".to_owned()),
        ("hand_over", format!("to={other}")),
        ("throw_out", format!("whom={other}")),
        ("let_in", format!("whom={other}")),
        ("set_room", "title=b&capacity=20".to_owned()),
        ("close_room", String::new()),
    ]
    .map(|(function, fields)| (function, format!("room={room}&{fields}")))
    .to_vec()
}

/// What each of them, the roads of GIFs and those that read for programs fail with.
pub async fn try_everything(
    visitor: &Visitor,
    room: RoomId,
    other: VisitorId,
    (seq, sha): (u64, GifHash),
) -> Vec<(&'static str, (u16, Error))> {
    let mut refused = Vec::new();
    for (function, body) in changes(room, other, seq) {
        let answer = visitor.send(visitor.calling(function, &[]).body(body)).await;
        refused.push((function, answer.error()));
    }
    refused.push(("upload_gif", visitor.upload(room, Part::bytes(GIF), &[]).await.error()));
    for (road, path) in [
        ("history", format!("/api/history?room={room}&before={FAR}")),
        ("bars", format!("/api/bars?room={room}")),
        ("GIF", format!("/gif/{room}/{sha}")),
        ("still", format!("/gif/{room}/{sha}/still")),
    ] {
        refused.push((road, visitor.read(&path).await.error()));
    }
    refused
}

/// What somebody is answered who does something about the entry `seq`: answers it, to all and to `other`, feels about
/// it, removes it.
pub async fn meddle(who: impl Fn() -> Visitor, room: RoomId, other: VisitorId, seq: u64) -> Vec<(u16, String)> {
    let (to, reply) = (other.to_string(), seq.to_string());
    let aims = [vec![("reply", reply.as_str())], vec![("to", to.as_str()), ("reply", &reply)]];
    let mut answers = Vec::new();
    for aim in &aims {
        answers.push(who().act("send_text", room, &[aim.as_slice(), &[("text", "a")]].concat()).await);
        answers.push(who().upload(room, Part::bytes(GIF), aim).await);
    }
    for on in [true, false] {
        answers.push(who().react(room, seq, chat::entry::Emoji::Heart, on).await);
    }
    answers.push(who().act("remove_message", room, &[("seq", &reply)]).await);
    answers.iter().map(|answer| (answer.status.as_u16(), answer.text())).collect()
}
