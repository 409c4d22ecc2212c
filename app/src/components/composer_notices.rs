//! The composer's notices, and the question that it asks instead of sending a text that begins like a command: what was meant,
//! or which person.

use chat::Person;
use chat::command::{Meant, Typed};
use leptos::prelude::*;

use crate::action::Action;
use crate::html;
use crate::icon;
use crate::markup::{Child, Markup, button, element};
use crate::site::site;
use crate::strings::Lang;

/// A question, and its answers with their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    words: &'static str,
    answers: Vec<(String, Answer)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Whisper this text to this person.
    To(Person, String),
    /// This command was meant.
    Command(String),
    AsText,
}

impl Asking {
    /// The question about what was typed, if there is one.
    pub fn about(typed: Typed<'_>, lang: Lang) -> Option<Self> {
        let words = lang.in_room();
        let as_text = || (words.send_as_text().to_owned(), Answer::AsText);
        let (words, answers) = match typed {
            Typed::ToSeveral(people) => {
                let answer = |(to, text): (Person, &str)| (lang.name(&to.name), Answer::To(to, text.to_owned()));
                (words.which_person(), people.into_iter().map(answer).collect())
            }
            Typed::Unknown(Some(Meant::Whisper(rest))) => {
                let command = Answer::Command(["/w ", rest].concat());
                (words.meant_whisper(), vec![(words.whisper().to_owned(), command), as_text()])
            }
            Typed::Unknown(Some(Meant::Gif)) => (words.meant_gif(), Vec::new()),
            Typed::Unknown(None) => (words.no_command(), vec![as_text()]),
            Typed::Plain | Typed::Whisper { .. } | Typed::ToNobody(_) => return None,
        };
        Some(Self { words, answers })
    }

    /// The answers as buttons, identified by their places.
    fn buttons(&self) -> Vec<Child> {
        let answer = |(place, (label, _)): (usize, &(String, Answer))| {
            button(Action::Answer(place), "link-button").child(label.clone()).into()
        };
        self.answers.iter().enumerate().map(answer).collect()
    }
}

pub fn command_question(asking: RwSignal<Option<Asking>>, choose: impl Fn(Answer) + 'static) -> Markup {
    let press = move |event: web_sys::Event| {
        let Some((_, Action::Answer(place))) = html::pressed(&event) else { return };
        let answer = asking.with_untracked(|asking| Some(asking.as_ref()?.answers.get(place)?.1.clone()));
        if let Some(answer) = answer {
            asking.set(None);
            choose(answer);
        }
    };
    let words = move || asking.with(|asking| asking.as_ref().map_or("", |asking| asking.words)).to_owned();
    let buttons = move || asking.with(|asking| asking.as_ref().map(Asking::buttons).unwrap_or_default());
    element("div")
        .class("composer-notice command-question")
        .hidden_while(move || asking.with(Option::is_none))
        .on("click", press)
        .child(element("p").set("role", "alert").live_text(words))
        .child(element("span").class("answers").live_children(buttons))
        .child(close_button(move || asking.set(None)))
}

/// A notice above the text field, for example that a file cannot be sent or that the server has refused something.
pub fn notice_line(notice: RwSignal<Option<String>>) -> Markup {
    element("div")
        .class("composer-notice")
        // All other notices say what went wrong.
        .class_while("done", move || notice.with(|notice| notice.as_deref() == Some(site().lang.in_room().kept())))
        .hidden_while(move || notice.with(Option::is_none))
        .child(element("p").set("role", "alert").live_text(move || notice.get().unwrap_or_default()))
        .child(close_button(move || notice.set(None)))
}

fn close_button(close: impl Fn() + 'static) -> Markup {
    element("button")
        .set("type", "button")
        .class("round js")
        .set("aria-label", site().lang.common().close())
        .on("click", move |_| close())
        .child(icon::CLOSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_has_its_question() {
        let answers = |typed| {
            let asking = Asking::about(typed, Lang::En).expect("a question");
            (asking.words, asking.answers.into_iter().map(|(label, _)| label).collect::<Vec<_>>())
        };
        let words = Lang::En.in_room();
        let meant = answers(Typed::Unknown(Some(Meant::Whisper("a b"))));
        assert_eq!(meant, (words.meant_whisper(), vec!["Whisper".to_owned(), "Send as text".to_owned()]));
        assert_eq!(answers(Typed::Unknown(None)), (words.no_command(), vec!["Send as text".to_owned()]));
        // A search for GIFs is not offered to be sent as text.
        assert_eq!(answers(Typed::Unknown(Some(Meant::Gif))), (words.meant_gif(), Vec::new()));
        assert_eq!(answers(Typed::ToSeveral(Vec::new())).0, words.which_person());
        for typed in [Typed::Plain, Typed::ToNobody("a")] {
            assert_eq!(Asking::about(typed, Lang::En), None);
        }
    }
}
