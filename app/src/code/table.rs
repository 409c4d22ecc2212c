//! Tests which code is found in texts as people write them.

use rstest::rstest;

use super::{Segment, one_line, parts};

/// The parts in short: words as they are, code in brackets with its language before it.
fn in_short(text: &str) -> Vec<String> {
    let short = |part| match part {
        Segment::Words(words) => words.to_owned(),
        Segment::Code { language, code } => format!("{language}[{code}]"),
    };
    parts(text).into_iter().map(short).collect()
}

#[rstest]
#[case::alone("```\nx = 1\n```", &["[x = 1]"])]
#[case::language("```rust\nfn main() {}\n```", &["rust[fn main() {}]"])]
#[case::language_after_a_space("``` c++\nint x;\n```", &["c++[int x;]"])]
#[case::languages("```objective-c\na\n```\n```C#\nb\n```\n```.env\nc\n```", &["objective-c[a]", "C#[b]", ".env[c]"])]
#[case::space_after_the_fences("```js  \na\n```  ", &["js[a]"])]
#[case::between_words("보세요\n```\nx\n```\n어때요?", &["보세요", "[x]", "어때요?"])]
#[case::blank_lines_around("보세요\n\n```\nx\n```\n\n\n어때요?", &["보세요", "[x]", "어때요?"])]
#[case::two("```\na\n```\n```\nb\n```", &["[a]", "[b]"])]
#[case::two_with_words("```\na\n```\n그리고\n```\nb\n```", &["[a]", "그리고", "[b]"])]
#[case::indent_and_tabs_stay("```\n\tif x {\n\t    y\n\t}\n```", &["[\tif x {\n\t    y\n\t}]"])]
#[case::blank_lines_inside_stay("```\n\na\n\n\nb\n\n```", &["[\na\n\n\nb\n]"])]
#[case::up_to_three_spaces("   ```\n  a\n  ```", &["[  a]"])]
#[case::unclosed("```\na\n\nb", &["[a\n\nb]"])]
#[case::unclosed_with_language("보세요\n```py\na = 1", &["보세요", "py[a = 1]"])]
#[case::longer_fence_holds_shorter("````\n```\na\n```\n````", &["[```\na\n```]"])]
#[case::longer_end_closes("```\na\n`````", &["[a]"])]
#[case::shorter_end_does_not("````\na\n```", &["[a\n```]"])]
#[case::words_after_the_end_do_not_close("```\na\n``` b\n```", &["[a\n``` b]"])]
#[case::glued_end_does_not_close("```\na```\n```", &["[a```]"])]
#[case::indented_end_does_not_close("```\na\n    ```\n```", &["[a\n    ```]"])]
#[case::first_line_beside_the_fence("```SELECT *\nFROM t\n```", &["[SELECT *\nFROM t]"])]
#[case::first_line_after_a_space("``` let x = 1;\nlet y;\n```", &["[let x = 1;\nlet y;]"])]
#[case::only_line_beside_the_fence("```let x = 1;\n```", &["[let x = 1;]"])]
#[case::no_language_in_korean("```안녕\n세상\n```", &["[안녕\n세상]"])]
#[case::too_long_for_a_language("```aaaaaaaaaaaaaaaaaaaaaaaaa\nb\n```", &["[aaaaaaaaaaaaaaaaaaaaaaaaa\nb]"])]
#[case::indented_inside("```\n    a\n```\n    b", &["[    a]", "[    b]"])]
#[case::markdown_inside("```\n# a\n> b\n- c\n```", &["[# a\n> b\n- c]"])]
fn fences(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(in_short(text), expected, "{text:?}");
}

#[rstest]
#[case::whole_message("    fn main() {\n        x\n    }", &["[    fn main() {\n        x\n    }]"])]
#[case::one_line("    x = 1", &["[    x = 1]"])]
#[case::tab("\tx = 1\n\t\ty", &["[\tx = 1\n\t\ty]"])]
#[case::spaces_before_the_tab(" \ta\n  \tb\n   \tc", &["[ \ta\n  \tb\n   \tc]"])]
#[case::after_a_blank_line("보세요\n\n    x\n    y", &["보세요", "[    x\n    y]"])]
#[case::after_a_line_of_spaces("보세요\n  \n    x", &["보세요", "[    x]"])]
#[case::ends_at_less_indent("    x\n어때요?", &["[    x]", "어때요?"])]
#[case::three_spaces_end_it("    x\n   y", &["[    x]", "   y"])]
#[case::blank_lines_inside("    x\n\n    y\n\n어때요?", &["[    x\n\n    y]", "어때요?"])]
#[case::a_fence_is_code_there("    ```\n    a", &["[    ```\n    a]"])]
#[case::before_a_fence("    a\n```\nb\n```", &["[    a]", "[b]"])]
#[case::first_words_then_twice("a\n\n    b\n\nc\n\n\td", &["a", "[    b]", "c", "[\td]"])]
fn indents(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(in_short(text), expected, "{text:?}");
}

#[rstest]
#[case::one_tick("`x`")]
#[case::two_ticks("``x``")]
#[case::three_ticks_in_a_line("이건 ```x``` 예요")]
#[case::three_ticks_alone_in_a_line("```x```")]
#[case::three_ticks_begin_a_line("```x``` 이렇게요\n그렇죠?")]
#[case::fence_after_words("보세요 ```\nx\n```x```")]
#[case::two_backticks("``\nx\n``")]
#[case::tildes("~~~\nx\n~~~")]
#[case::full_width("｀｀｀\nx\n｀｀｀")]
#[case::apostrophes("'''\nx\n'''")]
#[case::quoted("> ```\n> x")]
#[case::in_a_list("- ```")]
#[case::nothing_in_it("```\n```")]
#[case::only_blank_lines_in_it("```\n\n \n```")]
#[case::nothing_after_it("```")]
#[case::nothing_after_a_language("```rust")]
#[case::a_sentence_about_it("``` 이렇게 쓰면 코드예요")]
#[case::last_line("보세요\n```")]
#[case::goes_on("보세요\n    계속되는 줄\n\t이것도")]
#[case::three_spaces("   a\n   b")]
#[case::spaces_inside("a    b")]
#[case::ideographic_space("\u{3000}\u{3000}\u{3000}\u{3000}가")]
#[case::no_break_spaces("\u{a0}\u{a0}\u{a0}\u{a0}a")]
#[case::empty("")]
#[case::a_word("안녕")]
#[case::lines("  안녕\n\n\n 여러분")]
fn no_code(#[case] text: &str) {
    assert_eq!(parts(text), [Segment::Words(text)], "{text:?}");
}

#[rstest]
#[case("```rust\nfn main() {\n    x\n}\n```", "fn main() { x }")]
#[case("보세요\n\n```\nx\n```\n어때요?", "보세요 x 어때요?")]
#[case("    a\n\tb", "a b")]
#[case("```SELECT *\nFROM t\n```", "SELECT * FROM t")]
#[case("첫 줄\n\n둘째  줄", "첫 줄 둘째 줄")]
#[case("```\n```", "``` ```")]
#[case("이건 ```x``` 예요", "이건 ```x``` 예요")]
fn code_in_one_line(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(one_line(text), expected);
}

#[test]
fn nothing_but_fences_and_blank_lines_is_lost() {
    let lines = ["가", "", "    b", "```", "\tc", "````", "``` rust", "  d", "```x```", " "];
    // All texts of four of these lines.
    for number in 0..lines.len().pow(4) {
        let digits = (0..4).map(|place| number / lines.len().pow(place) % lines.len());
        let text = digits.map(|digit| lines[digit]).collect::<Vec<_>>().join("\n");
        let is_fence = |between: &str| between.replace("rust", "").chars().all(|c| c == '`' || c.is_whitespace());
        let mut at = 0;
        for part in parts(&text) {
            let (Segment::Words(part) | Segment::Code { code: part, .. }) = part;
            // The parts are in order, and between them there are only fences and space.
            let place = part.as_ptr() as usize - text.as_ptr() as usize;
            assert!(is_fence(&text[at..place]), "{text:?} loses {:?}", &text[at..place]);
            at = place + part.len();
        }
        assert!(is_fence(&text[at..]), "{text:?} loses {:?}", &text[at..]);
    }
}
