//! The kinds of characters in an address. The ranges are chosen by hand, because the tables of Unicode would be larger than all
//! of the code for links.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharKind {
    Ascii,
    /// A letter of Korean, Chinese or Japanese, whose words may follow an address without a space.
    Cjk,
    /// A letter of another script.
    Letter,
    /// Everything else: punctuation, emoji, and what cannot be seen.
    Other,
}

/// The first and the last character of each range.
type Ranges = [[u16; 2]];

const CJK: &Ranges = &[
    [0x3005, 0x3005],
    [0x3041, 0x3096],
    [0x30A1, 0x30FA],
    [0x30FC, 0x30FC],
    [0x3400, 0x4DBF],
    [0x4E00, 0x9FFF],
    [0xAC00, 0xD7A3],
];

/// Punctuation and invisible characters among the letters up to U+1FFF, and the parts of Hangul that are no syllables.
const NO_LETTERS: &Ranges = &[
    [0x80, 0xBF],
    [0xD7, 0xD7],
    [0xF7, 0xF7],
    [0x34F, 0x34F],
    [0x37E, 0x37E],
    [0x387, 0x387],
    [0x589, 0x589],
    [0x5BE, 0x5C0],
    [0x5F3, 0x60F],
    [0x61B, 0x61F],
    [0x66A, 0x66D],
    [0x6D4, 0x6D4],
    [0x700, 0x70F],
    [0x964, 0x965],
    [0xE4F, 0xE4F],
    [0xE5A, 0xE5B],
    [0x1100, 0x11FF],
    [0x166D, 0x1680],
    [0x17B4, 0x17B5],
    [0x17D4, 0x17DC],
    [0x1800, 0x180F],
];

/// Letters that browsers do not replace by others in a host.
const IN_HOSTS: &Ranges = &[
    [0xDF, 0xF6],
    [0xF8, 0x131],
    [0x134, 0x13E],
    [0x141, 0x148],
    [0x14A, 0x17E],
    [0x1A1, 0x1A1],
    [0x1B0, 0x1B0],
    [0x1EA0, 0x1EF9],
    [0x3AC, 0x3CE],
    [0x430, 0x45F],
    [0x461, 0x481],
    [0x48A, 0x52F],
    [0x561, 0x586],
    [0x5D0, 0x5EA],
    [0x620, 0x63A],
    [0x641, 0x64A],
    [0x671, 0x674],
    [0x679, 0x6D3],
    [0x904, 0x939],
    [0x93E, 0x94D],
    [0xE01, 0xE32],
    [0xE34, 0xE3A],
    [0xE40, 0xE4E],
];

/// Characters that browsers replace by others in a host: letters and digits of full or half width or in circles, and ligatures.
const REPLACED: &Ranges = &[
    [0xAA, 0xAA],
    [0xB2, 0xB3],
    [0xB9, 0xBA],
    [0x2070, 0x209C],
    [0x2100, 0x218B],
    [0x2460, 0x24FF],
    [0xF900, 0xFDFF],
    [0xFE70, 0xFEFC],
    [0xFF10, 0xFF19],
    [0xFF21, 0xFF3A],
    [0xFF41, 0xFF5A],
    [0xFF66, 0xFF9F],
];

fn is_within(c: char, ranges: &Ranges) -> bool {
    u16::try_from(u32::from(c)).is_ok_and(|c| ranges.iter().any(|[first, last]| (*first..=*last).contains(&c)))
}

pub fn kind(c: char) -> CharKind {
    if c.is_ascii() {
        CharKind::Ascii
    } else if is_within(c, CJK) || ('\u{20000}'..='\u{323AF}').contains(&c) {
        CharKind::Cjk
    } else if c < '\u{2000}' && !is_within(c, NO_LETTERS) {
        CharKind::Letter
    } else {
        CharKind::Other
    }
}

/// Whether a letter that is not ASCII may stand in a host.
pub fn is_in_hosts(c: char) -> bool {
    is_within(c, IN_HOSTS)
}

/// Whether browsers replace the character by another one in a host. (The second range is that of mathematical letters.)
pub fn is_replaced(c: char) -> bool {
    is_within(c, REPLACED) || ('\u{1D400}'..='\u{1D7FF}').contains(&c)
}

pub fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}
