//! One answer may be several messages of WhatsApp's: a file and the words to it, or a long text. Each has an id of its own, and
//! the host knows an answer by one. So an answer of several parts is known by a name that we give it: Meta brings it
//! back in the receipt of each part, and the one that fails is not lost.

use kerros_plugin::channel::Outgoing;

/// Ends the name of an answer that is several messages.
const PARTS: &str = ":parts";

/// What Meta is to bring back in the receipts of a message. Whoever reads Meta's log finds the answer by it.
pub fn label(message: &Outgoing, several: bool) -> String {
    let end = if several { PARTS } else { "" };
    format!("{}{end}", message.message_id)
}

/// By what the host knows the message that a receipt is about: its answer's name if it is one part of it, else its own
/// id.
pub fn known_by(id: String, label: Option<String>) -> String {
    label.filter(|label| label.ends_with(PARTS)).unwrap_or(id)
}
