//! Values of every type on the wire, with every variant: the chains below do not compile when a variant is missing.

use std::iter::successors;

use crate::entry::{
    Description, Emoji, Entry, GifReaction, LogPage, PasswordChange, Reaction, Reply, Settings, Showing, Text, What,
};
use crate::error::{Bound, Error, Field, FieldError, GifProblem, Problem};
use crate::event::{Down, LobbyChange, LobbyPage, Poll, Polled, Totals, Up};
use crate::gif::{Facts, Gif, GifFacts, GifHash};
use crate::id::{ClientId, PageId, RoomId, VisitorId};
use crate::limit::Act;
use crate::room::{Bar, Capacity, Reason, RoomCard, RoomTitle, Slow};
use crate::shelf::{Item, Label, Seen, SeenInRoom, Shelf};
use crate::time::Timestamp;
use crate::view::{LobbyView, RoomView};
use crate::visitor::{Name, OwnName, Person};

pub fn person(n: u8) -> Person {
    Person::new(VisitorId([n; 16]))
}

pub fn own_name() -> Name {
    Name { own: OwnName::new("\"민수\"").ok(), number: 2, ..person(1).name }
}

pub fn gif() -> Gif {
    Gif { sha: GifHash([0xab; 32]), width: 640, height: 480, frames: 12, duration_ms: 70_000, bytes: u32::MAX }
}

pub fn known() -> GifFacts {
    GifFacts { sha: GifHash([0xab; 32]), facts: Facts { still: true, light: true, flashes: Some(true) } }
}

pub fn settings() -> Settings {
    Settings {
        title: Some(title()),
        capacity: Some(Capacity::DEFAULT),
        password: Some(PasswordChange::Changed),
        slow: Some(Slow::ALL[2]),
        veil: Some(true),
    }
}

pub fn showing() -> Showing {
    Showing { description: Description::new("\"고양이\" </script>").expect("a description"), veiled: true }
}

fn title() -> RoomTitle {
    RoomTitle::new("고양이 </script>").expect("a title")
}

fn reason() -> Option<Reason> {
    Reason::new("spam \\ spam").expect("a reason")
}

fn text(text: &str) -> What {
    What::Text(Text::new(text).expect("a text"))
}

fn after(what: &What) -> Option<What> {
    Some(match what {
        What::Text(_) => What::Gif(gif()),
        What::Gif(_) => What::Removed,
        What::Removed => What::Entered,
        What::Entered => What::Left,
        What::Left => What::NewOwner,
        What::NewOwner => What::ThrownOut { reason: None },
        What::ThrownOut { reason: None } => What::ThrownOut { reason: reason() },
        What::ThrownOut { .. } => What::Renamed { from: own_name() },
        What::Renamed { .. } => What::Settings(Settings::default()),
        What::Settings(Settings { title: None, .. }) => What::Settings(settings()),
        What::Settings(_) => What::Removal { seq: 3 },
        What::Removal { .. } => What::Reaction { seq: 1 << 40, emoji: Emoji::Heart, on: true },
        What::Reaction { .. } => What::GifReaction { seq: 5, gif: Some(gif()), on: true },
        What::GifReaction { gif: Some(_), .. } => What::GifReaction { seq: 5, gif: None, on: false },
        What::GifReaction { .. } => What::Showing { seq: 4, showing: showing() },
        What::Showing { showing, .. } if !showing.is_plain() => What::Showing { seq: 4, showing: Showing::default() },
        What::Showing { .. } => What::Away(false),
        What::Away(false) => What::Away(true),
        What::Away(true) => return None,
    })
}

fn entry(what: What) -> Entry {
    let (at, client) = (Timestamp(1_780_000_000_000), ClientId([7; 16]));
    let (to, reply, showing) = (None, None, Showing::default());
    let (reactions, gif_reactions) = (Vec::new(), Vec::new());
    Entry { seq: 9, at, person: person(1), client, what, to, reply, showing, reactions, gif_reactions }
}

/// A text with everything that an entry can have.
pub fn whisper() -> Entry {
    let reactions = Emoji::ALL.map(|emoji| Reaction { emoji, people: vec![VisitorId([1; 16]), VisitorId([2; 16])] });
    let author = Person { name: own_name(), ..person(1) };
    Entry {
        person: author.clone(),
        to: Some(person(2)),
        reply: Some(Reply { seq: 4, person: author }),
        showing: showing(),
        reactions: reactions.into(),
        gif_reactions: vec![GifReaction { gif: gif(), people: vec![VisitorId([3; 16])] }],
        ..entry(text("\"a\"\n\tb😀"))
    }
}

pub fn entries() -> Vec<Entry> {
    let all = successors(Some(text("a")), after).map(entry);
    let changes = [PasswordChange::Set, PasswordChange::Changed, PasswordChange::Removed]
        .map(|password| entry(What::Settings(Settings { password: Some(password), ..Settings::default() })));
    all.chain(changes).chain([whisper()]).collect()
}

pub fn card() -> RoomCard {
    RoomCard {
        id: RoomId([0x1f; 16]),
        title: title(),
        capacity: Capacity::new(1000).expect("a capacity"),
        locked: true,
        slow: Slow::ALL[4],
        people: 3,
        owner: person(1),
        faces: vec![person(1), person(2)],
        created_at: Timestamp(1_780_000_000_000),
        spoken_at: Some(Timestamp(1_780_000_000_001)),
    }
}

fn plain_card() -> RoomCard {
    RoomCard { slow: Slow::OFF, faces: Vec::new(), spoken_at: None, ..card() }
}

pub fn lobby_page() -> LobbyPage {
    LobbyPage { cards: vec![card(), plain_card()], more: true, totals: Totals { rooms: 300, people: u32::MAX } }
}

pub fn lobby_view() -> LobbyView {
    LobbyView { is_extended: true, ..LobbyView::new(lobby_page(), "고\"".to_owned()) }
}

pub fn room_view() -> RoomView {
    RoomView {
        id: RoomId([0x1f; 16]),
        title: title(),
        capacity: Capacity::DEFAULT,
        locked: false,
        slow: Slow::ALL[1],
        veil: true,
        owner: VisitorId([1; 16]),
        me: VisitorId([2; 16]),
        people: vec![person(1), person(2)],
        away: vec![VisitorId([2; 16])],
        absent: vec![VisitorId([1; 16])],
        entries: vec![whisper()],
        more: true,
        first: 2,
        seq: 9,
        unloaded: 1,
        gifs: vec![known()],
    }
}

pub fn page() -> LogPage {
    LogPage { entries: vec![whisper(), entry(What::Entered)], more: false, first: 8, seq: 9, gifs: vec![known()] }
}

pub fn bar() -> Bar {
    Bar { person: person(3), at: Timestamp(1), reason: reason() }
}

pub fn label() -> Label {
    Label::new("\"하품\"", "고양이 #cat", "동물 </script>").expect("a label")
}

pub fn item() -> Item {
    Item { gif: gif(), description: showing().description, label: label(), kept: true, used_at: Timestamp(1) }
}

pub fn shelf() -> Shelf {
    let plain = Item { description: None, label: Label::default(), kept: false, ..item() };
    Shelf { items: vec![item(), plain], known: vec![known()], next: Some(gif().sha) }
}

pub fn seen() -> Seen {
    Seen { seq: 3, gif: gif(), description: showing().description }
}

pub fn seen_in_room() -> SeenInRoom {
    SeenInRoom { gifs: vec![seen(), Seen { description: None, ..seen() }], known: vec![known()] }
}

fn after_up(up: &Up) -> Option<Up> {
    Some(match up {
        Up::Hello { .. } => Up::WatchLobby,
        Up::WatchLobby => Up::ShowCards { rooms: vec![RoomId([1; 16]), RoomId([0xff; 16])] },
        Up::ShowCards { .. } => Up::Page { id: PageId([7; 16]) },
        Up::Page { .. } => Up::WatchRoom { room: RoomId([1; 16]), after: 7 },
        Up::WatchRoom { .. } => Up::Typing,
        Up::Typing => Up::Ping,
        Up::Ping => Up::Time,
        Up::Time => Up::Pong,
        Up::Pong => return None,
    })
}

pub fn ups() -> Vec<Up> {
    successors(Some(Up::Hello { protocol: 4 }), after_up).collect()
}

pub fn poll() -> Poll {
    let ups = vec![Up::Hello { protocol: 5 }, Up::WatchLobby];
    Poll { ups, state: Some("00ff".to_owned()), waits: true, again: 30, goodbye: false }
}

pub fn polled() -> Polled {
    let downs = vec![Down::Skip { seq: 1 }, Down::CaughtUp { seq: 1, absent: Vec::new() }];
    Polled { downs, state: None, close: Some(4003), waits: false }
}

fn after_down(down: &Down) -> Option<Down> {
    Some(match down {
        Down::Hello { .. } => Down::Lobby(lobby_page()),
        Down::Lobby(_) => Down::LobbyChange(LobbyChange::default()),
        Down::LobbyChange(change) if change.changed.is_empty() => {
            let changed = vec![plain_card()];
            Down::LobbyChange(LobbyChange { changed, removed: vec![RoomId([2; 16])], totals: Totals::default() })
        }
        Down::LobbyChange(_) => Down::Entry(whisper()),
        Down::Entry(_) => Down::Skip { seq: 1 },
        Down::Skip { .. } => Down::CaughtUp { seq: 0, absent: Vec::new() },
        Down::CaughtUp { absent, .. } if absent.is_empty() => {
            Down::CaughtUp { seq: 3, absent: vec![VisitorId([1; 16])] }
        }
        Down::CaughtUp { .. } => Down::Absent { people: vec![VisitorId([1; 16]), VisitorId([2; 16])] },
        Down::Absent { .. } => Down::Typing { person: VisitorId([1; 16]) },
        Down::Typing { .. } => Down::Ping,
        Down::Ping => Down::Pong,
        Down::Pong => Down::Gif(known()),
        Down::Gif(_) => Down::Time { now: Timestamp(1_780_000_000_000) },
        Down::Time { .. } => return None,
    })
}

pub fn downs() -> Vec<Down> {
    successors(Some(Down::Hello { protocol: u16::MAX }), after_down).collect()
}

fn after_error(error: &Error) -> Option<Error> {
    Some(match error {
        Error::Invalid(_) => Error::WrongPassword,
        Error::WrongPassword => Error::Full,
        Error::Full => Error::Barred,
        Error::Barred => Error::NotSeated,
        Error::NotSeated => Error::NotOwner,
        Error::NotOwner => Error::Absent,
        Error::Absent => Error::NameTaken,
        Error::NameTaken => Error::NotFound,
        Error::NotFound => Error::Removed,
        Error::Removed => Error::TooLarge { limit: 5 << 20 },
        Error::TooLarge { .. } => Error::TooSlow,
        Error::TooSlow => Error::BadGif(GifProblem::Empty),
        Error::BadGif(GifProblem::Empty) => Error::BadGif(GifProblem::NotAGif),
        Error::BadGif(GifProblem::NotAGif) => Error::BadGif(GifProblem::NoFrame),
        Error::BadGif(GifProblem::NoFrame) => Error::BadGif(GifProblem::Broken),
        Error::BadGif(GifProblem::Broken) => Error::BadGif(GifProblem::CutOff),
        Error::BadGif(GifProblem::CutOff) => Error::BadGif(GifProblem::TooWide),
        Error::BadGif(GifProblem::TooWide) => Error::BadGif(GifProblem::TooManyFrames),
        Error::BadGif(GifProblem::TooManyFrames) => Error::BadGif(GifProblem::TooManyPixels),
        Error::BadGif(GifProblem::TooManyPixels) => Error::BadGif(GifProblem::TooLong),
        Error::BadGif(GifProblem::TooLong) => Error::TooMany { of: Act::Say, retry_after: 0 },
        Error::TooMany { .. } => Error::Refused,
        Error::Refused => Error::ShelfFull(Bound::Items),
        Error::ShelfFull(Bound::Items) => Error::ShelfFull(Bound::Visitor),
        Error::ShelfFull(Bound::Visitor) => Error::ShelfFull(Bound::Address),
        Error::ShelfFull(Bound::Address) => Error::ShelfFull(Bound::Deployment),
        Error::ShelfFull(Bound::Deployment) => Error::Unavailable,
        Error::Unavailable => Error::Internal,
        Error::Internal => return None,
    })
}

pub fn errors() -> Vec<Error> {
    let fields = [
        Field::Title,
        Field::Capacity,
        Field::Password,
        Field::Text,
        Field::Gif,
        Field::Name,
        Field::Reason,
        Field::Description,
        Field::ItemName,
        Field::Tag,
        Field::Folder,
    ]
    .into_iter();
    let problems = [
        Problem::Empty,
        Problem::TooLong { max: 50 },
        Problem::NotANumber,
        Problem::OutOfRange { min: 2, max: u32::MAX },
        Problem::Reserved,
        Problem::Command,
        Problem::SeveralFit,
    ];
    let invalid = fields.zip(problems.into_iter().cycle()).map(|(field, problem)| FieldError { field, problem });
    let too_many = Act::ALL.map(|of| Error::TooMany { of, retry_after: 3 });
    successors(Some(Error::Invalid(invalid.collect())), after_error).chain(too_many).collect()
}
