//! Figures as short text for people.

/// Shown where a figure was not measured or is not a number.
const UNKNOWN: &str = "not measured";

/// A time: `4.00 µs`, `12.3 ms`, `7.10 s`, `3 min 20 s`.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if !v.is_finite() || v < 0.0 => UNKNOWN.to_owned(),
        v if v >= 119.5 => format!(
            "{} min {:.0} s",
            (v.round() / 60.0).floor(),
            v.round() % 60.0
        ),
        v if v >= 0.9995 => format!("{} s", digits(v)),
        v if v >= 0.999_5e-3 => format!("{} ms", digits(v * 1e3)),
        v if v > 0.0 => format!("{} µs", digits(v * 1e6)),
        _ => "0 s".to_owned(),
    }
}

/// Three significant digits of a number up to 1000.
fn digits(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// A size: `529 B`, `516 KiB`, `1.42 GiB`.
pub(crate) fn bytes(value: u64) -> String {
    let mut size = value as f64;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for next in units {
        if size < 1000.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    if value < 1000 {
        format!("{value} B")
    } else {
        format!("{} {unit}", digits(size))
    }
}

/// A whole number with commas between groups of three digits.
pub(crate) fn count(value: u64) -> String {
    let plain = value.to_string();
    let mut text = String::new();
    for (position, digit) in plain.chars().enumerate() {
        if position > 0 && (plain.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part between 0 and 1 as a percentage; never rounded up to 100 % or down to 0 %.
pub(crate) fn percent(part: f64) -> String {
    match part {
        p if !p.is_finite() => UNKNOWN.to_owned(),
        p if p > 0.0 && p < 0.01 => "< 1 %".to_owned(),
        p if p > 0.99 && p < 1.0 => "> 99 %".to_owned(),
        p => format!("{:.0} %", p * 100.0),
    }
}

/// A number with one decimal.
pub(crate) fn decimal(value: f64) -> String {
    if value.is_finite() {
        format!("{value:.1}")
    } else {
        UNKNOWN.to_owned()
    }
}

/// A number of things: `1 image`, `3 images`.
pub(crate) fn many(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number as u64))
}

/// Words as one line for a POSIX shell.
pub(crate) fn shell(words: &[String]) -> String {
    let quote = |word: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (value, text) in [
            (0.0, "0 s"),
            (4e-6, "4.00 µs"),
            (0.0123, "12.3 ms"),
            (0.9996, "1.00 s"),
            (7.1, "7.10 s"),
            (119.6, "2 min 0 s"),
            (200.0, "3 min 20 s"),
            (f64::NAN, UNKNOWN),
            (f64::INFINITY, UNKNOWN),
            (-1.0, UNKNOWN),
        ] {
            assert_eq!(seconds(value), text, "{value}");
        }
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1024), "1.00 KiB");
        assert_eq!(bytes(3 << 30), "3.00 GiB");
        assert_eq!(bytes(u64::MAX), "16777216 TiB");
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(123), "123");
        assert_eq!(many(1, "image"), "1 image");
        assert_eq!(many(1200, "image"), "1,200 images");
    }

    #[test]
    fn parts_are_never_flattered() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.9999), "> 99 %");
        assert_eq!(percent(0.0001), "< 1 %");
        assert_eq!(percent(f64::NAN), UNKNOWN);
        assert_eq!(decimal(f64::NEG_INFINITY), UNKNOWN);
    }

    #[test]
    fn words_survive_the_shell() {
        let words = ["run", "a b", "it's", ""].map(str::to_owned);
        assert_eq!(shell(&words), r"run 'a b' 'it'\''s' ''");
    }
}
