//! What Twilio's answers mean (<https://www.twilio.com/docs/api/errors>).

use kerros_plugin::channel::{Outcome, Response};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    sid: Option<String>,
    code: Option<i64>,
    message: Option<String>,
}

/// The SID of a message that was taken.
pub fn sent(response: &Response) -> Result<String, Outcome> {
    let answer: Option<Answer> = response.json();
    if response.is_success()
        && let Some(Answer { sid: Some(sid), .. }) = answer
    {
        return Ok(sid);
    }
    let code = answer.as_ref().and_then(|answer| answer.code).unwrap_or_default();
    let words = answer.and_then(|answer| answer.message);
    let reason = match words {
        Some(words) => format!("{code}: {words}"),
        None => format!("Twilio answered {}", response.status),
    };
    Err(match (code, response.status) {
        // Too many at once; queues that are full.
        (14_107 | 20_429 | 30_001, _) | (_, 429) => {
            Outcome::slow_down(response.retry_after_ms(), reason)
        }
        // No such number, no mobile, unsubscribed.
        (21_211 | 21_214 | 21_217 | 21_610 | 21_614, _) => {
            Outcome::bad_address(reason).instead("mail")
        }
        // Credentials, funds and permissions are the operator's to mend; until then the message waits.
        (20_003 | 20_005 | 30_002, _) | (_, 401 | 403) => Outcome::retry_after(None, reason),
        (_, 400 | 402 | 404..=499) => Outcome::rejected(reason),
        // What says 200 and is no message sent nothing.
        _ => Outcome::retry_after(response.retry_after_ms(), reason),
    })
}
