//! Locates the built site by Leptos.toml, which is searched for from the working directory and from the binary, so
//! that the server can be started from anywhere.

use std::path::{Path, PathBuf};

use leptos::config::{LeptosOptions, get_configuration};

use crate::StartError;

const FILE: &str = "Leptos.toml";

/// Returns Leptos' settings with a site root that does not depend on the working directory. Without a Leptos.toml,
/// the site root is LEPTOS_SITE_ROOT, or the folder `site` beside the binary.
pub fn options() -> Result<LeptosOptions, StartError> {
    let beside_binary = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    let mut options = match find(beside_binary.as_deref()) {
        Some(file) => read(&file)?,
        None => {
            let from_variable = std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from);
            let root = from_variable.unwrap_or_else(|| beside_binary.clone().unwrap_or_default().join("site"));
            LeptosOptions::builder()
                .output_name("gifchat")
                .site_root(root.to_string_lossy())
                .site_addr(([127, 0, 0, 1], 8005))
                .hash_files(true)
                .build()
        }
    };
    // Leptos panics when it cannot find the file with the hashes, which a binary that cargo-leptos did not build
    // lacks.
    options.hash_files &= beside_binary.is_some_and(|dir| dir.join(&*options.hash_file).is_file());
    Ok(options)
}

/// Finds Leptos.toml in the working directory, beside the binary, or in a folder above the binary.
fn find(beside_binary: Option<&Path>) -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let dirs = here.iter().map(PathBuf::as_path).chain(beside_binary.into_iter().flat_map(Path::ancestors));
    dirs.map(|dir| dir.join(FILE)).find(|file| file.is_file())
}

/// Reads a Leptos.toml. The site root in it is relative to the file, and one in LEPTOS_SITE_ROOT to the working
/// directory.
pub fn read(file: &Path) -> Result<LeptosOptions, StartError> {
    let path = file.to_string_lossy();
    let mut options = get_configuration(Some(&path))
        .map_err(|error| StartError::Leptos { file: path.clone().into_owned(), error: error.to_string() })?
        .leptos_options;
    if std::env::var_os("LEPTOS_SITE_ROOT").is_none()
        && let Some(dir) = file.parent()
    {
        options.site_root = dir.join(&*options.site_root).to_string_lossy().into();
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// cargo-leptos builds with the settings in Cargo.toml, and the server runs with those in Leptos.toml.
    #[test]
    fn leptos_toml_agrees_with_cargo_toml() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = read(&top.join(FILE)).expect("Leptos.toml");
        let build = read(&top.join("Cargo.toml")).expect("Cargo.toml");
        assert_eq!(format!("{runtime:?}"), format!("{build:?}"));
    }
}
