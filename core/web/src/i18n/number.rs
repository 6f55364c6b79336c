//! Numbers as each language writes them.

use super::Lang;

/// A whole number with its thousands apart: `12 340` (fi, sv), `12,340` (en).
#[must_use]
pub fn whole(lang: Lang, number: i64) -> String {
    let gap = match lang {
        Lang::Fi | Lang::Sv => '\u{a0}',
        Lang::En => ',',
    };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(gap);
        }
        text.push(digit);
    }
    text
}

/// A number with `places` decimals: `27,4` (fi, sv), `27.4` (en).
#[must_use]
pub fn decimal(lang: Lang, number: f64, places: usize) -> String {
    let text = format!("{number:.places$}");
    match lang {
        Lang::Fi | Lang::Sv => text.replace('.', ","),
        Lang::En => text,
    }
}

/// A share (0 to 1) in percent: `27,4 %` (fi, sv), `27.4%` (en). Whole percents show no decimal.
#[must_use]
pub fn percent(lang: Lang, share: f64) -> String {
    let hundred = share * 100.0;
    let places = usize::from((hundred - hundred.round()).abs() >= 0.05);
    let number = decimal(lang, hundred, places);
    match lang {
        Lang::Fi | Lang::Sv => format!("{number}\u{a0}%"),
        Lang::En => format!("{number}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_people_write_them() {
        for (lang, number, seen) in [
            (Lang::En, 1_234_567, "1,234,567"),
            (Lang::Fi, 1_234, "1\u{a0}234"),
            (Lang::Sv, 999, "999"),
            (Lang::En, -1_000, "−1,000"),
        ] {
            assert_eq!(whole(lang, number), seen);
        }
        for (lang, share, seen) in [
            (Lang::En, 0.25, "25%"),
            (Lang::Fi, 0.274, "27,4\u{a0}%"),
            (Lang::Sv, 1.0, "100\u{a0}%"),
            (Lang::Fi, 0.0, "0\u{a0}%"),
        ] {
            assert_eq!(percent(lang, share), seen);
        }
    }
}
