//! The table of the events that keyboards send, and of their results. They are tried in a field that behaves like those of
//! browsers, so that the tests see a letter that is lost, doubled or left over.

use super::*;

/// A text field with the caret at its end.
#[derive(Default)]
struct Field {
    text: String,
    /// The text that is being composed, at the end of the field.
    composing: Option<String>,
    enter: Enter,
    now: u64,
    makes_lines: bool,
    sent: Vec<String>,
    /// The composition has ended, and the text is sent a moment later, when it is whole.
    is_due: bool,
}

impl Field {
    fn send(&mut self) {
        let text = std::mem::take(&mut self.text);
        // As in the composer, blank lines at the ends are removed, and an empty text is not sent.
        if !text.trim().is_empty() {
            self.sent.push(text.trim().to_owned());
        }
    }

    fn handle(&mut self, handling: Handling, unless_kept: impl FnOnce(&mut Self)) {
        match handling {
            Handling::Leave => unless_kept(self),
            Handling::Swallow => {}
            Handling::Send => self.send(),
            Handling::Finish => {
                // The composer takes the focus away and gives it back, which ends the composition.
                let text = self.composing.clone().unwrap_or_default();
                self.end(&text);
                self.send();
            }
        }
    }

    fn end(&mut self, text: &str) {
        self.composing = None;
        self.text += text;
        self.is_due |= self.enter.composition_ended(text, self.now);
    }

    fn break_line(&mut self) {
        let handling = self.enter.breaks_line(self.makes_lines, self.now);
        self.handle(handling, |field| field.text.push('\n'));
    }

    fn press(&mut self, key: Key, flags: &str) {
        let press = Press {
            key,
            by_ime: flags.contains("229"),
            is_composing: self.composing.is_some(),
            makes_line: flags.contains(['s', 'a']),
            sends: flags.contains('c'),
            is_repeat: flags.contains('r'),
        };
        let handling = self.enter.pressed(press, self.makes_lines, self.now);
        // Browsers insert a line break for Enter alone or with Shift, but not with Ctrl.
        let breaks = key == Key::Enter && !press.by_ime && !press.sends;
        self.handle(handling, |field| {
            if breaks {
                field.break_line();
            }
        });
    }

    fn take(&mut self, event: &str) {
        self.now += 3;
        if self.is_due && !event.starts_with("enter") && event != "line" {
            self.is_due = false;
            self.send();
        }
        match event.split_once('=').unwrap_or((event, "")) {
            ("enter", flags) => self.press(Key::Enter, flags),
            ("up", _) => self.enter.released(),
            ("line", _) => self.break_line(),
            ("wait", _) => self.now += 1000,
            // `key` inserts its letter. `ime` is a key that an input method takes, or that the keyboard does not name.
            ("key", letter) => {
                self.press(Key::Other, "");
                self.text += letter;
            }
            ("ime", _) => self.press(Key::Unknown, "229"),
            ("start", _) => {
                self.composing = Some(String::new());
                self.enter.composition_started();
            }
            ("update", text) => {
                self.composing = Some(text.to_owned());
                self.enter.composed(text);
            }
            ("end", text) => self.end(text),
            // Spoken or chosen words.
            ("insert", text) => self.text += text,
            (other, _) => panic!("no event: {other}"),
        }
    }
}

/// The texts that were sent, each with a comma behind it, and then the text that is left in the field.
fn outcome(events: &str, makes_lines: bool) -> String {
    let mut field = Field { makes_lines, ..Field::default() };
    events.split_whitespace().for_each(|event| field.take(event));
    field.take("wait");
    let composing = field.composing.unwrap_or_default();
    let sent: String = field.sent.iter().map(|text| format!("{text},")).collect();
    (sent + &field.text + &composing).replace('\n', "⏎")
}

#[test]
fn every_keyboard_sends_once_and_whole() {
    for (keyboard, events, result) in TABLE {
        assert_eq!(outcome(events, false), *result, "{keyboard}: {events}");
    }
    assert!(TABLE.len() >= 50);
}

/// If the Enter key of the on-screen keyboard cannot be labelled "send", it makes lines, and the button sends.
#[test]
fn where_enter_makes_lines_it_makes_lines() {
    for (events, result) in [
        ("key=a enter up key=b", "a⏎b"),
        ("key=a enter enter=r enter=r up", "a⏎⏎⏎"),
        ("key=a enter=s up key=b", "a⏎b"),
        ("ime insert=a ime line insert=b", "a⏎b"),
        ("start update=안 end=안 enter up", "안⏎"),
        ("start update=녕 enter=229 end=녕 up", "녕"),
        ("key=a enter=c up", "a,"),
        ("key=a enter=c enter=cr up", "a,"),
        ("start update=녕 enter=c229 end=녕 enter=c up", "녕,"),
    ] {
        assert_eq!(outcome(events, true), result, "{events}");
    }
}

/// A keyboard, its events, and the outcome.
const TABLE: &[(&str, &str, &str)] = &[
    // Hardware keyboards.
    ("any", "key=a enter up", "a,"),
    ("any, with nothing typed", "enter up", ""),
    ("any, two messages", "key=a enter up key=b enter up", "a,b,"),
    ("any, two messages in no time and no end of a key", "key=a enter key=b enter", "a,b,"),
    ("Shift", "key=a enter=s up key=b", "a⏎b"),
    ("Shift, then alone", "key=a enter=s up key=b enter up", "a⏎b,"),
    ("Shift, held down", "key=a enter=s enter=sr enter=sr up key=b", "a⏎⏎⏎b"),
    ("Option on a Mac", "key=a enter=a up key=b", "a⏎b"),
    ("Ctrl or command", "key=a enter=c up", "a,"),
    ("Ctrl+O on a Mac", "key=a up key= line key=b", "a⏎b"),
    ("held down", "key=a enter enter=r enter=r enter=r up", "a,"),
    ("held down for long, then the next", "key=a enter wait enter=r wait enter=r up key=b enter up", "a,b,"),
    ("held down since a dialog was answered", "insert=draft enter=r enter=r up", "draft"),
    ("held down since then, and let go", "insert=draft enter=r up enter up", "draft,"),
    // Korean.
    ("Chrome, Windows and Linux", "start update=ㅎ update=하 update=한 enter=229 end=한 up", "한,"),
    ("Chrome, Mac: twice for one keystroke", "start update=요 enter=229 end=요 enter up", "요,"),
    (
        "Chrome, Mac: the next message",
        "start update=요 enter=229 end=요 enter up start update=네 enter=229 end=네 enter up",
        "요,네,",
    ),
    ("Chrome, two syllables", "start update=안 end=안 start update=녕 enter=229 end=녕 enter up", "안녕,"),
    ("Firefox, Mac: a line break comes along", "start update=요 enter=229 end=요 line up", "요,"),
    ("Firefox, Mac: it comes first", "start update=요 enter=229 line end=요 up", "요,"),
    ("Safari", "start update=요 end=요 enter=229 up", "요,"),
    ("Safari: a line break comes along", "start update=요 end=요 enter=229 line up", "요,"),
    ("ibus: the composition ends first", "start update=요 end=요 enter up", "요,"),
    ("fcitx: the syllable comes as text", "ime start update=요 end= insert=요 enter up", "요,"),
    ("after the syllable", "start update=한 end=한 wait enter up", "한,"),
    ("held down in a syllable", "start update=요 enter=229 end=요 enter=r enter=r enter=r up", "요,"),
    ("held down before the syllable ends", "start update=요 enter=229 enter=229r end=요 enter=r up", "요,"),
    ("Shift in a syllable", "start update=요 enter=s229 end=요 line up key=!", "요⏎!"),
    ("Ctrl in a syllable", "start update=요 enter=c229 end=요 enter=c up", "요,"),
    ("Hanja: Enter takes the candidate", "start update=한 update=漢 enter=229 end=漢 up", "漢"),
    ("Hanja: only the end shows it", "start update=한 enter=229 end=漢 up", "漢"),
    ("Hanja, then Enter", "start update=한 enter=229 end=漢 up enter up", "漢,"),
    ("typed on, so that it is not sent later", "start update=하 enter=229 ime update=한 end=한", "한"),
    ("no composition on iPhones: each letter replaces the last", "key=ㅎ key=하 enter up", "ㅎ하,"),
    // Japanese.
    ("Chrome", "start update=こ update=個 enter=229 end=個 up", "個"),
    ("Chrome, then Enter", "start update=こ update=個 enter=229 end=個 up enter up", "個,"),
    ("Chrome, the second Enter at once", "start update=個 enter=229 end=個 up enter up", "個,"),
    ("Safari", "start update=こ end=個 enter=229 up", "個"),
    ("Safari, then Enter", "start update=こ end=個 enter=229 up wait enter up", "個,"),
    ("Safari, after Korean", "start update=요 end=요 wait start update=こ end=個 enter=229 up", "요個"),
    ("kana as they are", "start update=こん enter=229 end=こん up", "こん"),
    ("held down", "start update=こ enter=229 enter=229r end=個 enter=r up", "個"),
    ("the method is on and composes nothing", "insert=個 ime enter up", "個,"),
    // Chinese.
    ("pinyin: Enter takes the Latin letters", "start update=ni update=nihao enter=229 end=nihao up", "nihao"),
    ("pinyin: a candidate, then Enter", "start update=ni end=你 up enter up", "你,"),
    ("pinyin: Safari", "start update=ni end=nihao enter=229 up", "nihao"),
    ("zhuyin", "start update=ㄋㄧˇ enter=229 end=你 up", "你"),
    ("cangjie, Ctrl", "start update=弓 enter=c229 end=弓 up", "弓"),
    // Phones.
    ("Gboard, Enter as a key", "ime start update=hello end=hello enter up", "hello,"),
    ("Gboard, Enter while the word is underlined", "ime start update=hello enter up", "hello,"),
    ("Gboard, Korean, while underlined", "ime start update=안녕 enter up", "안녕,"),
    ("Gboard, Enter as a line break", "ime insert=hello ime line up", "hello,"),
    ("Samsung, a line break while the word is underlined", "ime start update=hello ime line end=", "hello,"),
    ("Samsung, Korean, as a line break", "ime start update=안녕 end=안녕 ime line up", "안녕,"),
    ("line breaks alone", "insert=a line wait insert=b line", "a,b,"),
    ("line breaks alone, held down", "insert=a line line line", "a,"),
    ("iPhone's send key", "key=a enter up", "a,"),
    ("iPhone, Japanese: the key that confirms", "start update=こ end=こ enter=229 up", "こ"),
    ("swiped words", "ime start update=hello end=hello insert=. ime start update=world end=world", "hello.world"),
    ("swiped words, then Enter", "ime start update=hello end=hello ime line up", "hello,"),
    ("spoken words", "insert=안녕하세요", "안녕하세요"),
    ("spoken words, then Enter as a key", "insert=안녕하세요 enter up", "안녕하세요,"),
    ("a keyboard of a tablet", "key=a enter=s up key=b enter up", "a⏎b,"),
];
