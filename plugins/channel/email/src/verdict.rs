//! What our own mail server found out about the sender: `Authentication-Results` (RFC 8601). Anybody can write such a
//! field, so only the topmost one of the server that we trust by name counts: it wrote its own above all others.
//! Exchange Online names itself nowhere: its field counts if it is the topmost of all.

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
/// Among the trusted: a field without a name, as Exchange Online writes it.
const MICROSOFT: &str = "microsoft";

/// The results by one of the trusted servers; none if none of them wrote any.
pub fn read(head: &Head<'_>, trusted: &[String]) -> Vec<Verdict> {
    let nameless = trusted.iter().any(|name| name.eq_ignore_ascii_case(MICROSOFT));
    for (place, raw) in head.all("authentication-results").enumerate() {
        let text = without_comments(&String::from_utf8_lossy(raw));
        let results = |skip| text.split(';').skip(skip).filter_map(result).take(MOST).collect();
        // `mx.example.fi 1;` has a version behind the name.
        let first = text.split(';').next().unwrap_or_default();
        let id = first.split_whitespace().next().unwrap_or_default();
        if id.contains('=') {
            // Whoever writes to us can leave the name out as well, but not write above our own server.
            if nameless && place == 0 {
                return results(0);
            }
        } else if !id.eq_ignore_ascii_case(MICROSOFT)
            && trusted.iter().any(|name| name.eq_ignore_ascii_case(id))
        {
            return results(1);
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
        by(head, &["mx.kerros.fi"])
    }

    fn by(head: &str, trusted: &[&str]) -> Vec<(&'static str, &'static str, String)> {
        let mail = format!("{head}\r\n\r\n");
        let (head, _) = Head::read(mail.as_bytes());
        let trusted: Vec<String> = trusted.iter().map(|&name| name.to_owned()).collect();
        read(&head, &trusted).into_iter().map(|v| (v.name, v.verdict, v.detail)).collect()
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
    #[test]
    fn exchange_online_writes_no_name_and_stands_topmost() {
        let ours = "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.fi; dkim=pass (signature was verified)\r\n header.d=example.fi;dmarc=pass action=none\r\n header.from=example.fi;compauth=pass reason=100";
        let bad = "Authentication-Results: spf=fail (sender IP is 192.0.2.9)\r\n smtp.mailfrom=bank.fi; dkim=none (message not signed)\r\n header.d=none;dmarc=fail action=oreject header.from=bank.fi;compauth=fail reason=000";
        let forged = "Authentication-Results: spf=pass smtp.mailfrom=bank.fi; dkim=pass header.d=bank.fi; dmarc=pass header.from=bank.fi";
        let named = "Authentication-Results: mx.kerros.fi; spf=pass smtp.mailfrom=a.fi";
        let fine = |detail: &str| -> Vec<(&'static str, &'static str, String)> {
            ["spf", "dkim", "dmarc"].map(|name| (name, "pass", detail.to_owned())).into()
        };
        assert_eq!(by(ours, &["Microsoft"]), fine("example.fi"));
        assert_eq!(by(&format!("{ours}\r\n{forged}"), &["microsoft"]), fine("example.fi"));
        let failed = vec![
            ("spf", "fail", "bank.fi".to_owned()),
            ("dkim", "none", "none".to_owned()),
            ("dmarc", "fail", "bank.fi".to_owned()),
        ];
        assert_eq!(by(&format!("{bad}\r\n{forged}"), &["microsoft"]), failed);
        // Only if it is asked for, and never below another server's.
        assert_eq!(of(ours), []);
        let foreign = "Authentication-Results: mx.evil.fi; spf=pass smtp.mailfrom=bank.fi";
        assert_eq!(by(&format!("{foreign}\r\n{forged}"), &["microsoft"]), []);
        assert_eq!(
            by(&format!("{named}\r\n{forged}"), &["microsoft", "mx.kerros.fi"]),
            [("spf", "pass", "a.fi".to_owned())]
        );
        // The word is nobody's name.
        let named_so = forged.replace(": ", ": microsoft; ");
        assert_eq!(by(&named_so, &["microsoft"]), []);
        assert_eq!(by(&format!("{bad}\r\n{named_so}"), &["microsoft"]), failed);
    }
}
