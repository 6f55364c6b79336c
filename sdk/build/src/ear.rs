//! What compilers say: to the terminal, or kept for somebody who watches.

use std::io::Write as _;
use std::process::{Command, ExitStatus, Stdio};

/// Hears compilers.
#[derive(Debug, Default)]
pub(crate) enum Ear {
    /// They speak to standard error.
    #[default]
    Terminal,
    /// What they said, of a build that somebody waits for.
    Kept(String),
}

impl Ear {
    /// Whether somebody waits for this build, so that it is to be quick rather than small.
    pub(crate) const fn waits(&self) -> bool {
        matches!(self, Self::Kept(_))
    }

    /// Runs a command to its end.
    pub(crate) fn hear(&mut self, call: &mut Command) -> std::io::Result<ExitStatus> {
        self.hear_telling(call, b"")
    }

    /// As [`Self::hear`], with something on its standard input.
    pub(crate) fn hear_telling(
        &mut self,
        call: &mut Command,
        input: &[u8],
    ) -> std::io::Result<ExitStatus> {
        if self.waits() {
            call.stderr(Stdio::piped());
        }
        let mut child = call.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(input)?;
        }
        match self {
            Self::Terminal => child.wait(),
            Self::Kept(said) => {
                let output = child.wait_with_output()?;
                said.push_str(&String::from_utf8_lossy(&output.stderr));
                Ok(output.status)
            }
        }
    }
}
