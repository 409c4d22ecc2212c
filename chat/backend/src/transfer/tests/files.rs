//! Files on the disk, and servers that are running.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

fn names(dir: &TempDir) -> Vec<String> {
    let files = fs::read_dir(dir.path()).expect("a directory");
    files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_file_is_for_its_owner_only_and_is_never_written_over() {
    let (from, to, dir) = (Fixture::sqlite(), Fixture::sqlite(), TempDir::new().expect("a directory"));
    from.fill().await;
    let path = dir.path().join("house.export");
    fs::write(dir.path().join("house.export.part"), "broken off").expect("written");

    let exported = export_to(&path, &*from.store, &*from.media, NOW).await.expect("an export");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(names(&dir), ["house.export"]);
    assert!(fs::read(&path).expect("a file") == export_of(&from).await.0);

    let again = export_to(&path, &*from.store, &*from.media, NOW).await.expect_err("it is there");
    assert!(matches!(again, TransferError::Exists(_)), "{again}");
    assert_eq!(import_from(&path, &*to.store, &*to.media, NOW).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}

#[tokio::test]
async fn an_export_that_fails_leaves_no_file() {
    let (from, dir) = (Fixture::sqlite(), TempDir::new().expect("a directory"));
    from.fill().await;
    from.store.close().await;
    let path = dir.path().join("house.export");
    let failed = export_to(&path, &*from.store, &*from.media, NOW).await.expect_err("a store that is closed");
    assert!(matches!(failed, TransferError::Port { port: "store", .. }), "{failed}");
    assert_eq!(names(&dir), [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_named() {
    let (fixture, dir) = (Fixture::sqlite(), TempDir::new().expect("a directory"));
    for path in [dir.path().join("missing"), dir.path().to_owned()] {
        let failed = import_from(&path, &*fixture.store, &*fixture.media, NOW).await.expect_err("no file").to_string();
        assert!(failed.starts_with(&format!("cannot read {}: ", path.display())), "{failed}");
    }
    let path = dir.path().join("missing").join("file");
    let failed = export_to(&path, &*fixture.store, &*fixture.media, NOW).await.expect_err("no directory").to_string();
    assert!(failed.starts_with(&format!("cannot write {}.part: ", path.display())), "{failed}");
}

#[tokio::test]
async fn nothing_moves_while_a_server_runs() {
    let (fixture, dir) = (Fixture::mongodb().await, TempDir::new().expect("a directory"));
    let path = dir.path().join("house.export");
    export_to(&path, &*fixture.store, &*fixture.media, NOW).await.expect("an export");

    fixture.store.beat(node(1)).await.expect("a beat");
    let beating = async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            fixture.store.beat(node(1)).await.expect("a beat");
        }
    };
    let refused = async {
        let other = dir.path().join("other.export");
        let refused = export_to(&other, &*fixture.store, &*fixture.media, NOW).await.expect_err("a server");
        assert!(matches!(refused, TransferError::Served), "{refused}");
        let refused = import_from(&path, &*fixture.store, &*fixture.media, NOW).await.expect_err("a server");
        assert!(matches!(refused, TransferError::Served), "{refused}");
    };
    tokio::select! {
        () = beating => {}
        () = refused => {}
    }
    fixture.store.forget_node(node(1)).await.expect("forgotten");
    assert_eq!(fixture.store.beat(node(2)).await.expect("a beat").counters, [(node(2), 1)], "who looked is forgotten");
}
