//! Fuzzing: GIFs are changed at random, again and again. A run tries a fixed number of inputs, or with
//! `GIFCHAT_FUZZ_SECONDS` as many as it can in that time. Without settings the inputs are the same in each run;
//! `GIFCHAT_FUZZ_SEED` chooses others. An input with a new outcome is kept and changed further: in memory, and with
//! `GIFCHAT_FUZZ_CORPUS` also in that folder, from which the next run begins. A failure shows the bytes of its input.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::blocks::{
    TRAILER, bare_screen, control, data, descriptor, descriptor_with_table, extension, gif, image_of, looping, packed,
    plain_codes, screen,
};

const LONGEST: usize = 16 * 1024;
const LARGEST_CORPUS: usize = 20_000;

/// Calls `look_at` with this many `inputs`, which are made by changing a few GIFs and these `seeds`. `look_at` makes
/// its assertions and returns the outcome. Of several inputs with the same outcome, only the first is kept.
pub fn run(seeds: Vec<Vec<u8>>, inputs: u64, look_at: impl Fn(&[u8]) -> String) {
    let look_at = |input: &[u8]| {
        let _shown = InputOnPanic(input);
        look_at(input)
    };
    let number = |name: &str| env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let until = number("GIFCHAT_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let folder = env::var_os("GIFCHAT_FUZZ_CORPUS").map(PathBuf::from);
    let mut random = Random(number("GIFCHAT_FUZZ_SEED").unwrap_or(1).max(1));
    let pieces = pieces();
    let mut corpus = vec![pieces.concat(), gif(12, 7, &[5, 10, 7]), gif(40, 30, &[2, 300]), Vec::new()];
    corpus.extend(seeds);
    for file in folder.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        corpus.extend(fs::read(file.path()));
    }
    let mut known: HashSet<_> = corpus.iter().map(|input| look_at(input)).collect();
    let (mut count, mut longest) = (0_u64, Duration::ZERO);
    while until.map_or(count < inputs, |until| Instant::now() < until) {
        let mut input = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(6) {
            let other = corpus[random.below(corpus.len())].clone();
            change(&mut input, &other, &pieces, &mut random);
        }
        let begun = Instant::now();
        let outcome = look_at(&input);
        longest = longest.max(begun.elapsed());
        count += 1;
        if corpus.len() < LARGEST_CORPUS && known.insert(outcome) {
            if let Some(folder) = &folder {
                fs::write(folder.join(format!("{:016x}", random.next())), &input).expect("a folder to write to");
            }
            corpus.push(input);
        }
    }
    eprintln!("{count} inputs, {} kept, {longest:?} for the slowest with all that is asserted of it", corpus.len());
}

/// xorshift64* (Vigna, 2016). Nothing here needs to be unpredictable, but failures have to be reproducible.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, which must not be 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The blocks of a GIF in an order in which they may stand, and some that may not stand there.
fn pieces() -> Vec<Vec<u8>> {
    vec![
        screen(b"GIF89a", 6, 4),
        screen(b"GIF87a", 3, 9),
        bare_screen(0, 0),
        looping(b"NETSCAPE2.0", &[&[1, 0, 0]]),
        looping(b"ANIMEXTS1.0", &[&[0x41, 9, 0], &[1]]),
        control(0),
        control(700),
        extension(0xfe, &[b"hi"]),
        extension(0x01, &[&[0; 12], b"text"]),
        extension(0x77, &[b"unknown"]),
        image_of([0, 0, 6, 4], 2, &plain_codes(24)),
        image_of([5, 3, 9, 9], 3, &plain_codes(81)),
        [descriptor_with_table([1, 1, 3, 2]), data(2, &packed(2, &[4, 1, 6, 7, 5]), 2)].concat(),
        [descriptor([4, 2, 5, 5]), data(3, &packed(3, &[8, 1, 10, 11, 12, 13, 14, 1, 1, 1, 9]), 255)].concat(),
        descriptor([0, 0, 0, 0]),
        descriptor([65_535, 65_535, 65_535, 65_535]),
        TRAILER.to_vec(),
        vec![0; 9],
    ]
}

fn change(bytes: &mut Vec<u8>, other: &[u8], pieces: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(40)).min(bytes.len());
    match random.below(9) {
        0 => bytes.insert(at, random.next() as u8),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        3 if at < bytes.len() => {
            bytes[at] = [0, 1, 2, 8, 9, 0x21, 0x2c, 0x3b, 0x7f, 0x80, 0xf9, 0xff][random.below(12)]
        }
        4 => drop(bytes.drain(at.min(end)..end)),
        5 => {
            let again = bytes[at.min(end)..end].to_vec();
            bytes.splice(at..at, again);
        }
        6 => {
            let from = random.below(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        7 => bytes.truncate(at),
        _ => {
            let piece = &pieces[random.below(pieces.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
    bytes.truncate(LONGEST);
}

/// Shows the input when the test fails.
struct InputOnPanic<'a>(&'a [u8]);

impl Drop for InputOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
            eprintln!("the input: {hex}");
        }
    }
}
