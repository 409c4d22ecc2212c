//! What can go wrong, as one typed value from the store to the page. The texts here are for logs and developers;
//! `app::strings` has the words that people read.

use serde::{Deserialize, Serialize};

use crate::limit::Act;

/// Why something was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// Some fields have wrong values. Each is listed with its problem.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The password does not open the room.
    #[error("wrong password")]
    WrongPassword,
    /// All seats are taken.
    #[error("room full")]
    Full,
    /// The person was thrown out of this room.
    #[error("barred from this room")]
    Barred,
    /// Only people seated in the room may do this.
    #[error("not seated in this room")]
    NotSeated,
    /// Only the room's owner may do this.
    #[error("not the owner of this room")]
    NotOwner,
    /// The person whom the action is about has no seat in the room (any more).
    #[error("they are not in this room")]
    Absent,
    /// Somebody in the room has that name, or one that looks like it.
    #[error("name taken")]
    NameTaken,
    /// The room, the page of its log or the GIF does not exist (any more).
    #[error("not found")]
    NotFound,
    /// The message does not exist (any more), or this person may not see it.
    #[error("message removed")]
    Removed,
    /// The upload is larger than `limit` bytes.
    #[error("larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// The request arrived so slowly that the server stopped waiting for it.
    #[error("too slow")]
    TooSlow,
    /// The upload is not a GIF that can be shown.
    #[error("bad GIF: {0:?}")]
    BadGif(GifProblem),
    /// The person did this too often; the next try is allowed in `retry_after` seconds.
    #[error("too many ({of:?}), retry after {retry_after} s")]
    TooMany {
        /// Servers of protocol 2 do not send this field.
        #[serde(default)]
        of: Act,
        retry_after: u32,
    },
    /// The request did not come from one of our pages, or is one that they never send.
    #[error("request refused")]
    Refused,
    /// No more GIFs can be put on this shelf.
    #[error("shelf full: {0:?}")]
    ShelfFull(Bound),
    /// The store cannot answer or take anything just now; nothing was changed.
    #[error("unavailable")]
    Unavailable,
    /// Something broke that the person cannot repair. The cause is in the server's log.
    #[error("internal error")]
    Internal,
}

impl Error {
    /// Replaces an error that pages of this protocol do not know. (Unknown fields need no replacement: older pages
    /// ignore them.)
    pub fn as_known_to(self, protocol: u16) -> Self {
        match self {
            Error::TooSlow if protocol < 3 => Error::Refused,
            Error::BadGif(problem) if protocol < 5 => Error::BadGif(problem.as_known_before_5()),
            Error::Invalid(fields) if protocol < 5 && fields.iter().any(|field| field.problem == Problem::Reserved) => {
                Error::NameTaken
            }
            Error::Invalid(fields) if protocol < 5 && fields.iter().any(|field| field.problem.is_of_protocol_5()) => {
                Error::Refused
            }
            Error::Invalid(fields) if protocol < 6 && fields.iter().any(|field| field.field == Field::Description) => {
                Error::Refused
            }
            Error::ShelfFull(_) if protocol < 7 => Error::Refused,
            Error::Invalid(fields) if protocol < 7 && fields.iter().any(|field| field.field.is_of_protocol_7()) => {
                Error::Refused
            }
            error => error,
        }
    }

    /// An error about one wrong field.
    pub fn invalid(field: Field, problem: Problem) -> Self {
        Error::Invalid(vec![FieldError { field, problem }])
    }
}

/// A field of a form and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: Field,
    pub problem: Problem,
}

/// The fields a person fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    Title,
    Capacity,
    Password,
    Text,
    Gif,
    Name,
    Reason,
    Description,
    ItemName,
    Tag,
    Folder,
}

impl Field {
    /// Whether pages before protocol 7 do not know this field.
    fn is_of_protocol_7(self) -> bool {
        matches!(self, Field::ItemName | Field::Tag | Field::Folder)
    }
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Empty,
    /// More than `max` characters that people see (extended grapheme clusters), or more than [eight] times as many
    /// scalars. (For a password, `max` counts scalars.)
    ///
    /// [eight]: crate::text::SCALARS_PER_CHARACTER
    TooLong {
        max: u32,
    },
    NotANumber,
    OutOfRange {
        min: u32,
        max: u32,
    },
    /// A name that passes for a role, for the room itself, or for a sentence of the page.
    Reserved,
    /// A text for everybody that begins like a command.
    Command,
    /// A whisper whose name fits several people.
    SeveralFit,
}

impl Problem {
    /// Whether pages before protocol 5 do not know this problem of a message.
    fn is_of_protocol_5(self) -> bool {
        matches!(self, Problem::Command | Problem::SeveralFit)
    }
}

/// Why bytes are not accepted as a GIF. Limits are those of [`crate::gif::Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GifProblem {
    /// There are no bytes.
    Empty,
    /// Does not start as a GIF does.
    NotAGif,
    /// Ends as a GIF does, without any frame.
    NoFrame,
    /// The first frame, or what comes before it, contradicts itself.
    Broken,
    /// Ends before the first frame does.
    CutOff,
    /// Width, height or area above the limit.
    TooWide,
    TooManyFrames,
    /// More pixels in all frames together than the limit.
    TooManyPixels,
    /// Plays longer than the limit.
    TooLong,
}

impl GifProblem {
    /// The problem that pages of protocol 4 and before know instead.
    fn as_known_before_5(self) -> Self {
        match self {
            Self::Empty | Self::NotAGif => Self::NotAGif,
            Self::NoFrame | Self::Broken | Self::CutOff => Self::Broken,
            Self::TooWide => Self::TooWide,
            Self::TooManyFrames | Self::TooManyPixels | Self::TooLong => Self::TooLong,
        }
    }
}

/// Which bound keeps a GIF from being put on a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// The visitor keeps [`MOST_ITEMS`](crate::shelf::MOST_ITEMS).
    Items,
    /// The GIFs that this visitor keeps are too large together.
    Visitor,
    /// The GIFs that all visitors at this address keep are too large together.
    Address,
    /// The GIFs that all visitors of the deployment keep are too large together.
    #[serde(rename = "House")]
    Deployment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_page_is_told_what_it_knows() {
        use GifProblem::{Broken, CutOff, Empty, NoFrame, NotAGif, TooLong, TooManyFrames, TooManyPixels, TooWide};
        for (problem, known) in [
            (Empty, NotAGif),
            (NotAGif, NotAGif),
            (NoFrame, Broken),
            (Broken, Broken),
            (CutOff, Broken),
            (TooWide, TooWide),
            (TooManyFrames, TooLong),
            (TooManyPixels, TooLong),
            (TooLong, TooLong),
        ] {
            for protocol in 2..5 {
                assert_eq!(Error::BadGif(problem).as_known_to(protocol), Error::BadGif(known), "{problem:?}");
            }
            assert_eq!(Error::BadGif(problem).as_known_to(5), Error::BadGif(problem));
        }
        assert_eq!([2, 3, 5].map(|p| Error::TooSlow.as_known_to(p)), [Error::Refused, Error::TooSlow, Error::TooSlow]);
    }

    #[test]
    fn older_pages_are_told_of_a_reserved_name_what_they_know() {
        let reserved = Error::invalid(Field::Name, Problem::Reserved);
        assert_eq!(reserved.clone().as_known_to(4), Error::NameTaken);
        assert_eq!(reserved.clone().as_known_to(2), Error::NameTaken);
        assert_eq!(reserved.clone().as_known_to(5), reserved);
        let empty = Error::invalid(Field::Name, Problem::Empty);
        assert_eq!(empty.clone().as_known_to(2), empty);
    }

    #[test]
    fn older_pages_are_told_of_a_command_that_it_is_refused() {
        for problem in [Problem::Command, Problem::SeveralFit] {
            let error = Error::invalid(Field::Text, problem);
            assert_eq!(error.clone().as_known_to(4), Error::Refused);
            assert_eq!(error.clone().as_known_to(5), error);
        }
    }

    #[test]
    fn older_pages_are_told_of_a_description_that_it_is_refused() {
        let error = Error::invalid(Field::Description, Problem::TooLong { max: 500 });
        assert_eq!(error.clone().as_known_to(5), Error::Refused);
        assert_eq!(error.clone().as_known_to(6), error);
    }

    #[test]
    fn older_pages_are_told_of_a_shelf_that_it_is_refused() {
        let fields = [Field::ItemName, Field::Tag, Field::Folder];
        let errors = fields.map(|field| Error::invalid(field, Problem::TooLong { max: 20 }));
        for error in errors.into_iter().chain([Error::ShelfFull(Bound::Items)]) {
            assert_eq!(error.clone().as_known_to(6), Error::Refused);
            assert_eq!(error.clone().as_known_to(7), error);
        }
    }
}
