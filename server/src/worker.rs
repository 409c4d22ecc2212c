//! The service worker and its offline page (decision 43). The worker's script is made when the server starts, because
//! it names the files of this build. Browsers ask for the script again with each page, and replace the worker they have
//! when one byte differs.

use std::path::Path;
use std::sync::Arc;

use app::Build;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use leptos::config::LeptosOptions;
use sha2::{Digest, Sha256};

use crate::{AppState, files};

const SCRIPT: &str = include_str!("worker/worker.js");
const GOODBYE: &str = include_str!("worker/goodbye.js");

/// The files without a hash in their names that the worker keeps, too.
const PUBLIC: [&str; 8] = [
    "/offline.html",
    "/offline.css",
    "/offline.js",
    "/panel.css",
    "/favicon.svg",
    "/icon-192.png",
    "/manifest.webmanifest",
    "/manifest.en.webmanifest",
];

/// The worker may fetch what it keeps and what pages ask for, and nothing else.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; connect-src 'self'");

/// The offline page is a file, so its policy has no nonce: scripts and style are files, too.
const OFFLINE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// The script at the worker's address, and the build that it belongs to.
#[derive(Debug)]
pub struct Worker {
    pub build: Build,
    script: String,
}

impl Worker {
    /// The worker for the built site. If it is off, the script at its address removes every worker that browsers have.
    pub fn of(leptos: &LeptosOptions, is_on: bool) -> Self {
        let root = Path::new(&*leptos.site_root);
        let mut files = Vec::new();
        let mut hash = Sha256::new_with_prefix(SCRIPT);
        // Files whose names stay the same over builds are never taken from a cache without asking.
        let built = if leptos.hash_files { app::built_files(leptos) } else { Vec::new() };
        for path in built {
            hash.update(path);
            if root.join(path.trim_start_matches('/')).is_file() {
                files.push(path);
            }
        }
        for path in PUBLIC {
            // If one of the named files were missing, browsers could not install the worker.
            if let Ok(content) = std::fs::read(root.join(path.trim_start_matches('/'))) {
                hash.update(path);
                hash.update(&content);
                files.push(path);
            }
        }
        let name: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let script = match is_on {
            true => format!("const BUILD = {name:?};\nconst FILES = {files:?};\n\n{SCRIPT}"),
            false => GOODBYE.to_owned(),
        };
        Self { build: Build { name, has_worker: is_on }, script }
    }
}

/// `/sw.js`
pub async fn script(State(state): State<Arc<AppState>>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    (headers, state.worker.script.clone()).into_response()
}

/// `/offline.html`, which the worker shows in place of a page that it cannot fetch.
pub async fn offline(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let mut response = files::public(State(state), request).await;
    if response.status().is_success() {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, OFFLINE_POLICY);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site with these public files. The names of built files are read once per process, so the tests have none.
    fn worker(files: &[(&str, &str)], is_on: bool) -> Worker {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, content) in files {
            std::fs::write(dir.path().join(name), content).expect("a file");
        }
        let leptos = LeptosOptions::builder().output_name("gifchat").site_root(dir.path().to_string_lossy()).build();
        Worker::of(&leptos, is_on)
    }

    #[test]
    fn the_script_names_the_files_that_are_there() {
        let worker = worker(&[("offline.html", "a"), ("favicon.svg", "b"), ("robots.txt", "c")], true);
        let start =
            format!("const BUILD = \"{}\";\nconst FILES = [\"/offline.html\", \"/favicon.svg\"];\n", worker.build.name);
        assert!(worker.script.starts_with(&start), "{}", worker.script);
        assert!(worker.build.name.len() == 16 && worker.build.has_worker);
    }

    #[test]
    fn another_content_is_another_build_and_the_same_is_the_same() {
        let name = |content| worker(&[("offline.html", content)], true).build.name;
        assert_eq!(name("a"), name("a"));
        assert_ne!(name("a"), name("b"));
    }

    #[test]
    fn a_worker_that_is_off_keeps_nothing_and_goes() {
        let worker = worker(&[("offline.html", "a")], false);
        assert!(worker.script.contains("registration.unregister()") && worker.script.contains("caches.delete"));
        assert!(!worker.script.contains("'fetch'") && !worker.build.has_worker);
    }

    /// Paths are written into the script as Rust writes strings, which is JavaScript for plain letters only.
    #[test]
    fn paths_are_plain() {
        let is_plain = |path: &&str| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-".contains(&byte));
        assert!(PUBLIC.iter().all(is_plain));
    }
}
