//! What Telegram's answers mean.

use kerros_plugin::channel::{DeliveryState, Failed, Outcome, Response};
use serde::Deserialize;

/// The form of every answer of the Bot API.
#[derive(Deserialize)]
struct Answer {
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
pub fn outcome(chat: &str, responses: &[Result<Response, Failed>]) -> Outcome {
    let mut last = None;
    for response in responses {
        match one(response) {
            Ok(id) => last = Some(id),
            Err(outcome) => return outcome,
        }
    }
    match last {
        Some(id) => Outcome::Delivered {
            external_id: id.map(|id| format!("{chat}:{id}")),
            state: DeliveryState::Sent,
        },
        None => retry(None, "no request was performed"),
    }
}

fn one(response: &Result<Response, Failed>) -> Result<Option<i64>, Outcome> {
    let response = match response {
        Ok(response) => response,
        Err(Failed { temporary: true, reason }) => return Err(retry(None, reason)),
        Err(Failed { temporary: false, reason }) => return Err(Outcome::Rejected(reason.clone())),
    };
    let answer: Option<Answer> = response.json();
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
                .and_then(|parameters| parameters.retry_after)
                .or_else(|| response.header("retry-after").and_then(|text| text.parse().ok()));
            retry(seconds.map(|seconds| seconds.saturating_mul(1000)), &reason)
        }
        // The token is the operator's to mend; until then the message waits.
        401 | 404 => retry(None, &reason),
        // Blocked by the customer, chat not found, text not taken: the same will happen again.
        400..=499 => Outcome::Rejected(reason),
        _ => retry(None, &reason),
    })
}

fn retry(after_ms: Option<u64>, reason: &str) -> Outcome {
    Outcome::RetryAfter { after_ms, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Response, Failed> {
        Ok(Response { status, body: body.into(), ..Response::default() })
    }

    #[test]
    fn every_kind_of_answer_has_its_meaning() {
        let ok = |id: i64| answer(200, &format!(r#"{{"ok":true,"result":{{"message_id":{id}}}}}"#));
        let sent = |id: &str| Outcome::Delivered {
            external_id: Some(id.into()),
            state: DeliveryState::Sent,
        };
        assert_eq!(outcome("5", &[ok(1)]), sent("5:1"));
        assert_eq!(outcome("5", &[ok(1), ok(2)]), sent("5:2"));

        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}"#;
        assert_eq!(
            outcome("5", &[ok(1), answer(429, flood)]),
            retry(Some(7000), "429: Too Many Requests")
        );
        let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
        assert_eq!(
            outcome("5", &[answer(403, blocked)]),
            Outcome::Rejected("403: Forbidden: bot was blocked by the user".into())
        );
        assert!(matches!(outcome("5", &[answer(400, "{}")]), Outcome::Rejected(_)));
        for body in ["<html>bad gateway</html>", "", "{}"] {
            assert!(matches!(
                outcome("5", &[answer(502, body)]),
                Outcome::RetryAfter { after_ms: None, .. }
            ));
        }
        // A page that says 200 but is no answer of the Bot API delivered nothing.
        assert!(matches!(outcome("5", &[answer(200, "hi")]), Outcome::RetryAfter { .. }));
        assert!(matches!(outcome("5", &[answer(401, "{}")]), Outcome::RetryAfter { .. }));
        let failed = |temporary| Err(Failed { temporary, reason: "x".into() });
        assert!(matches!(outcome("5", &[failed(true)]), Outcome::RetryAfter { .. }));
        assert_eq!(outcome("5", &[failed(false)]), Outcome::Rejected("x".into()));
        assert!(matches!(outcome("5", &[]), Outcome::RetryAfter { .. }));
    }
}
