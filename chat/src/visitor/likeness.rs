//! Which names look alike, so that nobody passes for somebody else.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton as confusable_skeleton;

use super::Name;

/// What remains of a text when all that looks alike is the same: compatibility forms (NFKC, Unicode Standard Annex 15),
/// case, confusable characters (Unicode Technical Standard 39, section 4), white space and what cannot be seen. Twice,
/// because "I" looks like "l" as it is, and like "i" in lower case.
pub fn skeletons(text: &str) -> [String; 2] {
    let seen: String = text.nfkc().filter(|c| !is_unseen(*c)).collect();
    [lower(&seen), seen].map(|text| {
        let plain: String = confusable_skeleton(&text).collect();
        confusable_skeleton(&lower(&plain)).filter(|c| !c.is_whitespace() && !is_unseen(*c)).collect()
    })
}

fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Names of which none should look like another: looked at once, however many are compared with them.
pub struct Names<'a> {
    all: Vec<&'a Name>,
    /// Of those that can look like the name asked about: mostly there are none.
    skeletons: HashSet<String>,
}

impl<'a> Names<'a> {
    /// These, to be compared with `name` under whatever number.
    pub fn beside(name: &Name, all: impl IntoIterator<Item = &'a Name>) -> Self {
        let all: Vec<_> = all.into_iter().collect();
        // The words of the tables do not look alike, and most names are made of them.
        let can_look_alike = all.iter().filter(|other| name.own.is_some() || other.own.is_some());
        let skeletons = can_look_alike.flat_map(|other| in_all_languages(other)).collect();
        Self { all, skeletons }
    }

    /// Whether somebody could take one of these for `name`, in either language.
    pub fn have_one_like(&self, name: &Name) -> bool {
        self.all.contains(&name)
            || !self.skeletons.is_empty() && in_all_languages(name).any(|skeleton| self.skeletons.contains(&skeleton))
    }
}

fn in_all_languages(name: &Name) -> impl Iterator<Item = String> + use<> {
    [name.korean(), name.english()].into_iter().flat_map(|words| skeletons(&words))
}

/// Characters that leave no mark (Default_Ignorable_Code_Point, Unicode Standard Annex 44), among them the joiners and
/// selectors inside emoji: these still look alike without.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::id::VisitorId;
    use crate::visitor::OwnName;

    fn look_alike(one: &Name, other: &Name) -> bool {
        let [there, back] =
            [(one, other), (other, one)].map(|(one, other)| Names::beside(one, [other]).have_one_like(one));
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
    #[case::full_width("admin", "ａｄｍｉｎ")]
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
}
