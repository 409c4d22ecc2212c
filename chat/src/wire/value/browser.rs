//! JSON by the browser's own parser. Only [`super`] decides what a value means.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// A value of JSON, as the browser's parser made it.
pub struct Value(JsValue);

impl Value {
    pub fn parse(json: &str) -> Option<Self> {
        JSON::parse(json).ok().map(Self)
    }

    pub fn to_json(&self) -> String {
        // This fails only for values that hold themselves.
        JSON::stringify(&self.0).map(String::from).unwrap_or_default()
    }

    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Whether it is an object and not a list.
    #[inline(never)]
    pub fn is_object(&self) -> bool {
        self.0.is_object() && !Array::is_array(&self.0)
    }

    /// A field of an object. (`undefined` is no value of JSON.)
    #[inline(never)]
    pub fn field(&self, name: &str) -> Option<Self> {
        Reflect::get(&self.0, &name.into()).ok().filter(|value| !value.is_undefined()).map(Self)
    }

    /// The name of an object's only field.
    pub fn only_name(&self) -> Option<String> {
        let object: &Object = self.is_object().then_some(self.0.unchecked_ref())?;
        let names = Object::keys(object);
        if names.length() == 1 { names.get(0).as_string() } else { None }
    }

    /// The length of a list.
    #[inline(never)]
    pub fn length(&self) -> Option<u32> {
        Array::is_array(&self.0).then(|| self.0.unchecked_ref::<Array>().length())
    }

    /// An item of a list.
    #[inline(never)]
    pub fn item(&self, index: u32) -> Self {
        Self(self.0.unchecked_ref::<Array>().get(index))
    }

    pub fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    pub fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    pub fn boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    pub fn null() -> Self {
        Self(JsValue::NULL)
    }

    pub fn object() -> Self {
        Self(Object::new().into())
    }

    pub fn list() -> Self {
        Self(Array::new().into())
    }

    pub fn of_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn of_number(number: u64) -> Self {
        Self(JsValue::from_f64(number as f64))
    }

    pub fn of_boolean(boolean: bool) -> Self {
        Self(boolean.into())
    }

    /// Sets a field of an object.
    #[inline(never)]
    pub fn set(&mut self, name: &str, value: Self) {
        // This fails only for values that are not objects.
        let _ = Reflect::set(&self.0, &name.into(), &value.0);
    }

    /// Adds an item to a list.
    #[inline(never)]
    pub fn push(&mut self, item: Self) {
        self.0.unchecked_ref::<Array>().push(&item.0);
    }
}
