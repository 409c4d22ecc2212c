//! A disk that is full when the server starts, and the command that compacts the database. The full disk is simulated by a
//! limit of zero on the size of files, under which nothing can be written.

use std::path::Path;
use std::process::Command;

use app::page::Page;
use chat::Error;
use tempfile::tempdir;

use crate::helper::{Process, ServerProcess, TIMEOUT, Visitor, run_to_end, stderr_of, until};

const READ_ONLY_WARNING: &str = "nothing can be written";

/// Starts a server that cannot write to its disk until [`free_disk_space`] is called.
async fn start_on_full_disk(dir: &Path) -> ServerProcess {
    let script = format!("trap '' XFSZ; ulimit -S -f 0; echo $$ >&2; exec {}", env!("CARGO_BIN_EXE_gifchat"));
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(dir).envs([("PORT", "0"), ("NO_COLOR", "1")]);
    ServerProcess::wait_until_listening(Process::start("the server", &mut command)).await
}

fn free_disk_space(server: &ServerProcess) {
    let id = server.process.log_lines("").first().cloned().expect("its id");
    let lifted = Command::new("prlimit").args(["--pid", id.trim(), "--fsize=unlimited"]).status().expect("prlimit");
    assert!(lifted.success());
}

async fn is_ready(visitor: &Visitor) -> Option<()> {
    (visitor.get("/readyz").await.status == 200).then_some(())
}

async fn assert_starts_read_only(is_killed: bool) {
    let dir = tempdir().expect("a directory");
    let mut before = ServerProcess::start(dir.path(), &[]).await;
    let ann = before.visitor();
    let room = ann.create_room("방", "10", "").await;
    ann.say_ok(room, "그대로 있어요").await;
    if is_killed {
        // The last message is only in the write-ahead log.
        before.process.kill();
    } else {
        before.stop().await;
    }

    let full = start_on_full_disk(dir.path()).await;
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
    assert_eq!(full.process.log_lines(READ_ONLY_WARNING).len(), 1);
    // The only other complaint is that the folder of uploads cannot be made.
    let complaints = [full.process.log_lines("WARN"), full.process.log_lines("ERROR")].concat();
    let others = complaints.iter().filter(|line| !line.contains("upload") && !line.contains(READ_ONLY_WARNING));
    assert_eq!(others.collect::<Vec<_>>(), [] as [&String; 0]);

    free_disk_space(&full);
    until("there is room", TIMEOUT, async || is_ready(&ann).await).await;
    ann.say_ok(room, "이제 들어가요").await;
    assert_eq!(full.process.log_lines("writing works again").len(), 1);
    full.stop().await;

    let after = ServerProcess::start(dir.path(), &[]).await;
    let text = after.at(&ann).get(&format!("/room/{room}")).await.text();
    assert!(text.contains("그대로 있어요") && text.contains("이제 들어가요") && !text.contains("안 들어가요"));
    after.stop().await;
}

#[tokio::test]
async fn after_a_clean_stop_a_full_disk_is_read() {
    assert_starts_read_only(false).await;
}

#[tokio::test]
async fn without_a_secret_a_full_disk_is_read() {
    let dir = tempdir().expect("a directory");
    let before = ServerProcess::start(dir.path(), &[]).await;
    let room = before.visitor().create_room("방", "10", "").await;
    before.stop().await;
    std::fs::remove_file(dir.path().join("data/cookie_secret")).expect("a secret");
    let full = start_on_full_disk(dir.path()).await;
    let ann = full.visitor();
    assert!(ann.get("/").await.text().contains(&room.to_string()));
    assert_eq!(full.process.log_lines("the secret of cookies cannot be kept").len(), 1);
    full.stop().await;
}

#[tokio::test]
async fn after_a_crash_a_full_disk_is_read() {
    assert_starts_read_only(true).await;
}

#[tokio::test]
async fn the_database_is_compacted_while_no_server_runs() {
    let dir = tempdir().expect("a directory");
    let none = run_to_end(dir.path(), &["compact"], &[]).await;
    assert!(
        none.status.code() == Some(2) && stderr_of(&none).contains("nothing is kept there"),
        "{}",
        stderr_of(&none)
    );
    let server = ServerProcess::start(dir.path(), &[]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    ann.say_ok(room, "안녕").await;
    let busy = run_to_end(dir.path(), &["compact"], &[]).await;
    assert!(busy.status.code() == Some(2) && stderr_of(&busy).contains("in use by another"), "{}", stderr_of(&busy));
    server.stop().await;
    let compacted = run_to_end(dir.path(), &["compact"], &[]).await;
    assert!(
        compacted.status.code() == Some(0) && stderr_of(&compacted).contains("bytes before"),
        "{}",
        stderr_of(&compacted)
    );
    let elsewhere = run_to_end(dir.path(), &["compact"], &[("MONGODB_URI", "mongodb://localhost")]).await;
    assert!(
        elsewhere.status.code() == Some(2) && stderr_of(&elsewhere).contains("MONGODB_URI"),
        "{}",
        stderr_of(&elsewhere)
    );
    let server = ServerProcess::start(dir.path(), &[]).await;
    assert!(server.at(&ann).get(&format!("/room/{room}")).await.text().contains("안녕"));
    server.stop().await;
}
