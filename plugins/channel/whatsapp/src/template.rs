//! A template: a message that Meta approved beforehand, with what fills its places
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview>).
//!
//! People give one list of words. In which places they go is the same for every message of a template, and the config
//! says it: the header's first, then the body's, then one for each button.

use kerros_plugin::channel::{File, Outgoing, Template};
use serde::Deserialize;
use serde_json::{Value, json};

/// The places of a template beside those of its body, which are numbered if nothing is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Layout {
    header: Option<Header>,
    /// The name of the header's place, if it has one.
    header_name: Option<String>,
    /// Where a header's medium lies, if the message brings none.
    header_link: Option<String>,
    /// The names of the body's places, if they have some.
    names: Vec<String>,
    /// The places of the buttons whose address ends differently each time, counted from 0.
    buttons: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Header {
    Text,
    Image,
    Video,
    Document,
}

impl Header {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
        }
    }
}

impl Layout {
    /// The file that is uploaded for the header, or why the message cannot go.
    pub fn file<'a>(
        &self,
        template: &Template,
        message: &'a Outgoing,
    ) -> Result<Option<&'a File>, String> {
        let name = &template.name;
        let header = usize::from(self.header == Some(Header::Text));
        let (given, others) = (template.parameters.len(), header + self.buttons.len());
        let needed = others + self.names.len();
        if given < needed || (given > needed && !self.names.is_empty()) {
            return Err(format!(
                "the template {name} is filled in with {needed} texts, not with {given}"
            ));
        }
        match (self.header, message.files.as_slice()) {
            (None | Some(Header::Text), []) => Ok(None),
            (None | Some(Header::Text), _) => Err(format!("the template {name} carries no file")),
            (Some(_), [file]) => Ok(Some(file)),
            (Some(_), []) if self.header_link.is_some() => Ok(None),
            (Some(kind), _) => {
                Err(format!("the template {name} carries one file in its header: {}", kind.word()))
            }
        }
    }

    /// The template as Meta takes it. `uploaded` is the id of the header's file.
    pub fn body(
        &self,
        template: &Template,
        message: &Outgoing,
        uploaded: Option<&String>,
    ) -> Value {
        let mut texts = template.parameters.as_slice();
        let mut components = Vec::new();
        match self.header {
            None => {}
            Some(Header::Text) => {
                if let Some((first, rest)) = texts.split_first() {
                    texts = rest;
                    let place = text(first, self.header_name.as_ref());
                    components.push(json!({ "type": "header", "parameters": [place] }));
                }
            }
            Some(kind) => {
                let mut medium = match uploaded {
                    Some(id) => json!({ "id": id }),
                    None => json!({ "link": self.header_link }),
                };
                if let Some(file) = message.files.first().filter(|_| kind == Header::Document) {
                    medium["filename"] = file.name.as_str().into();
                }
                let place = json!({ "type": kind.word(), kind.word(): medium });
                components.push(json!({ "type": "header", "parameters": [place] }));
            }
        }
        let (of_body, of_buttons) = texts
            .split_at_checked(texts.len().saturating_sub(self.buttons.len()))
            .unwrap_or_default();
        if !of_body.is_empty() {
            let places = of_body.iter().enumerate();
            let places: Vec<Value> = places.map(|(n, one)| text(one, self.names.get(n))).collect();
            components.push(json!({ "type": "body", "parameters": places }));
        }
        for (index, end) in self.buttons.iter().zip(of_buttons) {
            let index = index.to_string();
            let places = [text(end, None)];
            components.push(
                json!({ "type": "button", "sub_type": "url", "index": index, "parameters": places }),
            );
        }
        let mut body = json!({ "name": template.name, "language": { "code": template.language } });
        if !components.is_empty() {
            body["components"] = components.into();
        }
        body
    }
}

fn text(text: &str, name: Option<&String>) -> Value {
    let mut place = json!({ "type": "text", "text": text });
    if let Some(name) = name {
        place["parameter_name"] = name.as_str().into();
    }
    place
}
