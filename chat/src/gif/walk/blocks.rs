//! Reads the blocks of a GIF one after the other, as slices of its bytes. It trusts no length that the file states.

use super::lzw::{Kept, Lengths, SubBlocks};
use crate::error::GifProblem;

pub(super) const TRAILER: u8 = 0x3b;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Logical screen descriptor and global colour table.
#[derive(Clone, Copy)]
pub(super) struct Screen<'a> {
    /// Pixels. The first image may need a larger canvas than the 16 bits of a file can state.
    pub width: u32,
    pub height: u32,
    /// What follows width and height.
    pub rest: &'a [u8],
    has_table: bool,
}

impl Screen<'_> {
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Grows to hold the first image, as Chromium does. Firefox and WebKit take the image's size and move it to the
    /// corner instead. All of them show the same once the file states this size.
    pub fn grow(&mut self, first: &Image) {
        self.width = self.width.max(u32::from(first.left) + u32::from(first.width));
        self.height = self.height.max(u32::from(first.top) + u32::from(first.height));
    }
}

/// A frame.
pub(super) struct Image<'a> {
    /// The four bytes of its graphic control extension.
    pub control: Option<&'a [u8; 4]>,
    left: u16,
    top: u16,
    width: u16,
    height: u16,
    /// Its descriptor, colour table and code size.
    pub head: &'a [u8],
    pub data: Kept<'a>,
}

impl Image<'_> {
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// How long browsers show the frame. They take a delay below 2/100 s for a mistake and use 10/100 s instead.
    pub fn shown_ms(&self) -> u32 {
        let hundredths = self.control.map_or(0, |&[_, low, high, _]| u16::from_le_bytes([low, high]));
        u32::from(if hundredths < 2 { 10 } else { hundredths }) * 10
    }
}

/// A block that is kept.
pub(super) enum Block<'a> {
    Image(Image<'a>),
    /// How often to play it, little-endian; 0 is for ever.
    Loop([u8; 2]),
}

pub(super) struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The control block of the next image. Comments and the like may stand between the two. If there are several, the
    /// last one counts, as in browsers.
    control: Option<&'a [u8; 4]>,
    lengths: Lengths,
}

impl<'a> Blocks<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<(Self, Screen<'a>), GifProblem> {
        let mut blocks = Self { bytes, at: 0, control: None, lengths: Lengths::new() };
        match blocks.array() {
            Ok(b"GIF87a" | b"GIF89a") => {}
            _ if bytes.is_empty() => return Err(GifProblem::Empty),
            _ => return Err(GifProblem::NotAGif),
        }
        let &[w0, w1, h0, h1] = blocks.array()?;
        let [width, height] = [[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side)));
        let start = blocks.at;
        let &[packed, _background, _aspect] = blocks.array()?;
        let has_table = blocks.skip_table(packed)?;
        let rest = blocks.since(start)?;
        Ok((blocks, Screen { width, height, rest, has_table }))
    }

    /// The next block that is kept, or why there is none: `NoFrame` after the last one. Comments, plain text (which no
    /// browser shows) and unknown extensions are skipped.
    pub fn next(&mut self, screen: &Screen) -> Result<Block<'a>, GifProblem> {
        loop {
            match *self.array()? {
                [IMAGE] => return self.image(screen).map(Block::Image),
                [TRAILER] => return Err(GifProblem::NoFrame),
                [EXTENSION] => {}
                _ => return Err(GifProblem::Broken),
            }
            match *self.array()? {
                [CONTROL] => match self.array::<6>()? {
                    [4, control @ .., 0] => self.control = Some(control),
                    _ => return Err(GifProblem::Broken),
                },
                [APPLICATION] => {
                    if let Some(times) = self.application()? {
                        return Ok(Block::Loop(times));
                    }
                }
                _ => self.skip_data()?,
            }
        }
    }

    /// Reads an image, whose introducer was just read.
    fn image(&mut self, screen: &Screen) -> Result<Image<'a>, GifProblem> {
        let start = self.at - 1;
        let &[x0, x1, y0, y1, w0, w1, h0, h1, packed] = self.array()?;
        let [left, top] = [[x0, x1], [y0, y1]].map(u16::from_le_bytes);
        let [width, height] = [[w0, w1], [h0, h1]].map(u16::from_le_bytes);
        let pixels = u64::from(width) * u64::from(height);
        let has_table = self.skip_table(packed)? || screen.has_table;
        let [code_size] = *self.array()?;
        let head = self.since(start)?;
        // Chromium shows nothing for an image without pixels; other browsers show an image as large as the canvas.
        // Chromium does not accept code sizes above 8. At code size 1, codes grow after the first pixel in Chromium and
        // later in Firefox. Without a colour table there is nothing to see.
        let sizes = if pixels == 1 { 1..=8 } else { 2..=8 };
        if pixels == 0 || !has_table || !sizes.contains(&code_size) {
            return Err(GifProblem::Broken);
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut data = SubBlocks::new(rest);
        let kept = self.lengths.check(&mut data, code_size, pixels)?;
        // All pixels of the image are there, so it is whole even if the file ends before the data does.
        self.at += data.length().unwrap_or(rest.len());
        Ok(Image { control: self.control.take(), left, top, width, height, head, data: kept })
    }

    /// How often to play, if this application extension is the one that says so. As in Firefox, only the lowest three
    /// bits of a sub-block's kind count, and the last such sub-block wins.
    fn application(&mut self) -> Result<Option<[u8; 2]>, GifProblem> {
        let Some(name) = self.data()? else { return Ok(None) };
        let is_looping = name == b"NETSCAPE2.0" || name == b"ANIMEXTS1.0";
        let mut times = None;
        while let Some(data) = self.data()? {
            if let (true, &[what, low, high, ..]) = (is_looping, data)
                && what & 7 == 1
            {
                times = Some([low, high]);
            }
        }
        Ok(times)
    }

    /// Skips a colour table, if `packed` says that one follows (the same bits in both descriptors), and returns whether
    /// it does.
    fn skip_table(&mut self, packed: u8) -> Result<bool, GifProblem> {
        let has_table = packed & 0x80 != 0;
        if has_table {
            self.take(3 << ((packed & 7) + 1))?;
        }
        Ok(has_table)
    }

    fn skip_data(&mut self) -> Result<(), GifProblem> {
        while self.data()?.is_some() {}
        Ok(())
    }

    /// The next data sub-block; `None` at the terminator.
    fn data(&mut self) -> Result<Option<&'a [u8]>, GifProblem> {
        match *self.array()? {
            [0] => Ok(None),
            [len] => self.take(len.into()).map(Some),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], GifProblem> {
        self.take(N)?.try_into().map_err(|_| GifProblem::CutOff)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], GifProblem> {
        let rest = self.bytes.get(self.at..).and_then(|rest| rest.split_at_checked(len));
        let (taken, _) = rest.ok_or(GifProblem::CutOff)?;
        self.at += len;
        Ok(taken)
    }

    fn since(&self, start: usize) -> Result<&'a [u8], GifProblem> {
        self.bytes.get(start..self.at).ok_or(GifProblem::CutOff)
    }
}
