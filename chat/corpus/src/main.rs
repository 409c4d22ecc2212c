//! Writes the corpus into a folder: `NNN-name.gif` for each sample, and `corpus.json`, a list that has for each sample
//! the name of its `file`, its `name`, the number of its `bytes`, and what is `shown` of it (`width`, `height`,
//! `frames`), or null if it is to be refused.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use corpus::Right;
use serde::Serialize;

#[derive(Serialize)]
struct Listed {
    file: String,
    name: String,
    bytes: usize,
    shown: Option<ExpectedGif>,
}

#[derive(Serialize)]
struct ExpectedGif {
    width: u16,
    height: u16,
    frames: u16,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("Usage: corpus FOLDER")?;
    fs::create_dir_all(&folder)?;
    let mut entries = Vec::new();
    for (number, sample) in (1..).zip(corpus::all()) {
        let file = format!("{number:03}-{}.gif", sample.name);
        fs::write(folder.join(&file), &sample.bytes)?;
        let shown = match sample.right {
            Right::Shown { width, height, frames, .. } => Some(ExpectedGif { width, height, frames }),
            Right::Refused(_) => None,
        };
        entries.push(Listed { file, name: sample.name, bytes: sample.bytes.len(), shown });
    }
    fs::write(folder.join("corpus.json"), serde_json::to_vec_pretty(&entries)?)?;
    println!("{} files in {}", entries.len(), folder.display());
    Ok(())
}
