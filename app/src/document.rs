//! The HTML document around a page.

use std::sync::{LazyLock, OnceLock};

use chat::Error;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::data::{Embedded, data};
use crate::page::{Page, PageState};
use crate::root::App;
use crate::strings::{Lang, kept_apart};

/// The build that the server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Differs between any two builds.
    pub name: String,
    /// Whether browsers get a service worker.
    pub has_worker: bool,
}

/// The addresses of the built files that pages need.
pub fn built_files(options: &LeptosOptions) -> Vec<&'static str> {
    let Assets { css, later_css, lobby, door, room, judge, panel, maker: _ } = Assets::of(options);
    let mut files = vec![css.as_str()];
    files.extend(later_css.as_deref());
    for entry in [lobby, door, room, judge, panel] {
        // (In a build with a single entry, all are the same.)
        for file in entry.files() {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

/// The addresses of the script and the WASM that make GIFs. Pages do not name them; the script of their worker does.
pub fn maker_files(options: &LeptosOptions) -> (&'static str, &'static str) {
    let EntryFiles { js, wasm, .. } = &Assets::of(options).maker;
    (js, wasm)
}

/// The whole document of a page.
pub fn document(options: LeptosOptions, build: &Build, state: PageState) -> impl IntoView {
    let assets = Assets::of(&options);
    let lang = state.lang;
    let hue = state.me.id.hue();
    let body_class = body_class(&state.page);
    let is_hydrated = state.page.is_hydrated();
    let reload = reload_after(&state.page);
    let data = is_hydrated.then(|| data(&state));
    // (What was typed into a form that failed could not be asked for again.)
    let can_be_asked_for = state.flash.is_none();
    let title = title(&state);
    let unsent = Unsent::of(&state.page).map(|unsent| view! { <UnsentTexts unsent lang of=build.name.clone()/> });
    let update = is_hydrated.then(|| view! { <UpdateOffer lang/> });
    let (entry, next, later) = match &state.page {
        Page::Room { .. } => (&assets.room, vec![], Some((&assets.judge, &assets.panel))),
        Page::Lobby(_) => (&assets.lobby, vec![&assets.room, &assets.door], None),
        _ => (&assets.door, vec![&assets.room, &assets.lobby], None),
    };
    let has_socket = matches!(state.page, Page::Lobby(_) | Page::Door { is_full: true, .. } | Page::Room { .. });
    // A page that stays as the server wrote it gets the whole style. So does one whose script does not load the rest.
    let css = entry.css.as_ref().filter(|_| is_hydrated).unwrap_or(&assets.css);
    let later_css = if is_hydrated { assets.later_css.as_deref() } else { None };
    let without_script = later_css.map(|css| view! { <link rel="stylesheet" href=css/> });
    let scripts = is_hydrated.then(|| view! { <Scripts entry next later later_css has_socket of=build.clone() lang/> });
    let app = view! { <App state/> }.to_html();
    let embedded = data.map(|data| Embedded::new(data, &app, can_be_asked_for));
    let Embedded { data, shape, words } = embedded.unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang=lang.code()>
            <head>
                <meta charset="utf-8"/>
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <title>{title}</title>
                <meta name="description" content=lang.common().app_description()/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#faf8f4"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#141312"/>
                {reload.map(|seconds| view! { <meta http-equiv="refresh" content=seconds.to_string()/> })}
                <link rel="manifest" href=manifest(lang)/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icon-192.png"/>
                <link rel="stylesheet" href=css/>
                <noscript>
                    {without_script}
                    <link rel="stylesheet" href="/noscript.css"/>
                </noscript>
                {scripts}
                {data.map(|data| view! { <script type="application/json" id="page" inner_html=data></script> })}
                <AutoReload options/>
            </head>
            <body class=format!("hue h{hue} {body_class}")>
                // The app has its own element, because browser extensions add elements to the body.
                <div id="app" data-shape=shape data-words=words inner_html=app></div>
                {unsent}
                {update}
            </body>
        </html>
    }
}

/// Loads the WASM and starts it (boot.js). (Leptos' own component leaves the nonce off its preload, which `strict-dynamic`
/// then refuses, and reads the list of hashes from the disk for every page.)
#[component]
fn Scripts(
    entry: &'static EntryFiles,
    next: Vec<&'static EntryFiles>,
    later: Option<(&'static EntryFiles, &'static EntryFiles)>,
    later_css: Option<&'static str>,
    has_socket: bool,
    of: Build,
    lang: Lang,
) -> impl IntoView {
    static BOOT: LazyLock<String> =
        LazyLock::new(|| without_comments(include_str!(concat!(env!("OUT_DIR"), "/boot.js"))));
    let nonce = use_nonce();
    let words = lang.without_wasm();
    let next: Vec<_> = next.into_iter().filter(|next| *next != entry).flat_map(EntryFiles::files).collect();
    // `import` is only in this second script, because browsers without modules reject a whole script that contains it.
    // The script of the installed app, which also fetches the next entry, is loaded after everything else. A page works
    // without it, so an error while loading it is ignored.
    let later = later.map(|(judge, panel)| {
        format!(",()=>import({:?}),{:?},f=>import({:?}+f),{:?}", judge.js, judge.wasm, panel.js, panel.wasm)
    });
    let later = later.unwrap_or_default();
    let deferred = entry.deferred.as_deref().unwrap_or_default();
    let start = format!(
        "boot(f=>import({:?}+f),{:?},{deferred:?}{later});addEventListener(\"load\",()=>(self.requestIdleCallback||setTimeout)(()=>import({:?}).catch(()=>{{}})))",
        entry.js,
        entry.wasm,
        script_of("installed", &of.name),
    );
    view! {
        <link rel="modulepreload" href=entry.js.clone() nonce=nonce.clone()/>
        <link rel="preload" href=entry.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script
            id="boot"
            nonce=nonce.clone()
            data-missing=words.missing()
            data-failed=words.failed()
            data-slow=words.slow()
            data-next=(!next.is_empty()).then(|| next.join(" "))
            data-style=later_css
            data-socket=has_socket
            data-build=of.has_worker.then_some(of.name)
            inner_html=BOOT.as_str()
        ></script>
        <script type="module" nonce=nonce inner_html=start></script>
    }
}

/// The address of a public script. It differs for each build, because browsers keep public files for an hour.
fn script_of(name: &str, build: &str) -> String {
    format!("/{name}.js?{build}")
}

/// A manifest is in one language, so there is one for each.
fn manifest(lang: Lang) -> &'static str {
    match lang {
        Lang::Ko => "/manifest.webmanifest",
        Lang::En => "/manifest.en.webmanifest",
    }
}

/// Offers to load the page again when there is a new version (public/installed.js). It is outside the page's root, so that it
/// needs no WASM.
#[component]
fn UpdateOffer(lang: Lang) -> impl IntoView {
    let (common, words) = (lang.common(), lang.installed());
    view! {
        <section id="update" class="update" aria-label=words.update() data-unsaved=words.unsaved()>
            <span role="status" data-text=words.update()></span>
            <button type="button">{common.reload()}</button>
            <button type="button" aria-label=common.close()>"×"</button>
        </section>
    }
}

/// A room in which the reader has no seat, but for which the browser may still store unsent texts and a draft.
struct Unsent {
    room: String,
    /// Why the texts cannot be sent: `door`, `barred` or `gone` (public/unsent.js).
    why: &'static str,
}

impl Unsent {
    fn of(page: &Page) -> Option<Self> {
        let unsent = |room: &str, why| Some(Self { room: room.to_owned(), why });
        match page {
            Page::Door { card, .. } => unsent(&card.id.to_string(), "door"),
            Page::Barred { room, .. } => unsent(&room.id.to_string(), "barred"),
            Page::Error { error: Some(Error::NotFound), path, .. } => unsent(path.strip_prefix("/room/")?, "gone"),
            _ => None,
        }
    }
}

/// Shows the unsent texts so that they can be copied (public/unsent.js). If the room is gone, they are shown once and deleted. If
/// the reader was thrown out, they are deleted without being shown.
#[component]
fn UnsentTexts(unsent: Unsent, lang: Lang, of: String) -> impl IntoView {
    let words = lang.installed();
    let hint = if unsent.why == "door" { words.unsent_at_door() } else { words.unsent_gone() };
    view! {
        <section id="unsent" class="panel unsent" aria-labelledby="unsent-title" hidden data-room=unsent.room data-why=unsent.why>
            <h2 id="unsent-title">{words.unsent()}</h2>
            <p class="soft small">{hint}</p>
            <div class="unsent-texts" data-label=words.unsent()></div>
            <div class="actions">
                <button type="button" class="button" data-copied=lang.common().copied()>{words.copy_all()}</button>
                <button type="button" class="button">{lang.in_room().discard()}</button>
            </div>
            <script type="module" nonce=use_nonce() src=script_of("unsent", &of)></script>
        </section>
    }
}

/// A script without the lines that are comments, and without indentation.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The addresses of the built files.
#[derive(Debug)]
struct Assets {
    /// The whole style.
    css: String,
    /// What the styles of entries leave out, because a page needs it only once it is live.
    later_css: Option<String>,
    lobby: EntryFiles,
    /// For the form for a new room, and for a room's door.
    door: EntryFiles,
    /// For a room from the inside.
    room: EntryFiles,
    /// Checks a GIF in the browser. A room loads it when the visitor sends a GIF.
    judge: EntryFiles,
    /// The panel of GIFs. A room loads it when the visitor opens it.
    panel: EntryFiles,
    /// Makes GIFs. The panel loads it when the visitor makes one.
    maker: EntryFiles,
}

/// The addresses of one entry: a script and its WASM, in one part or two, and what its pages look like at first. In a build with a single
/// entry for all pages, all entries are equal.
#[derive(Debug, PartialEq, Eq)]
struct EntryFiles {
    /// `None` if its pages need the whole style.
    css: Option<String>,
    js: String,
    wasm: String,
    /// The functions that a page does not need at first, if the build has them apart.
    deferred: Option<String>,
}

impl EntryFiles {
    fn files(&self) -> impl Iterator<Item = &str> {
        self.css.iter().chain([&self.js, &self.wasm]).chain(&self.deferred).map(String::as_str)
    }
}

impl Assets {
    /// The assets are read once, because the files do not change under a running server.
    fn of(options: &LeptosOptions) -> &'static Assets {
        static ASSETS: OnceLock<Assets> = OnceLock::new();
        ASSETS.get_or_init(|| {
            let hashes = if options.hash_files { read_hashes(options) } else { String::new() };
            Assets::named(options, &hashes)
        })
    }

    /// `hashes` has a line `kind: hash` for each file with a hash in its name. In a release it also has a line
    /// `entry.kind: hash` for each file of a separate entry.
    fn named(options: &LeptosOptions, hashes: &str) -> Self {
        let hash = |file: &str| {
            let mut lines = hashes.lines().filter_map(|line| line.trim().split_once(':'));
            lines.find(|(name, _)| name.trim() == file).map(|(_, hash)| format!(".{}", hash.trim()))
        };
        let (dir, whole) = (&options.site_pkg_dir, &options.output_name);
        // If cargo-leptos gave no name at compile time, the file has wasm-bindgen's own name.
        let bare = if !options.hash_files && option_env!("LEPTOS_OUTPUT_NAME").is_none() { "_bg" } else { "" };
        let file =
            |kind: &str, middle: &str| format!("/{dir}/{whole}{middle}{}.{kind}", hash(kind).unwrap_or_default());
        let own = |entry: &str, kind: &str| Some(format!("/{dir}/{entry}{}.{kind}", hash(&format!("{entry}.{kind}"))?));
        let later_css = own("later", "css");
        let entry = |name: &str| match (own(name, "js"), own(name, "wasm")) {
            (Some(js), Some(wasm)) => EntryFiles {
                css: own(name, "css").filter(|_| later_css.is_some()),
                js,
                wasm,
                deferred: own(&format!("{name}.deferred"), "wasm"),
            },
            _ => EntryFiles { css: None, js: file("js", ""), wasm: file("wasm", bare), deferred: None },
        };
        let css = file("css", "");
        let [lobby, door, room, judge, panel, maker] = ["lobby", "door", "room", "judge", "panel", "maker"].map(entry);
        Self { css, later_css, lobby, door, room, judge, panel, maker }
    }
}

fn read_hashes(options: &LeptosOptions) -> String {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(options.hash_file.as_ref())));
    match beside.map(std::fs::read_to_string) {
        Some(Ok(hashes)) => hashes,
        _ => {
            tracing::error!(file = %options.hash_file, "the list of hashed files is missing: pages will have no style");
            String::new()
        }
    }
}

fn title(state: &PageState) -> String {
    let lang = state.lang;
    let page = match &state.page {
        Page::Lobby(_) => lang.common().lobby_title().to_owned(),
        Page::NewRoom => lang.common().make_room().to_owned(),
        Page::Door { card, .. } => card.title.shown(),
        Page::Room { view, .. } | Page::Log { view, .. } => view.title.shown(),
        Page::Barred { room, .. } => room.title.shown(),
        Page::Error { status, .. } => status.to_string(),
    };
    format!("{} · gifchat", kept_apart(&page))
}

/// The class of the body.
fn body_class(page: &Page) -> &'static str {
    match page {
        Page::Lobby(_) => "in-lobby",
        Page::NewRoom | Page::Door { .. } | Page::Barred { .. } | Page::Error { .. } => "in-middle",
        Page::Room { .. } => "in-room",
        Page::Log { .. } => "in-frame",
    }
}

/// The seconds after which a page without a socket reloads itself.
fn reload_after(page: &Page) -> Option<u32> {
    match page {
        Page::Log { newest: true, .. } => Some(15),
        Page::Error { status: 503, method, .. } if method == "GET" => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(hash_files: bool) -> LeptosOptions {
        LeptosOptions::builder().output_name("gifchat").hash_files(hash_files).build()
    }

    #[test]
    fn files_are_named_with_their_hashes() {
        let whole = "css: CCC\njs: JJJ\nwasm: WWW\n";
        let assets = Assets::named(&options(true), whole);
        assert_eq!(assets.css, "/pkg/gifchat.CCC.css");
        assert_eq!(assets.lobby.js, "/pkg/gifchat.JJJ.js");
        assert_eq!(assets.lobby.wasm, "/pkg/gifchat.WWW.wasm");
        assert_eq!(assets.room, assets.lobby);
    }

    #[test]
    fn an_entry_of_its_own_is_used_when_all_of_it_is_there() {
        let whole = "css: CCC\njs: JJJ\nwasm: WWW\n";
        let assets = Assets::named(&options(true), &format!("{whole}room.js: RRR\nroom.wasm: SSS\nlobby.js: OOO\n"));
        assert_eq!((&*assets.room.js, &*assets.room.wasm), ("/pkg/room.RRR.js", "/pkg/room.SSS.wasm"));
        assert_eq!((&*assets.lobby.js, &*assets.lobby.wasm), ("/pkg/gifchat.JJJ.js", "/pkg/gifchat.WWW.wasm"));
    }

    #[test]
    fn an_entry_has_a_deferred_part_when_the_list_names_one() {
        let whole = "css: CCC\njs: JJJ\nwasm: WWW\nroom.js: RRR\nroom.wasm: SSS\n";
        let assets = Assets::named(&options(true), &format!("{whole}room.deferred.wasm: DDD\n"));
        assert_eq!(assets.room.deferred.as_deref(), Some("/pkg/room.deferred.DDD.wasm"));
        assert_eq!(assets.lobby.deferred, None);
        assert_eq!(Assets::named(&options(true), whole).room.deferred, None);
    }

    #[test]
    fn an_entry_has_a_style_of_its_own_when_the_rest_of_the_style_is_there() {
        let whole = "css: CCC\njs: JJJ\nwasm: WWW\nroom.js: RRR\nroom.wasm: SSS\nroom.css: TTT\n";
        let assets = Assets::named(&options(true), &format!("{whole}later.css: LLL\n"));
        assert_eq!(assets.room.css.as_deref(), Some("/pkg/room.TTT.css"));
        assert_eq!(assets.later_css.as_deref(), Some("/pkg/later.LLL.css"));
        assert_eq!(assets.lobby.css, None);
        assert_eq!(Assets::named(&options(true), whole).room.css, None);
    }
}
