//! The words of visitors' names. Append only: stored names are indices into these tables.

/// An adjective in both languages.
pub struct Adjective {
    pub korean: &'static str,
    pub english: &'static str,
}

/// An animal in both languages, with its face.
pub struct Animal {
    pub korean: &'static str,
    pub english: &'static str,
    pub emoji: &'static str,
}

/// The adjective of an index; an index of a newer server's longer table wraps around.
pub fn adjective(index: u8) -> &'static Adjective {
    &ADJECTIVES[usize::from(index) % ADJECTIVES.len()]
}

/// The animal of an index, which wraps around in the same way.
pub fn animal(index: u8) -> &'static Animal {
    &ANIMALS[usize::from(index) % ANIMALS.len()]
}

const fn adjective_of(korean: &'static str, english: &'static str) -> Adjective {
    Adjective { korean, english }
}

const fn animal_of(korean: &'static str, english: &'static str, emoji: &'static str) -> Animal {
    Animal { korean, english, emoji }
}

pub static ADJECTIVES: &[Adjective] = &[
    adjective_of("졸린", "sleepy"),
    adjective_of("들뜬", "thrilled"),
    adjective_of("느긋한", "easygoing"),
    adjective_of("배고픈", "hungry"),
    adjective_of("반짝이는", "sparkling"),
    adjective_of("용감한", "brave"),
    adjective_of("수줍은", "shy"),
    adjective_of("엉뚱한", "quirky"),
    adjective_of("다정한", "kind"),
    adjective_of("씩씩한", "sturdy"),
    adjective_of("신난", "merry"),
    adjective_of("조용한", "quiet"),
    adjective_of("재빠른", "nimble"),
    adjective_of("포근한", "cozy"),
    adjective_of("명랑한", "cheerful"),
    adjective_of("궁금한", "curious"),
    adjective_of("똑똑한", "clever"),
    adjective_of("상냥한", "gentle"),
    adjective_of("당당한", "proud"),
    adjective_of("통통한", "chubby"),
    adjective_of("엄격한", "strict"),
    adjective_of("꼼꼼한", "careful"),
    adjective_of("차분한", "calm"),
    adjective_of("유쾌한", "jolly"),
    adjective_of("부지런한", "busy"),
    adjective_of("말랑한", "squishy"),
    adjective_of("싱싱한", "fresh"),
    adjective_of("우아한", "elegant"),
    adjective_of("장난스런", "playful"),
    adjective_of("든든한", "trusty"),
    adjective_of("산뜻한", "breezy"),
    adjective_of("노련한", "seasoned"),
    adjective_of("폭신한", "fluffy"),
    adjective_of("반가운", "welcome"),
    adjective_of("까칠한", "prickly"),
    adjective_of("느린", "slow"),
    adjective_of("날쌘", "swift"),
    adjective_of("귀여운", "cute"),
    adjective_of("진지한", "serious"),
    adjective_of("행복한", "happy"),
];

pub static ANIMALS: &[Animal] = &[
    animal_of("수달", "otter", "🦦"),
    animal_of("여우", "fox", "🦊"),
    animal_of("거북", "turtle", "🐢"),
    animal_of("호랑이", "tiger", "🐯"),
    animal_of("해파리", "jellyfish", "🪼"),
    animal_of("개구리", "frog", "🐸"),
    animal_of("유니콘", "unicorn", "🦄"),
    animal_of("꽃게", "crab", "🦀"),
    animal_of("돼지", "pig", "🐷"),
    animal_of("고양이", "cat", "🐱"),
    animal_of("강아지", "puppy", "🐶"),
    animal_of("토끼", "rabbit", "🐰"),
    animal_of("햄스터", "hamster", "🐹"),
    animal_of("판다", "panda", "🐼"),
    animal_of("곰", "bear", "🐻"),
    animal_of("코알라", "koala", "🐨"),
    animal_of("사자", "lion", "🦁"),
    animal_of("원숭이", "monkey", "🐵"),
    animal_of("병아리", "chick", "🐥"),
    animal_of("펭귄", "penguin", "🐧"),
    animal_of("부엉이", "owl", "🦉"),
    animal_of("앵무새", "parrot", "🦜"),
    animal_of("홍학", "flamingo", "🦩"),
    animal_of("문어", "octopus", "🐙"),
    animal_of("고래", "whale", "🐳"),
    animal_of("돌고래", "dolphin", "🐬"),
    animal_of("상어", "shark", "🦈"),
    animal_of("물개", "seal", "🦭"),
    animal_of("나무늘보", "sloth", "🦥"),
    animal_of("고슴도치", "hedgehog", "🦔"),
    animal_of("너구리", "raccoon", "🦝"),
    animal_of("오소리", "badger", "🦡"),
    animal_of("다람쥐", "squirrel", "🐿️"),
    animal_of("낙타", "camel", "🐫"),
    animal_of("라마", "llama", "🦙"),
    animal_of("기린", "giraffe", "🦒"),
    animal_of("코끼리", "elephant", "🐘"),
    animal_of("코뿔소", "rhino", "🦏"),
    animal_of("악어", "crocodile", "🐊"),
    animal_of("공룡", "dinosaur", "🦕"),
    animal_of("나비", "butterfly", "🦋"),
    animal_of("달팽이", "snail", "🐌"),
    animal_of("꿀벌", "bee", "🐝"),
    animal_of("무당벌레", "ladybug", "🐞"),
    animal_of("오리", "duck", "🦆"),
    animal_of("백조", "swan", "🦢"),
    animal_of("비버", "beaver", "🦫"),
    animal_of("박쥐", "bat", "🦇"),
];
