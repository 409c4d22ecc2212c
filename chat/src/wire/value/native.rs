//! A stand-in for the browser's parser outside of a browser, for tests: the same functions over serde's values.

use serde_json::Value as Json;

/// A value of JSON.
pub struct Value(Json);

impl Value {
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    pub fn to_json(&self) -> String {
        self.0.to_string()
    }

    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Whether it is an object and not a list.
    pub fn is_object(&self) -> bool {
        self.0.is_object()
    }

    /// A field of an object.
    pub fn field(&self, name: &str) -> Option<Self> {
        self.0.get(name).cloned().map(Self)
    }

    /// The name of an object's only field.
    pub fn only_name(&self) -> Option<String> {
        let object = self.0.as_object().filter(|object| object.len() == 1)?;
        object.keys().next().cloned()
    }

    /// The length of a list.
    pub fn length(&self) -> Option<u32> {
        self.0.as_array().and_then(|list| u32::try_from(list.len()).ok())
    }

    /// An item of a list.
    pub fn item(&self, index: u32) -> Self {
        Self(self.0.get(index as usize).cloned().unwrap_or_default())
    }

    pub fn text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    pub fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    pub fn boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    pub fn null() -> Self {
        Self(Json::Null)
    }

    pub fn object() -> Self {
        Self(Json::Object(serde_json::Map::new()))
    }

    pub fn list() -> Self {
        Self(Json::Array(Vec::new()))
    }

    pub fn of_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn of_number(number: u64) -> Self {
        Self(number.into())
    }

    pub fn of_boolean(boolean: bool) -> Self {
        Self(boolean.into())
    }

    /// Sets a field of an object.
    pub fn set(&mut self, name: &str, value: Self) {
        if let Some(object) = self.0.as_object_mut() {
            object.insert(name.to_owned(), value.0);
        }
    }

    /// Adds an item to a list.
    pub fn push(&mut self, item: Self) {
        if let Some(list) = self.0.as_array_mut() {
            list.push(item.0);
        }
    }
}
