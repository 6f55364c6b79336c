//! MAPI properties inside an attribute.

use super::Reader;
use crate::mime::decode_charset;

/// The most properties that are read.
const MOST: usize = 2_000;

/// A property; of several values the first.
pub struct Prop<'a> {
    pub id: u16,
    kind: u16,
    pub bytes: &'a [u8],
}

impl Prop<'_> {
    /// Its text, if it is one.
    pub fn text(&self, codepage: &str) -> Option<String> {
        let text = match self.kind {
            0x1e => decode_charset(Some(codepage), self.bytes),
            0x1f => decode_charset(Some("utf-16le"), self.bytes),
            _ => return None,
        };
        Some(text.trim_end_matches('\0').to_owned())
    }
}

/// The properties, as far as they can be read.
pub fn read(data: &[u8]) -> Vec<Prop<'_>> {
    let mut reader = Reader(data);
    let mut props = Vec::new();
    let count = reader.u32().unwrap_or(0) as usize;
    for _ in 0..count.min(MOST) {
        match prop(&mut reader) {
            Some(prop) => props.push(prop),
            None => break,
        }
    }
    props
}

fn prop<'a>(reader: &mut Reader<'a>) -> Option<Prop<'a>> {
    let kind = reader.u16()?;
    let id = reader.u16()?;
    if id >= 0x8000 {
        // A named one: whose, and its number or name.
        reader.take(16)?;
        if reader.u32()? == 0 {
            reader.take(4)?;
        } else {
            let length = reader.u32()? as usize;
            padded(reader, length)?;
        }
    }
    let several = kind & 0x1000 != 0;
    let kind = kind & 0x0fff;
    let width = match kind {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        0x0d | 0x1e | 0x1f | 0x102 => None,
        0x00 | 0x01 => Some(0),
        _ => return None,
    };
    let count = if several || width.is_none() { reader.u32()? as usize } else { 1 };
    let mut bytes: &[u8] = &[];
    for place in 0..count {
        let value = match width {
            // A count that lies must not keep us here.
            Some(0) => return Some(Prop { id, kind, bytes }),
            Some(width) => reader.take(width)?,
            None => {
                let length = reader.u32()? as usize;
                padded(reader, length)?
            }
        };
        if place == 0 {
            bytes = value;
        }
    }
    if kind == 0x0d {
        // An object begins with the name of its interface.
        bytes = bytes.get(16..).unwrap_or_default();
    }
    Some(Prop { id, kind, bytes })
}

fn padded<'a>(reader: &mut Reader<'a>, length: usize) -> Option<&'a [u8]> {
    let value = reader.take(length)?;
    reader.take((4 - length % 4) % 4)?;
    Some(value)
}
