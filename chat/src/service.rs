//! The only door to the domain: one use case per method.
