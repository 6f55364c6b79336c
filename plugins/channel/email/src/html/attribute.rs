//! Attributes of a tag.

/// How much of a tag is looked at for attributes.
const LOOKED_AT: usize = 4096;

/// The value of an attribute in a tag's source (without `<` and `>`), as it stands there.
pub fn find<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let tag = &tag[..tag.floor_char_boundary(LOOKED_AT)];
    let mut rest = tag.trim_start_matches(|c: char| !c.is_whitespace());
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let length = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        if length == 0 {
            // A stray sign must not stop us.
            rest = &rest[1..];
            continue;
        }
        let (key, after) = rest.split_at(length);
        let after = after.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, left) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_as_people_write_them() {
        for (tag, name, value) in [
            ("div class=\"a b\" id='c'", "id", Some("c")),
            ("div CLASS=a", "class", Some("a")),
            ("div class = \"a\"", "class", Some("a")),
            ("div hidden class=a/", "class", Some("a/")),
            ("div = class=a", "class", Some("a")),
            ("div class=\"unclosed", "class", Some("unclosed")),
            ("div data-class=a", "class", None),
            ("div", "class", None),
            ("", "class", None),
        ] {
            assert_eq!(find(tag, name), value, "{tag}");
        }
    }
}
