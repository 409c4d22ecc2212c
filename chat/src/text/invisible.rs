//! Which characters show nothing.

/// Default_Ignorable_Code_Point (Unicode Standard Annex 44): characters that should show nothing where they are not
/// supported. Among them are joiners and selectors that change the characters around them.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// White space, and the characters whose glyph is nothing but space: the empty braille pattern and the musical null
/// note head.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{1d159}')
}

/// Whether a character shows nothing by itself: space, ignorable characters, controls, the anchors of annotations and
/// of objects, the controls of hieroglyphs, the Khitan filler, and what is no character at all.
pub fn is_blank(c: char) -> bool {
    is_space(c)
        || is_ignorable(c)
        || c.is_control()
        || is_no_character(c)
        || matches!(c, '\u{fff9}'..='\u{fffc}' | '\u{13430}'..='\u{1343f}' | '\u{16fe4}')
}

/// The noncharacters of Unicode, which have no use in texts.
pub fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}
