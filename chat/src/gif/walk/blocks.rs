//! Reads the blocks of a GIF one after the other, as slices of its bytes. It trusts no length that the file states.

use crate::error::{Error, GifProblem};

pub(super) const TRAILER: u8 = 0x3b;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

const BROKEN: Error = Error::BadGif(GifProblem::Broken);

/// Header, logical screen descriptor and global colour table.
pub(super) struct Screen<'a> {
    pub width: u16,
    pub height: u16,
    pub bytes: &'a [u8],
    has_table: bool,
}

impl Screen<'_> {
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// A frame.
pub(super) struct Image<'a> {
    /// The four bytes of its graphic control extension.
    pub control: Option<&'a [u8; 4]>,
    /// Its descriptor, colour table and data.
    pub bytes: &'a [u8],
}

impl Image<'_> {
    /// How long browsers show the frame. They take less than 2/100 s for a mistake and use 10/100 s instead.
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
    Trailer,
}

pub(super) struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The control block of the next image. Comments and the like may stand between the two. The last of several
    /// counts, as in browsers.
    control: Option<&'a [u8; 4]>,
}

impl<'a> Blocks<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<(Self, Screen<'a>), Error> {
        let mut blocks = Self { bytes, at: 0, control: None };
        match blocks.array() {
            Ok(b"GIF87a" | b"GIF89a") => {}
            _ => return Err(Error::BadGif(GifProblem::NotAGif)),
        }
        let &[w0, w1, h0, h1, packed, _background, _aspect] = blocks.array()?;
        let has_table = blocks.skip_table(packed)?;
        let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        // Browsers invent a canvas for a file without one, each in its own way.
        if width == 0 || height == 0 {
            return Err(BROKEN);
        }
        let screen = Screen { width, height, bytes: blocks.since(0)?, has_table };
        Ok((blocks, screen))
    }

    /// The next block that is kept. Comments, plain text (which no browser shows) and unknown extensions are skipped.
    pub fn next(&mut self, screen: &Screen) -> Result<Block<'a>, Error> {
        loop {
            match *self.array()? {
                [IMAGE] => return self.image(screen).map(Block::Image),
                [TRAILER] => return Ok(Block::Trailer),
                [EXTENSION] => {}
                _ => return Err(BROKEN),
            }
            match *self.array()? {
                [CONTROL] => match self.array::<6>()? {
                    [4, control @ .., 0] => self.control = Some(control),
                    _ => return Err(BROKEN),
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
    fn image(&mut self, screen: &Screen) -> Result<Image<'a>, Error> {
        let start = self.at - 1;
        let &[x0, x1, y0, y1, w0, w1, h0, h1, packed] = self.array()?;
        let [x, y] = [[x0, x1], [y0, y1]].map(u16::from_le_bytes);
        let [width, height] = [[w0, w1], [h0, h1]].map(u16::from_le_bytes);
        // The specification wants every image inside the canvas. Browsers treat an image outside in different ways:
        // some enlarge the canvas for the first one, so that the size we state beforehand would be wrong. Its area,
        // which decoders allocate, would also differ from what we counted. No encoder in use writes such files.
        let fits = |from: u16, size: u16, side: u16| size > 0 && u32::from(from) + u32::from(size) <= u32::from(side);
        if !fits(x, width, screen.width) || !fits(y, height, screen.height) {
            return Err(BROKEN);
        }
        let has_table = self.skip_table(packed)?;
        if !has_table && !screen.has_table {
            return Err(BROKEN);
        }
        let [code_size] = *self.array()?;
        if !(1..=8).contains(&code_size) {
            return Err(BROKEN);
        }
        self.skip_data()?;
        Ok(Image { control: self.control.take(), bytes: self.since(start)? })
    }

    /// How often to play, if this application extension is the one that says so.
    fn application(&mut self) -> Result<Option<[u8; 2]>, Error> {
        let Some(name) = self.data()? else { return Ok(None) };
        let is_looping = name == b"NETSCAPE2.0" || name == b"ANIMEXTS1.0";
        let mut times = None;
        while let Some(data) = self.data()? {
            if let (true, &[1, low, high]) = (is_looping, data) {
                times = Some([low, high]);
            }
        }
        Ok(times)
    }

    /// Skips a colour table, if `packed` says that one follows (the same bits in both descriptors), and returns whether
    /// it does.
    fn skip_table(&mut self, packed: u8) -> Result<bool, Error> {
        let has_table = packed & 0x80 != 0;
        if has_table {
            self.take(3 << ((packed & 7) + 1))?;
        }
        Ok(has_table)
    }

    fn skip_data(&mut self) -> Result<(), Error> {
        while self.data()?.is_some() {}
        Ok(())
    }

    /// The next data sub-block; `None` at the terminator.
    fn data(&mut self) -> Result<Option<&'a [u8]>, Error> {
        match *self.array()? {
            [0] => Ok(None),
            [len] => self.take(len.into()).map(Some),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| BROKEN)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, _) = self.bytes.get(self.at..).and_then(|rest| rest.split_at_checked(len)).ok_or(BROKEN)?;
        self.at += len;
        Ok(taken)
    }

    fn since(&self, start: usize) -> Result<&'a [u8], Error> {
        self.bytes.get(start..self.at).ok_or(BROKEN)
    }
}
