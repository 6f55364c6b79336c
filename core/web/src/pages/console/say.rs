//! `POST …/say`: an answer with all that can go with it, or a note.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use kerros_app::answer::{Answer, answer};
use kerros_app::error::Error;
use kerros_app::note::{Note, note};
use kerros_app::show;
use kerros_app::tenant::Tenant;
use kerros_domain::about::{Party, PartyRole, Template};
use kerros_domain::id::{ChannelId, ConversationId, FileId};

use super::act::done;
use super::conversation::id;
use crate::pages::desk::Desk;
use crate::pages::view::composer::TEMPLATE_SIGN;
use crate::state::WebState;

/// The reply box as it was sent: a field may stand several times.
#[derive(Debug, Default)]
struct Said(Vec<(String, String)>);

impl Said {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A field that says something.
    fn one(&self, name: &str) -> Option<String> {
        let first = self.all(name).next().map(|value| value.replace("\r\n", "\n"));
        first.filter(|value| !value.trim().is_empty())
    }
}

/// `POST …/say`.
pub async fn say(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let said = Said(fields);
    let outcome = async {
        let conversation = id(&path)?;
        if said.one("mode").as_deref() == Some("note") {
            let note_of = Note {
                conversation,
                text: said.one("text").unwrap_or_default(),
                idempotency_key: said.one("key"),
            };
            note(&state.ctx, &desk.caller, note_of).await
        } else {
            let command = command(&state, &desk, conversation, &said).await?;
            answer(&state.ctx, &desk.caller, conversation, command).await
        }
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}

async fn command(
    state: &WebState,
    desk: &Desk,
    conversation: ConversationId,
    said: &Said,
) -> Result<Answer, Error> {
    let found = show::conversation(&state.ctx, &desk.caller, conversation).await?;
    let tenant = state.ctx.tenant(&found.tenant)?;
    let files = said.all("file").map(|file| {
        file.parse::<FileId>().map_err(|_| Error::Invalid(format!("there is no file {file}")))
    });
    let mut command = Answer {
        text: said.one("text").unwrap_or_default(),
        subject: said.one("subject"),
        copies: copies(said),
        files: files.collect::<Result<_, _>>()?,
        template: None,
        via: said.one("via").map(ChannelId::from),
        idempotency_key: said.one("key"),
    };
    if let Some(chosen) = said.one("template") {
        let (channel, template, text) = template(&tenant, &chosen, said)?;
        command.template = Some(template);
        command.via = Some(channel);
        if command.text.is_empty() {
            command.text = text;
        }
    }
    Ok(command)
}

/// Who gets a copy; `None` if nobody changed what the box proposed: then a mail that came meanwhile counts too.
fn copies(said: &Said) -> Option<Vec<Party>> {
    let written = said.all("copies").next()?;
    if Some(written) == said.all("copies_shown").next() {
        return None;
    }
    let addresses = written.split([',', ';', '\n']).map(str::trim).filter(|one| !one.is_empty());
    Some(
        addresses
            .map(|address| Party { role: PartyRole::Cc, address: address.to_owned(), name: None })
            .collect(),
    )
}

fn template(
    tenant: &Tenant,
    chosen: &str,
    said: &Said,
) -> Result<(ChannelId, Template, String), Error> {
    let unknown = || Error::Invalid(format!("there is no template {chosen}"));
    let (channel, number) = chosen.rsplit_once(TEMPLATE_SIGN).ok_or_else(unknown)?;
    let channel = ChannelId::from(channel);
    let number: usize = number.parse().map_err(|_| unknown())?;
    let uses = tenant.channels.get(&channel).ok_or_else(unknown)?;
    let approved = uses.sending.templates.get(number).ok_or_else(unknown)?;
    let mut parameters = Vec::new();
    for (n, label) in approved.parameters.iter().enumerate() {
        let value = said.one(&format!("p.{chosen}.{n}"));
        parameters.push(value.ok_or_else(|| Error::Invalid(format!("{label} is empty")))?);
    }
    let text = approved.filled(&parameters);
    let (name, language) = (approved.name.clone(), approved.language.clone());
    Ok((channel, Template { name, language, parameters }, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fields: &[(&str, &str)]) -> Said {
        Said(fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn copies_are_what_somebody_changed_them_to() {
        let addresses = |fields: &[(&str, &str)]| {
            copies(&said(fields))
                .map(|all| all.into_iter().map(|party| party.address).collect::<Vec<_>>())
        };
        assert_eq!(addresses(&[("text", "x")]), None, "no field, no change");
        assert_eq!(addresses(&[("copies", "a@x.fi"), ("copies_shown", "a@x.fi")]), None);
        let changed = [("copies", "a@x.fi, b@x.fi;c@x.fi"), ("copies_shown", "a@x.fi")];
        assert_eq!(addresses(&changed).unwrap(), ["a@x.fi", "b@x.fi", "c@x.fi"]);
        assert!(addresses(&[("copies", ""), ("copies_shown", "a@x.fi")]).unwrap().is_empty());
    }
}
