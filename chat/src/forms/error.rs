//! Errors and what they hold.

use crate::error::{Bound, Error, Field, FieldError, GifProblem, Problem};
use crate::limit::Act;
use crate::{wire_enum, wire_struct};

wire_enum!(Error {
    Invalid(fields),
    WrongPassword,
    Full,
    Barred,
    NotSeated,
    NotOwner,
    Absent,
    NameTaken,
    NotFound,
    Removed,
    TooLarge { limit },
    TooSlow,
    BadGif(problem),
    TooMany { of = Act::default(), retry_after },
    Refused,
    ShelfFull(bound),
    Unavailable,
    Internal,
});

wire_struct!(FieldError { field, problem });
wire_enum!(Field { Title, Capacity, Password, Text, Gif, Name, Reason, Description, ItemName, Tag, Folder });
wire_enum!(Problem { Empty, TooLong { max }, NotANumber, OutOfRange { min, max }, Reserved, Command, SeveralFit });
wire_enum!(GifProblem { Empty, NotAGif, NoFrame, Broken, CutOff, TooWide, TooManyFrames, TooManyPixels, TooLong });
wire_enum!(Bound { Items, Visitor, Address, Deployment as "House" });
wire_enum!(Act { Say, Upload, Other as "Do", Enter, NewRoom, WrongPassword, React, Look, Search, Connect, Request as "Ask", Mistake, Wait });
