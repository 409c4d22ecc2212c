//! The words that are drawn on a GIF: how they break into lines, and how large they are.

/// How many lines there may be before the letters become smaller, and the smallest letters, in pixels.
const MOST_LINES: usize = 3;
const SMALLEST: u32 = 10;

/// The lines of a text and the size of its letters, with which it fits into `width`. `measure` gives the width of a text for a
/// size of its letters. All are in pixels.
pub fn fitted(text: &str, width: u32, measure: impl Fn(&str, u32) -> f64) -> (Vec<String>, u32) {
    let inside = f64::from(width) * 0.94;
    let mut letters = (width / 10).max(SMALLEST);
    loop {
        let lines = lines(text, |line| measure(line, letters) <= inside);
        if lines.len() <= MOST_LINES || letters == SMALLEST {
            return (lines, letters);
        }
        letters = (letters * 9 / 10).max(SMALLEST);
    }
}

/// Breaks a text between words, and a word that is too long between letters.
fn lines(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { [&line, " ", word].concat() };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if joins(letter) || fits(&line) {
                continue;
            }
            line.pop();
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Whether this character belongs to the one before it: an accent, or a part of an emoji.
fn joins(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is as wide as it is high.
    fn measure(text: &str, letters: u32) -> f64 {
        f64::from(letters) * text.chars().count() as f64
    }

    #[test]
    fn a_text_breaks_between_words_and_long_words_between_letters() {
        let broken = |text: &str| lines(text, |line| line.chars().count() <= 5);
        assert_eq!(broken("오늘도 출근 했다"), ["오늘도", "출근 했다"]);
        assert_eq!(broken("ㅋㅋㅋㅋㅋㅋㅋ 끝"), ["ㅋㅋㅋㅋㅋ", "ㅋㅋ 끝"]);
        assert_eq!(broken("  \n "), Vec::<String>::new());
        assert_eq!(broken("abcde\u{301}f"), ["abcde\u{301}", "f"]);
    }

    #[test]
    fn letters_become_smaller_until_all_of_it_is_there() {
        assert_eq!(fitted("짧다", 300, measure), (vec!["짧다".to_owned()], 30));
        let (lines, letters) = fitted(&"가나다라 ".repeat(12), 300, measure);
        assert!(lines.len() <= MOST_LINES && letters < 30, "{lines:?} {letters}");
        let (lines, letters) = fitted(&"가".repeat(500), 300, measure);
        assert_eq!((lines.len(), letters), (18, SMALLEST));
    }

    #[test]
    fn a_gif_that_is_narrower_than_a_letter_ends() {
        assert_eq!(fitted("가나", 1, measure).0, ["가", "나"]);
    }
}
