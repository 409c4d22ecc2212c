//! What the maker as a whole does.
