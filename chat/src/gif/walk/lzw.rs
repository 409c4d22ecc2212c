//! Checks image data (GIF89a specification, section 22 and appendix F) by the lengths of its strings alone, without
//! decoding pixels.
//!
//! A code stands for a string of pixels. All codes but clear and end add a string to the table that is one pixel longer
//! than the string before it. So lengths are enough to know how many pixels there are, and whether each code is known
//! when it comes.

use std::thread;

use crate::error::GifProblem;

/// The longest code, in bits.
const MOST_BITS: u32 = 12;
/// How many strings the table holds.
const MOST_CODES: usize = 1 << MOST_BITS;

/// What is kept of image data.
pub(super) struct Kept<'a> {
    /// Sub-blocks with their lengths.
    blocks: &'a [u8],
    /// The part that is kept of the sub-block after these.
    rest: &'a [u8],
    /// The last bits of the last pixel's code, followed by an end code in place of whatever followed in the file. Empty
    /// if the data is kept as it is.
    end: Vec<u8>,
}

impl Kept<'_> {
    /// Appends the sub-blocks and their terminator.
    pub fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.blocks);
        // With the end code, the last sub-block may have more than 255 bytes.
        for block in [self.rest, &self.end].concat().chunks(usize::from(u8::MAX)) {
            to.extend(u8::try_from(block.len()));
            to.extend_from_slice(block);
        }
        to.push(0);
    }
}

/// The lengths of the strings in the table, kept from one image to the next because it is large.
pub(super) struct Lengths([u16; MOST_CODES]);

impl Lengths {
    pub fn new() -> Self {
        Self([0; MOST_CODES])
    }

    /// Reads codes from `data` until they stand for at least `pixels` pixels. Fails if there are fewer, or if a code is
    /// not in the table. (Browsers show a hole or a part of the frame then, and differ in which.)
    pub fn check<'a>(&mut self, data: &mut SubBlocks<'a>, code_size: u8, pixels: u64) -> Result<Kept<'a>, GifProblem> {
        let (clear, end) = (1 << code_size, (1 << code_size) + 1);
        let mut codes = Codes { bits: 0, count: 0, width: u32::from(code_size) + 1 };
        // The string that is added next, the length of the last one, and the number of pixels so far.
        let (mut next, mut last, mut filled) = (end, 0u16, 0u64);
        while filled < pixels {
            let Some((code, rest)) = codes.next(data) else {
                return Err(if data.is_cut { GifProblem::CutOff } else { GifProblem::Broken });
            };
            codes = rest;
            if code == clear {
                (next, last, codes.width) = (end, 0, u32::from(code_size) + 1);
                continue;
            }
            let length = if code < clear {
                1
            } else if code > end && code < next {
                self.0[code % MOST_CODES]
            } else if code > end && code == next {
                last + 1
            } else {
                return Err(GifProblem::Broken);
            };
            filled += u64::from(length);
            if next < MOST_CODES {
                self.0[next % MOST_CODES] = last + 1;
                next += 1;
                if next >> codes.width == 1 && codes.width < MOST_BITS {
                    codes.width += 1;
                }
            }
            last = length;
        }
        let full = codes.place(data);
        Ok(match codes.next(data) {
            Some((code, _)) if code != end => data.keep_with_end(full, codes, end),
            Some((_, rest)) => data.keep(rest.place(data)),
            None => data.keep(data.at),
        })
    }
}

/// Cuts bytes into codes of `width` bits, the low bits first.
#[derive(Clone, Copy)]
struct Codes {
    /// The lowest `count` bits were read and belong to no code yet. Higher bits may hold a part of what is read next.
    bits: u64,
    count: u32,
    width: u32,
}

/// `Codes` is passed by value, because a reference would keep it in memory instead of registers, which is twice as
/// slow.
impl Codes {
    /// The next code, and what follows it.
    #[inline(always)]
    fn next(mut self, data: &mut SubBlocks) -> Option<(usize, Self)> {
        if self.count < self.width {
            self = self.read(data)?;
        }
        let code = self.bits & ((1 << self.width) - 1);
        let rest = Self { bits: self.bits >> self.width, count: self.count - self.width, ..self };
        Some((usize::try_from(code).ok()?, rest))
    }

    /// Reads as many bytes as there is room for, or else as many as the next code needs. So all whole bytes that remain
    /// after the next code are from the same sub-block.
    fn read(mut self, data: &mut SubBlocks) -> Option<Self> {
        if let Some(&bytes) = data.ahead() {
            self.bits |= u64::from_le_bytes(bytes) << self.count;
            let read = (u64::BITS - 1 - self.count) / 8;
            data.at.next += read as usize;
            self.count += read * 8;
        }
        while self.count < self.width {
            self.bits |= u64::from(data.next()?) << self.count;
            self.count += 8;
        }
        Some(self)
    }

    /// The place after the last code. In the byte before it, `unused` bits belong to no code yet.
    fn place(&self, data: &SubBlocks) -> Place {
        Place { next: data.at.next - (self.count / 8) as usize, ..data.at }
    }

    fn unused(&self) -> u32 {
        self.count % 8
    }
}

/// The bytes in a chain of sub-blocks, one after the other.
pub(super) struct SubBlocks<'a> {
    /// Begins with the length of the first sub-block.
    bytes: &'a [u8],
    at: Place,
    /// Where the sub-block ends.
    end: usize,
    has_ended: bool,
    /// The bytes ended before the chain did.
    is_cut: bool,
}

/// A place in a chain.
#[derive(Clone, Copy)]
struct Place {
    /// The index of the sub-block's length byte.
    block: usize,
    next: usize,
}

impl<'a> SubBlocks<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: Place { block: 0, next: 0 }, end: 0, has_ended: false, is_cut: false }
    }

    /// How many bytes the chain has, with its lengths and its terminator. `None` if the terminator is missing.
    pub fn length(mut self) -> Option<usize> {
        while !self.has_ended {
            self.at.next = self.end;
            self.open();
        }
        (!self.is_cut).then_some(self.end)
    }

    fn next(&mut self) -> Option<u8> {
        if self.at.next == self.end {
            self.open();
        }
        if self.has_ended {
            return None;
        }
        let byte = self.bytes.get(self.at.next).copied();
        self.at.next += 1;
        byte
    }

    /// Begins the next sub-block. The bytes may end within it.
    fn open(&mut self) {
        const TURN: usize = 1 << 15;
        let block = self.end;
        match self.bytes.get(block) {
            _ if self.has_ended => {}
            Some(0) => (self.end, self.has_ended) = (block + 1, true),
            Some(&len) if block + 1 < self.bytes.len() => {
                // Long data takes some time, so other threads may have the core after every `TURN` bytes.
                if block / TURN != self.at.block / TURN {
                    thread::yield_now();
                }
                self.at = Place { block, next: block + 1 };
                self.end = (block + 1 + usize::from(len)).min(self.bytes.len());
            }
            _ => (self.has_ended, self.is_cut) = (true, true),
        }
    }

    /// The next eight bytes of this sub-block, if it has so many.
    fn ahead(&self) -> Option<&'a [u8; 8]> {
        self.bytes.get(self.at.next..self.end)?.first_chunk()
    }

    fn keep(&self, to: Place) -> Kept<'a> {
        let blocks = self.bytes.get(..to.block).unwrap_or_default();
        let rest = self.bytes.get(to.block + 1..to.next).unwrap_or_default();
        Kept { blocks, rest, end: Vec::new() }
    }

    /// Keeps the data before `to`, the place that `codes` had reached, and writes the code `end` there.
    fn keep_with_end(&self, to: Place, codes: Codes, end: usize) -> Kept<'a> {
        let kept = self.keep(to);
        let Some((&last, rest)) = kept.rest.split_last() else { return kept };
        let used = 8 - codes.unused();
        let bits = (usize::from(last) & ((1 << used) - 1)) | (end << used);
        let bytes = (used + codes.width).div_ceil(8);
        Kept { rest, end: bits.to_le_bytes().into_iter().zip(0..bytes).map(|(byte, _)| byte).collect(), ..kept }
    }
}
