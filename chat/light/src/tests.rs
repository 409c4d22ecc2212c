//! Tests of the whole crate: GIFs in, pictures and numbers out. Pictures are read by a decoder that shares no code with
//! the encoder.

mod compose;
mod copies;
mod deltas;
mod flicker;
mod hostile;
mod messages;
pub(crate) mod samples;
mod stills;
