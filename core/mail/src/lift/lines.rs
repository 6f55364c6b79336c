//! Cuts a stream of bytes into lines, in bounded memory.

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The bytes, with the line's end if it is here.
    pub bytes: &'a [u8],
    /// It begins a line.
    pub begins: bool,
    /// It ends one.
    pub ends: bool,
}

impl Piece<'_> {
    /// The bytes without the line's end.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        without_end(self.bytes)
    }
}

/// A line without its end.
#[must_use]
pub fn without_end(bytes: &[u8]) -> &[u8] {
    let Some(line) = bytes.strip_suffix(b"\n") else { return bytes };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Longest piece: RFC 5322 allows lines of 998 bytes; longer ones come in pieces.
pub const LONGEST: usize = 4096;

/// Holds the line that is not whole yet.
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    inside: bool,
}

impl Lines {
    /// Takes bytes and gives the pieces that are ready. Feeding byte by byte or all at once gives the same lines.
    pub fn push(&mut self, mut bytes: &[u8], give: &mut dyn FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let room = LONGEST - self.held.len();
            let look = &bytes[..bytes.len().min(room)];
            let (taken, ends) = match look.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (look.len(), false),
            };
            let (now, rest) = bytes.split_at(taken);
            bytes = rest;
            if !ends && self.held.len() + taken < LONGEST {
                self.held.extend_from_slice(now);
                return;
            }
            if self.held.is_empty() {
                self.give(now, ends, give);
            } else {
                let mut held = std::mem::take(&mut self.held);
                held.extend_from_slice(now);
                self.give(&held, ends, give);
                held.clear();
                self.held = held;
            }
        }
    }

    /// The stream is over: the last line may have no end.
    pub fn finish(mut self, give: &mut dyn FnMut(Piece<'_>)) {
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.give(&held, false, give);
        }
    }

    fn give(&mut self, bytes: &[u8], ends: bool, give: &mut dyn FnMut(Piece<'_>)) {
        give(Piece { bytes, begins: !self.inside, ends });
        self.inside = !ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(chunks: &[&[u8]]) -> Vec<(Vec<u8>, bool, bool)> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        let mut give =
            |piece: Piece<'_>| all.push((piece.bytes.to_vec(), piece.begins, piece.ends));
        for chunk in chunks {
            lines.push(chunk, &mut give);
        }
        lines.finish(&mut give);
        all
    }

    #[test]
    fn lines_come_whole_and_long_ones_in_pieces() {
        assert_eq!(
            pieces(&[b"a\r\nb", b"c\n", b"d"]),
            [
                (b"a\r\n".to_vec(), true, true),
                (b"bc\n".to_vec(), true, true),
                (b"d".to_vec(), true, false)
            ]
        );
        let long = vec![b'x'; LONGEST + 10];
        let found = pieces(&[&long, b"\ny"]);
        assert_eq!(found.iter().map(|p| p.0.len()).collect::<Vec<_>>(), [LONGEST, 11, 1]);
        assert_eq!(found.iter().map(|p| p.1).collect::<Vec<_>>(), [true, false, true]);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_and_chunks_do_not_matter(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..9000),
            cut in 1usize..500,
        ) {
            let whole = pieces(&[&bytes]);
            let chunks: Vec<&[u8]> = bytes.chunks(cut).collect();
            prop_assert_eq!(&pieces(&chunks), &whole);
            let joined: Vec<u8> = whole.into_iter().flat_map(|piece| piece.0).collect();
            prop_assert_eq!(joined, bytes);
        }
    }
}
