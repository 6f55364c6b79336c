//! What our own mail server found out about the sender: `Authentication-Results` (RFC 8601). Anybody can write such a
//! field, so only the topmost one of the server that we trust by name counts: it wrote its own above all others.

use crate::mime::Head;

/// A check of where a mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `spf`, `dkim`, `dmarc`.
    pub name: &'static str,
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub verdict: &'static str,
    /// The domain that was checked, or a reason.
    pub detail: String,
}

/// The most results that are read.
const MOST: usize = 20;

/// The results by one of the trusted servers; none if none of them wrote any.
pub fn read(head: &Head<'_>, trusted: &[String]) -> Vec<Verdict> {
    for raw in head.all("authentication-results") {
        let text = without_comments(&String::from_utf8_lossy(raw));
        let mut parts = text.split(';');
        // `mx.example.fi 1;` has a version behind the name.
        let id = parts.next().and_then(|part| part.split_whitespace().next()).unwrap_or_default();
        if trusted.iter().any(|name| name.eq_ignore_ascii_case(id)) {
            return parts.filter_map(result).take(MOST).collect();
        }
    }
    Vec::new()
}

/// `dkim=pass header.d=example.fi`
fn result(part: &str) -> Option<Verdict> {
    let mut words = part.split_whitespace();
    // Spaces about `=` are allowed.
    let first = words.next()?;
    let (method, verdict) = match first.split_once('=') {
        Some((method, verdict)) if !verdict.is_empty() => (method, verdict),
        _ => return None,
    };
    let method = method.split('/').next()?.to_ascii_lowercase();
    let name = ["spf", "dkim", "dmarc"].into_iter().find(|name| *name == method)?;
    let verdict = match verdict.to_ascii_lowercase().as_str() {
        "pass" => "pass",
        "fail" | "hardfail" => "fail",
        "softfail" => "softfail",
        "neutral" | "policy" => "neutral",
        "temperror" => "temperror",
        "permerror" => "permerror",
        _ => "none",
    };
    let properties: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    let property = |name: &str| {
        properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    };
    let domain = match name {
        "spf" => property("smtp.mailfrom").or_else(|| property("smtp.helo")),
        "dkim" => property("header.d").or_else(|| property("header.i")),
        _ => property("header.from"),
    };
    let detail = domain.or_else(|| property("reason")).unwrap_or_default();
    let detail = detail.trim_matches('"').rsplit('@').next().unwrap_or_default().to_lowercase();
    Some(Verdict {
        name,
        verdict,
        detail: kerros_plugin::text::one_line(&detail, 200).unwrap_or_default(),
    })
}

fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    let mut quoted = false;
    text.chars()
        .filter_map(|c| {
            match c {
                '"' if depth == 0 => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted && depth > 0 => {
                    depth -= 1;
                    return Some(' ');
                }
                // A semicolon in quotes ends nothing.
                ';' if quoted => return Some(','),
                _ => {}
            }
            (depth == 0).then_some(if c.is_control() { ' ' } else { c })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Vec<(&'static str, &'static str, String)> {
        let mail = format!("{head}\r\n\r\n");
        let (head, _) = Head::read(mail.as_bytes());
        read(&head, &["mx.kerros.fi".into()])
            .into_iter()
            .map(|v| (v.name, v.verdict, v.detail))
            .collect()
    }

    #[test]
    fn only_the_topmost_field_of_the_trusted_server_counts() {
        let ours = "Authentication-Results: mx.kerros.fi 1; spf=pass (sender SPF; ok)\r\n smtp.mailfrom=aino@Example.fi;\r\n dkim=fail reason=\"bad; sig\" header.d=example.fi; dmarc=HardFail header.from=example.fi;\r\n arc=none; iprev=pass";
        let forged = "Authentication-Results: mx.kerros.fi; spf=pass smtp.mailfrom=bank.fi; dkim=pass header.d=bank.fi; dmarc=pass header.from=bank.fi";
        let foreign = "Authentication-Results: mx.evil.fi; dmarc=pass header.from=bank.fi";
        let wanted = vec![
            ("spf", "pass", "example.fi".to_owned()),
            ("dkim", "fail", "example.fi".to_owned()),
            ("dmarc", "fail", "example.fi".to_owned()),
        ];
        assert_eq!(of(ours), wanted);
        assert_eq!(of(&format!("{foreign}\r\n{ours}\r\n{forged}")), wanted);
        assert_eq!(of(foreign), []);
        assert_eq!(of("Authentication-Results: mx.kerros.fi; none"), []);
        assert_eq!(of("Authentication-Results: (mx.kerros.fi) evil; spf=pass"), []);
        assert_eq!(of("ARC-Authentication-Results: i=1; mx.kerros.fi; spf=pass"), []);
    }
}
