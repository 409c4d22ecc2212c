//! What a person does in a room besides writing: actions on messages and on people, and the owner's actions on the room.

use chat::entry::{GifReaction, MOST_GIF_REACTIONS, Reaction};
use chat::{Error, GifHash};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::open::Question;
use super::shown::ShownRoom;
use crate::action::Sign;
use crate::api::OptionalField;
use crate::call;

#[derive(Debug, Clone, Copy)]
pub struct Acts {
    shown: ShownRoom,
    /// The message that the composer shows to the person.
    notice: RwSignal<Option<String>>,
    /// This person is leaving, so the end of their seat needs no notice.
    pub leaving: RwSignal<bool>,
    /// The reaction that is being sent to the room, and whether it is added.
    reacting: StoredValue<Option<(u64, Sign, bool)>>,
}

impl Acts {
    pub fn new(shown: ShownRoom, notice: RwSignal<Option<String>>) -> Self {
        Self { shown, notice, leaving: RwSignal::new(false), reacting: StoredValue::new(None) }
    }

    /// Adds this person's reaction to a message, or takes it back. The composer shows an error.
    pub fn react(self, seq: u64, sign: Sign) {
        let site = self.shown.site;
        let me = site.me().id;
        let Some(entry) = self.shown.entry(seq) else { return };
        let on = match sign {
            Sign::Emoji(emoji) => {
                let is_it = |reaction: &Reaction| reaction.emoji == emoji && reaction.people.contains(&me);
                !entry.reactions.iter().any(is_it)
            }
            Sign::Gif(sha) => {
                let is_it = |reaction: &GifReaction| reaction.gif.sha == sha && reaction.people.contains(&me);
                !entry.gif_reactions.iter().any(is_it)
            }
        };
        // A second press before the page shows the first one would ask for the same again. (The page may show it before the
        // answer to the call arrives. A press from then on asks for the opposite.)
        let asked = Some((seq, sign, on));
        if self.reacting.get_value() == asked {
            return;
        }
        self.reacting.set_value(asked);
        let (room, client) = (self.shown.id, self.shown.new_client_id());
        spawn_local(async move {
            let reacted = match sign {
                Sign::Emoji(emoji) => call::react(room, client, seq, emoji, on).send().await,
                Sign::Gif(sha) => call::react_by_gif(room, client, seq, sha, on).send().await,
            };
            if self.reacting.get_value() == asked {
                self.reacting.set_value(None);
            }
            if let Err(error) = reacted {
                self.notice.set(Some(site.lang.error(&error)));
            }
        });
    }

    /// Keeps the GIF of a message on this person's shelf. The composer tells whether it is there.
    pub fn keep(self, seq: u64) {
        let lang = self.shown.site.lang;
        // The message's current description is used, because it may have been set after the GIF was sent.
        let description = self.shown.entry(seq).and_then(|entry| entry.showing.description);
        let description = description.map_or_else(String::new, |description| description.as_str().to_owned());
        spawn_local(async move {
            let kept = call::keep_gif(self.shown.id, seq, description).untold().send().await;
            let told = kept.map_or_else(|error| lang.error(&error), |_| lang.in_room().kept().to_owned());
            self.notice.set(Some(told));
        });
    }

    /// Reacts with a GIF. A new GIF is not added to a message that already has as many as are shown.
    pub fn react_by_gif(self, seq: u64, sha: GifHash) {
        let Some(entry) = self.shown.entry(seq) else { return };
        let is_there = entry.gif_reactions.iter().any(|reaction| reaction.gif.sha == sha);
        if !is_there && entry.gif_reactions.len() >= MOST_GIF_REACTIONS {
            self.notice.set(Some(self.shown.site.lang.in_room().many_gif_reactions().to_owned()));
        } else {
            self.react(seq, Sign::Gif(sha));
        }
    }

    /// Carries out the action that the dialog asked about. `field` returns the text of the dialog's field with that name, if it
    /// exists.
    pub async fn answer(self, question: Question, field: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
        let room = self.shown.id;
        let text = |name| field(name).unwrap_or_default();
        let optional = |name| OptionalField(field(name));
        let closes = matches!(question, Question::Close { again: true });
        let call = match question {
            Question::Rename => call::rename(room, text("name")),
            Question::HandOver(to) => call::hand_over(room, to.id),
            Question::ThrowOut(whom) => call::throw_out(room, whom.id, text("reason")),
            Question::Remove(seq) => call::remove_message(room, seq),
            Question::Showing(seq) => call::show_gif(room, seq, text("description"), field("veiled").is_some()),
            Question::Settings => call::set_room(
                room,
                optional("title"),
                optional("capacity"),
                text("password"),
                field("open").is_some(),
                optional("slow"),
                optional("veil"),
            ),
            Question::Close { again: true } => call::close_room(room),
            Question::Close { again: false } | Question::AfterThrowingOut => return Ok(()),
        };
        if closes {
            self.leaving.set(true);
        }
        let done = call.send().await;
        if closes {
            self.leaving.set(done.is_ok());
        }
        done
    }
}
