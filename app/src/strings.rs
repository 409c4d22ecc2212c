//! The page's words in Korean and English: a typed table.

use serde::{Deserialize, Serialize};

/// A language the page is worded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    Ko,
    En,
}
