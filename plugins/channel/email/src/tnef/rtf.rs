//! Compressed RTF (MS-OXRTFCP) and the text in it.

use super::Reader;
use crate::mime::decode_charset;

/// The longest RTF that is unpacked, bytes.
const LONGEST: usize = 1 << 20;
const RING: usize = 4096;
const PRESET: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// The text of compressed RTF.
pub fn text(compressed: &[u8]) -> Option<String> {
    unpack(compressed).map(|rtf| plain(&rtf))
}

fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(bytes);
    reader.u32()?;
    let size = (reader.u32()? as usize).min(LONGEST);
    let kind = reader.u32()?;
    reader.u32()?;
    match &kind.to_le_bytes() {
        b"MELA" => Some(reader.0[..reader.0.len().min(size)].to_vec()),
        b"LZFu" => Some(unpack_lz(reader.0, size)),
        _ => None,
    }
}

fn unpack_lz(mut input: &[u8], size: usize) -> Vec<u8> {
    let mut ring = [b' '; RING];
    ring[..PRESET.len()].copy_from_slice(PRESET);
    let mut write = PRESET.len();
    let mut out = Vec::with_capacity(size.min(64 * 1024));
    let put = |byte: u8, ring: &mut [u8; RING], write: &mut usize, out: &mut Vec<u8>| {
        ring[*write] = byte;
        *write = (*write + 1) % RING;
        out.push(byte);
    };
    while let Some((&control, rest)) = input.split_first() {
        input = rest;
        for bit in 0..8 {
            if out.len() >= size {
                return out;
            }
            if control >> bit & 1 == 0 {
                let Some((&byte, rest)) = input.split_first() else { return out };
                input = rest;
                put(byte, &mut ring, &mut write, &mut out);
                continue;
            }
            let Some((pair, rest)) = input.split_at_checked(2) else { return out };
            input = rest;
            let pair = u16::from_be_bytes([pair[0], pair[1]]);
            let from = usize::from(pair >> 4);
            if from == write {
                return out;
            }
            for step in 0..usize::from(pair & 15) + 2 {
                let byte = ring[(from + step) % RING];
                put(byte, &mut ring, &mut write, &mut out);
            }
        }
    }
    out
}

/// Groups whose content is no text.
const SILENT: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "footerl",
    "footerr",
    "themedata",
    "datastore",
    "latentstyles",
    "listtable",
    "listoverridetable",
    "generator",
    "xmlnstbl",
];

#[derive(Clone, Copy)]
struct Group {
    silent: bool,
    /// Markup for readers of RTF alone, where the RTF only wraps HTML.
    wrapped: bool,
    skip: usize,
}

/// The words of RTF.
fn plain(rtf: &[u8]) -> String {
    let mut text = String::new();
    let mut bytes: Vec<u8> = Vec::new();
    let mut codepage = String::from("windows-1252");
    let mut groups = vec![Group { silent: false, wrapped: false, skip: 1 }];
    let mut left = 0usize;
    let mut at = 0;
    while at < rtf.len() {
        let group =
            groups.last().copied().unwrap_or(Group { silent: false, wrapped: false, skip: 1 });
        let shown = !group.silent && !group.wrapped;
        match rtf[at] {
            b'{' => {
                if groups.len() < 500 {
                    groups.push(group);
                }
                at += 1;
            }
            b'}' => {
                if groups.len() > 1 {
                    groups.pop();
                }
                at += 1;
            }
            b'\r' | b'\n' => at += 1,
            b'\\' => {
                let (word, number, end) = control(rtf, at + 1);
                at = end;
                let Some(top) = groups.last_mut() else { break };
                let mut put = |piece: &str, bytes: &mut Vec<u8>| {
                    if shown {
                        flush(&mut text, bytes, &codepage);
                        text.push_str(piece);
                    }
                };
                match word {
                    "*" => top.silent = true,
                    "'" => {
                        let byte = number.unwrap_or(i32::from(b'?'));
                        if left > 0 {
                            left -= 1;
                        } else if shown {
                            bytes.push(byte as u8);
                        }
                    }
                    "par" | "line" | "row" | "sect" | "page" => put("\n", &mut bytes),
                    "tab" | "cell" => put("\t", &mut bytes),
                    "~" => put(" ", &mut bytes),
                    "\\" | "{" | "}" => put(word, &mut bytes),
                    "emdash" => put("\u{2014}", &mut bytes),
                    "endash" => put("\u{2013}", &mut bytes),
                    "lquote" => put("\u{2018}", &mut bytes),
                    "rquote" => put("\u{2019}", &mut bytes),
                    "ldblquote" => put("\u{201c}", &mut bytes),
                    "rdblquote" => put("\u{201d}", &mut bytes),
                    "bullet" => put("\u{2022}", &mut bytes),
                    "u" => {
                        let code = number.unwrap_or(0);
                        let code = if code < 0 { code + 65_536 } else { code } as u32;
                        let c = char::from_u32(code).unwrap_or('\u{fffd}');
                        put(c.encode_utf8(&mut [0; 4]), &mut bytes);
                        left = groups.last().map_or(1, |group| group.skip);
                    }
                    "uc" => top.skip = number.unwrap_or(1).clamp(0, 10) as usize,
                    "ansicpg" => codepage = format!("windows-{}", number.unwrap_or(1252)),
                    "htmlrtf" => top.wrapped = number != Some(0),
                    word if SILENT.contains(&word) => top.silent = true,
                    _ => {}
                }
            }
            byte => {
                if left > 0 {
                    left -= 1;
                } else if shown {
                    bytes.push(byte);
                }
                at += 1;
            }
        }
    }
    flush(&mut text, &mut bytes, &codepage);
    text
}

fn flush(text: &mut String, bytes: &mut Vec<u8>, codepage: &str) {
    if !bytes.is_empty() {
        text.push_str(&decode_charset(Some(codepage), bytes));
        bytes.clear();
    }
}

/// A control word or sign, its number, and where what follows begins.
fn control(rtf: &[u8], at: usize) -> (&str, Option<i32>, usize) {
    let rest = rtf.get(at..).unwrap_or_default();
    let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count().min(40);
    if letters == 0 {
        if rest.first() == Some(&b'\'') {
            let hex = rest.get(1..3).and_then(|hex| std::str::from_utf8(hex).ok());
            let byte = hex.and_then(|hex| i32::from_str_radix(hex, 16).ok());
            return ("'", byte, at + 1 + if byte.is_some() { 2 } else { 0 });
        }
        let sign = rest.get(..1).and_then(|sign| std::str::from_utf8(sign).ok());
        return (sign.unwrap_or_default(), None, at + 1);
    }
    let word = std::str::from_utf8(&rest[..letters]).unwrap_or_default();
    let minus = usize::from(rest.get(letters) == Some(&b'-'));
    let digits = rest[letters + minus..].iter().take_while(|b| b.is_ascii_digit()).count().min(9);
    let mut end = letters;
    let mut number = None;
    if digits > 0 {
        end += minus + digits;
        number = std::str::from_utf8(&rest[letters..end]).ok().and_then(|n| n.parse().ok());
    }
    if rest.get(end) == Some(&b' ') {
        end += 1;
    }
    (word, number, at + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_come_out_of_rtf() {
        for (rtf, wanted) in [
            (
                r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Hei\par p\'e4iv\'e4\u8364?!}",
                "Hei\npäivä€!",
            ),
            (
                r"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Teksti\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}",
                "Teksti",
            ),
            (r"a\{b\}\\c\~d", r"a{b}\c d"),
            (r"{unclosed \'4", "unclosed ?4"),
            (r"}}}x\", "x"),
        ] {
            assert_eq!(plain(rtf.as_bytes()), wanted, "{rtf}");
        }
    }

    #[test]
    fn the_specification_s_examples_unpack() {
        // MS-OXRTFCP 3.1.1 and 3.1.2: a text with references into the preset, and one across the ring's end.
        let simple = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0,
            0x0a, 0, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68,
            0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f,
            0xa0,
        ];
        let rtf = unpack(&simple).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&rtf),
            "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        let crossing = [
            0x1a, 0, 0, 0, 0x1c, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0,
            0x04, 0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0,
        ];
        assert_eq!(unpack(&crossing).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        for end in 0..simple.len() {
            let _ = text(&simple[..end]);
        }
    }
}
