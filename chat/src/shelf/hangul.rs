//! Hangul while it is being typed: a syllable grows out of its letters, and a search should succeed at every step.
//!
//! A precomposed syllable has an initial, a medial and perhaps a final (The Unicode Standard, chapter 3.12). An input
//! method joins letters as far as it can. So it shows 각 on the way to 가구, and makes ㄳ of the initial consonants ㄱㅅ.

/// A character as a search sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// Numbers of the letters, each in the order of Unicode; the final is 0 if there is none.
    Syllable {
        initial: u8,
        medial: u8,
        last: u8,
    },
    /// A consonant that stands alone, by its number among the initials.
    Initial(u8),
    Other(char),
}

const FIRST: u32 = 0xac00;
const COUNT: u32 = 11_172;
const MEDIALS: u32 = 21;
const LASTS: u32 = 28;

/// The initials as letters of their own (U+3131 and after), by their numbers.
const INITIALS: [char; 19] =
    ['ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];

/// Letters that an input method joins from two consonants: the joined letter, the two consonants, and its number among
/// the finals.
const JOINED: [(char, char, char, u8); 11] = [
    ('ㄳ', 'ㄱ', 'ㅅ', 3),
    ('ㄵ', 'ㄴ', 'ㅈ', 5),
    ('ㄶ', 'ㄴ', 'ㅎ', 6),
    ('ㄺ', 'ㄹ', 'ㄱ', 9),
    ('ㄻ', 'ㄹ', 'ㅁ', 10),
    ('ㄼ', 'ㄹ', 'ㅂ', 11),
    ('ㄽ', 'ㄹ', 'ㅅ', 12),
    ('ㄾ', 'ㄹ', 'ㅌ', 13),
    ('ㄿ', 'ㄹ', 'ㅍ', 14),
    ('ㅀ', 'ㄹ', 'ㅎ', 15),
    ('ㅄ', 'ㅂ', 'ㅅ', 18),
];

/// The finals of a single consonant, as letters of their own. `None` for no final and for finals of two consonants.
const SINGLE_LASTS: [Option<char>; 28] = {
    let mut lasts = [None; 28];
    let singles = [
        (1, 'ㄱ'),
        (2, 'ㄲ'),
        (4, 'ㄴ'),
        (7, 'ㄷ'),
        (8, 'ㄹ'),
        (16, 'ㅁ'),
        (17, 'ㅂ'),
        (19, 'ㅅ'),
        (20, 'ㅆ'),
        (21, 'ㅇ'),
        (22, 'ㅈ'),
        (23, 'ㅊ'),
        (24, 'ㅋ'),
        (25, 'ㅌ'),
        (26, 'ㅍ'),
        (27, 'ㅎ'),
    ];
    let mut at = 0;
    while at < singles.len() {
        lasts[singles[at].0] = Some(singles[at].1);
        at += 1;
    }
    lasts
};

/// The medials into which a medial grows when one more vowel is typed.
const GROWN: [(u8, &[u8]); 3] = [(8, &[9, 10, 11]), (13, &[14, 15, 16]), (18, &[19])];

impl Sound {
    /// The sounds of a character: two if an input method has joined it from two consonants, otherwise one.
    pub fn of(c: char) -> impl Iterator<Item = Self> {
        let joined = JOINED.iter().find(|(joined, ..)| *joined == c);
        let (first, second) = joined.map_or((c, None), |(_, first, second, _)| (*first, Some(*second)));
        std::iter::once(first).chain(second).map(Self::of_one)
    }

    fn of_one(c: char) -> Self {
        match u32::from(c).checked_sub(FIRST) {
            Some(place) if place < COUNT => {
                let part = |part: u32| u8::try_from(part).unwrap_or_default();
                Self::Syllable {
                    initial: part(place / LASTS / MEDIALS),
                    medial: part(place / LASTS % MEDIALS),
                    last: part(place % LASTS),
                }
            }
            _ => number_of(c).map_or(Self::Other(c), Self::Initial),
        }
    }

    /// Whether this typed sound matches `other`, a sound of a text. A consonant matches every syllable that begins with
    /// it.
    pub fn stands_for(self, other: Self) -> bool {
        match (self, other) {
            (Self::Initial(initial), Self::Syllable { initial: begins, .. }) => initial == begins,
            _ => self == other,
        }
    }

    /// The same for the last typed sound, which may still grow: 구 to 궈 or 굽, 갑 to 값.
    pub fn grows_to(self, other: Self) -> bool {
        match (self, other) {
            (Self::Syllable { initial, medial, last: 0 }, Self::Syllable { initial: begins, medial: goes_on, .. }) => {
                initial == begins
                    && (medial == goes_on || GROWN.iter().any(|(from, to)| *from == medial && to.contains(&goes_on)))
            }
            (
                Self::Syllable { initial, medial, last },
                Self::Syllable { initial: begins, medial: goes_on, last: ends },
            ) => {
                (initial, medial) == (begins, goes_on)
                    && (last == ends || first_of(ends).is_some_and(|first| single(last) == Some(first)))
            }
            _ => self.stands_for(other),
        }
    }

    /// The two sounds that this is if its last consonant belongs to the next syllable: 가 and ㄱ for 각, 갑 and ㅅ for 값.
    pub fn split(self) -> Option<[Self; 2]> {
        let Self::Syllable { initial, medial, last } = self else { return None };
        let joined = JOINED.iter().find(|(.., number)| *number == last);
        let (left, next) = match joined {
            Some((_, first, second, _)) => (SINGLE_LASTS.iter().position(|last| *last == Some(*first))?, *second),
            None => (0, single(last)?),
        };
        let left = Self::Syllable { initial, medial, last: u8::try_from(left).ok()? };
        Some([left, Self::Initial(number_of(next)?)])
    }
}

/// The number of a consonant among the initials.
fn number_of(consonant: char) -> Option<u8> {
    INITIALS.iter().position(|initial| *initial == consonant).and_then(|number| u8::try_from(number).ok())
}

/// The consonant of a final of one consonant.
fn single(last: u8) -> Option<char> {
    SINGLE_LASTS.get(usize::from(last)).copied().flatten()
}

/// The first consonant of a final of two consonants.
fn first_of(last: u8) -> Option<char> {
    JOINED.iter().find(|(.., number)| *number == last).map(|(_, first, ..)| *first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(c: char) -> Sound {
        Sound::of(c).next().expect("a sound")
    }

    #[test]
    fn a_syllable_has_its_letters() {
        assert_eq!(sound('가'), Sound::Syllable { initial: 0, medial: 0, last: 0 });
        assert_eq!(sound('힣'), Sound::Syllable { initial: 18, medial: 20, last: 27 });
        assert_eq!(sound('ㅎ'), Sound::Initial(18));
        assert_eq!([sound('a'), sound('ㅏ')], [Sound::Other('a'), Sound::Other('ㅏ')]);
        assert_eq!(Sound::of('ㄳ').collect::<Vec<_>>(), [sound('ㄱ'), sound('ㅅ')]);
    }

    #[test]
    fn what_is_typed_grows() {
        for (typed, to) in [
            ('ㄱ', '귀'),
            ('구', '귀'),
            ('구', '궜'),
            ('그', '긔'),
            ('가', '각'),
            ('갑', '값'),
            ('각', '각'),
            ('각', '갃'),
        ] {
            assert!(sound(typed).grows_to(sound(to)), "{typed} to {to}");
        }
        for (typed, to) in
            [('ㄱ', '까'), ('귀', '구'), ('가', '거'), ('값', '갑'), ('각', '가'), ('갂', '갃'), ('a', '가')]
        {
            assert!(!sound(typed).grows_to(sound(to)), "{typed} to {to}");
        }
        assert!(!sound('구').stands_for(sound('귀')), "only the last one grows");
    }

    #[test]
    fn a_last_consonant_may_be_the_first_of_the_next() {
        assert_eq!(sound('각').split(), Some([sound('가'), sound('ㄱ')]));
        assert_eq!(sound('값').split(), Some([sound('갑'), sound('ㅅ')]));
        assert_eq!([sound('가').split(), sound('ㄱ').split()], [None; 2]);
    }
}
