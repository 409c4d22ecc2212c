//! The worker that makes GIFs (server/src/maker/worker.js), as the page talks to it. Cancelling ends the worker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::js::{apply, construct, listener, object};
use super::trouble::Trouble;
use crate::browser::{after_millis, property, set_property};

/// A worker that needs longer than this to load counts as not loaded.
const LOAD_MILLIS: u32 = 30_000;

/// The worker's messages that nobody has read yet, and the function that wakes the task which waits for one.
#[derive(Debug, Default)]
struct Mail {
    said: VecDeque<JsValue>,
    wakes: Option<Function>,
    has_ended: bool,
}

#[derive(Debug, Clone)]
pub struct Worker {
    worker: JsValue,
    mail: Rc<RefCell<Mail>>,
}

impl Worker {
    /// A worker that still has to be loaded.
    pub fn new() -> Result<Self, Trouble> {
        let module = object(&[("type", "module".into())]);
        let worker = construct("Worker", &["/maker.js".into(), module]).map_err(|_| Trouble::NotLoaded)?;
        let mail = Rc::new(RefCell::new(Mail::default()));
        let (heard, failed) = (mail.clone(), mail.clone());
        set_property(&worker, "onmessage", listener(move |event| push(&heard, property(&event, "data"))));
        set_property(&worker, "onerror", listener(move |_| push(&failed, error("load"))));
        Ok(Self { worker, mail })
    }

    /// Loads the WebAssembly that makes GIFs, whose address the worker knows.
    pub async fn load(&self) -> Result<(), Trouble> {
        let mail = Rc::downgrade(&self.mail);
        after_millis(LOAD_MILLIS, move || {
            if let Some(mail) = mail.upgrade().filter(|mail| mail.borrow().said.is_empty()) {
                push(&mail, error("late"));
            }
        });
        self.tell("load", &[], &[]);
        self.hear("ready", "", |_| {}).await.map(|_| ())
    }

    /// Sends a message of the type `what`. The buffers in `given` are transferred to the worker, so that this page loses them.
    pub fn tell(&self, what: &str, fields: &[(&str, JsValue)], given: &[JsValue]) {
        let message = object(fields);
        set_property(&message, "type", what);
        let given: Array = given.iter().collect();
        if apply(&self.worker, "postMessage", &[message, given.into()]).is_err() {
            push(&self.mail, error("memory"));
        }
    }

    /// Waits for a message of the type `what`, and passes other messages to `other`. `name` is the file that the worker was
    /// given, for errors.
    pub async fn hear(&self, what: &str, name: &str, mut other: impl FnMut(&JsValue)) -> Result<JsValue, Trouble> {
        loop {
            let next = self.mail.borrow_mut().said.pop_front();
            let Some(said) = next else {
                let promise = Promise::new(&mut |resolve, _| self.mail.borrow_mut().wakes = Some(resolve));
                let _ = JsFuture::from(promise).await;
                continue;
            };
            match property(&said, "type").as_string().as_deref() {
                Some("error") => match property(&said, "code").as_string().as_deref() {
                    // (It was loaded in time, which the timer could not tell.)
                    Some("late") if what != "ready" => {}
                    Some("late") => return Err(Trouble::NotLoaded),
                    code => return Err(Trouble::of_maker(code.unwrap_or_default(), name)),
                },
                Some(is) if is == what => return Ok(said),
                _ => other(&said),
            }
        }
    }

    /// Ends it, whatever it does.
    pub fn end(&self) {
        if !std::mem::replace(&mut self.mail.borrow_mut().has_ended, true) {
            let _ = apply(&self.worker, "terminate", &[]);
            self.mail.borrow_mut().said.clear();
            push(&self.mail, error("ended"));
        }
    }
}

fn error(code: &str) -> JsValue {
    object(&[("type", "error".into()), ("code", code.into())])
}

fn push(mail: &RefCell<Mail>, said: JsValue) {
    mail.borrow_mut().said.push_back(said);
    let wakes = mail.borrow_mut().wakes.take();
    if let Some(wakes) = wakes {
        let _ = wakes.call0(&JsValue::UNDEFINED);
    }
}

/// A file of these bytes.
pub fn file(bytes: &JsValue, name: &str) -> Option<web_sys::File> {
    let options = object(&[("type", "image/gif".into())]);
    construct("File", &[Array::of1(bytes).into(), name.into(), options]).ok()?.dyn_into().ok()
}
