//! The tab in which a person makes a GIF from the camera, a film, pictures, or another GIF.
//!
//! All decisions are pure functions: `plan` (which moments, which part, how large), `kind` (how a file is handled), `caption`
//! (how words break into lines). `source` holds the pictures, `preview` plays them, and `run` draws them and hands them to the
//! `worker`.

mod camera;
mod canvas;
mod caption;
mod edit;
mod fit;
mod frame;
mod js;
mod kind;
mod plan;
mod preview;
mod read;
mod run;
mod source;
mod stage;
mod take;
mod trouble;
mod worker;

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use web_sys::File;

use self::camera::Camera;
pub use self::fit::Fit;
use self::frame::Size;
pub use self::kind::{FileKind, ways};
use self::plan::{Edit, Reel};
pub use self::run::Made;
use self::source::Source;
use self::stage::Stage;
use self::trouble::Trouble;
use self::worker::Worker;
use super::draft::Draft;
use super::port::Port;
use super::{Tab, focus_later};
use crate::markup::{Child, Markup, element};

#[derive(Debug, Clone, Copy)]
pub struct Make {
    pub port: Port,
    draft: Draft,
    tab: RwSignal<Tab>,
    stage: RwSignal<Stage>,
    camera: Camera,
    edit: RwSignal<Edit>,
    /// How much of the GIF is made, in percent.
    percent: RwSignal<u32>,
    trouble: RwSignal<Option<Trouble>>,
    /// What the person should know about the source, for example that it was cut off.
    note: RwSignal<Option<String>>,
    source: StoredValue<Option<Rc<Source>>, LocalStorage>,
    worker: StoredValue<Option<Worker>, LocalStorage>,
    /// The number of the task that was begun last. The results of earlier ones are ignored.
    run: StoredValue<u32>,
}

impl Make {
    pub fn new(port: Port, draft: Draft, tab: RwSignal<Tab>) -> Self {
        let nothing = Reel { size: Size { width: 1, height: 1 }, millis: 0, starts: vec![0] };
        let make = Self {
            port,
            draft,
            tab,
            stage: RwSignal::new(Stage::Empty),
            camera: Camera::new(),
            edit: RwSignal::new(Edit::new(&nothing)),
            percent: RwSignal::new(0),
            trouble: RwSignal::new(None),
            note: RwSignal::new(None),
            source: StoredValue::new_local(None),
            worker: StoredValue::new_local(None),
            run: StoredValue::new(0),
        };
        on_cleanup(move || make.end_worker());
        make
    }

    fn source(self) -> Option<Rc<Source>> {
        self.source.try_with_value(Clone::clone).flatten()
    }

    /// Looks at the reel of the source, if there is a source.
    fn reel<T>(self, look: impl FnOnce(&Reel) -> T) -> Option<T> {
        self.source().map(|source| look(&source.reel))
    }

    /// Ends the current task, and begins a new one. Returns its number.
    fn begin(self, stage: Stage) -> u32 {
        self.end_worker();
        self.camera.close();
        self.trouble.set(None);
        self.note.set(None);
        self.stage.set(stage);
        let run = self.run.get_value() + 1;
        self.run.set_value(run);
        run
    }

    /// Whether this task is the one that was begun last, and the panel is still there.
    fn is_on(self, run: u32) -> bool {
        self.run.try_get_value() == Some(run)
    }

    fn end_worker(self) {
        let worker = self.worker.try_update_value(Option::take).flatten();
        worker.iter().for_each(Worker::end);
    }

    async fn load_worker(self) -> Result<Worker, Trouble> {
        self.end_worker();
        let worker = Worker::new()?;
        self.worker.try_set_value(Some(worker.clone()));
        worker.load().await.map(|()| worker)
    }

    /// Reads files of which a GIF is to be made. `left` was chosen together with them, and the person is told that it has to
    /// wait.
    pub fn take(self, files: Vec<File>, left: Option<File>) {
        let run = self.begin(Stage::Reading);
        spawn_local(async move {
            let read = read::read(&files, async || self.load_worker().await).await;
            if !self.is_on(run) {
                return;
            }
            self.end_worker();
            match read {
                Ok(source) => {
                    let words = self.port.lang.make();
                    let note = if source.is_cut {
                        Some(words.is_cut())
                    } else {
                        source.is_still().then_some(words.is_still())
                    };
                    self.show(source, note.map(str::to_owned));
                    self.trouble.set(left.map(|file| Trouble::OneByOne(file.name())));
                }
                Err(trouble) => self.fail(trouble),
            }
        });
    }

    /// Opens the camera, and shows its picture in this element.
    fn watch(self, video: JsValue) {
        let run = self.run.get_value();
        spawn_local(async move {
            let ended = self.camera.open(video).await;
            match ended {
                // The person has closed the camera, or the recording is done.
                Ok(()) | Err(Trouble::Ended) => {}
                Err(trouble) if self.is_on(run) => self.fail(trouble),
                Err(_) => {}
            }
        });
    }

    fn record(self, video: JsValue) {
        let run = self.run.get_value();
        spawn_local(async move {
            let recorded = self.camera.record(video).await;
            if !self.is_on(run) {
                return;
            }
            match recorded {
                Ok((source, is_short)) => {
                    let note = is_short.then(|| self.port.lang.interrupted(source.reel.millis));
                    self.show(source, note);
                }
                Err(Trouble::Ended) => {}
                Err(trouble) => self.fail(trouble),
            }
        });
    }

    fn show(self, source: Source, note: Option<String>) {
        self.edit.set(Edit::new(&source.reel));
        self.source.set_value(Some(Rc::new(source)));
        self.note.set(note);
        self.stage.set(Stage::Ready);
        focus_later(".make-edit .accent");
    }

    /// Shows this trouble, and goes back to the stage in which the person can do something about it.
    fn fail(self, trouble: Trouble) {
        self.camera.close();
        self.end_worker();
        let has_source = self.source().is_some();
        self.stage.set(Stage::failed(has_source));
        focus_later(if has_source { ".make-edit .accent" } else { ".make-start .accent" });
        self.trouble.set(Some(trouble).filter(|trouble| *trouble != Trouble::Ended));
    }

    /// Ends the current task. A source from before it stays, with its edits.
    fn stop(self) {
        self.begin(Stage::Empty);
        self.fail(Trouble::Ended);
    }

    /// Goes back to the start: closes the camera, and drops the source.
    fn clear(self) {
        self.begin(Stage::Empty);
        self.source.set_value(None);
        focus_later(".make-start .accent");
    }

    /// Makes the GIF, and shows it with the files that are about to be sent.
    fn make(self) {
        let Some(source) = self.source() else { return };
        let (run, edit) = (self.begin(Stage::Making), self.edit.get_untracked());
        self.percent.set(0);
        focus_later(".make-bar .link-button");
        spawn_local(async move {
            let made = self.made(&source, &edit).await;
            if !self.is_on(run) {
                return;
            }
            match made {
                Ok(made) => {
                    self.end_worker();
                    self.stage.set(Stage::Ready);
                    self.tab.set(Tab::File);
                    self.draft.add_made(made.file.clone(), made.told(self.port.lang));
                }
                Err(trouble) => self.fail(trouble),
            }
        });
    }

    async fn made(self, source: &Source, edit: &Edit) -> Result<Made, Trouble> {
        let worker = self.load_worker().await?;
        run::make(&worker, source, edit, self.port.most, move |percent| _ = self.percent.try_set(percent)).await
    }

    /// `choose` makes a button by which the person chooses files, from its class and its label.
    pub fn view(self, choose: impl Fn(&'static str, &'static str) -> Markup + Copy + Send + 'static) -> Markup {
        // The camera was released when the tab changed.
        if self.stage.get_untracked() == Stage::Camera {
            self.begin(Stage::Empty);
        }
        let part = Memo::new(move |_| self.stage.get().part());
        let inside = move || -> Vec<Child> {
            vec![match part.get() {
                stage::Step::Start => take::start(self, choose).into(),
                stage::Step::Camera => take::camera(self).into(),
                stage::Step::Edit => edit::view(self).into(),
            }]
        };
        element("div")
            .class("panel-files make")
            .child(self.told())
            .child(element("div").class("make-in").live_children(inside))
    }

    /// What is wrong, and the note on the source.
    fn told(self) -> Markup {
        let (lang, common) = (self.port.lang, self.port.lang.common());
        let trouble = move || self.trouble.with(|trouble| trouble.as_ref().map(|trouble| trouble.told(lang)));
        let can_again = move || {
            let helps = matches!(self.trouble.get(), Some(Trouble::NotLoaded | Trouble::Memory));
            helps && self.stage.get() == Stage::Ready
        };
        let again = element("button")
            .set("type", "button")
            .class("link-button")
            .hidden_while(move || !can_again())
            .on("click", move |_| self.make())
            .child(common.retry());
        let wrong = element("div")
            .class("alert panel-wrong")
            .set("role", "alert")
            .hidden_while(move || trouble().is_none())
            .child(element("p").live_text(move || trouble().unwrap_or_default()))
            .child(again);
        let note = element("p")
            .class("soft small")
            .set("role", "status")
            .hidden_while(move || self.note.with(Option::is_none))
            .live_text(move || self.note.get().unwrap_or_default());
        element("div").class("make-told").child(wrong).child(note)
    }
}
