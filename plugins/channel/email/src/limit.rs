//! What a mail server says when we sent enough for now. No mail is at fault then, whatever the code: all of the channel
//! waits, and nothing is given up.

use crate::bounce::enhanced;

/// How long such a limit may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A rate: over in a moment.
    Short,
    /// What may be sent in an hour or a day, and whatever is called final.
    Long,
}

/// The limit of ours that a server's words tell of: code, enhanced code and text. A customer's full box, a customer who
/// gets too much mail, a mail with too many recipients and a block are none.
pub fn read(words: &str) -> Option<Limit> {
    let status = enhanced(words).unwrap_or_default();
    let (class, detail) = status.split_once('.').unwrap_or_default();
    let words = words.to_lowercase();
    let last = words.trim_start().starts_with('5');
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if has(OTHERS) || THEIRS.contains(&detail) {
        return None;
    }
    let coded = match class {
        "4" => SLOWER.contains(&detail) || ENOUGH.contains(&detail),
        "5" => ENOUGH.contains(&detail),
        _ => false,
    };
    let loose = !last && words.contains("too many");
    if !coded && !loose && !has(RATES) && !has(QUOTAS) {
        return None;
    }
    Some(if last || has(QUOTAS) { Limit::Long } else { Limit::Short })
}

/// Enhanced codes without their class that tell of the recipient's box: full, or it gets too much.
const THEIRS: &[&str] = &["2.2", "2.121", "2.122"];

/// Codes of a quota: Google's of a day; a flood of mail; Microsoft's of a day's recipients, of a tenant's threshold, of
/// its external recipients, and of an address that sends more than it may as yet.
const ENOUGH: &[&str] = &["4.5", "7.28", "1.90", "7.705", "7.708", "7.232", "7.233"];

/// Codes of a rate, where they are not final: Microsoft's.
const SLOWER: &[&str] = &["7.650"];

/// Words that sound alike and tell of something else.
const OTHERS: &[&str] = &[
    "too many recipients",
    "too many invalid",
    "too many hops",
    "too many received",
    "receiving mail",
    "receive limit",
    "mailbox full",
    "mailbox is full",
    "over quota",
];

const RATES: &[&str] = &[
    "rate limit",
    "ratelimit",
    "rate-limit",
    "rate exceeded",
    "sending rate",
    "overlimit",
    "throttl",
    "unusual rate",
    "try again later: rate",
    "too much mail from",
    "too many messages",
    "too many emails",
    "too many mails",
    "too many connections",
    "too many login",
];

const QUOTAS: &[&str] = &[
    "sending limit",
    "sending quota",
    "send limit",
    "send quota",
    "relay limit",
    "daily limit",
    "daily quota",
    "daily message quota",
    "hourly limit",
    "hourly quota",
    "limit per day",
    "limit per hour",
    "mails per hour",
    "mails per day",
    "messages per hour",
    "messages per day",
    "message quota exceeded",
    "submissionquota",
    "quota exceeded for sending",
    "credits exceeded",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_ours_is_known_whatever_its_code() {
        for (words, wanted) in [
            (
                "550 5.4.5 Daily user sending limit exceeded. For more information visit x",
                Limit::Long,
            ),
            ("550-5.4.5 Daily SMTP relay limit exceeded for customer", Limit::Long),
            (
                "550 5.1.90 Your message can't be sent because you've reached your daily limit",
                Limit::Long,
            ),
            (
                "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
                Limit::Long,
            ),
            ("550 5.7.705 Access denied, tenant has exceeded threshold", Limit::Long),
            ("550 5.7.233 Your message can't be sent", Limit::Long),
            ("550-5.7.28 Gmail has detected an unusual rate of mail", Limit::Long),
            (
                "550 Domain aurinko.example has exceeded the max emails per hour (150/150) allowed",
                Limit::Long,
            ),
            (
                "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
                Limit::Long,
            ),
            ("550 5.7.1 Rate limit exceeded", Limit::Long),
            ("454 4.7.0 Throttling failure: Daily message quota exceeded.", Limit::Long),
            ("451 Maximum credits exceeded", Limit::Long),
            ("454 4.7.0 Throttling failure: Maximum sending rate exceeded.", Limit::Short),
            ("450 4.2.1 Peak SMTP relay limit exceeded for customer", Limit::Long),
            ("421 4.7.28 Gmail has detected an unusual rate", Limit::Short),
            ("451 4.7.650 The mail server has been temporarily rate limited", Limit::Short),
            ("450 4.7.1 Error: too much mail from 192.0.2.1", Limit::Short),
            ("454 4.7.0 Too many login attempts, please try again later", Limit::Short),
        ] {
            assert_eq!(read(words), Some(wanted), "{words}");
        }
    }

    #[test]
    fn other_refusals_are_no_limit_of_ours() {
        for words in [
            "552 5.2.2 The email account that you tried to reach is over quota",
            "550 5.2.2 Mailbox full",
            "552 Mailbox is full: quota exceeded",
            "452 4.2.2 mailbox full, too many messages",
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more",
            "550 5.2.121 The recipient's per-hour message receive limit from this sender was exceeded",
            "550 5.5.3 Too many recipients",
            "452 4.5.3 too many recipients",
            "554 5.4.6 Too many hops",
            "554 5.7.1 Message rejected as spam by Content Filtering",
            "550 5.7.1 Service unavailable; client host blocked using a list",
            "550 5.7.501 Access denied, spam abuse detected",
            "550 5.7.511 Access denied, banned sender",
            "552 5.3.4 message size exceeds fixed limit",
            "550 5.1.1 User unknown",
            "",
        ] {
            assert_eq!(read(words), None, "{words}");
        }
    }
}
