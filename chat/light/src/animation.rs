//! Writes an animated WebP (RFC 9649, section 2.7): a list of chunks with one frame each.

use crate::canvas::{Rect, Size};

/// Where the flags of the chunk `VP8X` are.
const FLAGS: usize = 20;
const HAS_ALPHA: u8 = 0x10;
const IS_ANIMATED: u8 = 0x02;
/// The flag of a frame whose pixels replace what is there, instead of being drawn over it.
const REPLACES: u8 = 0x02;
/// The longest duration of a frame, in milliseconds.
const LONGEST: u32 = 0xff_ffff;
/// The offset of the duration in a frame's chunk, in bytes.
const TIME: usize = 20;

/// An animation that is being written.
pub(crate) struct Animation {
    bytes: Vec<u8>,
    /// Where the last frame's chunk begins, and its duration in milliseconds.
    last: Option<(usize, u32)>,
}

impl Animation {
    /// `loops` is how often it plays, and 0 for ever. `None` if a side of `size` is 0 or too long.
    pub fn new(size: Size, loops: u16) -> Option<Self> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        bytes.extend_from_slice(b"VP8X\x0a\0\0\0");
        bytes.extend_from_slice(&[IS_ANIMATED, 0, 0, 0]);
        bytes.extend(less_one(size.width)?);
        bytes.extend(less_one(size.height)?);
        // The colour of the background is for viewers that have none of their own. It is clear.
        bytes.extend_from_slice(b"ANIM\x06\0\0\0\0\0\0\0");
        bytes.extend(loops.to_le_bytes());
        Some(Self { bytes, last: None })
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends a frame that is shown for `ms`. `still` is a WebP of the part `at`, whose left and top are even. `None`
    /// if `still` is not a WebP, or if `at` is empty.
    pub fn push(&mut self, at: Rect, replaces: bool, ms: u32, still: &[u8]) -> Option<()> {
        let (start, ms) = (self.bytes.len(), ms.min(LONGEST));
        let size = at.size();
        self.bytes.extend_from_slice(b"ANMF\0\0\0\0");
        for three in [three(at.left / 2)?, three(at.top / 2)?, less_one(size.width)?, less_one(size.height)?] {
            self.bytes.extend(three);
        }
        self.bytes.extend(three(ms.try_into().ok()?)?);
        self.bytes.push(if replaces { REPLACES } else { 0 });
        let (_, mut rest) = still.split_at_checked(12)?;
        while let Some((head, _)) = rest.split_first_chunk::<8>() {
            let &[a, b, c, d, length @ ..] = head;
            let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
            // A chunk of odd length is followed by a byte that fills it up.
            let (chunk, after) = rest.split_at_checked(8 + length.next_multiple_of(2))?;
            if matches!(&[a, b, c, d], b"ALPH" | b"VP8 " | b"VP8L") {
                self.bytes.extend_from_slice(chunk);
            }
            if matches!(&[a, b, c, d], b"ALPH" | b"VP8L") {
                *self.bytes.get_mut(FLAGS)? |= HAS_ALPHA;
            }
            rest = after;
        }
        let length = u32::try_from(self.bytes.len() - start - 8).ok()?;
        self.put(start + 4, &length.to_le_bytes())?;
        self.last = Some((start, ms));
        Some(())
    }

    /// Shows the last frame for another `ms`. `None` if there is no frame.
    pub fn prolong(&mut self, ms: u32) -> Option<()> {
        let (start, before) = self.last?;
        let ms = before.saturating_add(ms).min(LONGEST);
        self.put(start + TIME, &three(ms.try_into().ok()?)?)?;
        self.last = Some((start, ms));
        Some(())
    }

    /// The whole file.
    pub fn finish(mut self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.bytes.len() - 8).ok()?;
        self.put(4, &length.to_le_bytes())?;
        Some(self.bytes)
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(at..at + bytes.len())?.copy_from_slice(bytes);
        Some(())
    }
}

/// A number of 24 bits.
fn three(number: usize) -> Option<[u8; 3]> {
    match u32::try_from(number).ok()?.to_le_bytes() {
        [low, middle, high, 0] => Some([low, middle, high]),
        _ => None,
    }
}

/// A side as the container writes it: less one, in 24 bits.
fn less_one(side: usize) -> Option<[u8; 3]> {
    three(side.checked_sub(1)?)
}
