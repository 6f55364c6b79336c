//! Requests and what came back of them.

use kerros_app::ports::channel::Participant;
use kerros_app::ports::outbound::{Body, FormPart, FormValue, Mail, Request, Response};

use super::wit;
use crate::contract::{TEXT, at_most, breach, header, name, opt_name, text, url};
use crate::ended::Ended;

/// Most headers of one request.
const HEADERS: usize = 32;
/// Longest text or bytes of one request.
const BODY: usize = 256 << 10;
/// Most parts of a form.
const FORM_PARTS: usize = 50;
/// Most recipients, references and files of a mail.
const MANY: usize = 100;
/// Longest address or id in a mail, bytes.
const ADDRESS: usize = 998;
/// How much of a response a guest sees, bytes.
const RESPONSE: usize = 64 << 10;

/// Lifts a request; `files` are the handles it may name.
pub(super) fn lift(request: wit::Request, files: &[&str]) -> Result<Request, Ended> {
    match request {
        wit::Request::Http(http) => lift_http(http, files),
        wit::Request::Mail(mail) => Ok(Request::Mail(Box::new(lift_mail(mail, files)?))),
        wit::Request::Other(_) => breach("a request that this host does not know"),
    }
}

/// Lifts a request that can carry no file, because there is none.
pub(super) fn lift_without_files(http: wit::HttpRequest) -> Result<Request, Ended> {
    lift_http(http, &[])
}

fn lift_http(request: wit::HttpRequest, files: &[&str]) -> Result<Request, Ended> {
    if !matches!(request.method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
        return breach("a request's method is not GET, POST, PUT, PATCH or DELETE");
    }
    at_most("headers", &request.headers, HEADERS)?;
    Ok(Request::Http {
        method: request.method,
        url: url("a request's url", request.url)?,
        headers: request.headers.into_iter().map(header).collect::<Result<_, _>>()?,
        body: lift_body(request.body, files)?,
        repeatable: request.repeatable,
    })
}

fn lift_body(body: wit::Body, files: &[&str]) -> Result<Body, Ended> {
    Ok(match body {
        wit::Body::None => Body::None,
        wit::Body::Text(text) => {
            fits(text.len())?;
            Body::Text(text)
        }
        wit::Body::Bytes(bytes) => {
            fits(bytes.len())?;
            Body::Bytes(bytes)
        }
        wit::Body::File(id) => Body::File(known(id, files)?),
        wit::Body::Form(parts) => {
            at_most("parts of a form", &parts, FORM_PARTS)?;
            Body::Form(
                parts.into_iter().map(|part| lift_part(part, files)).collect::<Result<_, _>>()?,
            )
        }
        wit::Body::Other(_) => return breach("a body that this host does not know"),
    })
}

fn fits(bytes: usize) -> Result<(), Ended> {
    if bytes > BODY {
        return breach(format!("a request's body is larger than {BODY} bytes"));
    }
    Ok(())
}

fn lift_part(part: wit::FormPart, files: &[&str]) -> Result<FormPart, Ended> {
    let value = match part.value {
        wit::FormValue::Text(text) => {
            fits(text.len())?;
            FormValue::Text(text)
        }
        wit::FormValue::File(id) => FormValue::File(known(id, files)?),
        wit::FormValue::Other(_) => return breach("a form's value that this host does not know"),
    };
    Ok(FormPart {
        name: name("the name of a form's part", part.name, 256)?,
        file_name: opt_name("a file name", part.file_name, 256)?,
        media_type: opt_name("a media type", part.media_type, 128)?,
        value,
    })
}

/// A guest names only files that it was given with this message.
fn known(id: String, files: &[&str]) -> Result<String, Ended> {
    if files.contains(&id.as_str()) {
        return Ok(id);
    }
    breach("a request names a file that is not the message's")
}

fn lift_mail(mail: wit::Mail, files: &[&str]) -> Result<Mail, Ended> {
    at_most("recipients", &mail.recipients, MANY)?;
    at_most("references", &mail.references, MANY)?;
    at_most("headers", &mail.headers, HEADERS)?;
    at_most("files", &mail.files, MANY)?;
    if mail.recipients.is_empty() {
        return breach("a mail without recipients");
    }
    let id = |id: String| name("a message id", id, ADDRESS);
    Ok(Mail {
        sender: name("the sender", mail.sender, ADDRESS)?,
        sender_name: text("the sender's name", mail.sender_name, 256)?,
        recipients: mail
            .recipients
            .into_iter()
            .map(|recipient| {
                if !matches!(recipient.role.as_str(), "to" | "cc") {
                    return breach("a recipient of a mail is neither to nor cc");
                }
                lift_participant(recipient)
            })
            .collect::<Result<_, _>>()?,
        reply_to: opt_name("the reply address", mail.reply_to, ADDRESS)?,
        subject: text("the subject", mail.subject, 2048)?,
        message_id: id(mail.message_id)?,
        in_reply_to: mail.in_reply_to.map(id).transpose()?,
        references: mail.references.into_iter().map(id).collect::<Result<_, _>>()?,
        headers: mail.headers.into_iter().map(header).collect::<Result<_, _>>()?,
        // The text and what is quoted below it.
        text: text("the mail's text", mail.text, BODY)?,
        html: mail.html.map(|html| text("the mail's HTML", html, BODY + TEXT)).transpose()?,
        files: mail.files.into_iter().map(|id| known(id, files)).collect::<Result<_, _>>()?,
    })
}

pub(super) fn lift_participant(participant: wit::Participant) -> Result<Participant, Ended> {
    Ok(Participant {
        role: name("a participant's role", participant.role, 32)?,
        address: name("a participant's address", participant.address, ADDRESS)?,
        name: opt_name("a participant's name", participant.name, 256)?,
    })
}

pub(super) fn lower_participant(participant: &Participant) -> wit::Participant {
    wit::Participant {
        role: participant.role.clone(),
        address: participant.address.clone(),
        name: participant.name.clone(),
        extra: Vec::new(),
    }
}

pub(super) fn lower_response(response: &Response) -> wit::Response {
    let extra = Vec::new();
    match response {
        Response::Http { status, headers, body } => wit::Response::Http(wit::HttpResponse {
            status: *status,
            headers: headers.clone(),
            body: body[..body.floor_char_boundary(RESPONSE)].to_owned(),
            extra,
        }),
        Response::Mail { code, enhanced, text, refused } => {
            wit::Response::Mail(wit::MailResponse {
                code: *code,
                enhanced: enhanced.clone(),
                text: text.clone(),
                refused: refused.clone(),
                extra,
            })
        }
        Response::Failed { temporary, reached, reason } => wit::Response::Failed(wit::Failed {
            temporary: *temporary,
            reached: *reached,
            reason: reason.clone(),
            extra,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{lift, wit};

    fn post(body: wit::Body) -> wit::Request {
        wit::Request::Http(wit::HttpRequest {
            method: "POST".to_owned(),
            url: "https://api.example.com/x".to_owned(),
            headers: Vec::new(),
            body,
            repeatable: false,
            extra: Vec::new(),
        })
    }

    #[test]
    fn a_request_names_the_messages_own_files_only() {
        let form = |id: &str| {
            wit::Body::Form(vec![wit::FormPart {
                name: "file".to_owned(),
                file_name: None,
                media_type: None,
                value: wit::FormValue::File(id.to_owned()),
                extra: Vec::new(),
            }])
        };
        for (id, known) in [("mine", true), ("another's", false), ("", false)] {
            assert_eq!(lift(post(wit::Body::File(id.to_owned())), &["mine"]).is_ok(), known);
            assert_eq!(lift(post(form(id)), &["mine"]).is_ok(), known);
        }
        assert!(lift(post(wit::Body::Text("x".repeat(300 << 10))), &[]).is_err());
        assert!(lift(post(wit::Body::Other("stream".to_owned())), &[]).is_err());
    }

    #[test]
    fn a_mail_goes_to_somebody_and_its_head_is_one_line_each() {
        let mail = wit::Mail {
            sender: "desk@example.com".to_owned(),
            sender_name: "Desk".to_owned(),
            recipients: vec![wit::Participant {
                role: "to".to_owned(),
                address: "a@example.com".to_owned(),
                name: None,
                extra: Vec::new(),
            }],
            reply_to: None,
            subject: "Hi".to_owned(),
            message_id: "1@example.com".to_owned(),
            in_reply_to: None,
            references: Vec::new(),
            headers: Vec::new(),
            text: "Hi".to_owned(),
            html: None,
            files: Vec::new(),
            extra: Vec::new(),
        };
        assert!(lift(wit::Request::Mail(mail.clone()), &[]).is_ok());
        type Spoil = fn(&mut wit::Mail);
        let spoilt: [Spoil; 5] = [
            |m| m.recipients.clear(),
            |m| m.recipients[0].role = "bcc".to_owned(),
            |m| m.recipients[0].address = "a@b\r\nBcc: c@d".to_owned(),
            |m| m.message_id = "1\n2".to_owned(),
            |m| m.files = vec!["another's".to_owned()],
        ];
        for spoil in spoilt {
            let mut mail = mail.clone();
            spoil(&mut mail);
            assert!(lift(wit::Request::Mail(mail), &["mine"]).is_err());
        }
    }
}
