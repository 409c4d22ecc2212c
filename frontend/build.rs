//! Makes the linker write down which data is used where, when a release asks for it (bin/lib/release.sh): bin/tools/data.js leaves out
//! what a page does not need.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=GIFCHAT_LINKED");
    if std::env::var_os("GIFCHAT_LINKED").is_some() {
        println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    }
}
