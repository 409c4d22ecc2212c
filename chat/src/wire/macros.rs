//! The macros that declare a type's form on the wire, for reading and writing alike. They take the place of serde's
//! derives: structs are objects, and enums are externally tagged.

/// Declares a struct with named fields. `= value` follows a field that may be missing, and `as "name"` a field that has
/// another name on the wire.
///
/// ```
/// #[derive(Debug, PartialEq)]
/// struct Point { x: u16, y: u16, label: String }
/// chat::wire_struct!(Point { x, y = 0, label as "name" });
/// let read = chat::wire::read(r#"{ "x": 3, "name": "a", "unknown": true }"#);
/// assert_eq!(read, Some(Point { x: 3, y: 0, label: "a".to_owned() }));
/// ```
///
/// A field that is left out does not compile:
///
/// ```compile_fail
/// struct Point { x: u16, y: u16 }
/// chat::wire_struct!(Point { x });
/// ```
#[macro_export]
macro_rules! wire_struct {
    ($type:ident { $($field:ident $(as $name:literal)? $(= $absent:expr)?),+ $(,)? }) => {
        impl $crate::wire::Decode for $type {
            fn decode(value: &$crate::wire::Value) -> Option<Self> {
                if !value.is_object() {
                    return None;
                }
                Some(Self {
                    $($field: $crate::wire_struct!(@read value, $crate::wire_struct!(@name $field $($name)?) $(, $absent)?),)+
                })
            }
        }

        impl $crate::wire::Encode for $type {
            fn encode(&self) -> $crate::wire::Value {
                let Self { $($field),+ } = self;
                let mut object = $crate::wire::Value::object();
                $(object.set($crate::wire_struct!(@name $field $($name)?), $crate::wire::Encode::encode($field));)+
                object
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@read $object:expr, $name:expr) => { $crate::wire::field($object, $name)? };
    (@read $object:expr, $name:expr, $absent:expr) => { $crate::wire::field_or($object, $name, $absent)? };
}

/// Declares an enum whose variants are bare names, `Name(content)`, or `Name { field, … }` as in [`wire_struct!`].
/// `as "name"` follows a variant that has another name on the wire. Variants under `never` are never sent: they are written as `null`,
/// and are not read.
///
/// ```
/// #[derive(Debug, PartialEq)]
/// enum Shape { Dot, Circle(u16), Box { width: u16, height: u16 } }
/// chat::wire_enum!(Shape { Dot as "Point", Circle(radius), Box { width, height = 1 } });
/// assert_eq!(chat::wire::read(r#""Point""#), Some(Shape::Dot));
/// assert_eq!(chat::wire::read(r#"{ "Circle": 3 }"#), Some(Shape::Circle(3)));
/// assert_eq!(chat::wire::read(r#"{ "Box": { "width": 3 } }"#), Some(Shape::Box { width: 3, height: 1 }));
/// ```
///
/// A variant that is left out does not compile:
///
/// ```compile_fail
/// enum Shape { Dot, Circle(u16) }
/// chat::wire_enum!(Shape { Dot });
/// ```
///
/// A variant under `#[cfg]` is written by every build, but read only where the condition holds. Elsewhere it is unknown:
///
/// ```
/// # #[derive(Debug, PartialEq)]
/// enum Shape { Dot, Circle(u16) }
/// chat::wire_enum!(Shape { Dot, #[cfg(any())] Circle(radius) });
/// assert_eq!(chat::wire::read::<Shape>(r#"{ "Circle": 3 }"#), None);
/// assert_eq!(chat::wire::write(&Shape::Circle(3)), r#"{"Circle":3}"#);
/// ```
#[macro_export]
macro_rules! wire_enum {
    (
        $type:ident {
            $($(#[$read_if:meta])* $variant:ident $(as $name:literal)? $(($content:ident))? $({ $($field:ident $(= $absent:expr)?),+ $(,)? })?),+ $(,)?
        }
        $(never { $($never:ident),+ })?
    ) => {
        impl $crate::wire::Decode for $type {
            fn decode(value: &$crate::wire::Value) -> Option<Self> {
                let read = $crate::wire::Variant::of(value)?;
                $(
                    $(#[$read_if])*
                    {
                        $crate::wire_enum!(
                            @read read, $crate::wire_struct!(@name $variant $($name)?), $variant $(($content))? $({ $($field $(= $absent)?),+ })?
                        );
                    }
                )+
                None
            }
        }

        impl $crate::wire::Encode for $type {
            fn encode(&self) -> $crate::wire::Value {
                match self {
                    $(Self::$variant $(($content))? $({ $($field),+ })? =>
                        $crate::wire_enum!(@write $crate::wire_struct!(@name $variant $($name)?), $(($content))? $({ $($field),+ })?),)+
                    $($(Self::$never { .. } => $crate::wire::Value::null(),)+)?
                }
            }
        }
    };
    (@read $read:ident, $name:expr, $variant:ident) => {
        if $read.is($name) {
            return Some(Self::$variant);
        }
    };
    (@read $read:ident, $name:expr, $variant:ident ($content:ident)) => {
        if let Some(content) = $read.content($name) {
            return $crate::wire::Decode::decode(content).map(Self::$variant);
        }
    };
    (@read $read:ident, $name:expr, $variant:ident { $($field:ident $(= $absent:expr)?),+ }) => {
        if let Some(content) = $read.content($name) {
            if !content.is_object() {
                return None;
            }
            return Some(Self::$variant {
                $($field: $crate::wire_struct!(@read content, stringify!($field) $(, $absent)?),)+
            });
        }
    };
    (@write $name:expr,) => { $crate::wire::Value::of_text($name) };
    (@write $name:expr, ($content:ident)) => {{
        let mut object = $crate::wire::Value::object();
        object.set($name, $crate::wire::Encode::encode($content));
        object
    }};
    (@write $name:expr, { $($field:ident),+ }) => {{
        let mut content = $crate::wire::Value::object();
        $(content.set(stringify!($field), $crate::wire::Encode::encode($field));)+
        let mut object = $crate::wire::Value::object();
        object.set($name, content);
        object
    }};
}

/// Declares a struct around one value that travels as that value. This stands beside the struct, whose field is private.
macro_rules! wire_newtype {
    ($type:ident) => {
        impl $crate::wire::Decode for $type {
            fn decode(value: &$crate::wire::Value) -> Option<Self> {
                $crate::wire::Decode::decode(value).map(Self)
            }
        }

        impl $crate::wire::Encode for $type {
            fn encode(&self) -> $crate::wire::Value {
                $crate::wire::Encode::encode(&self.0)
            }
        }
    };
}
pub(crate) use wire_newtype;

/// Declares a type that travels as its text.
macro_rules! wire_text {
    ($($type:ident),+) => {
        $(
            impl $crate::wire::Decode for $type {
                fn decode(value: &$crate::wire::Value) -> Option<Self> {
                    value.text()?.parse().ok()
                }
            }

            impl $crate::wire::Encode for $type {
                fn encode(&self) -> $crate::wire::Value {
                    $crate::wire::Value::of_text(&self.to_string())
                }
            }
        )+
    };
}
pub(crate) use wire_text;
