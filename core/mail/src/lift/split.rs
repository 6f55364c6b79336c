//! The rule of lifting: line after line in, a thin mail and the bytes of big parts out.

use std::collections::BTreeSet;

use super::decode::{Decoder, Encoding};
use super::entity::{self, Body, FileHead};
use super::lines::{Lines, Piece};
use super::{CUT_HEADER, FILE_HEADER};

/// How much of a mail a guest is given, and how deep we look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a decoded part that stay in the mail.
    pub part: usize,
    /// Bytes of a text part, as written, that stay.
    pub text: usize,
    /// Bytes of a `winmail.dat`, as written, that stay: only the guest can open it.
    pub tnef: usize,
    /// Bytes of the whole thin mail.
    pub thin: usize,
    /// Bytes of one header; what matters for threading and structure stays beyond it, up to as much again.
    pub header: usize,
    /// Fields of one header.
    pub fields: usize,
    /// Parts, those of parts counted.
    pub parts: usize,
    /// Parts inside of parts; a deeper one is a body like any other.
    pub depth: usize,
    /// Files lifted.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            part: 64 << 10,
            text: 512 << 10,
            tnef: 768 << 10,
            thin: 1 << 20,
            header: 64 << 10,
            fields: 500,
            parts: 200,
            depth: 20,
            files: 50,
        }
    }
}

/// What happens to files, in order: one is over before the next begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A file begins.
    Begin(FileHead),
    /// Some of its decoded bytes.
    Data(Vec<u8>),
    /// It is whole.
    End,
}

/// A piece of the thin mail.
#[derive(Debug)]
enum Slot {
    Bytes(Vec<u8>),
    /// The id of the file of this number.
    File(usize),
    /// The header that names what was cut, if anything was.
    Cut,
}

/// The thin mail, when the ids of its files are known.
#[derive(Debug)]
pub struct Thin {
    slots: Vec<Slot>,
    /// Lifted parts, in order.
    pub files: Vec<FileHead>,
    /// What was left out, beside what was lifted.
    pub cut: BTreeSet<&'static str>,
    /// Whether the thin mail differs from the original.
    pub changed: bool,
}

impl Thin {
    /// The mail, with the ids of its files in their order.
    #[must_use]
    pub fn bytes(&self, ids: &[String]) -> Vec<u8> {
        let mut mail = Vec::new();
        for slot in &self.slots {
            match slot {
                Slot::Bytes(bytes) => mail.extend_from_slice(bytes),
                Slot::File(number) => {
                    mail.extend_from_slice(ids.get(*number).map_or(b"", |id| id.as_bytes()));
                }
                Slot::Cut if self.cut.is_empty() => {}
                Slot::Cut => {
                    if !mail.is_empty() && !mail.ends_with(b"\n") {
                        mail.extend_from_slice(b"\r\n");
                    }
                    let what: Vec<&str> = self.cut.iter().copied().collect();
                    mail.extend_from_slice(
                        format!("{CUT_HEADER}: {}\r\n", what.join(", ")).as_bytes(),
                    );
                }
            }
        }
        mail
    }
}

/// A header while it comes in.
#[derive(Debug, Default)]
struct Head {
    /// The lines that stay.
    kept: Vec<u8>,
    /// The `Content-*` fields among them.
    content: Vec<u8>,
    fields: usize,
    /// What becomes of the field that is coming in.
    field: Field,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Field {
    #[default]
    Plain,
    Content,
    /// One of ours, which nobody else may write: taken out.
    Forged,
    Dropped,
}

/// A body while it comes in.
#[derive(Debug)]
struct Leaf {
    head: Head,
    /// The empty line after the header.
    blank: Vec<u8>,
    text: bool,
    encoding: Encoding,
    file: FileHead,
    /// The body as written, while it may stay.
    raw: Vec<u8>,
    /// Counts decoded bytes, then decodes for the file.
    decoder: Decoder,
    decoded: usize,
    fate: Fate,
    /// A line's end that belongs to the boundary if one follows.
    end: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Lifted(usize),
    Dropped,
}

#[derive(Debug)]
enum At {
    Head(Head),
    Leaf(Box<Leaf>),
    /// Before the first part or after the last; so many bytes were kept.
    Between(usize),
    /// A part that is left out.
    Skipped,
}

/// Bytes kept of what stands before or after the parts of a multipart.
const BETWEEN: usize = 4096;

/// The rule, over one mail.
#[derive(Debug)]
pub struct Splitter {
    limits: Limits,
    lines: Lines,
    rule: Rule,
}

#[derive(Debug)]
struct Rule {
    limits: Limits,
    at: At,
    boundaries: Vec<Vec<u8>>,
    parts: usize,
    thin: Thin,
    used: usize,
}

impl Splitter {
    /// For one mail.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let thin =
            Thin { slots: Vec::new(), files: Vec::new(), cut: BTreeSet::new(), changed: false };
        let at = At::Head(Head::default());
        let rule = Rule { limits, at, boundaries: Vec::new(), parts: 0, thin, used: 0 };
        Self { limits, lines: Lines::default(), rule }
    }

    /// The limits it goes by.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes some bytes; adds what happens to files.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        let rule = &mut self.rule;
        self.lines.push(bytes, &mut |piece| rule.piece(piece, events));
    }

    /// The mail is over.
    pub fn finish(self, events: &mut Vec<Event>) -> Thin {
        let mut rule = self.rule;
        self.lines.finish(&mut |piece| rule.piece(piece, events));
        rule.close_part(events);
        rule.thin
    }
}

impl Rule {
    fn piece(&mut self, piece: Piece<'_>, events: &mut Vec<Event>) {
        if piece.begins
            && piece.bytes.starts_with(b"--")
            && let Some((level, closes)) = self.boundary(piece.text())
        {
            self.close_part(events);
            self.at_boundary(level, closes, piece);
            return;
        }
        match &mut self.at {
            At::Head(_) if piece.begins && piece.ends && piece.text().is_empty() => {
                self.head_ends(piece.bytes);
            }
            At::Head(head) => {
                let outcome = head.take(piece, &self.limits);
                if let Some(cut) = outcome {
                    self.thin.changed = true;
                    if !cut.is_empty() {
                        self.thin.cut.insert(cut);
                    }
                }
            }
            At::Leaf(leaf) => {
                let room = self.limits.thin.saturating_sub(self.used);
                if leaf.outgrows(piece.bytes, &self.limits, room) {
                    leaf.leaves(&mut self.thin, self.limits.files, events);
                }
                leaf.take(piece, events);
            }
            At::Between(kept) => {
                if *kept + piece.bytes.len() <= BETWEEN {
                    *kept += piece.bytes.len();
                    self.emit(piece.bytes);
                } else {
                    self.thin.changed = true;
                    self.thin.cut.insert("preamble");
                }
            }
            At::Skipped => {}
        }
    }

    /// Which open multipart a line is a boundary of, innermost first, and whether it closes it.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.trim_ascii_end().strip_prefix(b"--")?;
        self.boundaries.iter().enumerate().rev().find_map(|(level, boundary)| {
            let rest = line.strip_prefix(boundary.as_slice())?;
            match rest {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    fn at_boundary(&mut self, level: usize, closes: bool, piece: Piece<'_>) {
        // What was open inside is over too, closed or not.
        self.boundaries.truncate(level + usize::from(!closes));
        if closes {
            self.emit(piece.bytes);
            self.at = At::Between(0);
            return;
        }
        self.parts += 1;
        let room = self.limits.thin.saturating_sub(self.used) > 2 * self.limits.part.min(4096);
        if self.parts > self.limits.parts || !room {
            self.thin.changed = true;
            self.thin.cut.insert("parts");
            self.at = At::Skipped;
            return;
        }
        self.emit(piece.bytes);
        self.at = At::Head(Head::default());
    }

    fn head_ends(&mut self, blank: &[u8]) {
        let At::Head(head) = std::mem::replace(&mut self.at, At::Skipped) else { return };
        match entity::read(&head.content) {
            Body::Parts { boundary } if self.boundaries.len() < self.limits.depth => {
                self.emit_head(&head, None);
                self.emit(blank);
                self.boundaries.push(boundary);
                self.at = At::Between(0);
            }
            body => {
                let (text, encoding, file) = match body {
                    Body::Leaf { text, encoding, head } => (text, encoding, head),
                    Body::Parts { .. } => {
                        let file = FileHead {
                            name: "nested.eml".to_owned(),
                            media_type: "application/octet-stream".to_owned(),
                            content_id: None,
                        };
                        (false, Encoding::Plain, file)
                    }
                };
                self.at = At::Leaf(Box::new(Leaf {
                    head,
                    blank: blank.to_vec(),
                    text,
                    encoding,
                    file,
                    raw: Vec::new(),
                    decoder: Decoder::new(encoding),
                    decoded: 0,
                    fate: Fate::Stays,
                    end: Vec::new(),
                }));
            }
        }
    }

    /// Writes down the part that is over.
    fn close_part(&mut self, events: &mut Vec<Event>) {
        match std::mem::replace(&mut self.at, At::Skipped) {
            At::Head(head) => self.emit_head(&head, None),
            At::Leaf(mut leaf) => match leaf.fate {
                Fate::Stays => {
                    self.emit_head(&leaf.head, None);
                    self.emit(&leaf.blank);
                    self.emit(&leaf.raw);
                }
                Fate::Lifted(number) => {
                    leaf.end_file(events);
                    self.emit_head(&leaf.head, Some(number));
                    self.emit(b"\r\n\r\n");
                }
                Fate::Dropped => {
                    self.emit_head(&leaf.head, None);
                    self.emit(b"\r\n\r\n");
                }
            },
            At::Between(_) | At::Skipped => {}
        }
    }

    fn emit(&mut self, bytes: &[u8]) {
        self.used += bytes.len();
        match self.thin.slots.last_mut() {
            Some(Slot::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.thin.slots.push(Slot::Bytes(bytes.to_vec())),
        }
    }

    fn emit_head(&mut self, head: &Head, file: Option<usize>) {
        self.emit(&head.kept);
        if !head.kept.is_empty() && !head.kept.ends_with(b"\n") && file.is_some() {
            self.emit(b"\r\n");
        }
        if let Some(number) = file {
            self.emit(format!("{FILE_HEADER}: ").as_bytes());
            self.thin.slots.push(Slot::File(number));
            self.emit(b"\r\n");
        }
        let first = !self.thin.slots.iter().any(|slot| matches!(slot, Slot::Cut));
        if first {
            self.thin.slots.push(Slot::Cut);
        }
    }
}

impl Head {
    /// Takes a piece of a line. `Some` if something of it was left out: what, or nothing to speak of.
    fn take(&mut self, piece: Piece<'_>, limits: &Limits) -> Option<&'static str> {
        let begins_field =
            piece.begins && !piece.bytes.starts_with(b" ") && !piece.bytes.starts_with(b"\t");
        if begins_field {
            self.fields += 1;
            let name = piece.bytes.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = name.trim_ascii().to_ascii_lowercase();
            let ours = [FILE_HEADER, CUT_HEADER]
                .iter()
                .any(|own| own.as_bytes().eq_ignore_ascii_case(&name));
            let content = name.starts_with(b"content-");
            let within = self.fields <= limits.fields && self.kept.len() < limits.header;
            let spare =
                self.kept.len() < 2 * limits.header && self.fields <= 100 * limits.fields.max(1);
            self.field = if ours {
                Field::Forged
            } else if content && spare {
                Field::Content
            } else if within || (spare && matters(&name)) {
                Field::Plain
            } else {
                Field::Dropped
            };
        }
        if self.field == Field::Forged {
            return Some("");
        }
        // A field that goes on for ever is cut.
        if self.field != Field::Dropped && self.kept.len() + piece.bytes.len() > 2 * limits.header {
            self.field = Field::Dropped;
            if !piece.begins {
                self.kept.extend_from_slice(b"\r\n");
            }
        }
        if self.field == Field::Dropped {
            return Some("headers");
        }
        self.kept.extend_from_slice(piece.bytes);
        if self.field == Field::Content {
            self.content.extend_from_slice(piece.bytes);
        }
        None
    }
}

/// Fields that say who wrote what to whom, in which thread, and whether a machine did.
fn matters(name: &[u8]) -> bool {
    const MATTER: [&[u8]; 21] = [
        b"from",
        b"to",
        b"cc",
        b"reply-to",
        b"sender",
        b"subject",
        b"date",
        b"message-id",
        b"in-reply-to",
        b"references",
        b"delivered-to",
        b"x-original-to",
        b"auto-submitted",
        b"precedence",
        b"list-id",
        b"list-unsubscribe",
        b"return-path",
        b"x-kerros-loop",
        b"authentication-results",
        b"mime-version",
        b"x-auto-response-suppress",
    ];
    MATTER.contains(&name)
}

impl Leaf {
    /// Whether the body is too long to stay once this is added.
    fn outgrows(&mut self, bytes: &[u8], limits: &Limits, room: usize) -> bool {
        if self.fate != Fate::Stays {
            return false;
        }
        let mut scratch = Vec::new();
        self.decoder.push(bytes, &mut scratch);
        self.decoded += scratch.len();
        let written = self.raw.len() + bytes.len();
        // An encoded body is measured as decoded, but rubbish around the digits counts too.
        let too_long = if self.text {
            written > limits.text
        } else if self.file.is_tnef() {
            written > limits.tnef
        } else {
            self.decoded > limits.part || written > 4 * limits.part
        };
        too_long || self.head.kept.len() + written + 1024 > room
    }

    /// It becomes a file, or is left out if there are too many.
    fn leaves(&mut self, thin: &mut Thin, most: usize, events: &mut Vec<Event>) {
        thin.changed = true;
        let raw = std::mem::take(&mut self.raw);
        if thin.files.len() >= most {
            thin.cut.insert("files");
            self.fate = Fate::Dropped;
            return;
        }
        self.fate = Fate::Lifted(thin.files.len());
        thin.files.push(self.file.clone());
        events.push(Event::Begin(self.file.clone()));
        self.decoder = Decoder::new(self.encoding);
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            self.write(line, events);
        }
    }

    fn take(&mut self, piece: Piece<'_>, events: &mut Vec<Event>) {
        match self.fate {
            Fate::Stays => self.raw.extend_from_slice(piece.bytes),
            Fate::Lifted(_) => self.write(piece.bytes, events),
            Fate::Dropped => {}
        }
    }

    /// Decodes into the file; the last line's end waits, for it belongs to a boundary that may follow.
    fn write(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        let text = super::lines::without_end(bytes);
        let mut out = Vec::new();
        let end = std::mem::replace(&mut self.end, bytes[text.len()..].to_vec());
        self.decoder.push(&end, &mut out);
        self.decoder.push(text, &mut out);
        add(out, events);
    }

    fn end_file(&mut self, events: &mut Vec<Event>) {
        let mut out = Vec::new();
        self.decoder.finish(&mut out);
        add(out, events);
        events.push(Event::End);
    }
}

/// Small pieces are put together.
fn add(bytes: Vec<u8>, events: &mut Vec<Event>) {
    match events.last_mut() {
        _ if bytes.is_empty() => {}
        Some(Event::Data(last)) if last.len() < 32 << 10 => last.extend_from_slice(&bytes),
        _ => events.push(Event::Data(bytes)),
    }
}
