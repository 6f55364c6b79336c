//! Content-Type and Content-Disposition of a part, with their parameters (RFC 2045, 2183, 2231).

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};

use super::head::{Head, ended, unstructured};

/// What a part says it is.
#[derive(Default)]
pub struct Content {
    /// `text/plain`, in lower case.
    pub media_type: String,
    parameters: Vec<(String, String)>,
    /// `inline`, `attachment`, or empty.
    pub disposition: String,
    disposition_parameters: Vec<(String, String)>,
    /// In lower case.
    pub encoding: String,
    /// Without angle brackets.
    pub id: Option<String>,
}

impl Content {
    /// Reads it from a head. `otherwise` is the type of a part that names none.
    pub fn read(head: &Head<'_>, otherwise: &str) -> Self {
        let mut content = Self { media_type: otherwise.into(), ..Self::default() };
        if let Some((name, parameters)) = head.raw("content-type").and_then(value) {
            // `text` alone, or a type that is no word: RFC 2045 5.2 says plain text, but bytes are safer as a file.
            content.media_type = match name.as_str() {
                "text" => "text/plain".into(),
                name if name.contains('/') => name.into(),
                _ => "application/octet-stream".into(),
            };
            content.parameters = parameters;
        }
        if let Some((name, parameters)) = head.raw("content-disposition").and_then(value) {
            content.disposition = name;
            content.disposition_parameters = parameters;
        }
        content.encoding = head.word("content-transfer-encoding").unwrap_or_default();
        content.id = head.ids("content-id").into_iter().next();
        content
    }

    /// A parameter of the type.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }

    /// Whether the media type begins so: `multipart/`.
    pub fn is(&self, beginning: &str) -> bool {
        self.media_type.starts_with(beginning)
    }

    /// The name of the field that the part is in a form (RFC 7578).
    pub fn field_name(&self) -> Option<&str> {
        find(&self.disposition_parameters, "name").filter(|_| self.disposition == "form-data")
    }

    /// The name of the file, as the sender wrote it.
    pub fn file_name(&self) -> Option<String> {
        let name = find(&self.disposition_parameters, "filename")
            .or_else(|| self.parameter("name"))
            .filter(|name| !name.trim().is_empty())?;
        // Encoded words do not belong into parameters, and are met there every day.
        Some(if name.contains("=?") { unstructured(name.as_bytes()) } else { name.to_owned() })
    }
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn value(raw: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let ended = ended(raw);
    let HeaderValue::ContentType(ContentType { c_type, c_subtype, attributes }) =
        MessageStream::new(&ended).parse_content_type()
    else {
        return None;
    };
    let mut name = c_type.trim().to_ascii_lowercase();
    if let Some(sub) = c_subtype {
        name = format!("{name}/{}", sub.trim().to_ascii_lowercase());
    }
    let parameters = attributes
        .into_iter()
        .flatten()
        .take(50)
        .map(|a| (a.name.to_ascii_lowercase(), a.value.into_owned()))
        .collect();
    Some((name, parameters))
}
