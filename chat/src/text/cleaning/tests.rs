use super::*;

/// Texts that stay unchanged, both with several lines and on one line.
const WHOLE: &[(&str, &str)] = &[
    ("Korean", "안녕하세요, 여러분"),
    ("Korean letters", "ㅋㅋㅋ ㅠㅠ"),
    ("old Hangul", "나랏말ᄊᆞ미"),
    ("old Hangul with a filler for a vowel", "\u{1100}\u{1160}"),
    ("old Hangul with a filler for a consonant", "\u{115f}\u{1161}"),
    ("old Hangul with both fillers", "\u{115f}\u{1160}\u{11a8}"),
    ("old Hangul with tone marks", "\u{1112}\u{119e}\u{11ab}\u{302e}"),
    ("Hanja", "大韓民國"),
    ("Hanja variant", "葛\u{e0100}城市"),
    ("Hanja variant of a later list", "辻\u{e0101}"),
    ("Hanja variant of compatibility", "芽\u{fe00}"),
    ("Japanese", "がぎぐ、パピプ々〆"),
    ("Vietnamese", "Tiếng Việt ở Huế"),
    ("Vietnamese letter with marks that have no letter of their own", "m\u{323}\u{302}\u{301}"),
    ("French", "Où êtes-vous, François ?"),
    ("phonetic letters", "ɔ\u{303}\u{301}"),
    ("German", "Straße"),
    ("Greek", "ᾧ Ἀθῆναι"),
    ("Church Slavonic", "бг҃ъ"),
    ("Arabic", "السلام عليكم"),
    ("Arabic with vowels", "مُحَمَّدٌ"),
    ("Arabic with three marks", "ٱلرَّحْمَٰنِ"),
    ("Persian with a non-joiner", "می\u{200c}خواهم"),
    ("Persian abbreviation with a joiner", "ه\u{200d}"),
    ("Urdu", "آپ کیسے ہیں؟"),
    ("Kurdish with a non-joiner", "نه\u{200c}مان"),
    ("Syriac", "ܫܠܡܐ"),
    ("Hebrew", "שלום עולם"),
    ("Hebrew with vowels", "בְּרֵאשִׁית"),
    ("Hebrew with cantillation", "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים"),
    ("Hebrew with a joiner of marks", "יְרוּשָׁלַ\u{34f}\u{5b4}ם"),
    ("Hebrew with a mark of direction", "שלום! \u{200f}abc"),
    ("Yiddish", "ייִדיש"),
    ("Thai", "สวัสดีครับ น้ำแข็ง"),
    ("Thai with a place to break", "ภาษา\u{200b}ไทย"),
    ("Lao", "ສະບາຍດີ ນ້ຳ"),
    ("Khmer", "សួស្តី ខ្ញុំ"),
    ("Khmer with a place to break", "ភាសា\u{200b}ខ្មែរ"),
    ("Burmese", "မြန်မာဘာသာ ကျွန်ုပ်"),
    ("Tibetan", "བསྒྲུབས་ ཨོཾ་མ་ཎི"),
    ("Hindi", "नमस्ते दुनिया"),
    ("Hindi with a joiner", "क्\u{200d}ष"),
    ("Marathi with a joiner", "र्\u{200d}या"),
    ("Hindi with a non-joiner", "क्\u{200c}ष"),
    ("Bengali", "র\u{200d}্যাব"),
    ("Tamil", "வணக்கம் க்ஷ"),
    ("Malayalam", "മലയാളം ന്\u{200d}"),
    ("Sinhala", "ශ්\u{200d}රී ලංකා"),
    ("Mongolian", "ᠮᠣᠩᠭᠣᠯ"),
    ("Mongolian variant", "ᠭ\u{180b}"),
    ("Ethiopic", "ሰላም"),
    ("Georgian and Armenian", "გამარჯობა Բարեւ"),
    ("family", "👨\u{200d}👩\u{200d}👧\u{200d}👦"),
    ("family with tones", "👩🏽\u{200d}❤\u{fe0f}\u{200d}👨🏿"),
    ("astronaut", "👩🏽\u{200d}🚀"),
    ("eye in a bubble", "👁\u{fe0f}\u{200d}🗨\u{fe0f}"),
    ("runner", "🏃🏻\u{200d}♂\u{fe0f}"),
    ("rainbow flag", "🏳\u{fe0f}\u{200d}🌈"),
    ("pirate flag", "🏴\u{200d}☠\u{fe0f}"),
    ("burning heart", "❤\u{fe0f}\u{200d}🔥"),
    ("heart as text", "❤\u{fe0e}"),
    ("sign as emoji", "©\u{fe0f} ™\u{fe0f} ㊗\u{fe0f}"),
    ("key", "1\u{fe0f}\u{20e3}#\u{fe0f}\u{20e3}"),
    ("key without a selector", "5\u{20e3}"),
    ("flags of countries", "🇰🇷🇺🇦"),
    ("flag of England", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"),
    ("flag of Texas", "🏴\u{e0075}\u{e0073}\u{e0074}\u{e0078}\u{e007f}"),
    ("braille", "⠓⠑⠇⠇⠕\u{2800}⣿"),
    ("operator variant", "∩\u{fe00}"),
    ("ASCII art", "¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻"),
];

/// A label, what is typed, what stays of it with several lines, and what stays on one line if that differs.
const CLEANED: &[(&str, &str, &str, Option<&str>)] = &[
    ("override", "good \u{202e}exe.fig", "good exe.fig", None),
    ("left-to-right override", "a\u{202d}b\u{202c}", "ab", None),
    ("embeddings", "\u{202a}a\u{202b}b\u{202c}", "ab", None),
    ("isolates", "\u{2066}a\u{2069}\u{2067}b\u{2068}c\u{2069}", "abc", None),
    ("override among Hebrew letters", "ש\u{202e}ל", "של", None),
    ("marks of direction without a need", "a\u{200e}b\u{200f}c\u{61c}", "abc", None),
    ("tags alone", "a\u{e0061}\u{e0062}\u{e007f}b", "ab", None),
    ("tags after another flag", "🏳\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "🏳", None),
    ("flag without an end", "🏴\u{e0067}\u{e0062}\u{e0065}x", "🏴x", None),
    (
        "flag with too much text",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e0067}\u{e0067}\u{e007f}",
        "🏴",
        None,
    ),
    ("language tag", "a\u{e0001}b", "ab", None),
    ("annotation", "민\u{fff9}수\u{fffa}x\u{fffb}", "민수x", None),
    ("object", "a\u{fffc}b", "ab", None),
    ("spaces of no width", "a\u{200b}b\u{feff}c\u{2060}d", "abcd", None),
    ("joiners between Latin letters", "a\u{200d}b\u{200c}c", "abc", None),
    ("joiners between Hangul", "민\u{200d}수\u{200c}", "민수", None),
    ("joiner at the end of an emoji", "👨\u{200d} a", "👨 a", None),
    ("two joiners", "👨\u{200d}\u{200d}👩", "👨\u{200d}👩", None),
    ("soft hyphen", "sham\u{ad}poo", "shampoo", None),
    ("invisible operators", "f\u{2061}(x)\u{2062}y\u{2064}", "f(x)y", None),
    ("joiner of marks among Latin letters", "a\u{34f}b", "ab", None),
    ("selector after a letter", "a\u{fe0f}b\u{fe00}", "ab", None),
    ("selector after Hangul", "가\u{e0100}\u{fe0f}", "가", None),
    ("two selectors", "葛\u{e0100}\u{e0101}", "葛\u{e0100}", None),
    ("selector after a digit that is no key", "1\u{fe0f}", "1", None),
    ("selectors alone", "\u{fe0f}\u{e0100}\u{fe00}", "", None),
    ("filler between syllables", "민\u{3164}수", "민 수", None),
    ("narrow filler", "민\u{ffa0}수", "민 수", None),
    ("fillers of jamo alone", "가\u{115f}나\u{1160}", "가나", None),
    ("invisible vowels of Khmer", "ក\u{17b4}", "ក", None),
    ("controls of music", "a\u{1d173}b", "ab", None),
    ("controls of shorthand", "a\u{1bca0}b", "ab", None),
    ("no characters", "a\u{ffff}b\u{fdd0}c\u{1fffe}", "abc", None),
    ("zero byte", "a\u{0}b", "ab", Some("a b")),
    ("escape", "\u{1b}[31mred", "[31mred", Some(" [31mred")),
    ("bell and backspace", "a\u{7}\u{8}b", "ab", Some("a  b")),
    ("later controls", "a\u{85}\u{9f}b", "ab", Some("a  b")),
    ("lines", "a\nb\tc", "a\nb\tc", Some("a b c")),
    ("lines of Windows", "a\r\nb", "a\nb", Some("a  b")),
    ("carriage return alone", "a\rb", "ab", Some("a b")),
    ("separators of lines", "a\u{2028}b\u{2029}c", "a\nb\nc", Some("a b c")),
    ("marks on nothing", "\u{301}\u{302}a", "a", None),
    ("marks after a space", "a \u{301}b", "a b", None),
    ("marks alone", "\u{301}\u{20dd}\u{488}", "", None),
    ("six marks", "x\u{323}\u{324}\u{325}\u{330}\u{331}\u{332}", "x\u{323}\u{324}\u{325}\u{330}\u{331}", None),
    (
        "marks around a joiner",
        "ا\u{64b}\u{64c}\u{64d}\u{200d}\u{64e}\u{64f}\u{650}",
        "ا\u{64b}\u{64c}\u{64d}\u{200d}\u{64e}\u{64f}",
        None,
    ),
    ("decomposed", "\u{1112}\u{1161}\u{11ab}e\u{301}", "한é", None),
];

#[test]
fn what_languages_and_emoji_need_stays_whole() {
    for (what, text) in WHOLE {
        let text = normal(text);
        assert_eq!(cleaned(&text, Lines::Many), text, "{what}");
        assert_eq!(cleaned(&text, Lines::One), text, "{what}, on one line");
    }
}

#[test]
fn what_nobody_sees_and_what_turns_others_goes() {
    for (what, typed, text, line) in CLEANED {
        let (text, line) = (normal(text), line.map_or_else(|| normal(text), Into::into));
        assert_eq!(cleaned(typed, Lines::Many), text, "{what}");
        assert_eq!(cleaned(typed, Lines::One), line, "{what}, on one line");
        assert_eq!(cleaned(&text, Lines::Many), text, "{what}, again");
    }
}

#[test]
fn plain_characters_are_what_thorough_cleaning_leaves_alone() {
    let plain: String = ('\0'..=char::MAX).filter(|c| is_plain(*c)).collect();
    let reversed: String = plain.chars().rev().collect();
    for text in [&plain, &reversed] {
        for lines in [Lines::One, Lines::Many] {
            assert!(cleaned_thoroughly(text, lines) == *text);
        }
    }
}

#[test]
fn a_tower_of_marks_is_cut_to_five() {
    for mark in ['\u{301}', '\u{489}', '\u{e47}', '\u{20dd}', '\u{64b}', '\u{5b0}'] {
        let tower = format!("z{}!", mark.to_string().repeat(180));
        assert_eq!(cleaned(&tower, Lines::Many).chars().count(), 7, "{mark:?}");
    }
    let thai = format!("ก{}", "\u{e47}".repeat(180));
    assert_eq!(cleaned(&thai, Lines::One).chars().count(), 6);
}
