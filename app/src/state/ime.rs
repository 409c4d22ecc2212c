//! What Enter does while an input method is composing.
//!
//! In Korean the last syllable is still being composed when a person has finished. Enter means "send", once and whole,
//! as soon as the composition has ended. In Japanese and Chinese Enter takes the candidate and does nothing else.

/// A second Enter event of the same keystroke comes within this time (Chrome on macOS sends one after the composition).
const SAME_KEYSTROKE_MILLIS: u64 = 100;

/// What to do with an Enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    Send,
    /// Let the input method have it.
    Leave,
    /// The event belongs to a keystroke that has sent the text already.
    Swallow,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Ime {
    composing: bool,
    hangul: bool,
    send_at_end: bool,
    sent_at: Option<u64>,
}

impl Ime {
    pub fn start(&mut self) {
        *self = Self { composing: true, sent_at: self.sent_at, ..Self::default() };
    }

    pub fn update(&mut self, composed: &str) {
        if !composed.is_empty() {
            self.hangul = composed.chars().any(is_hangul);
        }
    }

    /// Ends the composition. Returns true if the text should be sent, now that it is whole.
    pub fn end(&mut self, composed: &str, now: u64) -> bool {
        self.update(composed);
        self.composing = false;
        let send = std::mem::take(&mut self.send_at_end);
        if send {
            self.sent_at = Some(now);
        }
        send
    }

    /// Handles an Enter. `by_ime`: the event says that an input method uses it (`isComposing`, or key code 229).
    pub fn enter(&mut self, by_ime: bool, now: u64) -> Enter {
        if by_ime && self.composing {
            self.send_at_end = self.hangul;
            return Enter::Leave;
        }
        if by_ime {
            // In Safari the composition ends just before the event of the key that ended it.
            return if self.hangul { Enter::Send } else { Enter::Leave };
        }
        match self.sent_at.take() {
            Some(at) if now.saturating_sub(at) < SAME_KEYSTROKE_MILLIS => Enter::Swallow,
            _ => Enter::Send,
        }
    }
}

/// Whether it is a Korean syllable, or a letter that syllables are made of.
fn is_hangul(c: char) -> bool {
    matches!(c, '가'..='힣' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composing(text: &str) -> Ime {
        let mut ime = Ime::default();
        ime.start();
        ime.update(text);
        ime
    }

    #[test]
    fn korean_is_sent_once_when_whole() {
        let mut ime = composing("요");
        assert_eq!(ime.enter(true, 0), Enter::Leave);
        assert!(ime.end("요", 5));
        assert_eq!(ime.enter(false, 9), Enter::Swallow, "Chrome on macOS");
        assert_eq!(ime.enter(false, 12), Enter::Send, "the next keystroke");
    }

    #[test]
    fn without_an_enter_nothing_is_sent() {
        let mut ime = composing("요");
        assert!(!ime.end("요", 5));
        assert_eq!(ime.enter(false, 9), Enter::Send);
    }

    #[test]
    fn in_safari_the_composition_ends_first() {
        let mut ime = composing("요");
        assert!(!ime.end("요", 5));
        assert_eq!(ime.enter(true, 5), Enter::Send);
        let mut ime = composing("こ");
        assert!(!ime.end("個", 5));
        assert_eq!(ime.enter(true, 5), Enter::Leave);
    }

    #[test]
    fn japanese_and_chinese_only_confirm() {
        for text in ["こ", "ni", "個"] {
            let mut ime = composing(text);
            assert_eq!(ime.enter(true, 0), Enter::Leave);
            assert!(!ime.end(text, 5), "{text}");
        }
    }

    #[test]
    fn plain_enter_sends_every_time() {
        let mut ime = Ime::default();
        assert_eq!([ime.enter(false, 0), ime.enter(false, 1)], [Enter::Send, Enter::Send]);
    }
}
