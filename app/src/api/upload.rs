//! Reads the form of an upload while it arrives.

use backend::service::{Chat, Target};
use backend::spool;
use chat::entry::{Description, Showing};
use chat::error::GifProblem;
use chat::shelf::Label;
use chat::text::SCALARS_PER_CHARACTER;
use chat::{ClientId, Error, Field, Problem, RoomId, VisitorId};
use server_fn::codec::MultipartData;

/// An upload that has arrived.
pub struct Upload {
    pub room: RoomId,
    pub client: ClientId,
    pub target: Target,
    pub showing: Showing,
    pub gif: spool::Upload,
}

/// The most bytes of a field that is not the file. The longest such field is a description.
const FIELD_BYTES: usize = (Description::MAX_CHARS * SCALARS_PER_CHARACTER * 4) as usize;

/// Reads an upload, but no more of it than is allowed. (The server reads and drops the rest, because a browser whose request is
/// cut off does not show the answer.)
pub async fn read_upload(form: MultipartData, chat: &Chat, author: VisitorId) -> Result<Upload, Error> {
    let mut form = form.into_inner().ok_or(Error::Refused)?;
    // The room comes first, so that nothing more is read from a visitor who may not send anything there.
    let room = match form.next_field().await.map_err(cut_off)? {
        Some(field) if field.name() == Some("room") => id_of(&text_of(field).await?)?,
        _ => return Err(Error::Refused),
    };
    chat.may_upload(author, room).await?;
    let (mut client, mut target, mut gif, mut is_named) = (None, Target::default(), None, false);
    let mut showing = Showing::default();
    while let Some(field) = form.next_field().await.map_err(cut_off)? {
        match field.name() {
            Some("client") => client = Some(value_of(&text_of(field).await?)?),
            Some("to") => target.to = Some(value_of(&text_of(field).await?)?),
            Some("reply") => target.reply = Some(value_of(&text_of(field).await?)?),
            Some("description") => showing.description = Description::new(&text_of(field).await?)?,
            Some("veiled") => showing.veiled = value_of(&text_of(field).await?)?,
            Some("gif") if gif.is_none() => {
                is_named = field.file_name().is_some_and(|name| !name.is_empty());
                gif = Some(file_of(field, chat).await?);
            }
            Some("gif" | "room") => return Err(Error::Refused),
            _ => {}
        }
    }
    // The form is read to its end, because the field `to` may come after the file: without it a whisper would go to everybody.
    match gif {
        Some(gif) if gif.length() > 0 => {
            Ok(Upload { room, client: client.unwrap_or_else(ClientId::generate), target, showing, gif })
        }
        // Browsers send a file without a name when none was chosen.
        Some(_) if is_named => Err(Error::BadGif(GifProblem::Empty)),
        _ => Err(Error::invalid(Field::Gif, Problem::Empty)),
    }
}

/// An upload for the shelf that has arrived.
pub struct ForShelf {
    pub label: Label,
    pub description: Option<Description>,
    pub gif: spool::Upload,
}

/// Reads an upload for the shelf, in the same way as [`read_upload`]. Fields after the file are not read.
pub async fn read_for_shelf(form: MultipartData, chat: &Chat, visitor: VisitorId) -> Result<ForShelf, Error> {
    let mut form = form.into_inner().ok_or(Error::Refused)?;
    chat.may_keep_upload(visitor).await?;
    let [mut name, mut tags, mut folder, mut description] = [const { String::new() }; 4];
    while let Some(field) = form.next_field().await.map_err(cut_off)? {
        match field.name() {
            Some("name") => name = text_of(field).await?,
            Some("tags") => tags = text_of(field).await?,
            Some("folder") => folder = text_of(field).await?,
            Some("description") => description = text_of(field).await?,
            Some("gif") => {
                let (label, description) = (Label::new(&name, &tags, &folder)?, Description::new(&description)?);
                return match file_of(field, chat).await? {
                    gif if gif.length() > 0 => Ok(ForShelf { label, description, gif }),
                    _ => Err(Error::BadGif(GifProblem::Empty)),
                };
            }
            _ => {}
        }
    }
    // Only scripts send this form, and they always include the file.
    Err(Error::Refused)
}

async fn text_of(mut field: multer::Field<'_>) -> Result<String, Error> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
        if text.len() + chunk.len() > FIELD_BYTES {
            return Err(Error::Refused);
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| Error::Refused)
}

async fn file_of(mut field: multer::Field<'_>, chat: &Chat) -> Result<spool::Upload, Error> {
    let limit = chat.config().gif.max_bytes;
    let mut gif = chat.begin_upload();
    while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
        if gif.length() + chunk.len() as u64 > limit {
            return Err(Error::TooLarge { limit });
        }
        gif.add(&chunk).await?;
    }
    Ok(gif)
}

fn id_of(text: &str) -> Result<RoomId, Error> {
    text.trim().parse().map_err(|_| Error::NotFound)
}

fn value_of<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| Error::Refused)
}

/// The error for a body that ended early or is malformed.
fn cut_off<E: std::fmt::Display>(error: E) -> Error {
    tracing::debug!(%error, "upload cut off");
    Error::Refused
}
