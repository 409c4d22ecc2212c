//! Finds names that look alike, so that nobody can pretend to be somebody else.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton as confusable_skeleton;

use super::{Name, Person};
use crate::text::invisible::is_blank;

/// What remains of a text when everything that looks alike is made equal: compatibility forms (NFKC, Unicode Standard
/// Annex 15), case, confusable characters (Unicode Technical Standard 39, section 4), white space and everything else that
/// shows nothing. There are two results, because "I" looks like "l" as it is, and like "i" in lower case.
pub fn skeletons(text: &str) -> [String; 2] {
    let visible: String = text.nfkc().filter(|c| !is_blank(*c)).collect();
    [lower(&visible), visible].map(|text| {
        let plain: String = confusable_skeleton(&text).collect();
        confusable_skeleton(&lower(&plain)).filter(|c| !is_blank(*c)).collect()
    })
}

fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// How a name looks: a hash for each language and each of its two [`skeletons`]. Seats keep it, so that names are
/// compared without computing skeletons again. (Two skeletons with one hash, one pair in 2^64, count as alike.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks([u64; 4]);

impl Looks {
    /// Takes some 40 µs, so do not call it inside a change of a room, where others wait.
    pub fn of(name: &Name) -> Self {
        let bare = Name { number: 1, ..name.clone() };
        let [korean, english] = [bare.korean(), bare.english()].map(|words| skeletons(&words));
        let [[a, b], [c, d]] = [korean, english].map(|both| both.map(|skeleton| hashed(SEED, &skeleton)));
        Self::canonical([a, b, c, d]).numbered(name.number)
    }

    /// The canonical form, which can be compared: each hash once, then the first one again.
    fn canonical(looks: [u64; 4]) -> Self {
        let mut each = [looks[0]; 4];
        let mut count = 1;
        for look in looks {
            if !each.contains(&look) {
                each[count] = look;
                count += 1;
            }
        }
        Self(each)
    }

    /// The looks of the name with this number, made from those of the name without one. This is possible because white
    /// space does not count, and the skeleton of a digit does not depend on what stands before it.
    fn numbered(self, number: u16) -> Self {
        match number {
            0 | 1 => self,
            number => {
                let digits: String = number.to_string().chars().map(digit_skeleton).collect();
                Self(self.0.map(|bare| hashed(bare, &digits)))
            }
        }
    }

    /// Whether somebody could mistake one name for the other, in either language.
    pub fn are_like(&self, other: &Self) -> bool {
        self.0.iter().any(|look| other.0.contains(look))
    }

    /// The form that stores keep: the tables that were used, then each hash once.
    pub fn to_bytes(self) -> Vec<u8> {
        let [first, others @ ..] = self.0;
        let each = std::iter::once(first).chain(others.into_iter().filter(|look| *look != first));
        tables().into_iter().chain(each.flat_map(u64::to_le_bytes)).collect()
    }

    /// `None` for bytes that this build would not write: looks made with other tables cannot be compared with ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (looks, []) = bytes.strip_prefix(&tables())?.as_chunks() else { return None };
        let mut all = [u64::from_le_bytes(*looks.first()?); 4];
        for (look, kept) in all.iter_mut().zip(looks) {
            *look = u64::from_le_bytes(*kept);
        }
        (looks.len() <= all.len()).then_some(all).map(Self)
    }
}

/// Identifies the rules that decide what looks alike: the versions of Unicode in two crates and the standard library,
/// and the version of our own rules.
pub fn tables() -> [u8; 2] {
    let (a, b, c) = unicode_security::UNICODE_VERSION;
    let (d, e, f) = unicode_normalization::UNICODE_VERSION;
    let (g, h, i) = char::UNICODE_VERSION;
    // The first number counts the versions of our own rules.
    let versions = format!("2 {:?} {:?} {:?}", (a, b, c), (d, e, f), (g, h, i));
    let hash = hashed(SEED, &versions).to_le_bytes();
    [hash[0], hash[1]]
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits (RFC 9923), continuing from the hash of the text before.
fn hashed(before: u64, text: &str) -> u64 {
    text.bytes().fold(before, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The skeleton of a digit.
fn digit_skeleton(digit: char) -> char {
    match digit {
        '0' => 'o',
        '1' => 'l',
        digit => digit,
    }
}

/// A person together with the looks of their name. It is made before a change of a room, which then only compares
/// looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    person: Person,
    /// The looks of the name without a number.
    bare: Looks,
}

impl Named {
    pub fn new(person: Person) -> Self {
        let bare = Looks::of(&Name { number: 1, ..person.name.clone() });
        Self { person, bare }
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    pub fn looks(&self) -> Looks {
        self.bare.numbered(self.person.name.number)
    }

    /// Raises the number of the name until nobody could mistake it for one of `all`, the names of the others with their
    /// looks.
    pub fn with_free_number<'a>(mut self, all: impl Iterator<Item = (&'a Name, &'a Looks)> + Clone) -> Self {
        if !all.clone().any(|(name, looks)| self.is_like(name, looks)) {
            return self;
        }
        let (mut numbers, mut taken) = (HashSet::new(), HashSet::new());
        for (name, looks) in all {
            let own = &self.person.name;
            if (name.adjective, name.animal, &name.own) == (own.adjective, own.animal, &own.own) {
                numbers.insert(name.number);
            }
            if can_look_alike(own, name) {
                taken.extend(looks.0);
            }
        }
        while numbers.contains(&self.person.name.number) || self.looks().0.iter().any(|look| taken.contains(look)) {
            self.person.name.number += 1;
        }
        self
    }

    /// Whether somebody could mistake this person's name for `name`, in either language.
    pub fn is_like(&self, name: &Name, looks: &Looks) -> bool {
        self.person.name == *name || can_look_alike(&self.person.name, name) && self.looks().are_like(looks)
    }
}

/// Names made from the tables never look alike, and most names are of that kind.
fn can_look_alike(one: &Name, other: &Name) -> bool {
    one.own.is_some() || other.own.is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::id::VisitorId;
    use crate::visitor::OwnName;

    fn look_alike(one: &Name, other: &Name) -> bool {
        let [there, back] = [(one, other), (other, one)].map(|(one, other)| {
            let named = Named::new(Person { id: VisitorId([2; 16]), name: one.clone() });
            named.is_like(other, &Looks::of(other))
        });
        assert_eq!(there, back);
        there
    }

    fn named(own: &str) -> Name {
        Name { own: Some(OwnName::new(own).expect("a name")), ..Name::of(VisitorId([1; 16])) }
    }

    #[rstest]
    #[case::same("민수", "민수")]
    #[case::case("Paul", "pAUL")]
    #[case::cyrillic("Paul", "Рaul")]
    #[case::greek_capital("Nora", "\u{39d}ora")]
    #[case::greek_and_cyrillic("nora", "n\u{3bf}r\u{430}")]
    #[case::full_width("Paul", "Ｐａｕｌ")]
    #[case::digits("Olli", "0lli")]
    #[case::capital_i_and_small_l("Illy", "lIIy")]
    #[case::capital_i_for_small_l_and_case("paul", "PauI")]
    #[case::digit_one("Al", "A1")]
    #[case::one_letter_like_two("mary", "rnary")]
    #[case::spaces("민 수", "민수")]
    #[case::zero_width("민수", "민\u{200b}수")]
    #[case::hangul_filler("민수", "민\u{3164}수")]
    #[case::decomposed("민수", "\u{1106}\u{1175}\u{11ab}\u{1109}\u{116e}")]
    #[case::accent_composed_or_not("José", "Jose\u{301}")]
    #[case::bold_letters("Paul", "𝐏𝐚𝐮𝐥")]
    #[case::emoji_selector("고양이❤", "고양이❤\u{fe0f}")]
    #[case::annotation("민수", "민\u{fff9}수\u{fffb}")]
    #[case::object("민수", "민\u{fffc}수")]
    #[case::empty_braille("민수", "민\u{2800}수")]
    #[case::null_note("민수", "민\u{1d159}수")]
    #[case::control_of_hieroglyphs("민수", "민\u{13437}수")]
    #[case::joiner_in_persian("میخواهم", "می\u{200c}خواهم")]
    #[case::variant_of_a_han_character("葛城", "葛\u{e0100}城")]
    fn these_look_alike(#[case] one: &str, #[case] other: &str) {
        assert!(look_alike(&named(one), &named(other)), "{:?} {:?}", skeletons(one), skeletons(other));
    }

    #[rstest]
    #[case("민수", "민서")]
    #[case("Paul", "Paula")]
    #[case("나", "너")]
    #[case("José", "Jose")]
    #[case("🐱", "🐶")]
    fn these_do_not(#[case] one: &str, #[case] other: &str) {
        assert!(!look_alike(&named(one), &named(other)));
    }

    #[test]
    fn nobody_takes_a_given_name_in_either_language() {
        let given = Name { adjective: 0, animal: 0, own: None, number: 1 };
        assert!(look_alike(&named("졸린 수달"), &given) && look_alike(&named("Sleepy Otter"), &given));
        assert!(look_alike(&named("졸린 수달 2"), &Name { number: 2, ..given.clone() }));
        assert!(!look_alike(&named("졸린 수달 2"), &given));
    }

    /// Computes the looks from the whole name with its number, instead of adding the number to the looks.
    fn looks_of_words(name: &Name) -> Looks {
        let [[a, b], [c, d]] = [name.korean(), name.english()].map(|words| skeletons(&words));
        Looks::canonical([a, b, c, d].map(|skeleton| hashed(SEED, &skeleton)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn a_number_looks_the_same_after_whatever_name(own in "\\PC{1,20}", number in any::<u16>()) {
            if let Ok(own) = OwnName::new(&own) {
                let name = Name { own: Some(own), number, ..Name::of(VisitorId([1; 16])) };
                prop_assert_eq!(Looks::of(&name), looks_of_words(&name));
            }
        }
    }

    #[test]
    fn every_given_name_has_looks_of_its_own_under_every_number() {
        let mut seen = HashSet::new();
        for (adjective, animal) in [(0, 0), (3, 7), (39, 47)] {
            for number in (1..=30).chain([100, 101, 1000, u16::MAX]) {
                let name = Name { adjective, animal, own: None, number };
                assert_eq!(Looks::of(&name), looks_of_words(&name));
                assert!(seen.insert(Looks::of(&name).0), "{name:?}");
            }
        }
    }

    #[rstest]
    #[case(&named("민수"))]
    #[case(&named("PauI"))]
    #[case(&Name { adjective: 0, animal: 0, own: None, number: 12 })]
    fn looks_are_read_back_unless_they_are_of_other_tables(#[case] name: &Name) {
        let mut bytes = Looks::of(name).to_bytes();
        let read = Looks::from_bytes(&bytes).expect("looks");
        let other = Looks::of(&named("다른 이름"));
        assert_eq!(read, Looks::of(name));
        assert!(!read.are_like(&other));
        bytes[0] ^= 1;
        assert_eq!(Looks::from_bytes(&bytes), None);
        for broken in [&[][..], &tables(), &[&tables()[..], &[0; 7]].concat(), &[&tables()[..], &[0; 40]].concat()] {
            assert_eq!(Looks::from_bytes(broken), None);
        }
    }
}
