//! The form of each type that travels, declared once ([`wire`](crate::wire)).

mod entry;
mod error;
mod event;
mod room;
mod shelf;
#[cfg(test)]
mod tests;
