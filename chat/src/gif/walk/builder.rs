//! Writes a GIF from the blocks of an upload that are kept.

use super::blocks::{Image, Screen, TRAILER};

pub(super) struct GifBuilder(Vec<u8>);

impl GifBuilder {
    /// The output is a GIF89a even if the upload is a GIF87a. For a GIF87a, Firefox and WebKit use the first frame's
    /// size as the canvas size, and a page would jump when the GIF has loaded.
    pub fn new(screen: &Screen, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(b"GIF89a");
        for side in [screen.width, screen.height] {
            bytes.extend(side.to_le_bytes().into_iter().take(2));
        }
        bytes.extend_from_slice(screen.rest);
        Self(bytes)
    }

    /// Writes the loop extension in the form that all browsers read, whatever the form of the uploaded one was.
    pub fn repeat(mut self, times: Option<[u8; 2]>) -> Self {
        if let Some(times) = times {
            self.0.extend_from_slice(b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
            self.0.extend_from_slice(&times);
            self.0.push(0);
        }
        self
    }

    pub fn image(mut self, image: &Image) -> Self {
        if let Some(control) = image.control {
            self.0.extend_from_slice(b"\x21\xf9\x04");
            self.0.extend_from_slice(control);
            self.0.push(0);
        }
        self.0.extend_from_slice(image.head);
        image.data.write(&mut self.0);
        self
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(TRAILER);
        self.0
    }
}
