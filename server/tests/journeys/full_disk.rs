//! A disk that is full when the server starts, and the command that makes the database small. (The limit on the size of
//! files is the disk: nothing at all can be written, whatever is there already.)

use std::path::Path;
use std::process::Command;

use app::page::Page;
use chat::Error;
use tempfile::tempdir;

use crate::helper::{PATIENCE, Process, Running, Visitor, run, said, until};

const REFUSING: &str = "nothing can be written";

/// A server on a disk on which nothing can be written, until [`make_room`].
async fn on_a_full_disk(dir: &Path) -> Running {
    let script = format!("trap '' XFSZ; ulimit -S -f 0; echo $$ >&2; exec {}", env!("CARGO_BIN_EXE_gifchat"));
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(dir).envs([("PORT", "0"), ("NO_COLOR", "1")]);
    Running::when_it_listens(Process::start("the server", &mut command)).await
}

fn make_room(server: &Running) {
    let id = server.process.said("").first().cloned().expect("its id");
    let lifted = Command::new("prlimit").args(["--pid", id.trim(), "--fsize=unlimited"]).status().expect("prlimit");
    assert!(lifted.success());
}

async fn is_ready(visitor: &Visitor) -> Option<()> {
    (visitor.get("/readyz").await.status == 200).then_some(())
}

async fn starts_for_reading(is_killed: bool) {
    let dir = tempdir().expect("a directory");
    let mut before = Running::start(dir.path(), &[]).await;
    let ann = before.visitor();
    let room = ann.create_room("방", "10", "").await;
    ann.say_well(room, "그대로 있어요").await;
    if is_killed {
        // What was said last is in the write-ahead log alone.
        before.process.kill();
    } else {
        before.stop().await;
    }

    let full = on_a_full_disk(dir.path()).await;
    let ann = full.at(&ann);
    let page = ann.get(&format!("/room/{room}")).await;
    assert!(page.status == 200 && page.text().contains("그대로 있어요"), "{}", page.status);
    assert!(matches!(page.page().page, Page::Room { .. }));
    for _ in 0..3 {
        let refused = ann.say(room, "안 들어가요").await;
        assert_eq!(refused.error(), (503, Error::Unavailable));
        assert!(!refused.header("retry-after").is_empty());
    }
    assert_eq!(ann.get("/readyz").await.status, 503);
    assert_eq!(ann.get("/healthz").await.status, 200);
    assert_eq!(full.process.said(REFUSING).len(), 1);
    // Nothing else, but that uploads have no folder either.
    let complaints = [full.process.said("WARN"), full.process.said("ERROR")].concat();
    let others = complaints.iter().filter(|line| !line.contains("upload") && !line.contains(REFUSING));
    assert_eq!(others.collect::<Vec<_>>(), [] as [&String; 0]);

    make_room(&full);
    until("there is room", PATIENCE, async || is_ready(&ann).await).await;
    ann.say_well(room, "이제 들어가요").await;
    assert_eq!(full.process.said("writing works again").len(), 1);
    full.stop().await;

    let after = Running::start(dir.path(), &[]).await;
    let text = after.at(&ann).get(&format!("/room/{room}")).await.text();
    assert!(text.contains("그대로 있어요") && text.contains("이제 들어가요") && !text.contains("안 들어가요"));
    after.stop().await;
}

#[tokio::test]
async fn after_a_clean_stop_a_full_disk_is_read() {
    starts_for_reading(false).await;
}

#[tokio::test]
async fn without_a_secret_a_full_disk_is_read() {
    let dir = tempdir().expect("a directory");
    let before = Running::start(dir.path(), &[]).await;
    let room = before.visitor().create_room("방", "10", "").await;
    before.stop().await;
    std::fs::remove_file(dir.path().join("data/cookie_secret")).expect("a secret");
    let full = on_a_full_disk(dir.path()).await;
    let ann = full.visitor();
    assert!(ann.get("/").await.text().contains(&room.to_string()));
    assert_eq!(full.process.said("the secret of cookies cannot be kept").len(), 1);
    full.stop().await;
}

#[tokio::test]
async fn after_a_crash_a_full_disk_is_read() {
    starts_for_reading(true).await;
}

#[tokio::test]
async fn the_database_is_compacted_while_no_server_runs() {
    let dir = tempdir().expect("a directory");
    let none = run(dir.path(), &["compact"], &[]).await;
    assert!(none.status.code() == Some(2) && said(&none).contains("nothing is kept there"), "{}", said(&none));
    let server = Running::start(dir.path(), &[]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    ann.say_well(room, "안녕").await;
    let busy = run(dir.path(), &["compact"], &[]).await;
    assert!(busy.status.code() == Some(2) && said(&busy).contains("in use by another"), "{}", said(&busy));
    server.stop().await;
    let compacted = run(dir.path(), &["compact"], &[]).await;
    assert!(compacted.status.code() == Some(0) && said(&compacted).contains("bytes before"), "{}", said(&compacted));
    let elsewhere = run(dir.path(), &["compact"], &[("MONGODB_URI", "mongodb://localhost")]).await;
    assert!(elsewhere.status.code() == Some(2) && said(&elsewhere).contains("MONGODB_URI"), "{}", said(&elsewhere));
    let server = Running::start(dir.path(), &[]).await;
    assert!(server.at(&ann).get(&format!("/room/{room}")).await.text().contains("안녕"));
    server.stop().await;
}
