//! What the child writes and its parent reads: two messages, one after the other.
//!
//! | bytes | first message | second message |
//! |---|---|---|
//! | 4 | `gcl1` | `gcl2` |
//! | 3 | flashes: 1, general, red; or 0, 0, 0 if they were not measured | – |
//! | 4 | the length of the still; 0 if there is none | the length of the light copy; 0 if there is none |
//! | … | the still | the light copy |
//!
//! Numbers are little-endian. The first message is written before work on the light copy begins. So a parent has it
//! even if it kills the child later, or the child's limits do. Nothing follows the second message.
//!
//! The child may be controlled by the author of a hostile GIF. So [`Reader`] refuses everything that differs from this
//! format, lengths that are too great (before the bytes come), and pictures that do not begin as a WebP of their
//! length.

use crate::{Flashes, Made};

const FIRST: &[u8; 4] = b"gcl1";
const SECOND: &[u8; 4] = b"gcl2";
/// The most bytes of a still. Most stills have up to 20 KiB; a still of noise has some 300 KiB.
pub const MAX_STILL: usize = 1024 * 1024;

/// The bytes are not what a child writes. It should be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged answer of the child that decodes GIFs")]
pub struct Damaged;

/// The first message: all but the light copy. A still that is too long is left out.
pub fn first(made: &Made) -> Vec<u8> {
    let flashes = made.flashes.map_or([0; 3], |Flashes { general, red }| [1, general, red]);
    let still = made.still.as_deref().filter(|still| still.len() <= MAX_STILL);
    [FIRST, &flashes[..], &picture(still)].concat()
}

/// The second message: the light copy, if there is one.
pub fn second(light: Option<&[u8]>) -> Vec<u8> {
    [&SECOND[..], &picture(light)].concat()
}

fn picture(bytes: Option<&[u8]>) -> Vec<u8> {
    // No picture of ours is so long that its length would not fit in 32 bits.
    let bytes = bytes.and_then(|bytes| Some((u32::try_from(bytes.len()).ok()?, bytes)));
    let (length, bytes) = bytes.unwrap_or_default();
    [&length.to_le_bytes(), bytes].concat()
}

/// Reads the answer of a child, as its bytes come.
#[derive(Debug)]
pub struct Reader {
    /// What was not read yet.
    bytes: Vec<u8>,
    made: Made,
    at: At,
    max_light: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    First,
    Second,
    End,
}

/// How much of the answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing can be used yet.
    Begun,
    /// Still and flashes are there.
    First,
    /// All is there.
    Done,
}

impl Reader {
    /// Expects an answer about a GIF of `gif_bytes` bytes. A light copy that is longer is refused.
    pub fn new(gif_bytes: usize) -> Self {
        Self { bytes: Vec::new(), made: Made::default(), at: At::First, max_light: gif_bytes }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// Fails if these cannot be the bytes of an answer. Then no more bytes should be pushed; what [`Reader::made`]
    /// returns is still good.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress, Damaged> {
        self.bytes.extend_from_slice(bytes);
        if self.at == At::First
            && let Some((made, rest)) = read_first(&self.bytes)?
        {
            (self.made, self.bytes, self.at) = (made, rest.to_vec(), At::Second);
        }
        if self.at == At::Second
            && let Some((light, rest)) = read_second(&self.bytes, self.max_light)?
        {
            (self.made.light, self.bytes, self.at) = (light, rest.to_vec(), At::End);
        }
        match self.at {
            At::First => Ok(Progress::Begun),
            At::Second => Ok(Progress::First),
            At::End if self.bytes.is_empty() => Ok(Progress::Done),
            At::End => Err(Damaged),
        }
    }

    /// What has come completely so far.
    pub fn so_far(&self) -> &Made {
        &self.made
    }

    /// What has come whole.
    pub fn made(self) -> Made {
        self.made
    }
}

/// Reads a whole answer about a GIF of `gif_bytes` bytes.
///
/// # Errors
///
/// Fails if anything is missing, trailing or wrong.
pub fn decode(bytes: &[u8], gif_bytes: usize) -> Result<Made, Damaged> {
    let mut reader = Reader::new(gif_bytes);
    match reader.push(bytes)? {
        Progress::Done => Ok(reader.made()),
        Progress::Begun | Progress::First => Err(Damaged),
    }
}

/// What was read, and the bytes after it. `None` if it has not come completely.
type Read<'a, T> = Result<Option<(T, &'a [u8])>, Damaged>;

fn read_first(bytes: &[u8]) -> Read<'_, Made> {
    let Some((flashes, bytes)) = read_head::<7>(bytes, FIRST)? else { return Ok(None) };
    let flashes = match flashes {
        [1, general, red] => Some(Flashes { general: *general, red: *red }),
        [0, 0, 0] => None,
        _ => return Err(Damaged),
    };
    let still = read_picture(bytes, MAX_STILL)?;
    Ok(still.map(|(still, rest)| (Made { still, light: None, flashes }, rest)))
}

fn read_second(bytes: &[u8], max_light: usize) -> Read<'_, Option<Vec<u8>>> {
    let Some((_, bytes)) = read_head::<4>(bytes, SECOND)? else { return Ok(None) };
    read_picture(bytes, max_light)
}

/// The rest of a message's head, which has `N` bytes, after its name.
fn read_head<'a, const N: usize>(bytes: &'a [u8], name: &[u8]) -> Read<'a, &'a [u8]> {
    let known = bytes.len().min(name.len());
    if bytes.get(..known) != name.get(..known) {
        return Err(Damaged);
    }
    let Some((head, rest)) = bytes.split_first_chunk::<N>() else { return Ok(None) };
    Ok(head.get(name.len()..).map(|head| (head, rest)))
}

/// A picture with its length before it; no picture if the length is 0.
fn read_picture(bytes: &[u8], max: usize) -> Read<'_, Option<Vec<u8>>> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Damaged)?;
    if length > max {
        return Err(Damaged);
    }
    let Some((picture, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    if picture.is_empty() {
        return Ok(Some((None, rest)));
    }
    if is_webp(picture) { Ok(Some((Some(picture.to_vec()), rest))) } else { Err(Damaged) }
}

/// Whether the bytes begin as a WebP of their length.
fn is_webp(bytes: &[u8]) -> bool {
    matches!(bytes, [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P', ..]
        if usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).is_ok_and(|length| length + 8 == bytes.len()))
}
