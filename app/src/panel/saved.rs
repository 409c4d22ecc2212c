//! The format of a saved shelf: lines of JSON, of which the first is a header and each other one is a GIF.

use chat::wire_struct;

/// The most bytes of a line. A GIF of the largest size that a server could be set to is shorter.
const MOST_BYTES: usize = 128 * 1024 * 1024;

/// Splits a file that comes in pieces into lines.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
    read: usize,
}

impl Lines {
    pub fn push(&mut self, piece: &[u8]) {
        self.rest.drain(..std::mem::take(&mut self.read));
        self.rest.extend_from_slice(piece);
    }

    /// The next whole line; at the end of the file the rest of it.
    pub fn next(&mut self, is_end: bool) -> Option<String> {
        let rest = self.rest.get(self.read..)?;
        let line = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                self.read += end + 1;
                rest.get(..end)?
            }
            None if is_end && !rest.is_empty() => {
                self.read = self.rest.len();
                self.rest.get(self.rest.len() - rest.len()..)?
            }
            None => return None,
        };
        Some(String::from_utf8_lossy(line).into_owned())
    }

    /// Whether the rest without a line's end is longer than any line of a saved shelf.
    pub fn is_endless(&self) -> bool {
        self.rest.len() - self.read > MOST_BYTES
    }
}

/// The first line.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    pub format: String,
    pub version: u32,
}
wire_struct!(Header { format, version });

impl Header {
    pub fn is_ours(&self) -> bool {
        self.format == "gifchat shelf" && self.version == 1
    }
}

/// A GIF of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its bytes in base64.
    pub gif: String,
    pub name: String,
    pub tags: Vec<String>,
    pub folder: String,
    pub description: String,
}
wire_struct!(Saved {
    gif,
    name = String::new(),
    tags = Vec::new(),
    folder = String::new(),
    description = String::new()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_the_file_is_cut() {
        let file = "첫 줄\n두 번째\n\n끝";
        for size in 1..file.len() {
            let (mut lines, mut read) = (Lines::default(), Vec::new());
            for piece in file.as_bytes().chunks(size) {
                lines.push(piece);
                read.extend(std::iter::from_fn(|| lines.next(false)));
            }
            read.extend(std::iter::from_fn(|| lines.next(true)));
            assert_eq!(read, ["첫 줄", "두 번째", "", "끝"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_says_what_the_server_wrote() {
        let header = chat::wire::read::<Header>(r#"{"format":"gifchat shelf","version":1}"#);
        assert!(header.is_some_and(|header| header.is_ours()));
        let line = r#"{"gif":"R0lG","name":"귀여워","tags":["고양이"],"kept":true}"#;
        let saved = chat::wire::read::<Saved>(line).expect("a line");
        assert_eq!((saved.name.as_str(), saved.tags.len(), saved.folder.as_str()), ("귀여워", 1, ""));
    }
}
