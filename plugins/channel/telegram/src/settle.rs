//! What Telegram's answers mean.

use kerros_plugin::channel::{Answer, Failed, Outcome};
use serde::Deserialize;

/// The form of every answer of the Bot API.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    ok: bool,
    result: Option<Sent>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// The first failed answer decides; the id is the last message's.
pub fn outcome(chat: &str, responses: &[Answer]) -> Outcome {
    let mut last = None;
    for response in responses {
        match one(response) {
            Ok(id) => last = Some(id),
            Err(outcome) => return outcome,
        }
    }
    match last {
        Some(id) => Outcome::sent(id.map(|id| format!("{chat}:{id}"))),
        None => Outcome::retry("no request was performed"),
    }
}

fn one(answer: &Answer) -> Result<Option<i64>, Outcome> {
    let response = match answer {
        Answer::Http(response) => response,
        Answer::Failed(Failed { temporary: true, reason, .. }) => {
            return Err(Outcome::retry(reason.as_str()));
        }
        Answer::Failed(Failed { temporary: false, reason, .. }) => {
            return Err(Outcome::rejected(reason.as_str()));
        }
        Answer::Mail(_) => return Err(Outcome::rejected("a mail server answered")),
    };
    let answer: Option<Said> = response.json();
    if response.is_success()
        && let Some(answer) = &answer
        && answer.ok
    {
        return Ok(answer.result.as_ref().map(|sent| sent.message_id));
    }
    let description = answer
        .as_ref()
        .and_then(|answer| answer.description.as_deref())
        .unwrap_or("no description");
    let reason = format!("{}: {description}", response.status);
    Err(match response.status {
        429 => {
            let seconds = answer
                .and_then(|answer| answer.parameters)
                .and_then(|parameters| parameters.retry_after);
            let after_ms = seconds.map(|seconds| seconds.saturating_mul(1000));
            Outcome::slow_down(after_ms.or(response.retry_after_ms()), reason)
        }
        // The token is the operator's to mend; until then the message waits.
        401 | 404 => Outcome::retry(reason),
        // Blocked by the customer: the chat takes nothing any more.
        403 => Outcome::bad_address(reason),
        // Chat not found, text not taken: the same will happen again.
        400..=499 => Outcome::rejected(reason),
        _ => Outcome::retry(reason),
    })
}

#[cfg(test)]
mod tests {
    use kerros_plugin::channel::Response;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Response { status, body: body.into(), ..Response::default() }.into()
    }

    #[test]
    fn every_kind_of_answer_has_its_meaning() {
        let ok = |id: i64| answer(200, &format!(r#"{{"ok":true,"result":{{"message_id":{id}}}}}"#));
        let sent = |id: &str| Outcome::sent(Some(id.into()));
        assert_eq!(outcome("5", &[ok(1)]), sent("5:1"));
        assert_eq!(outcome("5", &[ok(1), ok(2)]), sent("5:2"));

        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}"#;
        assert_eq!(
            outcome("5", &[ok(1), answer(429, flood)]),
            Outcome::slow_down(Some(7000), "429: Too Many Requests")
        );
        let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
        assert_eq!(
            outcome("5", &[answer(403, blocked)]),
            Outcome::bad_address("403: Forbidden: bot was blocked by the user")
        );
        assert!(matches!(outcome("5", &[answer(400, "{}")]), Outcome::Rejected { .. }));
        for body in ["<html>bad gateway</html>", "", "{}"] {
            assert!(matches!(
                outcome("5", &[answer(502, body)]),
                Outcome::RetryAfter { after_ms: None, .. }
            ));
        }
        // A page that says 200 but is no answer of the Bot API delivered nothing.
        assert!(matches!(outcome("5", &[answer(200, "hi")]), Outcome::RetryAfter { .. }));
        assert!(matches!(outcome("5", &[answer(401, "{}")]), Outcome::RetryAfter { .. }));
        let failed = |temporary| {
            Answer::Failed(Failed { temporary, reason: "x".into(), ..Failed::default() })
        };
        assert!(matches!(outcome("5", &[failed(true)]), Outcome::RetryAfter { .. }));
        assert_eq!(outcome("5", &[failed(false)]), Outcome::rejected("x"));
        assert!(matches!(outcome("5", &[]), Outcome::RetryAfter { .. }));
    }
}
