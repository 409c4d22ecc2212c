//! Punycode (RFC 3492), which writes any label of a host in ASCII.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;

/// Appends `label` in Punycode, with the prefix `xn--`. A host has few characters, so no number here overflows. If one did, it
/// would wrap, and the link would only lead to another host.
pub fn encode(label: &str, out: &mut String) {
    out.push_str("xn--");
    let basic = label.chars().filter(char::is_ascii);
    let basic_length = basic.clone().count() as u32;
    out.extend(basic);
    if basic_length > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (128, 0u32, 72, basic_length);
    while let Some(m) = label.chars().map(u32::from).filter(|c| *c >= n).min() {
        delta = delta.wrapping_add((m - n).wrapping_mul(handled + 1));
        n = m;
        for c in label.chars().map(u32::from) {
            if c < n {
                delta = delta.wrapping_add(1);
            } else if c == n {
                push_number(delta, bias, out);
                bias = adapt(delta, handled == basic_length, handled + 1);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.wrapping_add(1);
        n += 1;
    }
}

fn push_number(mut number: u32, bias: u32, out: &mut String) {
    let mut k = BASE;
    loop {
        let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < t {
            return out.push(digit(number));
        }
        out.push(digit(t + (number - t) % (BASE - t)));
        number = (number - t) / (BASE - t);
        k += BASE;
    }
}

fn digit(number: u32) -> char {
    let first = if number < 26 { b'a' } else { b'0' - 26 };
    char::from(first + number as u8)
}

fn adapt(delta: u32, is_first: bool, handled: u32) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that registries and RFC 3492 (7.1) give in both forms.
    #[test]
    fn known_labels() {
        for (label, expected) in [
            ("한국", "xn--3e0b707e"),
            ("bücher", "xn--bcher-kva"),
            ("münchen", "xn--mnchen-3ya"),
            ("пример", "xn--e1afmkfd"),
            ("рф", "xn--p1ai"),
            ("中国", "xn--fiqs8s"),
            ("例え", "xn--r8jz45g"),
            ("παράδειγμα", "xn--hxajbheg2az3al"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"),
            (
                "세계의모든사람들이한국어를이해한다면얼마나좋을까",
                "xn--989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c",
            ),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
            ("𠀀", "xn--j50i"),
        ] {
            let mut ascii = String::new();
            encode(label, &mut ascii);
            assert_eq!(ascii, expected, "{label}");
        }
    }
}
