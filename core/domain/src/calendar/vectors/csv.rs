//! Comma-separated values with quotes, as RFC 4180 has them.

use super::TableFault;

/// A record and the line it begins on, from 1.
pub(super) struct Record {
    pub line: usize,
    pub fields: Vec<String>,
}

/// Reads records; blank lines are left out.
pub(super) fn records(text: &str) -> Result<Vec<Record>, TableFault> {
    let mut records = Vec::new();
    let mut fields = Vec::new();
    let mut field = String::new();
    let (mut line, mut begins) = (1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if field.is_empty() => {
                let opened = line;
                loop {
                    match chars.next() {
                        Some('"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
                        Some('"') => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            field.push(c);
                        }
                        None => return Err(TableFault::Quote { line: opened }),
                    }
                }
                if !matches!(chars.peek(), None | Some(',' | '\r' | '\n')) {
                    return Err(TableFault::Quote { line });
                }
            }
            ',' => fields.push(std::mem::take(&mut field)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                end(&mut records, &mut fields, &mut field, begins);
                line += 1;
                begins = line;
            }
            c => field.push(c),
        }
    }
    end(&mut records, &mut fields, &mut field, begins);
    Ok(records)
}

fn end(records: &mut Vec<Record>, fields: &mut Vec<String>, field: &mut String, line: usize) {
    fields.push(std::mem::take(field));
    let fields = std::mem::take(fields);
    if fields.iter().any(|field| !field.is_empty()) {
        records.push(Record { line, fields });
    }
}
