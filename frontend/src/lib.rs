//! Hydrates the page, nothing else.
