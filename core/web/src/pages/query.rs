//! Query strings of our own links.

use std::fmt::Write as _;

/// `a=b&c=d` of the pairs whose value is not empty, percent-encoded (RFC 3986: all but unreserved).
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_empty_ones_left_out() {
        assert_eq!(
            query(&[("q", "å & b"), ("tenant", ""), ("view", "mine")]),
            "q=%C3%A5%20%26%20b&view=mine"
        );
    }
}
