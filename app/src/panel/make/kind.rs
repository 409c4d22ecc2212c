//! How chosen files are handled: sent as they are, made smaller, or made into a GIF.

/// What a file is by its media type and its name. Only reading it shows whether that is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Gif,
    Film,
    Picture,
    Other,
}

const FILMS: [&str; 6] = ["mp4", "m4v", "mov", "webm", "ogv", "mkv"];
const PICTURES: [&str; 9] = ["png", "apng", "jpg", "jpeg", "webp", "avif", "heic", "heif", "bmp"];

impl FileKind {
    pub fn of(media_type: &str, name: &str) -> Self {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
        let is_known = |ends: &[&str]| ends.contains(&end.as_str());
        match media_type {
            "image/gif" => Self::Gif,
            "image/svg+xml" => Self::Other,
            _ if end == "gif" => Self::Gif,
            _ if media_type.starts_with("video/") || is_known(&FILMS) => Self::Film,
            _ if media_type.starts_with("image/") || is_known(&PICTURES) => Self::Picture,
            _ => Self::Other,
        }
    }
}

/// How a file is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is sent as it is, or refused with words.
    Send,
    /// It becomes smaller, and is sent then.
    Fit,
    /// A GIF is made of it.
    Make,
    /// Something else is made first: one film at a time, and pictures in one go.
    Later,
}

/// How files of these kinds and sizes are handled, in their order. `most` is how many bytes a GIF may have. `makes`: the person
/// is in the tab for making GIFs, so GIFs are not sent but edited, too.
pub fn ways(files: &[(FileKind, u64)], most: u64, makes: bool) -> Vec<Way> {
    let is_made = |kind: FileKind| matches!(kind, FileKind::Film | FileKind::Picture) || makes && kind == FileKind::Gif;
    let first = files.iter().position(|(kind, _)| is_made(*kind));
    let first = first.and_then(|at| files.get(at).map(|(kind, _)| (at, *kind)));
    let way = |(at, (kind, bytes)): (usize, &(FileKind, u64))| match first {
        Some((first, is)) if is_made(*kind) => {
            let is_together = at == first || is != FileKind::Film && *kind != FileKind::Film;
            if is_together { Way::Make } else { Way::Later }
        }
        _ if *kind == FileKind::Gif && *bytes > most => Way::Fit,
        _ => Way::Send,
    };
    files.iter().enumerate().map(way).collect()
}

/// The media type of a picture that moves, by its first bytes; `None` for a still one. (A GIF always counts as moving.)
pub fn animated(bytes: &[u8]) -> Option<&'static str> {
    let word = |at: usize| bytes.get(at..at + 4);
    if bytes.starts_with(b"GIF8") {
        return Some("image/gif");
    }
    if bytes.starts_with(b"RIFF") && word(8) == Some(b"WEBP") {
        // The second flag of an extended file says that it moves.
        let moves = word(12) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0);
        return moves.then_some("image/webp");
    }
    if word(4) == Some(b"ftyp") && word(8) == Some(b"avis") {
        return Some("image/avif");
    }
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return None;
    }
    // A PNG that moves has an `acTL` chunk before its first pixels (`IDAT`).
    let mut at = 8;
    while let (Some(length), Some(name)) = (word(at), word(at + 4)) {
        match name {
            b"acTL" => return Some("image/png"),
            b"IDAT" => return None,
            _ => {}
        }
        let length: [u8; 4] = length.try_into().ok()?;
        at = at.checked_add(12)?.checked_add(u32::from_be_bytes(length) as usize)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_type_or_else_by_their_name() {
        for (media_type, name, kind) in [
            ("image/gif", "x", FileKind::Gif),
            ("", "움짤.GIF", FileKind::Gif),
            ("video/webm", "x", FileKind::Film),
            ("", "clip.MP4", FileKind::Film),
            ("image/png", "x.png", FileKind::Picture),
            ("", "photo.jpeg", FileKind::Picture),
            ("image/svg+xml", "x.svg", FileKind::Other),
            ("text/plain", "notes.txt", FileKind::Other),
            ("", "", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(media_type, name), kind, "{media_type} {name}");
        }
    }

    #[test]
    fn gifs_are_sent_or_fitted_and_one_thing_is_made_of_the_rest() {
        use FileKind::*;
        let all = [(Gif, 5), (Gif, 50), (Picture, 50), (Film, 50), (Picture, 1), (Other, 1)];
        assert_eq!(ways(&all, 10, false), [Way::Send, Way::Fit, Way::Make, Way::Later, Way::Make, Way::Send]);
        assert_eq!(ways(&all, 10, true), [Way::Make, Way::Make, Way::Make, Way::Later, Way::Make, Way::Send]);
        let films = [(Film, 1), (Film, 1), (Picture, 1)];
        assert_eq!(ways(&films, 10, false), [Way::Make, Way::Later, Way::Later]);
        assert_eq!(ways(&[], 10, false), []);
    }

    #[test]
    fn what_moves_says_so_in_its_first_bytes() {
        let chunk =
            |name: &[u8], bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], name, bytes, &[0; 4]].concat();
        let png = |chunks: &[Vec<u8>]| [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat();
        let header = chunk(b"IHDR", &[0; 13]);
        let moving = png(&[header.clone(), chunk(b"acTL", &[0; 8]), chunk(b"IDAT", &[0; 3])]);
        assert_eq!(animated(&moving), Some("image/png"));
        assert_eq!(animated(&png(&[header.clone(), chunk(b"IDAT", &[0; 3]), chunk(b"acTL", &[0; 8])])), None);
        assert_eq!(animated(&png(&[header])), None);
        assert_eq!(animated(b"RIFF....WEBPVP8X\x0a\0\0\0\x02"), Some("image/webp"));
        assert_eq!(animated(b"RIFF....WEBPVP8X\x0a\0\0\0\x10"), None);
        assert_eq!(animated(b"RIFF....WEBPVP8 "), None);
        assert_eq!(animated(b"GIF89a"), Some("image/gif"));
        assert_eq!(animated(b""), None);
        assert_eq!(animated(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), None);
    }
}
