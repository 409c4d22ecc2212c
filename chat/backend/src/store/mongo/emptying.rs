//! Removes what a message said, and what belongs to it.

use mongodb::bson::{Document, doc, serialize_to_bson};

use super::entries::{find, find_one, read};
use super::entry_doc::WhatDoc;
use super::schema::Db;
use super::values::{AsBson, int, unwritable};
use super::{gifs, shelves};
use chat::entry::What;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::RoomId;

/// Removes the content of a message, the changes of its [`Showing`](chat::entry::Showing), the GIFs of its reactions, and
/// the items on shelves that came from them. What remains is that the message existed, whose it was and, for a whisper,
/// whom it was for. May be repeated.
pub async fn empty_message(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    let Some(document) = find_one(db, room, seq).await? else { return Ok(()) };
    let message = document.entry()?;
    let empty = serialize_to_bson(&WhatDoc::new(&What::Removed, message.to.as_ref())).map_err(unwritable)?;
    let update = doc! { "$set": { "what": empty }, "$unset": { "reply": "", "showing": "" } };
    let gif = message.what.gif().map(|gif| gif.sha);
    // This is done before the update, because a repetition no longer knows the GIF, and again at the end, in case a sweep
    // came in between.
    if let Some(sha) = gif {
        gifs::doubt_all(db, &[sha]).await?;
    }
    db.run("entries.empty", db.entries.update_one(doc! { "room": room.bson(), "seq": int(seq) }, update)).await?;
    let about = doc! { "room": room.bson(), "what.about": int(seq), "what.showing": { "$exists": true } };
    let forget = doc! { "$unset": { "what.showing": "" } };
    db.run("entries.empty_about", db.entries.update_many(about, forget)).await?;
    shelves::remove_from(db, room, seq).await?;
    empty_reactions(db, room, seq).await?;
    if let Some(sha) = gif {
        gifs::doubt_all(db, &[sha]).await?;
    }
    Ok(())
}

/// Removes the GIFs of the reactions to a message.
async fn empty_reactions(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    let with = |field: &str| doc! { "room": room.bson(), "what.about": int(seq), field: { "$exists": true } };
    let reactions = read(find(db, "entries.reactions", with("what.gif.sha"), Document::new(), 0).await?)?;
    let shown: Vec<GifHash> = gifs::shown(&reactions).into_iter().collect();
    gifs::doubt_all(db, &shown).await?;
    let forget = doc! { "$unset": { "what.gif": "", "what.gif_off": "" } };
    for field in ["what.gif", "what.gif_off"] {
        db.run("entries.empty_reactions", db.entries.update_many(with(field), forget.clone())).await?;
    }
    for reaction in &reactions {
        shelves::remove_from(db, room, reaction.seq).await?;
    }
    Ok(gifs::doubt_all(db, &shown).await?)
}
