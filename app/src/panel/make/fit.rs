//! Makes GIFs smaller that are too large to be sent, one after the other, before they join the draft.

use std::collections::VecDeque;

use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use web_sys::File;

use super::plan::Edit;
use super::trouble::Trouble;
use super::worker::Worker;
use super::{read, run};
use crate::markup::{Markup, element};
use crate::panel::draft::Draft;
use crate::panel::port::Port;

#[derive(Debug, Clone, Copy)]
pub struct Fit {
    port: Port,
    draft: Draft,
    /// The name of the GIF that is being made smaller, and how much of that is done, in percent.
    now: RwSignal<Option<(String, u32)>>,
    waiting: StoredValue<VecDeque<File>, LocalStorage>,
    /// How often all of it was cancelled. The results of what was begun before that are ignored.
    turn: StoredValue<u32>,
    worker: StoredValue<Option<Worker>, LocalStorage>,
    /// What could not be made smaller, and why.
    failed: RwSignal<Vec<(SendWrapper<File>, Trouble)>>,
}

impl Fit {
    pub fn new(port: Port, draft: Draft) -> Self {
        let fit = Self {
            port,
            draft,
            now: RwSignal::new(None),
            waiting: StoredValue::new_local(VecDeque::new()),
            turn: StoredValue::new(0),
            worker: StoredValue::new_local(None),
            failed: RwSignal::new(Vec::new()),
        };
        // (`stop` sets no signal: the view is going.)
        on_cleanup(move || fit.stop());
        fit
    }

    pub fn add(self, files: Vec<File>) {
        self.waiting.update_value(|waiting| waiting.extend(files));
        if self.now.with_untracked(Option::is_none) {
            self.next();
        }
    }

    /// Whether no GIF is being made smaller, and no failure is shown.
    pub fn is_idle(self) -> bool {
        self.now.with(Option::is_none) && self.failed.with(Vec::is_empty)
    }

    fn next(self) {
        let next = self.waiting.try_update_value(VecDeque::pop_front).flatten();
        let _ = self.now.try_set(next.as_ref().map(|file| (file.name(), 0)));
        let Some(file) = next else { return };
        let turn = self.turn.try_get_value();
        spawn_local(async move {
            let made = self.make(&file).await;
            // (The panel may have been closed.)
            if turn.is_none() || self.turn.try_get_value() != turn {
                return;
            }
            self.end_worker();
            match made {
                Ok(made) => self.draft.add_made(made.file.clone(), made.told(self.port.lang)),
                Err(trouble) => self.failed.update(|failed| failed.push((SendWrapper::new(file), trouble))),
            }
            self.next();
        });
    }

    async fn make(self, file: &File) -> Result<run::Made, Trouble> {
        let begin = async || {
            let known = self.worker.try_with_value(Clone::clone).ok_or(Trouble::Ended)?;
            match known {
                Some(worker) => Ok(worker),
                None => {
                    let worker = Worker::new()?;
                    self.worker.try_set_value(Some(worker.clone()));
                    worker.load().await.map(|()| worker)
                }
            }
        };
        let source = read::read(std::slice::from_ref(file), begin).await?;
        let worker = begin().await?;
        let progress = move |percent| _ = self.now.try_update(|now| now.iter_mut().for_each(|now| now.1 = percent));
        run::make(&worker, &source, &Edit::of_all(&source.reel), self.port.most, progress).await
    }

    /// Cancels all of it.
    fn end(self) {
        self.stop();
        self.now.set(None);
    }

    fn stop(self) {
        let _ = self.waiting.try_update_value(VecDeque::clear);
        let _ = self.turn.try_update_value(|turn| *turn += 1);
        self.end_worker();
    }

    fn end_worker(self) {
        let worker = self.worker.try_update_value(Option::take).flatten();
        worker.iter().for_each(Worker::end);
    }

    pub fn view(self) -> Markup {
        let (lang, common) = (self.port.lang, self.port.lang.common());
        let told = move || self.now.with(|now| now.as_ref().map_or(String::new(), |(name, _)| lang.fits(name)));
        let percent = move || self.now.with(|now| now.as_ref().map_or(0, |(_, percent)| *percent));
        let bar = progress(percent, told);
        let cancel = element("button").set("type", "button").class("link-button").on("click", move |_| self.end());
        let going_on = element("div")
            .class("make-going small")
            .hidden_while(move || self.now.with(Option::is_none))
            .child(element("p").set("role", "status").live_text(told))
            .child(element("div").class("make-bar").child(bar).child(cancel.child(common.cancel())));
        let again = move |_| {
            let files = self.failed.try_update(std::mem::take).unwrap_or_default();
            self.add(files.into_iter().map(|(file, _)| file.take()).collect());
        };
        let lines = move || {
            let line = |(file, trouble): &(SendWrapper<File>, Trouble)| {
                let told = trouble.told(lang);
                let told = if trouble.is_named() { told } else { lang.not_fitted(&file.name(), &told) };
                element("p").child(told).into()
            };
            self.failed.with(|failed| failed.iter().map(line).collect())
        };
        let failed = element("div")
            .class("alert panel-wrong")
            .set("role", "alert")
            .hidden_while(move || self.failed.with(Vec::is_empty))
            .child(element("div").live_children(lines))
            .child(
                element("button").set("type", "button").class("link-button").on("click", again).child(common.retry()),
            );
        element("div").class("contents").child(going_on).child(failed)
    }
}

/// A progress bar. `percent` is from 0 to 100.
pub fn progress(percent: impl Fn() -> u32 + Send + 'static, label: impl Fn() -> String + Send + 'static) -> Markup {
    element("progress")
        .set("max", "100")
        .live("value", move || Some(percent().to_string()))
        .live("aria-label", move || Some(label()))
}
