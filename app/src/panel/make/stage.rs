//! How far somebody is who makes a GIF.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Empty,
    Camera,
    Reading,
    /// There is something to make a GIF of.
    Ready,
    Making,
}

/// What of the tab is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Start,
    Camera,
    Edit,
}

impl Stage {
    pub fn part(self) -> Part {
        match self {
            Self::Empty | Self::Reading => Part::Start,
            Self::Camera => Part::Camera,
            Self::Ready | Self::Making => Part::Edit,
        }
    }

    /// Where it goes on when something fails or was cancelled. What there was to make a GIF of is still there.
    pub fn failed(self) -> Self {
        match self {
            Self::Ready | Self::Making => Self::Ready,
            Self::Empty | Self::Camera | Self::Reading => Self::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_loses_nothing() {
        assert_eq!(Stage::Making.failed(), Stage::Ready);
        assert_eq!(Stage::Camera.failed(), Stage::Empty);
        assert_eq!(Stage::Reading.failed(), Stage::Empty);
        // What is edited is not made anew while a GIF is made of it.
        assert_eq!(Stage::Making.part(), Stage::Ready.part());
        assert_eq!(Stage::Reading.part(), Stage::Empty.part());
    }
}
