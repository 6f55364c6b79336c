//! Telephone numbers as people write them, in the one form that can be called from anywhere (E.164).

/// `+` and 8 to 15 digits. `country` (`+358`) stands for the 0 of a number without a country.
///
/// # Errors
/// What is wrong with it.
pub fn number(text: &str, country: &str) -> Result<String, &'static str> {
    let mut digits = String::new();
    let mut plus = false;
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !plus => plus = true,
            ' ' | '\u{a0}' | '-' | '\u{2010}'..='\u{2013}' | '.' | '/' | '(' | ')' => {}
            _ => return Err("a telephone number has digits only"),
        }
    }
    // +358 (0)40: the 0 in brackets is not dialled.
    let spoken = text.contains("(0)");
    let full = if plus {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("{}{rest}", country.trim_start_matches('+'))
    } else {
        return Err("begin the telephone number with 0 or +");
    };
    let code = country.trim_start_matches('+');
    let full = match full.strip_prefix(code).and_then(|rest| rest.strip_prefix('0')) {
        Some(rest) if spoken || code == "358" => format!("{code}{rest}"),
        _ => full,
    };
    if full.starts_with('0') || !(8..=15).contains(&full.len()) {
        return Err("that is not a whole telephone number");
    }
    Ok(format!("+{full}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("040 123 4567", Ok("+358401234567")),
            ("+358 40 123 4567", Ok("+358401234567")),
            ("+358 (0)40-123 4567", Ok("+358401234567")),
            ("+3580401234567", Ok("+358401234567")),
            ("00358401234567", Ok("+358401234567")),
            ("+46 70-123 45 67", Ok("+46701234567")),
            ("(09) 123 4567", Ok("+35891234567")),
        ] {
            assert_eq!(number(text, "+358").as_deref(), expected.as_ref().map(|t| *t), "{text}");
        }
        for wrong in [
            "",
            "112",
            "401234567",
            "+",
            "call me",
            "++358401234567",
            "0401234567890123456",
            "+0401234567",
        ] {
            assert!(number(wrong, "+358").is_err(), "{wrong}");
        }
        assert_eq!(number("070-123 45 67", "+46").as_deref(), Ok("+46701234567"));
    }
}
