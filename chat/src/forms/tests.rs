//! The wire reads and writes what serde does on the server, and nothing else.

mod samples;

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::entry::{Entry, LogPage, Reply, Settings, Showing};
use crate::event::{Down, LobbyPage, Totals, Up};
use crate::gif::{Facts, Gif, GifFacts};
use crate::room::{Bar, RoomCard};
use crate::shelf::Shelf;
use crate::view::{LobbyView, RoomView};
use crate::visitor::{Name, Person};
use crate::wire::*;

trait Wire: Decode + Encode + Serialize + DeserializeOwned + PartialEq + Debug {}
impl<T: Decode + Encode + Serialize + DeserializeOwned + PartialEq + Debug> Wire for T {}

fn by_serde(value: &impl Serialize) -> Json {
    serde_json::to_value(value).expect("JSON")
}

/// Calls `judge` with `json` after each change that `of` makes of one node of it, however deep.
fn change_each(json: &Json, of: &dyn Fn(&Json) -> Vec<Json>, judge: &mut dyn FnMut(Json)) {
    of(json).into_iter().for_each(&mut *judge);
    match json {
        Json::Object(fields) => {
            for (name, field) in fields {
                change_each(field, of, &mut |changed| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), changed);
                    judge(Json::Object(fields));
                });
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                change_each(item, of, &mut |changed| {
                    let mut items = items.clone();
                    items[index] = changed;
                    judge(Json::Array(items));
                });
            }
        }
        _ => {}
    }
}

/// Values that are wrong in most places, and right in some.
fn other_values(_: &Json) -> Vec<Json> {
    let numbers = [-1, 0, 1, 255, 256, 65_535, 65_536, 1 << 32, MOST as i64];
    let mut others: Vec<Json> = numbers.into_iter().map(Json::from).collect();
    others.extend([json!(0.5), json!(1e300), json!(null), json!(true)]);
    others.extend(["", "Unknown", "Heart", "1", "ab".repeat(16).as_str(), "AB".repeat(16).as_str()].map(Json::from));
    others
}

/// Values that serde may accept and the wire refuses: serde takes a list of its fields for a struct, and a missing
/// field for `null`. No server writes either.
fn lists_and_objects(_: &Json) -> Vec<Json> {
    let objects = [json!({}), json!({ "Unknown": {} }), json!({ "Unknown": null, "Text": "a" })];
    [json!([]), json!([[]]), json!([0, 0]), json!(["a", "b"])].into_iter().chain(objects).collect()
}

fn unknown_fields(json: &Json) -> Vec<Json> {
    let Json::Object(fields) = json else { return Vec::new() };
    let mut fields = fields.clone();
    fields.insert("unknown".to_owned(), json!([{}]));
    vec![Json::Object(fields)]
}

fn fields_left_out(json: &Json) -> Vec<Json> {
    let Json::Object(fields) = json else { return Vec::new() };
    let without = |name: &String| {
        let mut fields = fields.clone();
        fields.remove(name);
        Json::Object(fields)
    };
    fields.keys().map(without).collect()
}

/// Reads by serde and by the wire. `may_refuse`: the wire may refuse what serde accepts.
fn reads_alike<T: Wire>(json: &Json, may_refuse: bool) {
    let (read, right) = (read::<T>(&json.to_string()), serde_json::from_value::<T>(json.clone()).ok());
    if !(may_refuse && read.is_none()) {
        assert_eq!(read, right, "{json}");
    }
}

fn agrees<T: Wire>(value: T) {
    let json = by_serde(&value);
    assert_eq!(read::<T>(&json.to_string()).as_ref(), Some(&value), "{json}");
    let written = write(&value);
    assert_eq!(serde_json::from_str::<T>(&written).ok().as_ref(), Some(&value), "{written}");
    assert_eq!(read::<T>(&written), Some(value), "{written}");
    change_each(&json, &other_values, &mut |changed| reads_alike::<T>(&changed, false));
    change_each(&json, &unknown_fields, &mut |changed| reads_alike::<T>(&changed, false));
    change_each(&json, &lists_and_objects, &mut |changed| reads_alike::<T>(&changed, true));
    change_each(&json, &fields_left_out, &mut |changed| reads_alike::<T>(&changed, true));
}

#[test]
fn every_frame_is_read_and_written_as_serde_does_it() {
    samples::downs().into_iter().for_each(agrees);
    samples::ups().into_iter().for_each(agrees);
    agrees(samples::poll());
    agrees(samples::polled());
}

#[test]
fn every_entry_is_read_and_written_as_serde_does_it() {
    samples::entries().into_iter().for_each(agrees);
}

#[test]
fn every_error_is_read_and_written_as_serde_does_it() {
    samples::errors().into_iter().for_each(agrees);
}

#[test]
fn every_view_and_answer_is_read_and_written_as_serde_does_it() {
    agrees(samples::lobby_view());
    agrees(samples::room_view());
    agrees(samples::page());
    agrees(vec![samples::bar()]);
    agrees(samples::shelf());
    agrees(Shelf { next: None, ..samples::shelf() });
    agrees(samples::seen_in_room());
    agrees(samples::card().id);
}

/// A browser sends the same JSON as serde would write.
#[test]
fn frames_of_the_browser_are_as_they_were() {
    for up in samples::ups() {
        assert_eq!(serde_json::from_str::<Json>(&write(&up)).ok(), Some(by_serde(&up)));
    }
}

/// `value` has all its fields on the wire. Only `optional` ones may be missing.
fn needs_all_but<T: Wire>(value: &T, optional: &[&str]) {
    let Json::Object(fields) = by_serde(value) else { panic!("{value:?} is no object") };
    for name in fields.keys() {
        let mut fields = fields.clone();
        fields.remove(name);
        let read = read::<T>(&Json::Object(fields).to_string());
        assert_eq!(read.is_some(), optional.contains(&name.as_str()), "{name} of {value:?}");
    }
    assert!(optional.iter().all(|name| fields.contains_key(*name)), "{optional:?} of {value:?}");
}

#[test]
fn a_missing_field_is_an_error() {
    needs_all_but::<Entry>(&samples::whisper(), &["to", "reply", "showing", "reactions", "gif_reactions"]);
    needs_all_but::<Name>(&samples::own_name(), &["own", "number"]);
    needs_all_but::<Person>(&samples::person(1), &[]);
    needs_all_but::<Reply>(&Reply { seq: 1, person: samples::person(1) }, &[]);
    needs_all_but::<Settings>(&samples::settings(), &["title", "capacity", "password", "slow", "veil"]);
    needs_all_but::<Showing>(&samples::showing(), &["description", "veiled"]);
    needs_all_but::<Gif>(&samples::gif(), &[]);
    needs_all_but::<LogPage>(&samples::page(), &["first", "seq", "gifs"]);
    needs_all_but::<RoomCard>(&samples::card(), &["slow"]);
    needs_all_but::<LobbyView>(&samples::lobby_view(), &["is_extended"]);
    needs_all_but::<LobbyPage>(&samples::lobby_page(), &[]);
    needs_all_but::<Totals>(&Totals { rooms: 1, people: 2 }, &[]);
    needs_all_but::<RoomView>(&samples::room_view(), &["slow", "veil", "away", "absent", "first", "unloaded", "gifs"]);
    needs_all_but::<GifFacts>(&samples::known(), &[]);
    needs_all_but::<Facts>(&samples::known().facts, &["still", "light", "flashes"]);
    needs_all_but::<Bar>(&samples::bar(), &["reason"]);
    needs_all_but(&samples::shelf(), &["next"]);
    needs_all_but(&samples::item(), &["description", "label", "kept"]);
    needs_all_but(&samples::label(), &["name", "tags", "folder"]);
    needs_all_but(&samples::seen(), &["description"]);
    needs_all_but(&samples::seen_in_room(), &[]);
    needs_all_but(&samples::poll(), &[]);
    needs_all_but(&samples::polled(), &[]);
}

#[test]
fn numbers_are_whole_and_within_their_type() {
    for wrong in ["-1", "256", "0.5", "1e3", "null", "\"1\"", "true", "[1]"] {
        assert_eq!(read::<u8>(wrong), None, "{wrong}");
    }
    assert_eq!([read("0"), read("255")], [Some(0u8), Some(255)]);
    assert_eq!([read("65535"), read::<u16>("65536")], [Some(u16::MAX), None]);
    assert_eq!([read("4294967295"), read::<u32>("4294967296")], [Some(u32::MAX), None]);
    assert_eq!([read("9007199254740991"), read::<u64>("9007199254740992")], [Some(MOST), None]);
    assert_eq!(read::<u64>("18446744073709551615"), None);
}

#[test]
fn what_is_no_json_or_of_another_version_is_not_read() {
    for frame in
        ["", "{", "Ping", "\"Pin\"", "\"Entry\"", r#"{"Ping":null}"#, r#"{"Ping":null,"Pong":null}"#, "[]", "null"]
    {
        assert_eq!(read::<Down>(frame), None, "{frame}");
    }
    assert_eq!(read::<Down>(r#"{"Skip":{"seq":3,"why":[]}}"#), Some(Down::Skip { seq: 3 }));
}

#[test]
fn text_is_escaped() {
    for text in ["\"", "\\", "</script>", "\n\u{0}\u{1f}", "가\u{2028}😀", "\",\"x\":\""] {
        let written = write(&text.to_owned());
        assert_eq!(serde_json::from_str::<String>(&written).ok().as_deref(), Some(text));
        assert_eq!(read::<String>(&written).as_deref(), Some(text));
    }
    assert_eq!(write(&Up::WatchLobby), r#""WatchLobby""#);
}

/// Values that are wrong at any level of a list of pairs are refused.
#[test]
fn pairs_are_lists_of_two() {
    type Pairs = Vec<(String, String)>;
    assert_eq!(read::<Pairs>(r#"[["a","b"]]"#), Some(vec![("a".to_owned(), "b".to_owned())]));
    for wrong in [r#"[["a"]]"#, r#"[["a","b","c"]]"#, r#"["ab"]"#, r#"[{"0":"a","1":"b"}]"#, r#"{"length":0}"#] {
        assert_eq!(read::<Pairs>(wrong), None, "{wrong}");
    }
}

#[test]
fn nothing_is_read_only_from_null() {
    assert_eq!(read::<()>(&by_serde(&()).to_string()), Some(()));
    for other in ["", "0", "false", "[]", "{}", "\"\""] {
        assert_eq!(read::<()>(other), None, "{other}");
    }
}
