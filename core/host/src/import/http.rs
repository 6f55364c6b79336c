//! `kerros:bot/http`: requests through the one guarded client, with the use's grants.

use kerros_app::ports::outbound::{Request, Response};

use crate::kind::bot::wit::http;
use crate::state::CallState;
use crate::tape::HostCall;

/// Requests in one turn.
const REQUESTS: u32 = 8;

impl http::Host for CallState {
    async fn perform(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Answer, http::Failed>> {
        self.asked += 1;
        if self.asked > REQUESTS {
            let reason = format!("at most {REQUESTS} requests and searches a turn");
            return Ok(Err(http::Failed { temporary: false, reason, extra: Vec::new() }));
        }
        let http::Request { method, url, headers, body, extra: _ } = request;
        let request = Request::Http { method, url, headers, body: body.into(), repeatable: false };
        let played = self.tape.as_ref().and_then(|tape| tape.play_http(&request));
        let response = match played {
            Some(response) => response,
            None => self.ports.outbound.perform(&self.tenant, &self.grants, &request).await,
        };
        if let Some(tape) = &self.tape {
            tape.take(HostCall::Http { request, response: response.clone() });
        }
        Ok(match response {
            Response::Http { status, headers, body } => {
                Ok(http::Answer { status, headers, body, extra: Vec::new() })
            }
            Response::Failed { temporary, reason, .. } => {
                Err(http::Failed { temporary, reason, extra: Vec::new() })
            }
            Response::Mail { .. } => {
                let reason = "a mail server answered an HTTP request".to_owned();
                Err(http::Failed { temporary: false, reason, extra: Vec::new() })
            }
        })
    }
}
