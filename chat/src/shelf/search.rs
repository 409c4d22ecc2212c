//! Finds GIFs on a shelf while the visitor types.

use super::Item;
use super::hangul::Sound;

/// How well an item fits, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The item's name begins with the typed word.
    Name,
    /// A later word of the name, or a word of a tag, the folder or the description, begins with it.
    Word,
    /// It is somewhere within a word.
    Within,
}

/// The texts of a shelf, prepared once and searched with each key.
#[derive(Debug, Default)]
pub struct Index {
    /// The texts of each item: the name first, then the tags, the folder and the description.
    texts: Vec<Vec<Sounds>>,
}

/// A text as a search sees it, and whether it is the item's name.
#[derive(Debug, Default)]
struct Sounds {
    sounds: Vec<Sound>,
    is_name: bool,
}

impl Index {
    pub fn of(items: &[Item]) -> Self {
        let texts = |item: &Item| {
            let label = &item.label;
            let name = label.name.iter().map(|name| Sounds { sounds: sounds(name.as_str()), is_name: true });
            let words = label.tags.iter().map(|tag| tag.as_str());
            let words = words.chain(label.folder.iter().map(|folder| folder.as_str()));
            let words = words.chain(item.description.iter().map(|description| description.as_str()));
            name.chain(words.map(|word| Sounds { sounds: sounds(word), is_name: false })).collect()
        };
        Self { texts: items.iter().map(texts).collect() }
    }

    /// The places of the items that fit, the best ones first, and equally good ones in their order. Each word of the
    /// query has to fit. Everything fits an empty query.
    pub fn find(&self, query: &str) -> Vec<usize> {
        let words: Vec<Vec<Sound>> = query.split_whitespace().map(sounds).collect();
        let fit =
            |texts: &[Sounds]| words.iter().try_fold(Fit::Name, |worst, word| Some(worst.max(fit_of(texts, word)?)));
        let mut found: Vec<(Fit, usize)> =
            self.texts.iter().enumerate().filter_map(|(place, texts)| Some((fit(texts)?, place))).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, place)| place).collect()
    }
}

/// The sounds of a text. Case does not count.
fn sounds(text: &str) -> Vec<Sound> {
    text.chars().flat_map(char::to_lowercase).flat_map(Sound::of).collect()
}

fn fit_of(texts: &[Sounds], word: &[Sound]) -> Option<Fit> {
    texts.iter().filter_map(|text| text.fit_of(word)).min()
}

impl Sounds {
    fn fit_of(&self, word: &[Sound]) -> Option<Fit> {
        let fits = (0..self.sounds.len()).filter(|at| begins_with(self.sounds.get(*at..).unwrap_or_default(), word));
        let fit = |at: usize| match at.checked_sub(1).and_then(|before| self.sounds.get(before)) {
            None if self.is_name => Fit::Name,
            None => Fit::Word,
            Some(Sound::Other(before)) if !before.is_alphanumeric() => Fit::Word,
            Some(_) => Fit::Within,
        };
        fits.map(fit).min()
    }
}

/// Whether a text begins with what was typed, whose last syllable may still grow.
fn begins_with(text: &[Sound], typed: &[Sound]) -> bool {
    let Some((last, before)) = typed.split_last() else { return true };
    let Some((same, rest)) = text.split_at_checked(before.len()) else { return false };
    if !before.iter().zip(same).all(|(typed, there)| typed.stands_for(*there)) {
        return false;
    }
    let ends = |ends: &[Sound]| {
        rest.len() >= ends.len()
            && ends.iter().zip(rest).enumerate().all(|(place, (typed, there))| match place + 1 == ends.len() {
                true => typed.grows_to(*there),
                false => typed.stands_for(*there),
            })
    };
    ends(&[*last]) || last.split().is_some_and(|split| ends(&split))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gif::{Gif, GifHash};
    use crate::shelf::{FolderName, ItemName, Label, Tag};
    use crate::time::Timestamp;

    fn item(name: &str, tags: &[&str], folder: &str) -> Item {
        let gif = Gif { sha: GifHash([0; 32]), width: 1, height: 1, frames: 1, duration_ms: 0, bytes: 1 };
        let tag = |tag: &&str| Tag::new(tag).expect("a tag").expect("not empty");
        let label = Label {
            name: ItemName::new(name).expect("a name"),
            tags: tags.iter().map(tag).collect(),
            folder: FolderName::new(folder).expect("a folder"),
        };
        Item { gif, description: None, label, kept: true, used_at: Timestamp(0) }
    }

    fn found(items: &[Item], query: &str) -> Vec<usize> {
        Index::of(items).find(query)
    }

    #[test]
    fn one_finds_at_every_step_of_typing() {
        let items =
            [item("귀여워", &[], ""), item("가구", &[], ""), item("값이 올라", &[], ""), item("Thumbs Up", &[], "")];
        for (at, steps) in [
            (0, &["ㄱ", "구", "귀", "귕", "귀여", "귀여우", "귀여워", "ㄱㅇ", "ㄱㅇㅇ", "귀ㅇㅇ", "여워"][..]),
            (1, &["ㄱ", "가", "각", "가구", "ㄱㄱ"]),
            (2, &["ㄱ", "가", "갑", "값", "값ㅇ", "값이 오", "올라", "ㄱㅇ ㅇㄹ"]),
            (3, &["t", "THUMB", "up", "u t", "humbs"]),
        ] {
            for query in steps {
                assert!(found(&items, query).contains(&at), "{query} finds {:?}", items[at].label.name);
            }
        }
        for (at, query) in [(0, "ㄱㅇㄱ"), (0, "귀요"), (0, "까"), (1, "거"), (2, "값ㅅ"), (3, "thumbsup"), (3, "x")]
        {
            assert!(!found(&items, query).contains(&at), "{query} does not find {:?}", items[at].label.name);
        }
        assert_eq!(found(&items, " "), [0, 1, 2, 3]);
    }

    #[test]
    fn what_an_input_method_has_joined_is_two_consonants() {
        let items = [item("감사합니다", &[], ""), item("비상", &[], "")];
        assert_eq!(found(&items, "ㄳ"), [0]);
        assert_eq!(found(&items, "ㅄ"), [1]);
    }

    #[test]
    fn tags_and_folders_are_found_and_the_best_come_first() {
        let items = [
            item("내 고양이", &[], ""),
            item("하품", &["고양이"], ""),
            item("고양이", &[], ""),
            item("아기고양이", &[], ""),
            item("강아지", &[], "고양이 아님"),
        ];
        assert_eq!(found(&items, "고양"), [2, 0, 1, 4, 3]);
        assert_eq!(found(&items, "ㄱㅇㅇ ㅎㅍ"), [1]);
    }

    #[test]
    fn five_thousand_are_few() {
        let items: Vec<_> = (0..5000)
            .map(|n| item(&format!("움짤 {n} 고양이가 하품하는 아주 긴 이름"), &["고양이", "하품"], "동물"))
            .collect();
        let index = Index::of(&items);
        assert_eq!(index.find("ㅎㅍㅎㄴ").len(), 5000);
        assert_eq!(index.find("4999").len(), 1);
    }
}
