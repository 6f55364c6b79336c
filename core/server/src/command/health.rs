//! `kerros health`: whether a node on this machine is ready, for containers that have no other tool to ask with.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;

use super::{End, Places};
use crate::said;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than any answer has.
const ANSWER: u64 = 8 << 10;

/// Ask a node on this machine whether it is ready
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros health
  kerros health --listen 127.0.0.1:9000 --json

Ends with 0 if it is ready and with 1 if it is not, or nobody answers.")]
pub struct Health {
    #[command(flatten)]
    places: Places,
    /// Where it listens [default: 127.0.0.1:8080] [env: KERROS_SERVER__LISTEN]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Health {
    /// Asks.
    pub fn run(self) -> anyhow::Result<End> {
        let Some(settings) = self.places.settings(self.listen.clone()) else {
            return Ok(End::BadCall);
        };
        let address =
            settings.server.address().ok_or_else(|| anyhow!("server.listen: not an address"))?;
        let (ready, word) =
            ask(here(address)).unwrap_or_else(|error| (false, format!("no answer: {error}")));
        if self.json {
            said::json(&serde_json::json!({ "ready": ready, "answer": word }));
        } else {
            said::line(&word);
        }
        Ok(if ready { End::Fine } else { End::Wrong })
    }
}

/// Who listens everywhere listens here too.
fn here(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Whether `/readyz` says 200, and its words.
fn ask(address: SocketAddr) -> std::io::Result<(bool, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    let word = match body.trim() {
        "" => format!("it answers {status}"),
        word => word.to_owned(),
    };
    Ok((status == "200", word))
}
