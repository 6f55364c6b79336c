//! Mails out, for the channel that speaks mail.

use super::Participant;

/// A mail for the host to write, sign and submit over the channel's own account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// `to` and `cc` in the head; all of them and nobody else are recipients.
    pub recipients: Vec<Participant>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Without angle brackets.
    pub message_id: String,
    /// Without angle brackets.
    pub in_reply_to: Option<String>,
    /// Without angle brackets, the oldest first.
    pub references: Vec<String>,
    /// Further header fields; the host refuses those it writes itself.
    pub headers: Vec<(String, String)>,
    /// Plain text.
    pub text: String,
    /// HTML beside the text.
    pub html: Option<String>,
    /// Ids of files.
    pub files: Vec<String>,
}

/// What the mail server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailResponse {
    /// SMTP code of the last answer, as 250.
    pub code: u16,
    /// Enhanced status code as `5.1.1`, else empty.
    pub enhanced: String,
    /// Its words.
    pub text: String,
    /// Recipients it refused, with its words.
    pub refused: Vec<(String, String)>,
}
