//! What an SMTP server answers (RFC 5321, 4.2; enhanced codes of RFC 3463).

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Longest answer, in bytes.
const LONGEST: u64 = 32 << 10;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// As 250.
    pub code: u16,
    /// As `5.1.1`, else empty.
    pub enhanced: String,
    /// The lines without codes.
    pub lines: Vec<String>,
}

impl Reply {
    /// Whether it is what was hoped for.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// The lines as one text of a bearable length, without control characters.
    #[must_use]
    pub fn text(&self) -> String {
        let text: String = self.lines.join(" ").chars().filter(|c| !c.is_control()).collect();
        text.chars().take(500).collect()
    }

    /// With the enhanced code in front, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let enhanced = if self.enhanced.is_empty() { "" } else { " " };
        format!("{}{enhanced}{} {}", self.code, self.enhanced, self.text())
    }
}

/// Reads an answer.
///
/// # Errors
/// A sentence: the server hung up or speaks something else.
pub async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Reply, String> {
    let mut reply = Reply::default();
    let mut limited = stream.take(LONGEST);
    loop {
        let mut line = Vec::new();
        let read = limited.read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
        if read == 0 || !line.ends_with(b"\n") {
            return Err("the server hung up".to_owned());
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        let not_smtp = || "the server answered what is not SMTP".to_owned();
        let digits = line.get(..3).ok_or_else(not_smtp)?;
        let code: u16 = digits.parse().map_err(|_| not_smtp())?;
        if !(200..600).contains(&code) || (reply.code != 0 && reply.code != code) {
            return Err(not_smtp());
        }
        reply.code = code;
        let (more, mut text) = match line.as_bytes().get(3) {
            None => (false, ""),
            Some(b' ') => (false, &line[4..]),
            Some(b'-') => (true, &line[4..]),
            Some(_) => return Err(not_smtp()),
        };
        if let Some((first, rest)) = text.split_once(' ').or(Some((text, "")))
            && is_enhanced(first, code)
        {
            if reply.enhanced.is_empty() {
                first.clone_into(&mut reply.enhanced);
            }
            text = rest;
        }
        reply.lines.push(text.to_owned());
        if !more {
            return Ok(reply);
        }
    }
}

/// Class, subject, detail; the class is that of the code.
fn is_enhanced(text: &str, code: u16) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let digits =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(digits) && parts[0] == (code / 100).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(text: &str) -> Result<Reply, String> {
        read(&mut text.as_bytes()).await
    }

    #[tokio::test]
    async fn answers_of_one_and_many_lines() {
        let reply = of("250-mx.example.com\r\n250-SIZE 1000\r\n250 HELP\r\n").await.unwrap();
        assert_eq!((reply.code, reply.lines.len()), (250, 3));
        let reply = of("550-5.1.1 No such\r\n550 5.1.1 user here\r\n").await.unwrap();
        assert_eq!(
            (reply.enhanced.as_str(), reply.text().as_str()),
            ("5.1.1", "No such user here")
        );
        assert_eq!(reply.words(), "550 5.1.1 No such user here");
        assert_eq!(of("250 2.0.0\r\n").await.unwrap().enhanced, "2.0.0");
        assert_eq!(of("220\r\n").await.unwrap().code, 220);
        assert_eq!(of("250 1.2.3 is no code\r\n").await.unwrap().enhanced, "");
    }

    #[tokio::test]
    async fn rubbish_is_told() {
        for bad in [
            "",
            "250 cut",
            "HTTP/1.1 400\r\n",
            "25\r\n",
            "250-a\r\n550 b\r\n",
            "999 x\r\n",
            "2\u{e4}0 x\r\n",
        ] {
            assert!(of(bad).await.is_err(), "{bad:?}");
        }
        let endless = "250-x\r\n".repeat(10_000);
        assert!(of(&endless).await.is_err(), "an answer without end is cut off");
    }
}
