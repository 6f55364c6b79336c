//! Helps with what many providers have in common: deliveries of several requests, and texts that carry parts.

use super::{Answer, Fetch, Outcome, Outgoing, Request, Response, Step};
use crate::{Error, Part};

/// A longer address than this is somebody's mistake, in bytes.
const LONGEST_ADDRESS: usize = 2000;

/// Requests that go one after the other, each made when the ones before it were taken: an upload, then the message
/// that names it; the pieces of a long text. Since the host keeps what was performed, a later try begins where the
/// last one failed and nothing goes twice.
///
/// `request` gets the turn and what was read so far; `read` finds in an answer what later turns or the outcome need
/// (an id), or says why it is a refusal. Gives all that was read when every turn was taken.
///
/// # Errors
/// The step to answer with: the next request, or how the delivery ended.
pub fn in_turn<T>(
    so_far: &[Answer],
    turns: &[T],
    request: impl Fn(&T, &[String]) -> Request,
    read: impl Fn(&T, &Response) -> Result<String, Outcome>,
) -> Result<Vec<String>, Step> {
    let mut ids = Vec::with_capacity(turns.len());
    for (place, turn) in turns.iter().enumerate() {
        let Some(answer) = so_far.get(place) else { return Err(request(turn, &ids).into()) };
        let found = match answer.http() {
            Some(response) => read(turn, response),
            // Nobody answered, or somebody we did not ask.
            None => Err(match answer.outcome(|_| None) {
                Outcome::Delivered { .. } => Outcome::rejected("answered by a mail server"),
                outcome => outcome,
            }),
        };
        ids.push(found.map_err(Step::Settled)?);
    }
    Ok(ids)
}

impl Outgoing {
    /// The text with articles and links below it, for providers that show plain text. Buttons are left out: show
    /// them as the provider does, or write them out.
    pub fn text_with_links(&self) -> String {
        let mut text = self.text.trim().to_owned();
        for part in &self.parts {
            match part {
                Part::Button { .. } => {}
                Part::Article { title, excerpt, url, .. } => {
                    text += &format!("\n\n{title}\n");
                    if !excerpt.is_empty() {
                        text += &format!("{excerpt}\n");
                    }
                    text += url;
                }
                Part::Link { name, url, .. } => text += &format!("\n\n{name}\n{url}"),
            }
        }
        text.trim().to_owned()
    }
}

impl Request {
    /// A `GET` of an address that came from outside, as a provider names the place of a file. Nothing in it is taken
    /// for a placeholder; `None` if it is no plain address of the web.
    pub fn follow(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
        let plain = host.chars().all(|c| c.is_alphanumeric() || ".-:_".contains(c))
            && !host.starts_with(':')
            && !url.chars().any(|c| c.is_whitespace() || c.is_control());
        let url = url.replace('{', "%7B");
        (plain && url.len() <= LONGEST_ADDRESS).then(|| Self::get(url))
    }
}

impl Outcome {
    /// Try this message again, not sooner than that if the provider says when.
    pub fn retry_after(after_ms: Option<u64>, reason: impl Into<String>) -> Self {
        Self::RetryAfter { after_ms, whole_channel: false, reason: reason.into() }
    }

    /// The same delivery, with the thread it opened. Changes nothing but a delivery.
    #[must_use]
    pub fn in_thread(mut self, name: Option<String>) -> Self {
        if let Self::Delivered { thread, .. } = &mut self {
            *thread = name;
        }
        self
    }

    /// The same refusal where a file was asked for: what may pass is tried again, what stays means that the file cannot
    /// be had.
    ///
    /// # Errors
    /// `Temporary`.
    pub fn of_a_file(self) -> Result<Fetch, Error> {
        match self {
            Self::RetryAfter { after_ms, reason, .. } => Err(Error::Temporary(reason, after_ms)),
            Self::Rejected { reason, .. } => Ok(Fetch::Gone(reason)),
            Self::Delivered { .. } => Err(Error::temporary("the answer names no file")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Failed;

    fn answer(status: u16, body: &str) -> Answer {
        Response { status, body: body.into(), ..Response::default() }.into()
    }

    fn ask(so_far: &[Answer]) -> Result<Vec<String>, Step> {
        in_turn(
            so_far,
            &["upload", "send"],
            |turn, ids| Request::get(format!("https://e.com/{turn}/{}", ids.join(","))),
            |_, response| match response.status {
                200 => Ok(response.body.clone()),
                status => Err(Outcome::rejected(status.to_string())),
            },
        )
    }

    #[test]
    fn each_turn_waits_for_the_one_before() {
        let next = |url: &str| Err(Step::from(Request::get(url)));
        assert_eq!(ask(&[]), next("https://e.com/upload/"));
        assert_eq!(ask(&[answer(200, "7")]), next("https://e.com/send/7"));
        let done = ask(&[answer(200, "7"), answer(200, "8")]);
        assert_eq!(done, Ok(vec!["7".to_owned(), "8".to_owned()]));
    }

    #[test]
    fn the_first_refusal_ends_it() {
        let ended = |outcome| Err(Step::Settled(outcome));
        assert_eq!(ask(&[answer(400, "")]), ended(Outcome::rejected("400")));
        let lost = Answer::Failed(Failed {
            temporary: true,
            reason: "no route".into(),
            ..Failed::default()
        });
        assert_eq!(ask(&[answer(200, "7"), lost]), ended(Outcome::retry("no route")));
        let mail = Answer::Mail(crate::channel::MailResponse { code: 250, ..Default::default() });
        assert!(matches!(ask(&[mail]), Err(Step::Settled(Outcome::Rejected { .. }))));
    }

    #[test]
    fn an_address_from_outside_holds_no_placeholder() {
        let found = Request::follow("https://e.com/{secret:x}?a=1").map(|request| request.url);
        assert_eq!(found.as_deref(), Some("https://e.com/%7Bsecret:x}?a=1"));
        for wrong in [
            "",
            "{secret:x}",
            "file:///etc/passwd",
            "https://",
            "https://e.com/a b",
            "https://e,com/",
            "https://user@e.com/",
            "https://{secret:x}/",
        ] {
            assert_eq!(Request::follow(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parts_stand_below_the_text() {
        let message = Outgoing {
            text: " Hei \n".into(),
            parts: vec![
                Part::button("Yes", "yes"),
                Part::Article {
                    slug: "s".into(),
                    title: "Laskut".into(),
                    excerpt: "Näin.".into(),
                    url: "https://e.com/s".into(),
                },
                Part::Link { name: "a".into(), url: "https://e.com/a".into(), media_type: None },
            ],
            ..Outgoing::default()
        };
        let expected = "Hei\n\nLaskut\nNäin.\nhttps://e.com/s\n\na\nhttps://e.com/a";
        assert_eq!(message.text_with_links(), expected);
    }
}
