//! The two encodings, and how much work each may be.

use std::io::{self, Write};

use backend::background;
use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cores::Cores;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
}

/// Level 1 takes about as long as rendering the page. Level 4 takes two to three times as long, for a page that is a
/// tenth smaller. Decision 33 has the figures.
const BROTLI_LEVEL: i32 = 1;
/// The binary logarithm of the window in bytes. 2^18 is the least at this level.
const BROTLI_WINDOW: i32 = 18;
const GZIP_LEVEL: u32 = 1;

/// After this many bytes, which take about a millisecond, other tasks that are ready go first. Most pages are smaller.
/// At this level, brotli looks for repeats only within one piece.
const PIECE: usize = 128 * 1024;
/// The size in bytes of brotli's output buffer.
const OUTPUT: usize = 4096;

impl Coding {
    /// The name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }
}

/// Compresses a body when its turn comes. `None` if the body would not become smaller.
pub async fn compress(coding: Coding, plain: &[u8], cores: &Cores) -> Option<Vec<u8>> {
    // An encoder takes up to 1.5 MiB. It is made during a turn, so that there are no more of them than turns.
    let _turn = cores.turn().await;
    let mut encoder = Encoder::new(coding, plain.len());
    for piece in plain.chunks(PIECE) {
        encoder.write(piece).ok()?;
        if plain.len() > PIECE {
            background::give_way().await;
        }
    }
    encoder.finish().ok().filter(|compressed| compressed.len() < plain.len())
}

enum Encoder {
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    fn new(coding: Coding, length: usize) -> Self {
        let compressed = Vec::with_capacity(length / 4);
        match coding {
            Coding::Brotli => {
                let params = BrotliEncoderParams {
                    quality: BROTLI_LEVEL,
                    lgwin: BROTLI_WINDOW,
                    size_hint: length,
                    ..Default::default()
                };
                Encoder::Brotli(Box::new(CompressorWriter::with_params(compressed, OUTPUT, &params)))
            }
            Coding::Gzip => Encoder::Gzip(GzEncoder::new(compressed, Compression::new(GZIP_LEVEL))),
        }
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Encoder::Brotli(encoder) => encoder.write_all(piece),
            Encoder::Gzip(encoder) => encoder.write_all(piece),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Encoder::Brotli(encoder) => Ok(encoder.into_inner()),
            Encoder::Gzip(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn decompressed(coding: Coding, compressed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let read = match coding {
            Coding::Brotli => brotli::Decompressor::new(compressed, OUTPUT).read_to_end(&mut plain),
            Coding::Gzip => flate2::read::GzDecoder::new(compressed).read_to_end(&mut plain),
        };
        read.expect("what was compressed");
        plain
    }

    #[tokio::test]
    async fn what_is_compressed_comes_back_whole() {
        for coding in [Coding::Brotli, Coding::Gzip] {
            for length in [1024, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7] {
                let plain: Vec<u8> = (0..length).flat_map(|number| format!("{number} 고양이 ").into_bytes()).collect();
                let plain = &plain[..length];
                let compressed = compress(coding, plain, &Cores::new()).await.expect("something smaller");
                assert!(compressed.len() < length / 2, "{coding:?}: {} of {length}", compressed.len());
                assert!(decompressed(coding, &compressed) == plain, "{coding:?} of {length}");
            }
        }
    }

    #[tokio::test]
    async fn what_would_not_be_smaller_stays_as_it_is() {
        let mut random = fastrand::Rng::with_seed(7);
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(5000).collect();
        for coding in [Coding::Brotli, Coding::Gzip] {
            assert_eq!(compress(coding, &noise, &Cores::new()).await, None);
        }
    }
}
