//! The functions of the WASM that scripts call. They only pass the calls on.

use wasm_bindgen::prelude::wasm_bindgen;

/// This allocator takes less code than the standard library's: 0.8 KiB of a room's first file, compressed.
#[cfg(feature = "pages")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Starts a page (see `start` in `app`). The page's script (boot.js in `app`) calls this once the WASM is loaded.
#[cfg(any(feature = "lobby", feature = "door", feature = "room"))]
#[wasm_bindgen]
pub fn start(anew: bool) -> bool {
    // A page that is made anew needs more than one that is hydrated.
    if anew {
        complete_now();
    }
    app::start(anew)
}

#[cfg(any(feature = "lobby", feature = "door", feature = "room"))]
#[wasm_bindgen]
extern "C" {
    /// Makes sure that the functions are there that a release has in a second file (bin/tools/divide.js, which also makes every call
    /// of such a function begin with this). Elsewhere it does nothing.
    #[wasm_bindgen(js_namespace = window, js_name = completeNow)]
    fn complete_now();
}

/// Checks a GIF as the server will, so that no file is sent that would be refused. Returns the error as JSON, or else the hash by
/// which the server would know the GIF. `most` is the most bytes that it may have.
#[cfg(feature = "judge")]
#[wasm_bindgen]
pub fn judge(bytes: &[u8], most: f64) -> String {
    let limits = chat::gif::Limits { max_bytes: most as u64, ..chat::gif::Limits::default() };
    match chat::gif::check(bytes, &limits) {
        Ok(checked) => checked.gif.sha.to_string(),
        Err(error) => chat::wire::write(&error),
    }
}

/// The functions by which a room calls the panel of GIFs. They are documented in `app` (panel/entry.rs).
#[cfg(feature = "panel")]
mod panel {
    use wasm_bindgen::prelude::JsValue;

    use super::wasm_bindgen;

    /// Loads the panel's style sheet. The promise is fulfilled once the style sheet is loaded or has failed to load.
    #[wasm_bindgen]
    pub fn dress() -> JsValue {
        app::panel::dress()
    }

    #[wasm_bindgen]
    pub fn open(host: JsValue, room: JsValue, files: JsValue) {
        app::panel::open(host, room, files);
    }

    #[wasm_bindgen]
    pub fn close() {
        app::panel::close();
    }

    #[wasm_bindgen]
    pub fn offer(files: JsValue) {
        app::panel::offer(files);
    }

    #[wasm_bindgen]
    pub fn search(host: JsValue, room: JsValue, query: &str) {
        app::panel::search(host, room, query);
    }

    #[wasm_bindgen]
    pub fn press(key: &str) -> bool {
        app::panel::press(key)
    }
}

/// The maker of GIFs, for its worker (maker/worker.js in `server`). A function that fails throws an error code, which the
/// worker passes on to the page.
#[cfg(feature = "maker")]
mod maker {
    use js_sys::{Array, Function, Object, Reflect, Uint8Array};
    use wasm_bindgen::prelude::{JsError, JsValue};

    use super::wasm_bindgen;

    /// Takes frames and makes a GIF of them.
    #[wasm_bindgen]
    pub struct Maker(maker::Maker);

    #[wasm_bindgen]
    impl Maker {
        /// For frames of this size in pixels, and a GIF of at most `most` bytes.
        #[wasm_bindgen(constructor)]
        pub fn new(width: u32, height: u32, most: f64) -> Result<Maker, JsError> {
            let recipe = maker::Recipe { width, height, most_bytes: most as usize };
            maker::Maker::new(recipe).map(Self).map_err(refusal)
        }

        /// Adds a frame of RGBA pixels, which is shown for this many milliseconds.
        pub fn add(&mut self, rgba: &[u8], millis: u32) -> Result<(), JsError> {
            self.0.add(rgba, millis).map_err(refusal)
        }

        /// Makes the GIF. `progress` is called with the number of steps that are done, and the number of all steps. Returns an
        /// object with `bytes`, `width`, `height`, `frames`, and `gave`: what was given up to keep within the limit of bytes.
        pub fn make(&self, progress: &Function) -> Result<JsValue, JsError> {
            let mut progress = |done: u32, of: u32| {
                // If the callback fails, the GIF is made nevertheless.
                let _ = progress.call2(&JsValue::UNDEFINED, &done.into(), &of.into());
            };
            let made = self.0.make(&mut progress).map_err(refusal)?;
            let gave: Array = made.gave_up.iter().map(gave).collect();
            Ok(object(&[
                ("bytes", Uint8Array::from(made.bytes.as_slice()).buffer().into()),
                ("width", made.width.into()),
                ("height", made.height.into()),
                ("frames", (made.frames as u32).into()),
                ("gave", gave.into()),
            ]))
        }
    }

    /// Calls `each` with the pixels, the width, the height and the milliseconds of each frame of a GIF, a WebP or a PNG, and
    /// returns how many there were.
    #[wasm_bindgen]
    pub fn decode(bytes: &[u8], each: &Function) -> Result<u32, JsError> {
        let mut take = |frame: maker::decode::Frame<'_>| {
            let pixels = Uint8Array::from(frame.rgba);
            let (width, height) = (frame.width as u32, frame.height as u32);
            let arguments: [JsValue; 4] = [pixels.into(), width.into(), height.into(), frame.millis.into()];
            // An error of the callback is ignored: if the page does not want the frames any more, it terminates the worker.
            let _ = each.apply(&JsValue::UNDEFINED, &arguments.into_iter().collect::<Array>());
        };
        match maker::decode::decode(bytes, &maker::decode::Limits::default(), &mut take) {
            Ok(frames) => Ok(frames as u32),
            Err(maker::decode::DecodeError::NotAnImage) => Err(JsError::new("not_an_image")),
            Err(maker::decode::DecodeError::TooBig) => Err(JsError::new("too_big")),
        }
    }

    fn gave(gave: &maker::Gave) -> JsValue {
        match *gave {
            maker::Gave::Colours(colours) => {
                object(&[("what", "colours".into()), ("colours", (colours as u32).into())])
            }
            maker::Gave::Rate(frames) => object(&[("what", "rate".into()), ("frames", (frames as u32).into())]),
            maker::Gave::Size { width, height } => {
                object(&[("what", "size".into()), ("width", width.into()), ("height", height.into())])
            }
        }
    }

    fn object(fields: &[(&str, JsValue)]) -> JsValue {
        let object = Object::new();
        for (name, value) in fields {
            // A new object takes every field.
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
        object.into()
    }

    fn refusal(error: maker::MakerError) -> JsError {
        use maker::MakerError::{Empty, TooBig, TooLarge, TooLong, TooManyFrames, WrongLength};
        JsError::new(match error {
            TooBig => "too_big",
            TooManyFrames | TooLong => "too_many_frames",
            TooLarge => "too_large",
            Empty | WrongLength => "not_an_image",
        })
    }
}
