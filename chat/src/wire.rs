//! The wire as the browser reads and writes it: JSON by the browser's own parser, in exactly the form that serde gives it
//! on the server.
//!
//! [`wire_struct!`], [`wire_enum!`] and the others declare a type's form once. A declaration that leaves out a field or
//! a variant does not compile. Reading is strict: a field that is missing or of a wrong type is an error, and so is an
//! unknown variant; an unknown field is ignored. serde's own reader would be an eighth of the WASM
//! (docs/decisions/0038).
//!
//! [`wire_struct!`]: crate::wire_struct
//! [`wire_enum!`]: crate::wire_enum

pub(crate) mod macros;
#[cfg_attr(target_arch = "wasm32", path = "wire/value/browser.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "wire/value/native.rs")]
mod value;

pub(crate) use self::macros::wire_newtype;
pub use self::value::Value;

/// The largest whole number up to which JavaScript's numbers are exact (`Number.MAX_SAFE_INTEGER`). No number on the
/// wire comes near it.
pub(crate) const MOST: u64 = (1 << 53) - 1;

/// A type that is read from a JSON value.
pub trait Decode: Sized {
    /// `None` unless the value has exactly this type's form.
    fn decode(value: &Value) -> Option<Self>;
}

/// A type that is written as a JSON value.
pub trait Encode {
    fn encode(&self) -> Value;
}

/// Reads JSON. `None` if the text is not JSON, or not of this type.
pub fn read<T: Decode>(json: &str) -> Option<T> {
    T::decode(&Value::parse(json)?)
}

/// Writes JSON.
pub fn write(value: &impl Encode) -> String {
    value.encode().to_json()
}

// The following functions are not inlined, because each copy would be larger than the call.

/// A field that must be there.
#[inline(never)]
pub fn field<T: Decode>(object: &Value, name: &str) -> Option<T> {
    T::decode(&object.field(name)?)
}

/// A field that may be missing; then its value is `absent`.
#[inline(never)]
pub fn field_or<T: Decode>(object: &Value, name: &str, absent: T) -> Option<T> {
    match object.field(name) {
        Some(value) => T::decode(&value),
        None => Some(absent),
    }
}

/// A variant that was read: its name, and its content unless it is a bare name.
pub struct Variant {
    name: String,
    content: Option<Value>,
}

impl Variant {
    #[inline(never)]
    pub fn of(value: &Value) -> Option<Self> {
        if let Some(name) = value.text() {
            return Some(Self { name, content: None });
        }
        let name = value.only_name()?;
        let content = value.field(&name);
        Some(Self { name, content })
    }

    /// Whether it is this bare name.
    #[inline(never)]
    pub fn is(&self, name: &str) -> bool {
        self.content.is_none() && self.name == name
    }

    /// What it holds, if it has this name.
    #[inline(never)]
    pub fn content(&self, name: &str) -> Option<&Value> {
        self.content.as_ref().filter(|_| self.name == name)
    }
}

/// A whole number from 0 to `most`.
#[inline(never)]
fn whole(value: &Value, most: u64) -> Option<u64> {
    let number = value.number()?;
    (number >= 0.0 && number <= most as f64 && number == number.trunc()).then_some(number as u64)
}

macro_rules! numbers {
    ($($type:ident: $most:expr),+) => {
        $(
            impl Decode for $type {
                fn decode(value: &Value) -> Option<Self> {
                    Some(whole(value, $most)? as $type)
                }
            }

            impl Encode for $type {
                fn encode(&self) -> Value {
                    Value::of_number(u64::from(*self))
                }
            }
        )+
    };
}

numbers!(u8: u8::MAX.into(), u16: u16::MAX.into(), u32: u32::MAX.into(), u64: MOST);

/// The answer of a server function without a result, which serde writes as `null`.
impl Decode for () {
    fn decode(value: &Value) -> Option<Self> {
        value.is_null().then_some(())
    }
}

impl Decode for bool {
    fn decode(value: &Value) -> Option<Self> {
        value.boolean()
    }
}

impl Encode for bool {
    fn encode(&self) -> Value {
        Value::of_boolean(*self)
    }
}

impl Decode for String {
    fn decode(value: &Value) -> Option<Self> {
        value.text()
    }
}

impl Encode for String {
    fn encode(&self) -> Value {
        Value::of_text(self)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::decode(value).map(Some) }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self) -> Value {
        self.as_ref().map_or_else(Value::null, Encode::encode)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Value) -> Option<Self> {
        let mut items = Vec::new();
        for index in 0..value.length()? {
            items.push(T::decode(&value.item(index))?);
        }
        Some(items)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self) -> Value {
        let mut list = Value::list();
        self.iter().for_each(|item| list.push(item.encode()));
        list
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn decode(value: &Value) -> Option<Self> {
        if value.length()? != 2 {
            return None;
        }
        Some((A::decode(&value.item(0))?, B::decode(&value.item(1))?))
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self) -> Value {
        let mut list = Value::list();
        list.push(self.0.encode());
        list.push(self.1.encode());
        list
    }
}
