//! The browser's APIs for reading, showing and handing over pictures, in the few forms that this module needs.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::{after_millis, property, set_property};

pub type Tried = Result<JsValue, JsValue>;

/// Calls a method with these arguments.
pub fn apply(object: &JsValue, name: &str, arguments: &[JsValue]) -> Tried {
    let arguments: Array = arguments.iter().collect();
    property(object, name).dyn_into::<Function>()?.apply(object, &arguments)
}

/// Makes an object of one of the browser's classes. This fails if the browser lacks the class.
pub fn construct(class: &str, arguments: &[JsValue]) -> Tried {
    let arguments: Array = arguments.iter().collect();
    Reflect::construct(&property(&window(), class).dyn_into::<Function>()?, &arguments)
}

/// Waits for what a method promises.
pub async fn wait(promise: Tried) -> Tried {
    JsFuture::from(Promise::resolve(&promise?)).await
}

/// Does not wait for what a method promises, and ignores its failure.
pub fn let_go(promise: Tried) {
    spawn_local(async move { _ = wait(promise).await });
}

pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    fields.iter().for_each(|(name, value)| set_property(&object, name, value));
    object.into()
}

pub fn number(object: &JsValue, name: &str) -> f64 {
    property(object, name).as_f64().filter(|number| number.is_finite()).unwrap_or_default()
}

pub async fn sleep(millis: u32) {
    let passed = Promise::new(&mut |resolve, _| after_millis(millis, move || _ = resolve.call0(&JsValue::UNDEFINED)));
    let _ = JsFuture::from(passed).await;
}

/// Waits for the first of these events, and returns its name. With `millis` it waits no longer than that, and returns `None`
/// then. `begin` does what leads to the events.
pub async fn heard(target: &JsValue, events: &[&str], millis: Option<u32>, begin: impl Fn()) -> Option<String> {
    let once = object(&[("once", true.into())]);
    let promise = Promise::new(&mut |resolve, _| {
        for event in events {
            let _ = apply(target, "addEventListener", &[(*event).into(), resolve.clone().into(), once.clone()]);
        }
        begin();
        if let Some(millis) = millis {
            after_millis(millis, move || _ = resolve.call0(&JsValue::UNDEFINED));
        }
    });
    property(&JsFuture::from(promise).await.ok()?, "type").as_string()
}

/// A callback for the browser, which owns it.
pub fn listener(hear: impl FnMut(JsValue) + 'static) -> JsValue {
    Closure::<dyn FnMut(JsValue)>::new(hear).into_js_value()
}
