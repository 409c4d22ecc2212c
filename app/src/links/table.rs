//! Tests which links are found in texts as people write them.

use super::Piece::{Link, Plain};
use super::pieces;

/// A text, and its links as they are written there.
type Case = (&'static str, &'static [&'static str]);

/// Texts in which the sentence goes on behind the address, or encloses it.
const SENTENCES: &[Case] = &[
    ("보세요: https://a.kr/x(y)?q=1. 네", &["https://a.kr/x(y)?q=1"]),
    ("(http://a.kr)", &["http://a.kr"]),
    ("https://example.com에서 봤어요", &["https://example.com"]),
    ("https://example.com을 보세요", &["https://example.com"]),
    ("https://example.com이에요", &["https://example.com"]),
    ("https://example.com으로", &["https://example.com"]),
    ("https://example.com이랑 https://b.kr이랑", &["https://example.com", "https://b.kr"]),
    ("https://example.com/docs를 보세요", &["https://example.com/docs"]),
    ("https://example.com/docs에서", &["https://example.com/docs"]),
    ("https://example.com/를 보세요", &["https://example.com/"]),
    ("https://example.com/에서 봤어", &["https://example.com/"]),
    ("https://example.com/docs/라고 하네요", &["https://example.com/docs/"]),
    ("https://example.com/docs/입니다.", &["https://example.com/docs/"]),
    ("https://example.com/v2는", &["https://example.com/v2"]),
    ("https://example.com/?a=1&b=2를", &["https://example.com/?a=1&b=2"]),
    ("https://example.com/#top부터", &["https://example.com/#top"]),
    ("https://example.com/%EC%9D%B4를", &["https://example.com/%EC%9D%B4"]),
    ("https://example.com:8080에서", &["https://example.com:8080"]),
    ("http://localhost에서", &["http://localhost"]),
    ("http://127.0.0.1에서", &["http://127.0.0.1"]),
    ("https://example.comㅋㅋㅋ", &["https://example.com"]),
    ("https://example.com/xㅠㅠ", &["https://example.com/x"]),
    ("https://example.com是", &["https://example.com"]),
    ("看https://example.com/x的文档", &["https://example.com/x"]),
    ("https://example.comを見て", &["https://example.com"]),
    ("https://example.com/xです", &["https://example.com/x"]),
    ("https://example.comー", &["https://example.com"]),
    ("「https://a.kr/docs」를", &["https://a.kr/docs"]),
    ("『https://a.kr/docs』", &["https://a.kr/docs"]),
    ("（https://a.kr/docs）", &["https://a.kr/docs"]),
    ("【https://a.kr/docs】", &["https://a.kr/docs"]),
    ("《https://a.kr/docs》", &["https://a.kr/docs"]),
    ("〈https://a.kr/docs〉", &["https://a.kr/docs"]),
    ("〔https://a.kr/docs〕", &["https://a.kr/docs"]),
    ("［https://a.kr/docs］", &["https://a.kr/docs"]),
    ("“https://a.kr/docs”라고", &["https://a.kr/docs"]),
    ("‘https://a.kr/docs’라고", &["https://a.kr/docs"]),
    ("«https://a.kr/docs»", &["https://a.kr/docs"]),
    ("‹https://a.kr/docs›", &["https://a.kr/docs"]),
    ("„https://a.kr/docs“", &["https://a.kr/docs"]),
    ("\"https://a.kr/docs\"를", &["https://a.kr/docs"]),
    ("'https://a.kr/docs'를", &["https://a.kr/docs"]),
    ("'https://a.kr'를", &["https://a.kr"]),
    ("<https://a.kr/docs>", &["https://a.kr/docs"]),
    ("<https://a.kr>", &["https://a.kr"]),
    ("`https://a.kr/docs`를", &["https://a.kr/docs"]),
    ("`https://a.kr`를", &["https://a.kr"]),
    ("**https://a.kr/docs**를", &["https://a.kr/docs"]),
    ("**https://a.kr**를", &["https://a.kr"]),
    ("*https://a.kr/docs*", &["https://a.kr/docs"]),
    ("***https://a.kr/docs***", &["https://a.kr/docs"]),
    ("_https://a.kr/docs_", &["https://a.kr/docs"]),
    ("__https://a.kr/docs__", &["https://a.kr/docs"]),
    ("_https://a.kr/docs_에서", &["https://a.kr/docs"]),
    ("_https://a.kr_", &["https://a.kr"]),
    ("_여기 https://a.kr/docs_", &["https://a.kr/docs"]),
    ("**_https://a.kr/docs_**", &["https://a.kr/docs"]),
    ("~~https://a.kr/docs~~", &["https://a.kr/docs"]),
    ("||https://a.kr/docs||", &["https://a.kr/docs"]),
    ("https://a.kr/docs~ 보세요~", &["https://a.kr/docs"]),
    ("[문서](https://a.kr/docs)를", &["https://a.kr/docs"]),
    ("[문서](https://a.kr/docs).", &["https://a.kr/docs"]),
    ("[문서](https://a.kr).", &["https://a.kr"]),
    ("(https://a.kr/docs),see", &["https://a.kr/docs"]),
    ("(https://a.kr/docs)에서", &["https://a.kr/docs"]),
    ("(https://a.kr/x(y))", &["https://a.kr/x(y)"]),
    ("[https://a.kr/docs]", &["https://a.kr/docs"]),
    ("{https://a.kr/docs}", &["https://a.kr/docs"]),
    ("https://a.kr/docs(문서)", &["https://a.kr/docs"]),
    ("https://a.kr/docs(see this)", &["https://a.kr/docs"]),
    ("https://a.kr(문서)", &["https://a.kr"]),
    ("https://a.kr/docs。다음", &["https://a.kr/docs"]),
    ("https://a.kr。다음", &["https://a.kr"]),
    ("https://a.kr．", &["https://a.kr"]),
    ("https://a.kr/docs．", &["https://a.kr/docs"]),
    ("https://a.kr/docs、https://b.kr", &["https://a.kr/docs", "https://b.kr"]),
    ("https://a.kr、https://b.kr", &["https://a.kr", "https://b.kr"]),
    ("https://a.kr/docs，然后", &["https://a.kr/docs"]),
    ("https://a.kr/docs！", &["https://a.kr/docs"]),
    ("https://a.kr/docs？", &["https://a.kr/docs"]),
    ("https://a.kr！", &["https://a.kr"]),
    ("https://a.kr/docs：문서", &["https://a.kr/docs"]),
    ("https://a.kr/docs；", &["https://a.kr/docs"]),
    ("https://a.kr/docs…", &["https://a.kr/docs"]),
    ("https://a.kr…", &["https://a.kr"]),
    ("https://a.kr...", &["https://a.kr"]),
    ("https://a.kr/docs...", &["https://a.kr/docs"]),
    ("https://a.kr/docs—그리고", &["https://a.kr/docs"]),
    ("https://a.kr/docs→여기", &["https://a.kr/docs"]),
    ("https://a.kr·https://b.kr", &["https://a.kr", "https://b.kr"]),
    ("https://a.kr.", &["https://a.kr"]),
    ("https://a.kr?", &["https://a.kr"]),
    ("https://a.kr!", &["https://a.kr"]),
    ("https://a.kr,", &["https://a.kr"]),
    ("https://a.kr;", &["https://a.kr"]),
    ("https://a.kr: 설명", &["https://a.kr"]),
    ("https://a.kr:설명", &["https://a.kr"]),
    ("https://a.kr-라는", &["https://a.kr"]),
    ("https://a.kr/docs.다음 문장", &["https://a.kr/docs"]),
    ("https://a.kr/docs,다음", &["https://a.kr/docs"]),
    ("https://a.kr/docs:설명", &["https://a.kr/docs"]),
    ("https://a.kr/docs?그래", &["https://a.kr/docs"]),
    ("https://a.kr/docs!그래", &["https://a.kr/docs"]),
    ("https://a.kr.그리고 나서", &["https://a.kr"]),
    ("https://a.kr.그리고.또", &["https://a.kr"]),
    ("https://a.kr😀", &["https://a.kr"]),
    ("https://a.kr/docs😀", &["https://a.kr/docs"]),
    ("https://a.kr/docs👍🏽네", &["https://a.kr/docs"]),
    ("https://a.kr🇰🇷", &["https://a.kr"]),
    ("https://a.kr/docs\u{200B}다음", &["https://a.kr/docs"]),
    ("https://a.kr\u{200B}", &["https://a.kr"]),
    ("https://a.kr/docs\u{202E}fig.exe", &["https://a.kr/docs"]),
    ("https://a.kr\u{202E}", &["https://a.kr"]),
    ("\u{2066}https://a.kr/docs\u{2069}", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{200F}", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{FEFF}x", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{AD}x", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{3164}x", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{E0041}", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{3000}다음", &["https://a.kr/docs"]),
    ("https://a.kr/docs\u{A0}다음", &["https://a.kr/docs"]),
    ("a\nhttps://a.kr/docs\nb", &["https://a.kr/docs"]),
    ("https://a.kr/docs\tb", &["https://a.kr/docs"]),
    ("https://a.kr/docs\\x", &["https://a.kr/docs"]),
    ("한https://a.kr", &["https://a.kr"]),
];

/// Texts that show what belongs to an address.
const ADDRESSES: &[Case] = &[
    ("HTTP://a.kr", &["HTTP://a.kr"]),
    ("Https://a.kr/X", &["Https://a.kr/X"]),
    ("hTTpS://A.KR", &["hTTpS://A.KR"]),
    ("www.a.kr", &["www.a.kr"]),
    ("WWW.A.KR/x", &["WWW.A.KR/x"]),
    ("Www.a.kr를", &["Www.a.kr"]),
    ("(www.a.kr/x)", &["www.a.kr/x"]),
    ("주소:www.a.kr", &["www.a.kr"]),
    ("www.a.kr, www.b.kr.", &["www.a.kr", "www.b.kr"]),
    ("www.a.kr:8080/x", &["www.a.kr:8080/x"]),
    ("www.한국.kr", &["www.한국.kr"]),
    ("**www.a.kr**", &["www.a.kr"]),
    ("https://www.a.kr", &["https://www.a.kr"]),
    ("https://a.kr/", &["https://a.kr/"]),
    ("https://a.kr/x/", &["https://a.kr/x/"]),
    ("https://a.kr?q=1", &["https://a.kr?q=1"]),
    ("https://a.kr#x", &["https://a.kr#x"]),
    ("https://a.kr/#", &["https://a.kr/#"]),
    ("https://a.kr/x?q=a(b)c[d]#e(f)", &["https://a.kr/x?q=a(b)c[d]#e(f)"]),
    ("https://a.kr/?q=(y)", &["https://a.kr/?q=(y)"]),
    ("https://a.kr/?q=[1]&r={2}", &["https://a.kr/?q=[1]&r={2}"]),
    ("https://a.kr/x_y_", &["https://a.kr/x_y_"]),
    ("https://youtu.be/abc-_def-_", &["https://youtu.be/abc-_def-_"]),
    ("https://a.kr/~user/x", &["https://a.kr/~user/x"]),
    ("https://a.kr/x'y", &["https://a.kr/x'y"]),
    ("https://a.kr/x*y", &["https://a.kr/x*y"]),
    ("https://a.kr/a.b.c,d;e:f!g", &["https://a.kr/a.b.c,d;e:f!g"]),
    ("https://a.kr/@user", &["https://a.kr/@user"]),
    ("https://www.youtube.com/@침착맨", &["https://www.youtube.com/@침착맨"]),
    ("https://a.kr/x?mail=a@b.kr", &["https://a.kr/x?mail=a@b.kr"]),
    ("https://web.archive.org/web/2020/https://a.kr/x", &["https://web.archive.org/web/2020/https://a.kr/x"]),
    ("https://ko.wikipedia.org/wiki/대한민국", &["https://ko.wikipedia.org/wiki/대한민국"]),
    ("https://ko.wikipedia.org/wiki/대한민국 참고", &["https://ko.wikipedia.org/wiki/대한민국"]),
    ("https://ko.wikipedia.org/wiki/대한민국#역사", &["https://ko.wikipedia.org/wiki/대한민국#역사"]),
    ("https://ko.wikipedia.org/wiki/대한민국의_역사.", &["https://ko.wikipedia.org/wiki/대한민국의_역사"]),
    ("https://ko.wikipedia.org/wiki/사과_(과일)", &["https://ko.wikipedia.org/wiki/사과_(과일)"]),
    ("https://ko.wikipedia.org/wiki/사과_(과일)에서", &["https://ko.wikipedia.org/wiki/사과_(과일)"]),
    ("(https://ko.wikipedia.org/wiki/사과_(과일))", &["https://ko.wikipedia.org/wiki/사과_(과일)"]),
    ("https://namu.wiki/w/사과(동음이의어)", &["https://namu.wiki/w/사과(동음이의어)"]),
    ("https://namu.wiki/w/(여자)아이들", &["https://namu.wiki/w/(여자)아이들"]),
    ("https://ko.wikipedia.org/wiki/분류:한국", &["https://ko.wikipedia.org/wiki/분류:한국"]),
    ("https://a.kr/한·일_관계", &["https://a.kr/한·일_관계"]),
    ("https://a.kr/한글/둘째/x", &["https://a.kr/한글/둘째/x"]),
    ("https://a.kr/2024-한국", &["https://a.kr/2024-한국"]),
    ("https://a.kr/?q=서울", &["https://a.kr/?q=서울"]),
    ("https://a.kr/?q=서울&p=둘", &["https://a.kr/?q=서울&p=둘"]),
    ("https://a.kr/?q=서울+부산", &["https://a.kr/?q=서울+부산"]),
    ("https://a.kr/파일.pdf를", &["https://a.kr/파일.pdf"]),
    ("https://a.kr/한글2", &["https://a.kr/한글2"]),
    ("https://ja.wikipedia.org/wiki/日本", &["https://ja.wikipedia.org/wiki/日本"]),
    ("https://ja.wikipedia.org/wiki/ラーメン。", &["https://ja.wikipedia.org/wiki/ラーメン"]),
    ("https://zh.wikipedia.org/wiki/中国，", &["https://zh.wikipedia.org/wiki/中国"]),
    ("https://de.wikipedia.org/wiki/Käse", &["https://de.wikipedia.org/wiki/Käse"]),
    ("https://ru.wikipedia.org/wiki/Москва", &["https://ru.wikipedia.org/wiki/Москва"]),
    ("https://ar.wikipedia.org/wiki/مصر؟", &["https://ar.wikipedia.org/wiki/مصر"]),
    ("https://th.wikipedia.org/wiki/ไทย", &["https://th.wikipedia.org/wiki/ไทย"]),
    ("https://he.wikipedia.org/wiki/ישראל", &["https://he.wikipedia.org/wiki/ישראל"]),
    ("https://한국.kr", &["https://한국.kr"]),
    ("https://한국.kr에서", &["https://한국.kr"]),
    ("https://한국2.kr/x", &["https://한국2.kr/x"]),
    ("https://정부.한국", &["https://정부.한국"]),
    ("https://정부.한국에서", &["https://정부.한국"]),
    ("https://정부.한국/길", &["https://정부.한국/길"]),
    ("https://예시.시험/길", &["https://예시.시험/길"]),
    ("https://例え.jp", &["https://例え.jp"]),
    ("https://例子.中国的", &["https://例子.中国"]),
    ("https://пример.рф/x", &["https://пример.рф/x"]),
    ("https://пример.рф에서", &["https://пример.рф"]),
    ("https://bücher.de", &["https://bücher.de"]),
    ("https://xn--3e0b707e.kr", &["https://xn--3e0b707e.kr"]),
    ("http://localhost:3000/x", &["http://localhost:3000/x"]),
    ("http://LOCALHOST", &["http://LOCALHOST"]),
    ("http://nas/", &["http://nas/"]),
    ("http://nas:8005", &["http://nas:8005"]),
    ("http://127.0.0.1:8005/", &["http://127.0.0.1:8005/"]),
    ("http://192.168.0.1.", &["http://192.168.0.1"]),
    ("http://[::1]:8080/x", &["http://[::1]:8080/x"]),
    ("http://[2001:db8::1]", &["http://[2001:db8::1]"]),
    ("(http://[::1])", &["http://[::1]"]),
    ("http://[1::]:80/", &["http://[1::]:80/"]),
    ("http://[1:2:3:4:5:6:7:8]에서", &["http://[1:2:3:4:5:6:7:8]"]),
    ("http://a.kr:1 http://a.kr:65535", &["http://a.kr:1", "http://a.kr:65535"]),
    ("http://my_site.a.kr", &["http://my_site.a.kr"]),
    ("http://a-b.c-d.kr", &["http://a-b.c-d.kr"]),
    ("git+https://a.kr/x.git", &["https://a.kr/x.git"]),
    ("https://a.kr https://a.kr", &["https://a.kr", "https://a.kr"]),
];

/// Texts without a link.
const NONE: &[Case] = &[
    ("", &[]),
    ("javascript:alert(1)", &[]),
    ("data:text/html,x", &[]),
    ("ftp://a.kr", &[]),
    ("https://", &[]),
    ("https:// a", &[]),
    ("https:a.kr", &[]),
    ("https:/a.kr", &[]),
    ("https:///a.kr", &[]),
    ("https:\\\\a.kr", &[]),
    ("https:/\\a.kr", &[]),
    ("https://\\a.kr", &[]),
    ("https://?", &[]),
    ("https://...", &[]),
    ("https://-", &[]),
    ("https://.a.kr", &[]),
    ("https://a..kr", &[]),
    ("https://a.kr./x", &[]),
    ("https://a.kr.:80", &[]),
    ("https://-a.kr", &[]),
    ("https://a-.kr", &[]),
    ("xhttps://a.kr", &[]),
    ("1http://a.kr", &[]),
    ("https://에서", &[]),
    ("https://대한민국", &[]),
    ("https://예시.시험", &[]),
    ("a.kr", &[]),
    ("www", &[]),
    ("www.", &[]),
    ("www.a", &[]),
    ("www.a.", &[]),
    ("www..kr", &[]),
    ("awww.a.kr", &[]),
    ("x.www.a.kr", &[]),
    ("x@www.a.kr", &[]),
    ("a/www.a.kr", &[]),
    ("www.naver.com@evil.kr", &[]),
    ("https://naver.com@evil.kr/", &[]),
    ("https://naver.com:pw@evil.kr/", &[]),
    ("https://naver.com:80@evil.kr/", &[]),
    ("https://@evil.kr", &[]),
    ("https://user:pw@[::1]/", &[]),
    ("https://naver.com\"@evil.kr/", &[]),
    ("https://naver.com에서@evil.kr/", &[]),
    ("https://naver.com\u{200B}@evil.kr/", &[]),
    ("https://naver.com,@evil.kr/", &[]),
    ("https://naver.com＠evil.kr/", &[]),
    ("https://naver.com﹫evil.kr/", &[]),
    ("https://naver.com%40evil.kr/", &[]),
    ("https://naver.com%2f@evil.kr/", &[]),
    ("https://naver.com\\@evil.kr/", &[]),
    ("https://naver.com\\evil.kr/", &[]),
    ("https://naver.com:80\\@evil.kr/", &[]),
    ("https://naver.com@www.evil.kr/", &[]),
    ("https://naver.com@https://evil.kr/", &[]),
    ("https://na%76er.com", &[]),
    ("https://a.kr:0", &[]),
    ("https://a.kr:65536", &[]),
    ("https://a.kr:99999/x", &[]),
    ("https://a.kr:123456", &[]),
    ("https://a.kr:80abc", &[]),
    ("https://a.kr:abc", &[]),
    ("https://a.kr:/x", &[]),
    ("http://256.1.1.1", &[]),
    ("http://1.2.3", &[]),
    ("http://2130706433/", &[]),
    ("http://0x7f.0.0.1", &[]),
    ("http://127.0.0.0x1", &[]),
    ("http://0177.0.0.1", &[]),
    ("http://1.2.3.4.5", &[]),
    ("http://[]", &[]),
    ("http://[::1", &[]),
    ("http://[:::1]", &[]),
    ("http://[1:2]", &[]),
    ("http://[:1::2]", &[]),
    ("http://[1::2::3]", &[]),
    ("http://[1::2:]", &[]),
    ("http://[12345::]", &[]),
    ("http://[1:2:3:4:5:6:7:8:9]", &[]),
    ("http://[::g]", &[]),
    ("http://[::1]x", &[]),
    ("https://ｎaver.com", &[]),
    ("https://nａver.com", &[]),
    ("https://naver。com", &[]),
    ("https://naver.ｃom", &[]),
    ("https://NAVÉR.com", &[]),
    ("https://É.com", &[]),
    ("https://naver.𝐜om", &[]),
    ("https://naveʳ.com", &[]),
    ("https://ⓝaver.com", &[]),
    ("https://ﬁ.com", &[]),
    ("https://nave\u{301}r.com", &[]),
    ("https://na\u{200B}ver.com", &[]),
    ("https://na\u{AD}ver.com", &[]),
    ("https://exa$mple.com", &[]),
];

/// Texts with one link: the text, the link's `href`, and the shown address, which is empty if it is the same as `href`.
const SHOWN: &[(&str, &str, &str)] = &[
    ("www.a.kr/x", "https://www.a.kr/x", "www.a.kr/x"),
    ("HTTP://a.kr", "HTTP://a.kr", "HTTP://a.kr"),
    ("https://한국.kr/길", "https://한국.kr/길", "https://한국.kr/길"),
    ("https://日本.jp", "https://日本.jp", "https://日本.jp"),
    ("https://nаver.com/x", "https://xn--nver-53d.com/x", "https://xn--nver-53d.com/x"),
    ("https://аррӏе.com", "https://xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com"),
    ("https://gοogle.com", "https://xn--gogle-rce.com", ""),
    ("https://Bücher.de:80/é", "https://xn--bcher-kva.de:80/é", "https://xn--bcher-kva.de:80/é"),
    ("www.bücher.de", "https://www.xn--bcher-kva.de", "https://www.xn--bcher-kva.de"),
    ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai", "https://xn--e1afmkfd.xn--p1ai"),
    ("https://한국abc.kr", "https://xn--abc-lt8lk11n.kr", ""),
    ("https://一.com", "https://xn--4gq.com", "https://xn--4gq.com"),
];

fn links(text: &str) -> Vec<&str> {
    let link = |piece| match piece {
        Link(link) => Some(link.text),
        Plain(_) => None,
    };
    pieces(text).into_iter().filter_map(link).collect()
}

fn whole(text: &str) -> String {
    let text_of = |piece| match piece {
        Plain(text) => text,
        Link(link) => link.text,
    };
    pieces(text).into_iter().map(text_of).collect()
}

#[test]
fn links_are_what_people_mean() {
    let cases = || SENTENCES.iter().chain(ADDRESSES).chain(NONE);
    let wrong: Vec<_> = cases().filter(|(text, expected)| links(text) != *expected).collect();
    let found: Vec<_> = wrong.iter().map(|(text, _)| links(text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{found:#?}");
    assert!(cases().count() >= 200, "{}", cases().count());
}

/// Each case again, inside a sentence.
#[test]
fn what_stands_around_a_text_changes_no_link() {
    for (text, expected) in SENTENCES.iter().chain(ADDRESSES).chain(NONE) {
        for (before, after) in [("가 ", " 나"), ("\n", "\n"), ("(", " )"), ("→", "")] {
            assert_eq!(links(&format!("{before}{text}{after}")), *expected, "{before}{text}{after}");
        }
    }
}

#[test]
fn the_pieces_are_the_text() {
    let texts = SENTENCES.iter().chain(ADDRESSES).chain(NONE).map(|(text, _)| *text);
    for text in texts.clone().chain(["가https://나.한국/다 라", "http://http://a", "https://e)https://e"]) {
        assert_eq!(whole(text), text);
        // Cut anywhere, and with any other text behind it.
        for (place, _) in text.char_indices() {
            let (head, tail) = text.split_at(place);
            assert_eq!([whole(head), whole(tail)].concat(), text);
            assert_eq!(whole(&[tail, head].concat()), [tail, head].concat());
        }
    }
}

#[test]
fn a_host_that_passes_for_another_one_is_shown_in_punycode() {
    for (text, href, shown) in SHOWN {
        let [Link(link)] = &pieces(text)[..] else { panic!("{text}: {:?}", pieces(text)) };
        assert_eq!(link.href, *href, "{text}");
        assert_eq!(link.shown().concat(), if shown.is_empty() { *href } else { *shown }, "{text}");
        assert_eq!(link.is_changed(), link.href.contains("xn--"), "{text}");
    }
}

#[test]
fn a_long_address_is_shortened_in_its_middle_but_its_host_is_whole() {
    let shown = |text: &str| match &pieces(text)[..] {
        [Link(link)] => link.shown().map(str::to_owned),
        other => panic!("{other:?}"),
    };
    let short = format!("https://a.kr/{}", "x".repeat(47));
    assert_eq!(shown(&short), [&*short, "", ""]);
    let long = format!("https://a.kr/{}끝/0123456789abcde", "가".repeat(60));
    let [head, middle, tail] = shown(&long);
    assert_eq!((head.chars().count(), &*tail), (40, "0123456789abcde"));
    assert_eq!([head, middle, tail].concat(), long);
    let host = format!("https://naver.com.{}evil.kr", "a.".repeat(40));
    assert_eq!(shown(&host), [&*host, "", ""]);
    let long = format!("{host}/{}", "x".repeat(40));
    assert_eq!(shown(&long)[0], host);
    assert_eq!(shown(&long).concat(), long);
}
