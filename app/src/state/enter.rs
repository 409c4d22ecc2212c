//! What Enter does in a text field, on every kind of keyboard.
//!
//! Hardware keyboards report Enter as a key. Input methods report it with key code 229 while they use it themselves. Some phones'
//! keyboards report it only as a line break that is about to be inserted, and some systems report one keystroke twice. In Korean
//! the last syllable is still being composed when a person has finished typing. So Enter sends the whole text once, as soon as
//! the composition has ended. In Japanese and Chinese Enter accepts the candidate and does nothing else.
//!
//! `enter/tests.rs` is the table of the sequences that keyboards send.

/// All events of one keystroke come within this time. (The release of a key is not always reported.)
const SAME_KEYSTROKE_MILLIS: u64 = 500;

/// What to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Let the browser handle it.
    Leave,
    /// Prevent the browser's action: the event belongs to a keystroke that has already sent, or to a key that is held down.
    Swallow,
    /// Send instead of the browser's action.
    Send,
    /// End the composition and then send. The input method has not used this Enter, and would go on composing.
    Finish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Enter,
    Other,
    /// A phone's keyboard, or an input method, does not say which key it was.
    Unknown,
}

/// A key is pressed.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    pub key: Key,
    /// Key code 229: an input method has the key.
    pub by_ime: bool,
    pub is_composing: bool,
    /// With Shift or Alt, Enter makes a line.
    pub makes_line: bool,
    /// With Ctrl or the command key, Enter sends on every keyboard.
    pub sends: bool,
    pub is_repeat: bool,
}

/// The meaning of the next line break that the browser is about to insert.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum LineBreak {
    /// It comes from an Enter that no other event has reported.
    #[default]
    Sends,
    MakesLine,
}

/// The state of the keys and the composition in one text field. Times are in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Enter {
    is_composing: bool,
    /// Whether the current or the last composition is Korean.
    is_hangul: bool,
    /// Enter was pressed during the composition, so the text is sent when it ends.
    sends_at_end: bool,
    ended_at: Option<u64>,
    sent_at: Option<u64>,
    line_break: LineBreak,
}

impl Enter {
    pub fn composition_started(&mut self) {
        self.is_composing = true;
        self.is_hangul = false;
        self.sends_at_end = false;
    }

    pub fn composed(&mut self, text: &str) {
        if !text.is_empty() {
            self.is_hangul = text.chars().any(is_hangul);
        }
    }

    /// Returns true if the text is complete now and should be sent. (It is not sent if Enter has turned a Korean word into
    /// Hanja.)
    pub fn composition_ended(&mut self, text: &str, now: u64) -> bool {
        self.composed(text);
        self.is_composing = false;
        self.ended_at = Some(now);
        let sends = std::mem::take(&mut self.sends_at_end) && self.is_hangul;
        if sends {
            self.sent(now);
        }
        sends
    }

    /// A key was pressed. `makes_lines`: on this device Enter alone makes a line.
    pub fn pressed(&mut self, press: Press, makes_lines: bool, now: u64) -> Handling {
        let is_same = self.is_same_keystroke(now);
        if press.key != Key::Enter {
            // A person who types on does not want to send any more.
            self.sends_at_end = false;
            self.sent_at = None;
            self.line_break = if press.key == Key::Unknown { LineBreak::Sends } else { LineBreak::MakesLine };
            return Handling::Leave;
        }
        if press.makes_line || makes_lines && !press.sends {
            self.sends_at_end = false;
            self.line_break = LineBreak::MakesLine;
            return Handling::Leave;
        }
        if press.is_repeat || is_same {
            self.sent(now);
            return Handling::Swallow;
        }
        let is_composing = self.is_composing || press.is_composing;
        match press.by_ime {
            false if is_composing => self.finish(now),
            false => self.send(now),
            // In Safari the composition ends just before the event of the key that ended it.
            true if !is_composing && self.is_hangul && is_just_now(self.ended_at, now) => self.send(now),
            // If the input method uses this Enter, no line break follows. So a line break is another Enter.
            true => {
                self.sends_at_end = is_composing && self.is_hangul;
                self.line_break = LineBreak::Sends;
                Handling::Leave
            }
        }
    }

    /// The browser is about to insert a line break.
    pub fn breaks_line(&mut self, makes_lines: bool, now: u64) -> Handling {
        match self.line_break {
            LineBreak::MakesLine => Handling::Leave,
            _ if self.sends_at_end || self.is_same_keystroke(now) => Handling::Swallow,
            _ if makes_lines => Handling::Leave,
            LineBreak::Sends if self.is_composing => self.finish(now),
            LineBreak::Sends => self.send(now),
        }
    }

    /// Enter was released.
    pub fn released(&mut self) {
        self.sent_at = None;
        self.line_break = LineBreak::Sends;
    }

    fn send(&mut self, now: u64) -> Handling {
        self.sent(now);
        Handling::Send
    }

    fn finish(&mut self, now: u64) -> Handling {
        self.sent(now);
        Handling::Finish
    }

    fn sent(&mut self, now: u64) {
        self.sent_at = Some(now);
        self.line_break = LineBreak::Sends;
    }

    fn is_same_keystroke(&self, now: u64) -> bool {
        is_just_now(self.sent_at, now)
    }
}

fn is_just_now(at: Option<u64>, now: u64) -> bool {
    at.is_some_and(|at| now.saturating_sub(at) < SAME_KEYSTROKE_MILLIS)
}

/// Whether it is a Korean syllable, or a letter that syllables are made of.
pub fn is_hangul(c: char) -> bool {
    matches!(c, '가'..='힣' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}')
}

#[cfg(test)]
mod tests;
