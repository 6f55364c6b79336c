//! `winmail.dat`: what Outlook makes of a mail for others of its kind, and sends to everybody (MS-OXTNEF). Its text and
//! its files are taken out.

mod props;
mod rtf;

use crate::mime::decode_charset;

const SIGNATURE: u32 = 0x223e_9f78;
/// The most attributes that are read.
const MOST: usize = 2_000;
/// The most files that are taken out.
const MOST_FILES: usize = 50;

/// What was inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inside {
    pub text: Option<String>,
    pub html: Option<String>,
    pub files: Vec<File>,
}

/// A file inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub media_type: Option<String>,
    pub content_id: Option<String>,
    pub bytes: Vec<u8>,
}

/// Whether a part is such a thing.
pub fn is(media_type: &str, name: &str) -> bool {
    matches!(media_type, "application/ms-tnef" | "application/vnd.ms-tnef")
        || name.eq_ignore_ascii_case("winmail.dat")
}

/// Takes it apart; `None` if it is something else.
pub fn read(bytes: &[u8]) -> Option<Inside> {
    let mut reader = Reader(bytes);
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.take(2)?;
    let mut inside = Inside::default();
    let mut codepage = String::from("windows-1252");
    let mut body = None;
    let mut file: Option<File> = None;
    for _ in 0..MOST {
        let Some((id, data)) = attribute(&mut reader) else { break };
        match id {
            0x9007 if data.len() >= 4 => {
                let number = u32::from_le_bytes([data[0], data[1], data[2], data[3]]);
                codepage = charset(number);
            }
            0x800c => body = Some(zero_ended(data)),
            0x9003 => message_props(&mut inside, data, &codepage),
            0x9002 => {
                keep(&mut inside, file.replace(File::default()));
            }
            0x8010 => {
                if let Some(file) = &mut file
                    && file.name.is_empty()
                {
                    file.name = decode_charset(Some(&codepage), zero_ended(data));
                }
            }
            0x800f => {
                if let Some(file) = &mut file {
                    file.bytes = data.to_vec();
                }
            }
            0x9005 => {
                if let Some(file) = &mut file {
                    file_props(file, data, &codepage);
                }
            }
            _ => {}
        }
    }
    keep(&mut inside, file);
    if inside.text.is_none() {
        let text = body.map(|body| decode_charset(Some(&codepage), body));
        inside.text = text.filter(|text| !text.trim().is_empty());
    }
    Some(inside)
}

fn keep(inside: &mut Inside, file: Option<File>) {
    if let Some(file) = file.filter(|file| !file.bytes.is_empty() || !file.name.is_empty())
        && inside.files.len() < MOST_FILES
    {
        inside.files.push(file);
    }
}

/// Level, number and type, length, data, checksum.
fn attribute<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let level = reader.take(1)?[0];
    if !matches!(level, 1 | 2) {
        return None;
    }
    let id = reader.u32()?;
    let length = reader.u32()?;
    let data = reader.take(length as usize)?;
    // The checksum may be cut off with the end of the file.
    reader.take(2);
    Some(((id & 0xffff) as u16, data))
}

fn message_props(inside: &mut Inside, data: &[u8], codepage: &str) {
    let mut rtf = None;
    for prop in props::read(data) {
        match prop.id {
            0x1000 => inside.text = prop.text(codepage).filter(|text| !text.trim().is_empty()),
            0x1013 => {
                let html = decode_charset(None, prop.bytes);
                inside.html = (!html.trim().is_empty()).then_some(html);
            }
            0x1009 => rtf = rtf::text(prop.bytes),
            _ => {}
        }
    }
    if inside.text.is_none() {
        inside.text = rtf.filter(|text| !text.trim().is_empty());
    }
}

fn file_props(file: &mut File, data: &[u8], codepage: &str) {
    for prop in props::read(data) {
        match prop.id {
            // The long name is better than the eight and three of the other.
            0x3707 => file.name = prop.text(codepage).unwrap_or_default(),
            0x370e => file.media_type = prop.text(codepage).filter(|kind| kind.contains('/')),
            0x3712 => file.content_id = prop.text(codepage).filter(|id| !id.is_empty()),
            0x3701 if file.bytes.is_empty() => file.bytes = prop.bytes.to_vec(),
            _ => {}
        }
    }
}

fn zero_ended(data: &[u8]) -> &[u8] {
    data.split(|&b| b == 0).next().unwrap_or_default()
}

/// The name of a Windows code page.
fn charset(number: u32) -> String {
    match number {
        65001 => "utf-8".into(),
        932 => "shift_jis".into(),
        936 => "gbk".into(),
        949 => "euc-kr".into(),
        950 => "big5".into(),
        20866 => "koi8-r".into(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        number => format!("windows-{number}"),
    }
}

/// Bytes from the front; nothing once they end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
}

#[cfg(test)]
pub use tests::sample;

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![level];
        bytes.extend(id.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
            .extend(data.iter().fold(0u16, |sum, b| sum.wrapping_add(u16::from(*b))).to_le_bytes());
        bytes
    }

    fn unicode(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn prop(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = [kind.to_le_bytes(), id.to_le_bytes()].concat();
        bytes.extend(1u32.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().div_ceil(4) * 4, 0);
        bytes
    }

    fn props(list: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = (list.len() as u32).to_le_bytes().to_vec();
        bytes.extend(list.concat());
        bytes
    }

    pub fn sample() -> Vec<u8> {
        let long = [0x0bu16.to_le_bytes(), 0x0e1fu16.to_le_bytes(), [1, 0], [0, 0]].concat();
        let mut named = [0x1eu16.to_le_bytes(), 0x8001u16.to_le_bytes()].concat();
        named.extend([7; 16]);
        named.extend(1u32.to_le_bytes());
        named.extend(6u32.to_le_bytes());
        named.extend(unicode("ab"));
        named.extend([0, 0]);
        named.extend(1u32.to_le_bytes());
        named.extend(2u32.to_le_bytes());
        named.extend(b"x\0\0\0");
        let body = prop(0x1f, 0x1000, &unicode("Hei, liite ohessa.\r\nÄiti"));
        let message = props(&[long, named, body]);
        let file = props(&[
            prop(0x1f, 0x3707, &unicode("Lasku ä.pdf")),
            prop(0x1e, 0x370e, b"application/pdf\0"),
        ]);
        [
            SIGNATURE.to_le_bytes().to_vec(),
            vec![1, 0],
            attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0]),
            attribute(1, 0x0006_9003, &message),
            attribute(2, 0x0006_9002, &[0; 14]),
            attribute(2, 0x0001_8010, b"LASKU~1.PDF\0"),
            attribute(2, 0x0006_800f, b"%PDF-1.4"),
            attribute(2, 0x0006_9005, &file),
            attribute(2, 0x0006_9002, &[0; 14]),
            attribute(2, 0x0001_8010, b"kuva \xe4.png\0"),
            attribute(2, 0x0006_800f, b"PNG"),
        ]
        .concat()
    }

    #[test]
    fn text_and_files_come_out() {
        let inside = read(&sample()).unwrap();
        assert_eq!(inside.text.as_deref(), Some("Hei, liite ohessa.\r\nÄiti"));
        let names: Vec<_> =
            inside.files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
        assert_eq!(names, [("Lasku ä.pdf", &b"%PDF-1.4"[..]), ("kuva ä.png", b"PNG")]);
        assert_eq!(inside.files[0].media_type.as_deref(), Some("application/pdf"));
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_borne() {
        let whole = sample();
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = read(&bytes);
            }
        }
        assert_eq!(read(b"%PDF-1.4 or so"), None);
    }
}
