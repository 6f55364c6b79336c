//! Requests to the Graph API, and what its errors mean
//! (<https://developers.facebook.com/docs/graph-api/guides/error-handling>).

use kerros_plugin::channel::{Outcome, Request, Response};
use serde::{Deserialize, Serialize};

/// Where the Graph API is, and as whom.
#[derive(Debug, Clone, Copy)]
pub struct Graph<'a> {
    /// `https://graph.facebook.com`.
    pub api: &'a str,
    /// `v25.0`.
    pub version: &'a str,
    /// Name of the secret that holds the access token.
    pub token: &'a str,
}

impl Graph<'_> {
    /// A `POST` of JSON to a node's edge (`1234/messages`).
    pub fn post(&self, edge: &str, body: &impl Serialize) -> Request {
        self.signed(Request::post_json(self.url(edge), body))
    }

    /// A `GET` of a node, with its query.
    pub fn get(&self, node: &str) -> Request {
        self.signed(Request::get(self.url(node)))
    }

    /// A request with the access token in its head, where no log has it.
    pub fn signed(&self, request: Request) -> Request {
        request.header("authorization", format!("Bearer {{secret:{}}}", self.token))
    }

    /// The address of a node or edge.
    pub fn url(&self, edge: &str) -> String {
        format!("{}/{}/{edge}", self.api, self.version)
    }
}

/// What an error means for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It passes by, or the operator mends it (a token that ran out); the message waits.
    Wait,
    /// Everybody has to slow down.
    SlowDown,
    /// This message never goes.
    Refused,
    /// Nothing reaches this address any more.
    BadAddress,
    /// The window is closed, whatever our clock says.
    WindowClosed,
}

#[derive(Deserialize)]
struct Answer {
    error: Fault,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
    #[serde(default)]
    code: i64,
    error_subcode: Option<i64>,
    error_data: Option<Details>,
    #[serde(default)]
    is_transient: bool,
}

#[derive(Deserialize)]
struct Details {
    details: Option<String>,
}

/// What an answer without success means. `own` knows a product's own codes and subcodes; `closed` is what a person
/// may do instead when a window is closed.
pub fn refusal(
    response: &Response,
    own: impl Fn(i64, i64) -> Option<Meaning>,
    closed: &[&str],
) -> Outcome {
    let fault = response.json::<Answer>().map(|answer| answer.error);
    let (meaning, reason) = match &fault {
        Some(fault) => {
            let subcode = fault.error_subcode.unwrap_or_default();
            let meaning =
                own(fault.code, subcode).unwrap_or_else(|| common(fault, response.status));
            let details = fault.error_data.as_ref().and_then(|data| data.details.as_deref());
            let details = details.filter(|details| !fault.message.contains(details));
            let details = details.map_or_else(String::new, |details| format!(" ({details})"));
            (meaning, format!("{}: {}{details}", fault.code, fault.message))
        }
        None => (by_status(response.status), format!("the Graph API answered {}", response.status)),
    };
    match meaning {
        Meaning::Wait => Outcome::retry_after(wait(response), reason),
        Meaning::SlowDown => Outcome::slow_down(wait(response), reason),
        Meaning::Refused => Outcome::rejected(reason),
        Meaning::BadAddress => Outcome::bad_address(reason),
        Meaning::WindowClosed => {
            closed.iter().fold(Outcome::rejected(reason), |outcome, other| outcome.instead(*other))
        }
    }
}

/// Codes that every product of Meta's shares.
fn common(fault: &Fault, status: u16) -> Meaning {
    match fault.code {
        _ if fault.is_transient => Meaning::Wait,
        // Application, user, page and business use case limits.
        4 | 17 | 32 | 613 | 80_000..=80_014 => Meaning::SlowDown,
        // Unknown and service errors; a session that ran out; a permission that somebody has to give.
        -1 | 1 | 2 | 10 | 102 | 190 | 200..=299 | 368 | 1200 => Meaning::Wait,
        0 => by_status(status),
        _ if status >= 500 || status == 429 => by_status(status),
        _ => Meaning::Refused,
    }
}

fn by_status(status: u16) -> Meaning {
    match status {
        429 => Meaning::SlowDown,
        400 | 402..=428 | 430..=499 => Meaning::Refused,
        // A page that says 200 and is no answer of the API delivered nothing.
        _ => Meaning::Wait,
    }
}

/// How long to wait: `Retry-After`, or the longest time to regain access that the usage header tells.
fn wait(response: &Response) -> Option<u64> {
    let usage = || {
        let usage: serde_json::Value =
            serde_json::from_str(response.header("x-business-use-case-usage")?).ok()?;
        let minutes = usage
            .as_object()?
            .values()
            .filter_map(|uses| uses.as_array())
            .flatten()
            .filter_map(|one| one.get("estimated_time_to_regain_access")?.as_u64())
            .max()?;
        (minutes > 0).then(|| minutes.saturating_mul(60_000))
    };
    response.retry_after_ms().or_else(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    fn meant(status: u16, body: &str) -> Outcome {
        let own = |code, sub| (code == 100 && sub == 7).then_some(Meaning::BadAddress);
        refusal(&answer(status, body), own, &["mail"])
    }

    #[test]
    fn errors_are_told_apart() {
        let fault = |code: i64, sub: i64| {
            format!(r#"{{"error":{{"message":"Oh","code":{code},"error_subcode":{sub}}}}}"#)
        };
        for code in [190, 2, 10, 200, 1] {
            assert_eq!(
                meant(400, &fault(code, 0)),
                Outcome::retry_after(None, format!("{code}: Oh"))
            );
        }
        for code in [4, 613, 80_007] {
            assert_eq!(
                meant(400, &fault(code, 0)),
                Outcome::slow_down(None, format!("{code}: Oh"))
            );
        }
        assert_eq!(meant(400, &fault(100, 0)), Outcome::rejected("100: Oh"));
        assert_eq!(meant(400, &fault(100, 7)), Outcome::bad_address("100: Oh"));
        assert_eq!(meant(500, &fault(131_000, 0)), Outcome::retry_after(None, "131000: Oh"));
        for status in [200, 401, 500, 503] {
            let expected = Outcome::retry_after(None, format!("the Graph API answered {status}"));
            assert_eq!(meant(status, "<html>"), expected);
        }
        assert_eq!(meant(404, ""), Outcome::rejected("the Graph API answered 404"));
    }

    #[test]
    fn the_usage_header_says_how_long() {
        let mut response = answer(400, r#"{"error":{"code":4,"message":"m"}}"#);
        let usage = r#"{"9":[{"type":"messenger","estimated_time_to_regain_access":3}]}"#;
        response.headers.push(("x-business-use-case-usage".into(), usage.into()));
        let outcome = refusal(&response, |_, _| None, &[]);
        assert_eq!(outcome, Outcome::slow_down(Some(180_000), "4: m"));
    }
}
