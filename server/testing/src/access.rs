//! The routes by which a visitor could read the messages of a room, or change something there.

use chat::event::{Down, PROTOCOL, Polled, Up};
use chat::{ClientId, Error, GifHash, RoomId, VisitorId};
use reqwest::multipart::Part;

use crate::{Answer, GIF, Poller, Socket, Visitor};

/// A sequence number above all that are stored.
const FAR: u64 = u64::MAX >> 1;

/// Reads the room by its pages, functions, pictures, sockets and polls. Returns each route's name and the raw response.
/// `who` makes a new browser for each route, because a visitor without a session would get one from the first page.
pub async fn read_every_route(who: impl Fn() -> Visitor, room: RoomId, sha: GifHash) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    for (route, path) in [
        ("page", format!("/room/{room}")),
        ("log", format!("/room/{room}/log")),
        ("older log", format!("/room/{room}/log?before={FAR}")),
        ("history", format!("/api/history?room={room}&before={FAR}")),
        ("lobby", "/".to_owned()),
        ("lobby's rooms", "/api/lobby_rooms".to_owned()),
        ("room's GIFs", format!("/api/room_gifs?room={room}")),
        ("own GIFs", "/api/my_gifs".to_owned()),
        ("own GIFs as a file", "/shelf.gifs".to_owned()),
    ] {
        seen.push((route, raw(&who().get(&path).await)));
    }
    // These are requested as a script does, because an error page would repeat the requested path, and with it the hash.
    for (route, path) in [
        ("page's data", format!("/room/{room}")),
        ("what is known of the GIF", format!("/api/known_gifs?room={room}&gifs={sha}")),
        ("GIF", format!("/gif/{room}/{sha}")),
        ("still", format!("/gif/{room}/{sha}/still")),
        ("light", format!("/gif/{room}/{sha}/light")),
        ("GIF on a shelf", format!("/shelf/{sha}")),
        ("still on a shelf", format!("/shelf/{sha}/still")),
        ("light on a shelf", format!("/shelf/{sha}/light")),
    ] {
        seen.push((route, raw(&who().fetch(&path).await)));
    }
    for (route, protocol) in [("socket", PROTOCOL), ("old page's socket", PROTOCOL - 1)] {
        seen.push((route, read_by_socket(&who(), room, protocol).await));
    }
    seen.push(("polls", read_by_polls(&who(), room).await));
    seen
}

fn raw(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.text())
}

/// All frames from the room's first entry up to now. If the socket fails, the text ends with the error or close code.
async fn read_by_socket(visitor: &Visitor, room: RoomId, protocol: u16) -> String {
    let mut socket = match Socket::open_as(visitor, protocol).await {
        Ok(socket) => socket,
        Err(error) => return format!("{error:?}"),
    };
    socket.watch(room, 0).await;
    // The reply to the ping may come before or after the stored entries, so the loop waits for both.
    socket.send(&Up::Ping).await;
    let (mut is_caught_up, mut is_answered) = (false, false);
    while !(is_caught_up && is_answered) {
        match socket.next().await {
            Ok(frame) => {
                is_caught_up |= matches!(frame, Down::CaughtUp { .. });
                is_answered |= frame == Down::Pong;
            }
            Err(code) => return format!("{} {code}", socket.received),
        }
    }
    socket.received
}

/// The answers to polls from the room's first entry up to now, or up to the one that refuses or ends them.
async fn read_by_polls(visitor: &Visitor, room: RoomId) -> String {
    let mut page = Poller::new(visitor, Up::WatchRoom { room, after: 0 });
    let mut received = String::new();
    loop {
        let answer = page.send(&page.poll(false)).await;
        received.push_str(&raw(&answer));
        if answer.status != 200 {
            return received;
        }
        let polled: Polled = answer.json();
        if polled.close.is_some() || polled.downs.iter().any(|down| matches!(down, Down::CaughtUp { .. })) {
            return received;
        }
        page.take(&polled);
    }
}

/// All server functions that change something in a room by a plain form, except `leave_room`, each with a valid body.
/// They act on the entry `seq` or on the visitor `other`.
pub fn write_calls(room: RoomId, other: VisitorId, seq: u64) -> Vec<(&'static str, String)> {
    let client = ClientId::generate();
    [
        ("enter_room", "password=".to_owned()),
        ("send_text", "text=a".to_owned()),
        ("react", format!("client={client}&seq={seq}&emoji=Heart&on=true")),
        ("react_by_gif", format!("client={client}&seq={seq}&gif={}&on=true", GifHash([7; 32]))),
        ("show_gif", format!("seq={seq}&description=a")),
        ("keep_gif", format!("seq={seq}")),
        ("send_gif", format!("client={client}&gif={}", GifHash([7; 32]))),
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

/// Tries the calls of [`write_calls`], an upload, and calls that read something in the room. All of them must fail.
/// Returns their errors.
pub async fn try_every_call(
    visitor: &Visitor,
    room: RoomId,
    other: VisitorId,
    (seq, sha): (u64, GifHash),
) -> Vec<(&'static str, (u16, Error))> {
    let mut refused = Vec::new();
    for (function, body) in write_calls(room, other, seq) {
        let answer = visitor.send(visitor.call_request(function, &[]).body(body)).await;
        refused.push((function, answer.error()));
    }
    refused.push(("upload_gif", visitor.upload(room, Part::bytes(GIF), &[]).await.error()));
    for (route, path) in [
        ("history", format!("/api/history?room={room}&before={FAR}")),
        ("bars", format!("/api/bars?room={room}")),
        ("GIF", format!("/gif/{room}/{sha}")),
        ("still", format!("/gif/{room}/{sha}/still")),
        ("light", format!("/gif/{room}/{sha}/light")),
        ("room's GIFs", format!("/api/room_gifs?room={room}")),
    ] {
        refused.push((route, visitor.fetch(&path).await.error()));
    }
    refused
}

/// Acts on the entry `seq`: replies to it (to all and to `other`), reacts to it, keeps its GIF, changes how it is shown and
/// removes it. Returns the status and the body of each response.
pub async fn act_on_entry(who: impl Fn() -> Visitor, room: RoomId, other: VisitorId, seq: u64) -> Vec<(u16, String)> {
    let (to, reply) = (other.to_string(), seq.to_string());
    let targets = [vec![("reply", reply.as_str())], vec![("to", to.as_str()), ("reply", &reply)]];
    let mut answers = Vec::new();
    for target in &targets {
        answers.push(who().act("send_text", room, &[target.as_slice(), &[("text", "a")]].concat()).await);
        answers.push(who().upload(room, Part::bytes(GIF), target).await);
    }
    for on in [true, false] {
        answers.push(who().react(room, seq, chat::entry::Emoji::Heart, on).await);
        // (The entry is looked for before the GIF.)
        let (client, gif, on) = (ClientId::generate().to_string(), GifHash([7; 32]).to_string(), on.to_string());
        let fields = [("client", client.as_str()), ("seq", &reply), ("gif", &gif), ("on", &on)];
        answers.push(who().act("react_by_gif", room, &fields).await);
    }
    answers.push(who().act("show_gif", room, &[("seq", &reply), ("description", "a")]).await);
    answers.push(who().act("keep_gif", room, &[("seq", &reply)]).await);
    answers.push(who().act("remove_message", room, &[("seq", &reply)]).await);
    answers.iter().map(|answer| (answer.status.as_u16(), answer.text())).collect()
}
