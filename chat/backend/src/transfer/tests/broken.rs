//! Files that are not whole, and imports that are interrupted.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::*;

/// Imports a file that must be refused, and returns the error, which must not contain a password.
async fn refused(to: &Fixture, file: &[u8]) -> TransferError {
    let why = import_into(to, file).await.expect_err("a file that is not whole");
    assert!(!why.to_string().contains("argon2id"), "{why}");
    why
}

async fn assert_empty(fixture: &Fixture) {
    assert!(fixture.contents().await == Fixture::sqlite().contents().await);
    let files = fixture.media.get(fixture::gif_sha(1), Rendition::Gif).await;
    assert_eq!(files, Err(Error::NotFound));
}

fn lines(file: &[u8]) -> Vec<&[u8]> {
    file.split_inclusive(|byte| *byte == b'\n').collect()
}

#[tokio::test]
async fn a_file_that_was_cut_is_refused() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, _) = export_of(&from).await;
    // The file is cut before each line, in its middle, and before its line feed.
    let mut end = 0;
    for (n, line) in lines(&file).into_iter().enumerate() {
        let why = [end, end + line.len() / 2, end + line.len() - 1].map(|len| &file[..len]);
        for cut in why {
            match refused(&to, cut).await {
                TransferError::NotAnExport => assert_eq!(n, 0),
                TransferError::Cut { line } => assert!(line == n as u64 || line == 1, "line {line} of {n}"),
                other => panic!("{other}"),
            }
        }
        end += line.len();
    }
    assert_empty(&to).await;
}

#[tokio::test]
async fn a_file_with_a_changed_byte_is_refused() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, _) = export_of(&from).await;
    let mut places: Vec<_> = (0..file.len()).step_by(49_999).collect();
    let mut start = 0;
    for line in lines(&file) {
        // These are keys, values and ends of all kinds of lines.
        places.extend((start..start + line.len().min(60)).step_by(7));
        places.push(start + line.len() - 1);
        start += line.len();
    }
    places.extend((start - lines(&file).last().map_or(0, |line| line.len())..start).step_by(3));
    for place in places {
        let mut changed = file.clone();
        changed[place] ^= 1;
        refused(&to, &changed).await;
    }
    assert_empty(&to).await;
}

#[tokio::test]
async fn other_files_are_refused_by_name() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, _) = export_of(&from).await;
    for other in [&b""[..], b"GIF89a", b"{}\n", b"{\"format\":\"something\",\"version\":1}\n", &[b'x'; 100_000]] {
        assert!(matches!(refused(&to, other).await, TransferError::NotAnExport));
    }
    for version in [0, 7] {
        let why = refused(&to, &of_version(&file, version)).await.to_string();
        assert_eq!(why, format!("this export has version {version}, and this gifchat reads versions 1 to 6"));
    }
    assert!(matches!(refused(&to, &[&file[..], b"{}\n"].concat()).await, TransferError::Line { .. }));
    assert_empty(&to).await;
}

/// Each file has a last line that agrees with it, as if an export had been written wrongly.
#[tokio::test]
async fn lines_that_contradict_each_other_are_refused() {
    let (from, to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, counts) = export_of(&from).await;
    let lines = lines(&file);
    let is = |line: &&[u8], kind: &str| line.starts_with(format!("{{\"{kind}\"").as_bytes());
    let place = |kind: &str| lines.iter().position(|line| is(line, kind)).expect("a line of this kind");
    let without = |n: usize| [&lines[..n], &lines[n + 1..]].concat();
    let replaced = |n: usize, from: &str, to: &str| {
        let line = String::from_utf8(lines[n].to_vec()).expect("text");
        assert!(line.contains(from), "{from}");
        let mut lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        lines[n] = line.replacen(from, to, 1).into_bytes();
        lines
    };
    let owned = |lines: Vec<&[u8]>| lines.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    for (broken, counts, why) in [
        (owned(without(place("room"))), Counts { rooms: 2, ..counts }, "entries without a room"),
        (owned(without(place("entries"))), counts, "entry 501 follows entry 0"),
        (owned(without(place("session"))), counts, "it counts"),
        (replaced(place("room"), "\"capacity\":1000", "\"capacity\":1001"), counts, "cannot be"),
        (replaced(place("gif"), "\"gif\":\"", "\"gif\":\"AAAA"), counts, "its bytes are not those of GIF"),
        (replaced(place("gif"), "\"gif\":\"", "\"gif\":\"%"), counts, "cannot be understood from column"),
        (replaced(place("entries"), "\"seq\":2,", "\"seq\":3,"), counts, "entry 3 follows entry 1"),
    ] {
        let broken = ended_anew(&broken[..broken.len() - 1].concat(), counts);
        let refused = refused(&to, &broken).await.to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(refused.starts_with("line ") && refused.ends_with("nothing was written"), "{refused}");
    }
    assert_empty(&to).await;
}

/// A file that can be read well once. At the second reading, `act` is called at `place`.
struct Trap<F> {
    file: Cursor<Vec<u8>>,
    rewound: bool,
    place: u64,
    act: F,
}

impl<F: FnMut() -> io::Result<()>> Read for Trap<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.fill_buf()?.read(into)?;
        self.consume(len);
        Ok(len)
    }
}

impl<F: FnMut() -> io::Result<()>> BufRead for Trap<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.rewound && self.file.position() >= self.place {
            (self.act)()?;
        }
        // The bytes come a few at a time, so that `place` is not skipped.
        self.file.fill_buf().map(|bytes| &bytes[..bytes.len().min(1000)])
    }

    fn consume(&mut self, len: usize) {
        self.file.consume(len);
    }
}

impl<F> Seek for Trap<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.rewound = true;
        self.file.seek(to)
    }
}

async fn import_with_trap(
    to: &Fixture,
    file: &[u8],
    place: usize,
    act: impl FnMut() -> io::Result<()>,
) -> Result<Counts, TransferError> {
    let trap = Trap { file: Cursor::new(file.to_vec()), rewound: false, place: place as u64, act };
    import(&*to.store, &*to.media, NOW, trap).await
}

#[tokio::test]
async fn broken_off_after_any_line_it_ends_whole_when_run_again() {
    for to in [Fixture::sqlite(), Fixture::mongodb().await] {
        let from = Fixture::sqlite();
        from.fill().await;
        let (file, exported) = export_of(&from).await;
        let mut place = 0;
        for line in lines(&file) {
            place += line.len();
            let broken = import_with_trap(&to, &file, place, || Err(io::ErrorKind::UnexpectedEof.into())).await;
            assert!(matches!(broken, Err(TransferError::Read { .. })));
        }
        assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
        assert_same(&from, &to).await;
    }
}

#[tokio::test]
async fn when_the_store_fails_it_says_so_and_ends_whole_when_run_again() {
    let (from, mut to) = (Fixture::sqlite(), Fixture::sqlite());
    from.fill().await;
    let (file, exported) = export_of(&from).await;
    let ends: Vec<_> = lines(&file)
        .iter()
        .scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        })
        .collect();
    for place in [ends[0], ends[3], ends[5], ends[6], ends[8]] {
        let store = Arc::clone(&to.store);
        let close = move || {
            let store = Arc::clone(&store);
            let runtime = || tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            std::thread::spawn(move || runtime().block_on(store.close())).join().expect("closed");
            Ok(())
        };
        let broken = import_with_trap(&to, &file, place, close).await.expect_err("a store that failed").to_string();
        assert!(broken.starts_with("the store could not") && broken.contains("run it again"), "{broken}");
        to = to.opened_again().await;
    }
    assert_eq!(import_into(&to, &file).await.expect("an import"), exported);
    assert_same(&from, &to).await;
}
