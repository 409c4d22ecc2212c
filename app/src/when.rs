//! Points in time as people read them.
//!
//! The server knows neither the reader's time zone nor their time format, so it writes UTC. So does the browser until the page
//! is hydrated. From then on the page shows local time, in the format of the browser's own language.

mod calendar;
mod day;
mod format;
mod server_clock;

pub use calendar::Calendar;
pub use day::{Day, iso};
pub use server_clock::corrected;
