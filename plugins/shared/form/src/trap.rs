//! Traps for machines. Whoever falls into one is told the same as everybody, so that it does not learn.

use serde::Deserialize;

use crate::Form;

/// What a tenant sets.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Trap {
    /// A field that people do not see; who fills it in is a machine.
    pub honeypot: String,
    /// The field with the moment the form was shown, milliseconds since 1970.
    pub shown: String,
    /// Nobody fills a form in faster, in seconds.
    pub least_s: u64,
    /// A form that was shown longer ago is not taken any more, in seconds.
    pub most_s: u64,
    /// Whether a form without that moment is a machine's.
    pub needs_shown: bool,
    /// Most addresses of pages in all fields together.
    pub most_links: usize,
}

impl Default for Trap {
    fn default() -> Self {
        Self {
            honeypot: "website".into(),
            shown: "shown".into(),
            least_s: 2,
            most_s: 86_400,
            needs_shown: false,
            most_links: 3,
        }
    }
}

/// Why a form is taken for a machine's, for the log.
pub fn caught(trap: &Trap, form: &Form, at_ms: i64) -> Option<String> {
    if form.get(&trap.honeypot).is_some() {
        return Some("the hidden field was filled in".into());
    }
    match form.get(&trap.shown).map(str::parse::<i64>) {
        Some(Ok(shown)) => {
            let age_ms = at_ms.saturating_sub(shown);
            let least = i64::try_from(trap.least_s).unwrap_or(i64::MAX).saturating_mul(1000);
            let most = i64::try_from(trap.most_s).unwrap_or(i64::MAX).saturating_mul(1000);
            // A visitor's clock may run ahead of ours by a little.
            if (-120_000..0).contains(&age_ms) {
                return None;
            }
            if age_ms < least {
                return Some(format!("filled in within {age_ms} ms"));
            }
            if age_ms > most {
                return Some("shown too long ago".into());
            }
        }
        Some(Err(_)) => return Some("the moment it was shown is no number".into()),
        None if trap.needs_shown => return Some("it was never shown".into()),
        None => {}
    }
    let links: usize = form.0.iter().map(|(_, value)| value.matches("://").count()).sum();
    (links > trap.most_links).then(|| format!("{links} addresses in it"))
}

#[cfg(test)]
mod tests {
    use kerros_plugin::channel::Raw;

    use super::*;

    fn form(body: &str) -> Form {
        let body = body.as_bytes().to_vec();
        let raw = Raw { kind: "hook".into(), method: "POST".into(), body, ..Raw::default() };
        Form::read(&raw).unwrap()
    }

    #[test]
    fn people_pass_and_machines_are_caught() {
        let at = 1_792_000_000_000;
        let shown = |age: i64| format!("a=1&shown={}", at - age);
        let strict = Trap { needs_shown: true, ..Trap::default() };
        let loose = Trap::default();
        for (trap, body, machine) in [
            (&loose, "a=1".to_owned(), false),
            (&strict, "a=1".to_owned(), true),
            (&loose, shown(30_000), false),
            (&loose, shown(500), true),
            (&loose, shown(-30_000), false),
            (&loose, shown(-500_000), true),
            (&loose, shown(86_400_001), true),
            (&loose, "shown=x".to_owned(), true),
            (&loose, "website=http%3A%2F%2Fx".to_owned(), true),
            (&loose, "a=http://1 http://2&b=http://3 http://4".to_owned(), true),
        ] {
            assert_eq!(caught(trap, &form(&body), at).is_some(), machine, "{body}");
        }
    }
}
