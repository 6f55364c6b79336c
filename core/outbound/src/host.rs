//! Host patterns of grants: `api.example.com`, `*.example.com`, `*`, each with an optional `:port`.

/// Whether a pattern names this host and port. Without a port it means the scheme's usual one; `*.` stands for
/// one or more labels, never for the bare domain. IPv6 addresses are written in brackets, as in URLs.
#[must_use]
pub fn matches(pattern: &str, host: &str, port: u16, usual_port: u16) -> bool {
    let (name, wanted) = match pattern.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port),
        _ => (pattern, ""),
    };
    let port_fits = match wanted {
        "" => port == usual_port,
        "*" => true,
        number => number.parse() == Ok(port),
    };
    let name_fits = match name.strip_prefix("*.") {
        Some(suffix) => {
            let cut = host.len().checked_sub(suffix.len() + 1);
            cut.is_some_and(|cut| {
                cut > 0
                    && host.as_bytes()[cut] == b'.'
                    && host.as_bytes()[cut + 1..].eq_ignore_ascii_case(suffix.as_bytes())
            })
        }
        None => name == "*" || name.eq_ignore_ascii_case(host),
    };
    name_fits && port_fits
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let table = [
            ("api.example.com", "api.example.com", 443, true),
            ("API.example.com", "api.example.com", 443, true),
            ("api.example.com", "api.example.com", 8443, false),
            ("api.example.com:8443", "api.example.com", 8443, true),
            ("api.example.com:8443", "api.example.com", 443, false),
            ("*.example.com", "a.example.com", 443, true),
            ("*.example.com", "a.b.example.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", "evilexample.com", 443, false),
            ("*.example.com", "example.com.evil.org", 443, false),
            ("*.example.com:99", "a.example.com", 99, true),
            ("*", "anything.org", 443, true),
            ("*", "anything.org", 8080, false),
            ("[::1]:8080", "[::1]", 8080, true),
            ("127.0.0.1:9", "127.0.0.1", 9, true),
            ("", "a.org", 443, false),
        ];
        for (pattern, host, port, expected) in table {
            assert_eq!(matches(pattern, host, port, 443), expected, "{pattern} {host}:{port}");
        }
    }
}
