//! The marks that mail programs leave in their HTML.

use super::attribute;
use crate::quote::Mark;

/// What a tag's class or id says begins here.
pub fn read(tag: &str) -> Option<Mark> {
    let class = attribute::find(tag, "class").unwrap_or_default();
    if let Some(mark) =
        class.split_whitespace().find_map(|class| by_class(&class.to_ascii_lowercase()))
    {
        return Some(mark);
    }
    by_id(&attribute::find(tag, "id")?.to_ascii_lowercase())
}

fn by_class(class: &str) -> Option<Mark> {
    match class {
        // Gmail, Yahoo, Thunderbird, Proton, Tuta, Zoho, Roundcube.
        "yahoo_quoted"
        | "moz-cite-prefix"
        | "protonmail_quote"
        | "tutanota_quote"
        | "zmail_extra"
        | "gmail_extra_quote"
        | "moz-email-headers-quote" => Some(Mark::Quote),
        class if class.starts_with("gmail_quote") => Some(Mark::Quote),
        "moz-forward-container" => Some(Mark::Forward),
        "outlookmessageheader" => Some(Mark::Rest),
        "gmail_signature"
        | "moz-signature"
        | "protonmail_signature_block"
        | "tutanota_signature" => Some(Mark::Signature),
        _ => None,
    }
}

fn by_id(id: &str) -> Option<Mark> {
    // Outlook puts `x_` before ids of what it quotes, once for each time.
    let id = id.trim_start_matches("x_");
    match id {
        // Outlook on the web and on phones, Outlook for Mac, Zimbra, Hotmail.
        "divrplyfwdmsg"
        | "mail-editor-reference-message-container"
        | "olk_src_body_section"
        | "zwchr"
        | "stopspelling" => Some(Mark::Rest),
        "isforwardcontent" => Some(Mark::Forward),
        "isreplycontent" => Some(Mark::Quote),
        "signature" | "ms-outlook-mobile-signature" => Some(Mark::Signature),
        id if id.starts_with("aolmsgpart") => Some(Mark::Rest),
        id if id.starts_with("yahoo_quoted") || id.ends_with("yahoo_quoted") => Some(Mark::Quote),
        _ => None,
    }
}

/// Whether a `blockquote` quotes a mail; others only indent.
pub fn quotes(tag: &str) -> bool {
    let has = |name, words: &[&str]| {
        attribute::find(tag, name).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            words.iter().any(|word| value.contains(word))
        })
    };
    has("type", &["cite"])
        || has("class", &["quote", "cite"])
        || has("style", &["border-left", "border-color"])
}
