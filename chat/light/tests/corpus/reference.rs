//! An independent decoder: it shares no code with the decoder that is tested, nor with the check of uploads. It is slow
//! and keeps every frame, so it is for small GIFs only.

use crate::picture::{Picture, Pixel};

/// What a GIF shows.
pub struct DecodedGif {
    pub frames: Vec<Frame>,
    /// How often the GIF plays again, as its loop extension says; 0 is for ever.
    pub again: Option<u16>,
}

pub struct Frame {
    /// Milliseconds, as browsers show it.
    pub ms: u32,
    pub picture: Picture,
}

/// Reads a GIF as far as it can be read. `None` if not even its first frame can be.
pub fn read(gif: &[u8]) -> Option<DecodedGif> {
    let mut reader = Reader { bytes: gif };
    reader.take(6)?;
    let (width, height) = (reader.number()?, reader.number()?);
    let &[packed, _, _] = reader.take(3)? else { return None };
    let table = reader.table(packed)?;
    let mut canvas = Canvas::new(width, height);
    let mut shown = DecodedGif { frames: Vec::new(), again: None };
    let mut control = [0; 4];
    while let Some(block) = reader.take(1) {
        let read = match block {
            [0x2c] => reader.image(table, control).map(|image| {
                shown.frames.push(canvas.draw(&image, shown.frames.is_empty()));
                control = [0; 4];
            }),
            [0x21] => reader.extension(&mut control, &mut shown.again),
            _ => None,
        };
        if read.is_none() {
            break;
        }
    }
    if shown.frames.is_empty() { None } else { Some(shown) }
}

struct Image {
    place: [usize; 4],
    /// Row by row from top to bottom; `None` where it is clear.
    pixels: Vec<Option<Pixel>>,
    control: [u8; 4],
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        self.take(2).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    }

    /// The colour table, if `packed` says that there is one; otherwise it is empty.
    fn table(&mut self, packed: u8) -> Option<&'a [u8]> {
        self.take(if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) })
    }

    /// All sub-blocks up to the terminator.
    fn sub_blocks(&mut self) -> Option<Vec<&'a [u8]>> {
        let mut blocks = Vec::new();
        loop {
            match self.take(1)?[0] {
                0 => return Some(blocks),
                length => blocks.push(self.take(length.into())?),
            }
        }
    }

    fn extension(&mut self, control: &mut [u8; 4], again: &mut Option<u16>) -> Option<()> {
        let label = self.take(1)?[0];
        let blocks = self.sub_blocks()?;
        match (label, blocks.as_slice()) {
            (0xf9, [block]) => *control = (*block).try_into().ok()?,
            (0xf9, _) => return None,
            (0xff, [b"NETSCAPE2.0" | b"ANIMEXTS1.0", rest @ ..]) => {
                for block in rest {
                    if let [what, low, high, ..] = block
                        && what & 7 == 1
                    {
                        *again = Some(u16::from_le_bytes([*low, *high]));
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn image(&mut self, global: &[u8], control: [u8; 4]) -> Option<Image> {
        let [left, top, width, height] = [self.number()?, self.number()?, self.number()?, self.number()?];
        let packed = self.take(1)?[0];
        let own = self.table(packed)?;
        let table = if own.is_empty() { global } else { own };
        let size = self.take(1)?[0];
        let area = width * height;
        if area == 0 || table.is_empty() || !(1..=8).contains(&size) {
            return None;
        }
        // The file may end before the data does.
        let rest = self.bytes;
        let data = self.sub_blocks().map(|blocks| blocks.concat()).unwrap_or_else(|| {
            (self.bytes, _) = (&[], rest);
            unfinished(rest)
        });
        let indices = unpacked(&data, size, area)?;
        let transparent = (control[0] & 1 == 1).then_some(control[3]);
        let colour = |index: u8| {
            let at = usize::from(index) * 3;
            let [red, green, blue] = table.get(at..at + 3).map_or([0; 3], |colour| [colour[0], colour[1], colour[2]]);
            (Some(index) != transparent).then_some([red, green, blue, 255])
        };
        let mut pixels = vec![None; area];
        for (row, indices) in order(height, packed & 0x40 != 0).zip(indices.chunks(width)) {
            for (pixel, index) in pixels[row * width..].iter_mut().zip(indices) {
                *pixel = colour(*index);
            }
        }
        Some(Image { place: [left, top, width, height], pixels, control })
    }
}

/// The bytes in sub-blocks of which the last ones are missing.
fn unfinished(mut bytes: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let block;
        (block, bytes) = rest.split_at(rest.len().min(usize::from(*length)));
        data.extend_from_slice(block);
    }
    data
}

/// Where each row of the data belongs.
fn order(height: usize, is_interlaced: bool) -> impl Iterator<Item = usize> {
    let passes: &[(usize, usize)] = if is_interlaced { &[(0, 8), (4, 8), (2, 4), (1, 2)] } else { &[(0, 1)] };
    passes.iter().flat_map(move |(first, step)| (*first..height).step_by(*step))
}

/// The indices of `pixels` pixels. `None` if there are fewer, or if a code is unknown.
fn unpacked(data: &[u8], size: u8, pixels: usize) -> Option<Vec<u8>> {
    let clear = 1 << size;
    let first_width = usize::from(size) + 1;
    // Each string of the table is a part of the output, with a start and a length. A new string is the last one that
    // was written and the pixel after it.
    let (mut strings, mut last) = (Vec::new(), None);
    let (mut at, mut width, mut out) = (0, first_width, Vec::with_capacity(pixels));
    while out.len() < pixels {
        let four = [0, 1, 2, 3].map(|byte| data.get(at / 8 + byte).copied().unwrap_or_default());
        let code = u32::from_le_bytes(four) as usize >> (at % 8) & ((1 << width) - 1);
        at += width;
        if at > data.len() * 8 {
            return None;
        }
        if code == clear {
            strings.clear();
            (width, last) = (first_width, None);
            continue;
        }
        if let Some((start, length)) = last
            && clear + 2 + strings.len() < 4096
        {
            strings.push((start, length + 1));
            width += usize::from(clear + 2 + strings.len() == 1 << width && width < 12);
        }
        let start = out.len();
        if code < clear {
            out.push(code as u8);
        } else {
            let &(from, length) = strings.get(code.checked_sub(clear + 2)?)?;
            // The newest string may end with the pixel that is written here.
            for place in from..from + length {
                out.push(*out.get(place)?);
            }
        }
        last = Some((start, out.len() - start));
    }
    out.truncate(pixels);
    Some(out)
}

struct Canvas {
    picture: Picture,
    /// The canvas before the next frame, if it differs from what was shown.
    next: Option<Picture>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { picture: Picture::clear(width, height), next: None }
    }

    fn draw(&mut self, image: &Image, is_first: bool) -> Frame {
        let [left, top, width, height] = image.place;
        if is_first {
            let Picture { width: canvas_width, height: canvas_height, .. } = self.picture;
            self.picture = Picture::clear(canvas_width.max(left + width), canvas_height.max(top + height));
        }
        if let Some(next) = self.next.take() {
            self.picture = next;
        }
        let before = self.picture.clone();
        let mut cleared = self.picture.clone();
        for (at, pixel) in image.pixels.iter().enumerate() {
            let (x, y) = (left + at % width, top + at / width);
            if let Some(place) = cleared.at(x, y) {
                *place = [0; 4];
            }
            if let (Some(place), Some(pixel)) = (self.picture.at(x, y), pixel) {
                *place = *pixel;
            }
        }
        self.next = match image.control[0] >> 2 & 7 {
            2 => Some(cleared),
            3 | 4 => Some(before),
            _ => None,
        };
        let hundredths = u32::from(u16::from_le_bytes([image.control[1], image.control[2]]));
        Frame { ms: if hundredths < 2 { 100 } else { hundredths * 10 }, picture: self.picture.clone() }
    }
}
