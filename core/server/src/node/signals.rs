//! Signals: the first asks to stop, the second leaves at once; SIGHUP asks to look at the config again.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// Listens for signals from the moment it is made.
pub struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system does not let it.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Came {
        tokio::select! {
            _ = self.term.recv() => Came::Stop,
            _ = self.int.recv() => Came::Stop,
            _ = self.hup.recv() => Came::Reload,
        }
    }

    /// The next that asks to stop.
    pub async fn stop(&mut self) {
        while self.next().await != Came::Stop {}
    }
}
