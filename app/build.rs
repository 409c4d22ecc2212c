//! Takes boot.js as it is, or as a release has minified it (bin/lib/release.sh).

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/boot.js");
    println!("cargo::rerun-if-env-changed=GIFCHAT_BOOT");
    let minified = env::var("GIFCHAT_BOOT").ok().filter(|path| !path.is_empty());
    if let Some(path) = &minified {
        println!("cargo::rerun-if-changed={path}");
    }
    let boot = minified.unwrap_or_else(|| "src/boot.js".to_owned());
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    let copied = fs::copy(&boot, Path::new(&out).join("boot.js"));
    copied.map(drop).map_err(|error| io::Error::other(format!("{boot} cannot be copied: {error}")))
}
