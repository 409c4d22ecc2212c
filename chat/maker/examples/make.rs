//! Makes a GIF of raw frames, to compare it with GIFs of other programs: `make WIDTH HEIGHT MILLIS MOST IN OUT`, where
//! `IN` has the frames as red, green, blue and alpha (`ffmpeg … -f rawvideo -pix_fmt rgba IN`).

use std::time::Instant;

use maker::{Maker, Recipe};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [width, height, millis, most, from, to] = arguments.as_slice() else {
        return Err("make WIDTH HEIGHT MILLIS MOST IN OUT".into());
    };
    let recipe = Recipe { width: width.parse()?, height: height.parse()?, most_bytes: most.parse()? };
    let mut maker = Maker::new(recipe)?;
    let film = std::fs::read(from)?;
    let start = Instant::now();
    for frame in film.chunks((recipe.width * recipe.height * 4) as usize) {
        maker.add(frame, millis.parse()?)?;
    }
    let made = maker.make(&mut |_, _| {})?;
    std::fs::write(to, &made.bytes)?;
    println!(
        "{} bytes, {} x {}, {} frames, {} ms, gave up {:?}",
        made.bytes.len(),
        made.width,
        made.height,
        made.frames,
        start.elapsed().as_millis(),
        made.gave_up,
    );
    Ok(())
}
