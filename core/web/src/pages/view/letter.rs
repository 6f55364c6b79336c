//! What a message carries beside its text, as its bubble shows it: a mail's head, its HTML in a frame, where it
//! comes from, a form's answers, where everybody can read it.

use kerros_app::framed::framed;
use kerros_app::tenant::Tenant;
use kerros_domain::about::{Check, Details, Party, PartyRole};
use kerros_domain::message::Message;
use serde::Serialize;

use super::conversation::Fact;
use super::look::ChannelMark;

/// What a message carries beside its text.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Letter {
    /// Subject.
    pub subject: Option<String>,
    /// Who wrote it, where that is not the customer.
    pub from: Option<String>,
    /// To whom.
    pub to: Vec<String>,
    /// Who got a copy.
    pub cc: Vec<String>,
    /// Where the answer shall go.
    pub reply_to: Vec<String>,
    /// Written by a machine; why.
    pub automatic: Option<String>,
    /// Came long after it was written.
    pub late: bool,
    /// The other channel it went by.
    pub via: Option<ChannelMark>,
    /// The approved message that went in its stead.
    pub template: Option<String>,
    /// Where everybody can read it.
    pub public: Option<Public>,
    /// Where it comes from, as far as it was checked.
    pub checks: Vec<Mark>,
    /// A form's answers, an invitation's facts.
    pub fields: Vec<Fact>,
    /// Its HTML.
    pub frame: Option<Frame>,
    /// The whole text with quotes and signature.
    pub full: Option<String>,
    /// Where the mail is that it came as.
    pub original: Option<String>,
    /// Where the rest of it is, while it is not here.
    pub more: Option<String>,
}

/// A public place.
#[derive(Debug, Clone, Serialize)]
pub struct Public {
    /// Its address.
    pub href: String,
    /// The site's name.
    pub site: String,
}

/// The outcome of a check.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    /// `SPF`, `DKIM`, `DMARC`.
    pub name: String,
    /// `pass`, `fail` …
    pub verdict: String,
    /// `good`, `warn`, `bad`, `plain`.
    pub tone: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// The domain that was checked, or a reason.
    pub detail: String,
}

/// HTML in a frame.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// Its page.
    pub href: String,
    /// Its page with remote pictures, if it has any.
    pub pictures: Option<String>,
    /// Whether it says more than the text: then it stands in the text's place.
    pub rich: bool,
}

impl Letter {
    /// Of a message, with its big things if they were read.
    #[must_use]
    pub fn of(tenant: &Tenant, message: &Message, details: Option<&Details>) -> Option<Self> {
        let about = &message.about;
        if about.is_empty() {
            return None;
        }
        let here = format!("/console/c/{}/m/{}", message.conversation, message.id);
        let people = details.map(|details| details.participants.as_slice()).unwrap_or_default();
        // What came has its people in the details, what goes out in the message itself.
        let outbound = message.delivery.is_some();
        let recipients = if outbound { about.recipients.as_slice() } else { people };
        let named = |role: PartyRole| -> Vec<String> {
            recipients.iter().filter(|party| party.role == role).map(person).collect()
        };
        let template = about.template.as_ref();
        Some(Self {
            subject: about.subject.clone(),
            // A name alone stands above the message already.
            // A colleague on a shared channel stands over the note already.
            from: about
                .sender
                .as_ref()
                .filter(|sender| sender.name.is_some() && about.via.is_none())
                .map(person),
            to: named(PartyRole::To),
            cc: named(PartyRole::Cc),
            reply_to: named(PartyRole::ReplyTo),
            automatic: about.automatic.clone(),
            late: about.late,
            via: about.via.as_ref().map(|via| ChannelMark::of(tenant, via)),
            template: template.map(|template| template.name.clone()),
            public: about
                .public_url
                .as_ref()
                .map(|url| Public { href: url.clone(), site: site(url).to_owned() }),
            checks: details.iter().flat_map(|details| &details.checks).map(mark).collect(),
            fields: details
                .iter()
                .flat_map(|details| &details.fields)
                .map(|field| {
                    let title = if field.label.is_empty() { &field.key } else { &field.label };
                    Fact { title: title.clone(), text: field.value.clone() }
                })
                .collect(),
            frame: details
                .and_then(|details| details.html.as_deref())
                .map(|html| frame(&here, html)),
            full: details.and_then(|details| details.full.clone()),
            original: details
                .and_then(|details| details.original.as_ref())
                .map(|_| format!("{here}/original")),
            more: (about.details && details.is_none()).then_some(here),
        })
    }
}

fn person(party: &Party) -> String {
    match party.name.as_deref().filter(|name| !name.is_empty() && *name != party.address) {
        Some(name) => format!("{name} <{}>", party.address),
        None => party.address.clone(),
    }
}

fn site(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    host.strip_prefix("www.").unwrap_or(host)
}

fn mark(check: &Check) -> Mark {
    let (tone, icon) = match check.verdict.to_ascii_lowercase().as_str() {
        "pass" => ("good", "check"),
        "fail" => ("bad", "late"),
        "softfail" | "permerror" => ("warn", "warn"),
        _ => ("plain", "info"),
    };
    Mark {
        name: check.name.to_uppercase(),
        verdict: check.verdict.to_lowercase(),
        tone,
        icon,
        detail: check.detail.clone(),
    }
}

fn frame(here: &str, html: &str) -> Frame {
    let href = format!("{here}/html");
    let remote = framed(html, "", false).remote;
    // A plain answer reads better as text than in a frame.
    let rich = ["<img", "<table", "<li", "<a ", "<h1", "<h2", "<blockquote"];
    Frame {
        pictures: (remote > 0).then(|| format!("{href}?images=1")),
        href,
        rich: rich.iter().any(|tag| html.contains(tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_named_without_their_paths() {
        for (url, name) in [
            ("https://www.instagram.com/p/abc/", "instagram.com"),
            ("https://x.example?x", "x.example"),
        ] {
            assert_eq!(site(url), name);
        }
    }

    #[test]
    fn a_frame_stands_for_the_text_only_if_it_says_more() {
        let plain = frame("/m/1", "<p>Hei</p>");
        assert!(!plain.rich && plain.pictures.is_none());
        let tracked = frame("/m/1", "<p>Hei</p><img data-src=\"https://t.example/a.gif\">");
        assert_eq!(tracked.pictures.as_deref(), Some("/m/1/html?images=1"));
        assert!(tracked.rich);
    }
}
