//! Sets of uids as IMAP writes them: `3:7,9`.

use std::fmt::Write as _;

/// Writes uids, which rise, as a set.
#[must_use]
pub fn written(uids: &[u32]) -> String {
    let mut text = String::new();
    let mut rest = uids;
    while let Some(&first) = rest.first() {
        let run = rest.iter().zip(first..).take_while(|(uid, wanted)| *uid == wanted).count();
        let last = rest[run - 1];
        let comma = if text.is_empty() { "" } else { "," };
        let _ = if run == 1 {
            write!(text, "{comma}{first}")
        } else {
            write!(text, "{comma}{first}:{last}")
        };
        rest = &rest[run..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn runs_are_ranges() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[1, 2, 3, 5, 7, 8, u32::MAX - 1]), "1:3,5,7:8,4294967294");
    }
}
