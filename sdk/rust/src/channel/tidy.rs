//! Events held to what the host takes, for what a provider sends that nobody expected.

use super::{Attachment, Event, Request, Source};
use crate::{Part, text};

/// The longest id or address, in bytes; a little under the host's limit leaves room for a channel's own prefix.
const LONGEST: usize = 200;
/// The longest name of a customer group, in bytes.
const SEGMENT: usize = 64;
/// The longest reference to a file, in bytes.
const REFERENCE: usize = 4096;

impl Event {
    /// The same event without files and links that cannot be had, and without a language or customer group that is
    /// none; `None` if an id or address in it is empty, too long or not in one line. A provider's genuine events pass
    /// as they are.
    pub fn tidy(mut self) -> Option<Self> {
        let sound = match &mut self {
            Self::Message(message) => {
                about(&mut message.language, &mut message.segment);
                message.attachments.retain(can_be_had);
                message.parts.retain(|part| match part {
                    Part::Link { name, url, .. } => is_name(name) && Request::follow(url).is_some(),
                    _ => true,
                });
                message.answers.take_if(|id| !is_name(id));
                message.public_url.take_if(|url| Request::follow(url).is_none());
                [message.thread().unwrap_or("mail"), &message.external_id, &message.sender]
                    .into_iter()
                    .all(is_name)
            }
            Self::Delivery(delivery) => {
                delivery.bad_address.take_if(|address| !is_name(address));
                is_name(&delivery.external_id)
            }
            Self::ReadUntil { thread, .. } | Self::WantsPerson { thread } => is_name(thread),
            Self::Started(started) => {
                about(&mut started.language, &mut started.segment);
                is_name(&started.thread) && is_name(&started.sender)
            }
            Self::CallRequest(request) => {
                about(&mut request.language, &mut request.segment);
                is_name(&request.external_id)
            }
            Self::CaseNote(note) => {
                note.attachments.retain(can_be_had);
                [&note.external_id, &note.thread, &note.author].into_iter().all(|id| is_name(id))
            }
        };
        sound.then_some(self)
    }
}

/// What whoever writes may say of themselves, and may say wrongly.
fn about(language: &mut Option<String>, segment: &mut Option<String>) {
    *language = language.take().and_then(|tag| text::language(&tag));
    *segment = segment.take().and_then(|name| text::one_line(&name, SEGMENT));
}

fn is_name(name: &str) -> bool {
    text::is_line(name, LONGEST)
}

fn can_be_had(attachment: &Attachment) -> bool {
    match &attachment.source {
        Source::Remote(reference) => text::is_line(reference, REFERENCE),
        Source::Lifted(_) | Source::Bytes(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Delivery, DeliveryState, Message};
    use super::*;

    #[test]
    fn what_is_sound_passes_and_the_rest_is_left_out() {
        let message = Message {
            attachments: vec![Attachment::remote("a", "1"), Attachment::remote("b", "")],
            parts: vec![
                Part::Link { name: "a".into(), url: "https://e.com".into(), media_type: None },
                Part::Link { name: "b".into(), url: "e.com".into(), media_type: None },
            ],
            answers: Some("a\nb".into()),
            language: Some("suomi ja ruotsi".into()),
            segment: Some("a\nb".into()),
            ..Message::new("1", "t", "s", "Hei")
        };
        let Some(Event::Message(tidy)) = Event::from(message.clone()).tidy() else { panic!() };
        assert_eq!((tidy.attachments.len(), tidy.parts.len(), tidy.answers), (1, 1, None));
        assert_eq!((tidy.language, tidy.segment.as_deref()), (None, Some("a b")));
        let long = "x".repeat(LONGEST + 1);
        for wrong in [
            Message { external_id: String::new(), ..message.clone() },
            Message { sender: long.clone(), ..message.clone() },
            Message::new("1", "a\u{0}", "s", "Hei"),
        ] {
            assert_eq!(Event::from(wrong).tidy(), None);
        }
        let read = |id: &str| Event::from(Delivery::new(id, DeliveryState::Read)).tidy();
        assert!(read("1").is_some() && read("").is_none() && read(&long).is_none());
    }
}
