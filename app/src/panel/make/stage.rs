//! The stages of making a GIF.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Empty,
    Camera,
    Reading,
    /// There is something to make a GIF of.
    Ready,
    Making,
}

/// The part of the tab that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Start,
    Camera,
    Edit,
}

impl Stage {
    pub fn part(self) -> Step {
        match self {
            Self::Empty | Self::Reading => Step::Start,
            Self::Camera => Step::Camera,
            Self::Ready | Self::Making => Step::Edit,
        }
    }

    /// The stage after a failure or a cancellation, which loses no source.
    pub fn failed(has_source: bool) -> Self {
        if has_source { Self::Ready } else { Self::Empty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_loses_nothing() {
        assert_eq!(Stage::failed(true), Stage::Ready);
        assert_eq!(Stage::failed(false), Stage::Empty);
        // The view for editing is not rebuilt while the GIF is made.
        assert_eq!(Stage::Making.part(), Stage::Ready.part());
        assert_eq!(Stage::Reading.part(), Stage::Empty.part());
    }
}
