//! What goes wrong while a GIF is made, in words.

use crate::strings::Lang;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The person has ended it, and needs no words.
    Ended,
    /// The page is on plain http, or the browser has no camera for pages.
    NoCameras,
    NoCamera,
    Denied,
    Busy,
    /// The camera was taken away before anything could be kept.
    Lost,
    Unreadable(String),
    /// This file has to wait, because one GIF is made at a time.
    OneByOne(String),
    /// The maker could not be loaded.
    NotLoaded,
    TooLarge,
    TooMuch,
    Memory,
}

impl Trouble {
    /// Why a camera could not be opened, by the name of the browser's error.
    pub fn of_camera(error: &str) -> Self {
        match error {
            "NotAllowedError" | "SecurityError" | "PermissionDeniedError" => Self::Denied,
            "NotFoundError" | "OverconstrainedError" | "DevicesNotFoundError" => Self::NoCamera,
            "NotReadableError" | "AbortError" | "TrackStartError" => Self::Busy,
            _ => Self::NoCameras,
        }
    }

    /// The trouble for an error code of the maker. `name` is the file that it was given.
    pub fn of_maker(code: &str, name: &str) -> Self {
        match code {
            "load" => Self::NotLoaded,
            "too_large" => Self::TooLarge,
            "too_many_frames" | "too_big" => Self::TooMuch,
            "not_an_image" => Self::Unreadable(name.to_owned()),
            "ended" => Self::Ended,
            _ => Self::Memory,
        }
    }

    /// Whether its words say which file it is about.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::OneByOne(_))
    }

    pub fn told(&self, lang: Lang) -> String {
        let words = lang.make();
        let told = match self {
            Self::Ended => "",
            Self::NoCameras => words.no_cameras(),
            Self::NoCamera => words.no_camera(),
            Self::Denied => words.denied(),
            Self::Busy => words.busy(),
            Self::Lost => words.lost(),
            Self::Unreadable(name) => return lang.unreadable(name),
            Self::OneByOne(name) => return lang.one_by_one(name),
            Self::NotLoaded => words.not_loaded(),
            Self::TooLarge => words.too_large(),
            Self::TooMuch => words.too_much(),
            Self::Memory => words.memory(),
        };
        told.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_words_of_its_own() {
        assert_eq!(Trouble::of_camera("NotAllowedError"), Trouble::Denied);
        assert_eq!(Trouble::of_camera("NotFoundError"), Trouble::NoCamera);
        assert_eq!(Trouble::of_camera("NotReadableError"), Trouble::Busy);
        assert_eq!(Trouble::of_camera(""), Trouble::NoCameras);
        assert_eq!(Trouble::of_maker("load", ""), Trouble::NotLoaded);
        assert_eq!(Trouble::of_maker("not_an_image", "a.gif"), Trouble::Unreadable("a.gif".into()));
        assert_eq!(Trouble::of_maker("anything", ""), Trouble::Memory);
        for lang in Lang::ALL {
            assert!(Trouble::Unreadable("움짤.webp".into()).told(lang).contains("움짤.webp"));
            assert_ne!(Trouble::Denied.told(lang), Trouble::NoCamera.told(lang));
            assert_eq!(Trouble::Ended.told(lang), "");
        }
    }
}
