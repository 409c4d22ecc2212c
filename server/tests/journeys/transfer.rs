//! `gifchat export` and `gifchat import`: the data of a server moves from SQLite and files to MongoDB.

use std::os::unix::fs::PermissionsExt;

use app::page::Page;
use chat::{Entry, What};
use reqwest::multipart::Part;
use tempfile::tempdir;

use crate::helper::{Database, GIF, ServerProcess, run_to_end, stderr_of};

const SECRET: (&str, &str) = ("COOKIE_SECRET", "the same in both houses");

#[tokio::test]
async fn a_deployment_moves_to_mongodb_with_its_people() {
    let (dir, database) = (tempdir().expect("a directory"), Database::fresh());
    let here = [("DATA_DIR", "data"), SECRET];
    let there = [("MONGODB_URI", database.uri.as_str()), SECRET];
    let old = ServerProcess::start(dir.path(), &here).await;
    let (ann, ben) = (old.visitor(), old.visitor());
    let room = ann.create_room("방", "10", "secret").await;
    ben.enter(room, "secret").await;
    assert_eq!(ben.act("rename", room, &[("name", "민수")]).await.status, 200);
    ben.say_ok(room, "안녕").await;
    let entry: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let What::Gif(gif) = entry.what else { panic!("no GIF") };
    let gif = format!("/gif/{room}/{}", gif.sha);
    let (page, shown) = (ann.get(&format!("/room/{room}")).await.page(), ann.get(&gif).await.bytes);

    let busy = run_to_end(dir.path(), &["export", "house"], &here).await;
    assert_eq!(busy.status.code(), Some(2), "{}", stderr_of(&busy));
    assert!(stderr_of(&busy).contains("in use by another gifchat"), "{}", stderr_of(&busy));
    old.stop().await;

    let exported = run_to_end(dir.path(), &["export", "house"], &here).await;
    assert_eq!(exported.status.code(), Some(0), "{}", stderr_of(&exported));
    assert!(
        stderr_of(&exported).contains("1 rooms with 5 entries, 1 GIFs, 1 on shelves, 1 sessions"),
        "{}",
        stderr_of(&exported)
    );
    let file = std::fs::metadata(dir.path().join("house")).expect("the export");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    for _twice in 0..2 {
        let imported = run_to_end(dir.path(), &["import", "house"], &there).await;
        assert_eq!(imported.status.code(), Some(0), "{}", stderr_of(&imported));
    }

    let new = ServerProcess::start(dir.path(), &there).await;
    let (ann, ben) = (new.at(&ann), new.at(&ben));
    let after = ann.get(&format!("/room/{room}")).await.page();
    assert_eq!(after.me, page.me);
    let (Page::Room { view, .. }, Page::Room { view: before, .. }) = (after.page, page.page) else {
        panic!("not inside")
    };
    assert_eq!(view, before);
    assert_eq!(ann.get(&gif).await.bytes, shown);
    assert_eq!(ben.say_ok(room, "다시").await.seq, entry.seq + 1);
    assert_eq!(ben.get("/").await.page().me.name.korean(), "민수");
    assert_eq!(new.visitor().enter(room, "secret").await.status, 200);

    let busy = run_to_end(dir.path(), &["export", "other"], &there).await;
    assert_eq!(busy.status.code(), Some(1), "{}", stderr_of(&busy));
    assert!(stderr_of(&busy).contains("a server is running on this store"), "{}", stderr_of(&busy));
    assert!(!dir.path().join("other").exists() && !dir.path().join("other.part").exists());
    new.stop().await;
}

#[tokio::test]
async fn what_cannot_be_moved_is_told_in_one_line() {
    let dir = tempdir().expect("a directory");
    std::fs::write(dir.path().join("no export"), "hello\n").expect("written");
    for (arguments, code, words) in [
        (&["export", "house"][..], 2, "nothing is kept there"),
        (&["import", "missing"], 1, "missing"),
        (&["import", "no export"], 1, "not an export of gifchat"),
    ] {
        let ended = run_to_end(dir.path(), arguments, &[]).await;
        let stderr = stderr_of(&ended);
        assert_eq!(ended.status.code(), Some(code), "{stderr}");
        assert!(stderr.lines().count() == 1 && stderr.starts_with("gifchat: ") && stderr.contains(words), "{stderr}");
    }
    assert!(!dir.path().join("house").exists());
    let empty = run_to_end(dir.path(), &["export", "house"], &[]).await;
    assert_eq!(empty.status.code(), Some(0), "the imports have made a house: {}", stderr_of(&empty));
    let again = run_to_end(dir.path(), &["export", "house"], &[]).await;
    assert!(again.status.code() == Some(1) && stderr_of(&again).contains("there already"), "{}", stderr_of(&again));

    let unknown = run_to_end(dir.path(), &["exprot", "house"], &[]).await;
    assert!(
        unknown.status.code() == Some(2) && stderr_of(&unknown).contains("usage: gifchat"),
        "{}",
        stderr_of(&unknown)
    );
    let help = run_to_end(dir.path(), &["--help"], &[]).await;
    assert!(help.status.code() == Some(0) && String::from_utf8_lossy(&help.stdout).contains("usage: gifchat"));
}
