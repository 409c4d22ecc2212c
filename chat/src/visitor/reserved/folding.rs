//! Gives one form to words that are meant to be read alike: not only those that look alike, but also letters with
//! accents, digits and signs that stand for letters, letters in boxes, and Hangul written letter by letter.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::invisible::is_blank;
use crate::visitor::likeness::skeletons;

/// A word in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of a text, divided in several ways: digits and signs stand for letters ("0wner") or for themselves
/// ("owner2"), and capitals look like themselves or like their small letters.
pub fn words_of(text: &str) -> Vec<Vec<Word>> {
    let plain: String = text.chars().map(plain_form).nfkc().filter(|c| c.is_whitespace() || !is_blank(*c)).collect();
    let is_letter = |c: char| c.is_alphabetic() || is_combining_mark(c);
    let is_like_a_letter = |c: char| is_letter(c) || c.is_numeric() || matches!(c, '@' | '$' | '!' | '|');
    let mut divisions: Vec<Vec<&str>> = Vec::new();
    for words in [divided(&plain, is_letter), divided(&plain, is_like_a_letter), divided_inside(&plain, is_letter)] {
        if !words.is_empty() && !divisions.contains(&words) {
            divisions.push(words);
        }
    }
    let mut all = Vec::new();
    for words in divisions {
        let forms: Vec<[Word; 2]> = words.iter().map(|word| both_forms(word)).collect();
        for form in 0..2 {
            let words = forms.iter().map(|forms| forms[form].clone()).collect();
            if !all.contains(&words) {
                all.push(words);
            }
        }
    }
    all
}

fn divided(text: &str, belongs: impl Fn(char) -> bool) -> Vec<&str> {
    text.split(|c| !belongs(c)).filter(|word| !word.is_empty()).collect()
}

/// Words that are also divided where Hangul meets other letters, and before a capital: "방장Paul", "PaulAdmin".
fn divided_inside(text: &str, belongs: impl Fn(char) -> bool) -> Vec<&str> {
    let is_hangul = |c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '가'..='힣');
    let is_new =
        |before: char, c: char| is_hangul(before) != is_hangul(c) || (before.is_lowercase() && c.is_uppercase());
    let mut words = Vec::new();
    for word in divided(text, belongs) {
        let mut from = 0;
        for (before, (at, c)) in word.chars().zip(word.char_indices().skip(1)) {
            if is_new(before, c) {
                words.push(&word[from..at]);
                from = at;
            }
        }
        words.push(&word[from..]);
    }
    words
}

/// A word of our own lists, in the form that is compared.
pub fn folded(word: &str) -> Word {
    let [word, _] = both_forms(word);
    word
}

/// The two forms of [`skeletons`], further simplified.
fn both_forms(word: &str) -> [Word; 2] {
    skeletons(word).map(|skeleton| {
        Word(skeleton.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).map(plain_letter).collect())
    })
}

/// The plain letter for a letter in a filled box or a flag, and for a small capital, a letter of another script or a
/// sign that is used in its place. (For these, NFKC knows no plain letter.) Signs that only stand between words become
/// spaces.
fn plain_form(c: char) -> char {
    const LIKENESSES: &str = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzᗩaᗷbᗪdᗴeᖴfᘜgᕼhᒍjᒪlᗰmᑎnᑭpᖇrᑕcᑌuᐯvᗯwᘔz\
        тtмmкkпn¡i∂d€e¥y¢c£l™ ℠ ㆍ ";
    let first = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        _ => return paired(LIKENESSES, c),
    };
    char::from_u32(u32::from('a') + u32::from(c) - first).unwrap_or(c)
}

/// The letter that a digit, a sign or a final Hangul consonant stands for.
fn plain_letter(c: char) -> char {
    const FINALS: &str = "\u{11a8}\u{1100}\u{11a9}\u{1101}\u{11ab}\u{1102}\u{11ae}\u{1103}\u{11af}\u{1105}\u{11b7}\u{1106}\
        \u{11b8}\u{1107}\u{11ba}\u{1109}\u{11bb}\u{110a}\u{11bc}\u{110b}\u{11bd}\u{110c}\u{11be}\u{110e}\u{11bf}\u{110f}\
        \u{11c0}\u{1110}\u{11c1}\u{1111}\u{11c2}\u{1112}";
    match c {
        'l' | '1' | '!' | '|' => 'i',
        '0' => 'o',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '\u{11a8}'..='\u{11c2}' => paired(FINALS, c),
        c => c,
    }
}

/// The second character of the pair that begins with `c`, or `c` itself if there is none.
fn paired(pairs: &str, c: char) -> char {
    let mut each = pairs.chars();
    while let (Some(from), Some(to)) = (each.next(), each.next()) {
        if from == c {
            return to;
        }
    }
    c
}
