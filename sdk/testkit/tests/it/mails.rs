//! Real mails and what chance makes of them, through the component of channel/email as production runs it: every call
//! answers, within the work and memory that production allows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kerros_app::ports::channel::{ChannelPlugins, Raw, Receipt};
use kerros_app::ports::clock::Clock;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::plugin::Call;
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::{Grants, PluginUse};
use kerros_domain::id::{Language, TenantId};
use kerros_domain::time::Timestamp;
use kerros_host::{BreakerPolicy, CallFigures, Host, HostOptions, HostPorts, Limits};

/// Mails made by chance from those of the corpora.
const ROUNDS: u64 = 1_500;
/// What the host hands a guest of one mail (core/mail lifts the rest out).
const THIN: usize = 1 << 20;

/// Instructions that a call may need at most: about 600 a byte. A processor of today does as many in the 100 ms that
/// production allows; the worst mail here needs four fifths of them.
const WORK: u64 = 600_000_000;

/// The outside of a plugin that asks for nothing.
struct Nothing;

#[async_trait]
impl Outbound for Nothing {
    async fn perform(&self, _: &TenantId, _: &Grants, request: &Request) -> Response {
        panic!("a mail makes no request: {request:?}");
    }
}

#[async_trait]
impl Search for Nothing {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        _: usize,
    ) -> Vec<Hit> {
        Vec::new()
    }
}

impl Secrets for Nothing {
    fn get(&self, _: &TenantId, _: &str) -> Option<Vec<u8>> {
        None
    }
}

impl Clock for Nothing {
    fn now(&self) -> Timestamp {
        Timestamp(1_792_000_000_000)
    }
}

/// A generator with a fixed seed (xorshift64*): the same mails each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).expect("small")
    }

    /// A mail with some of it cut, changed, doubled, or another's end in its place.
    fn change(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut mail = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(mail.len());
            let end = (at + self.below(400)).min(mail.len());
            match self.below(5) {
                0 => mail.truncate(at),
                1 => mail[at..end].iter_mut().for_each(|byte| *byte ^= 0x55),
                2 => drop(mail.drain(at..end)),
                3 => mail.extend_from_within(at..end),
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    mail.truncate(at);
                    mail.extend_from_slice(&other[from..]);
                }
            }
        }
        mail
    }
}

fn corpora() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mail");
    let mut folders: Vec<PathBuf> = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push(path),
            }
        }
    }
    found.sort();
    let mails = found.iter().map(|path| std::fs::read(path).expect("a mail"));
    let mut mails: Vec<_> = mails.filter(|mail| (1..20_000).contains(&mail.len())).collect();
    if mails.is_empty() {
        println!("skip: ../shared/data/mail is not here: chance has one mail to begin with");
        mails.push(b"From: a@example.org\r\nSubject: x\r\n\r\nHello\r\n".to_vec());
    }
    mails
}

/// As much as a guest is ever given, of what is hard to read.
fn bombs() -> Vec<(&'static str, String)> {
    let head = "From: a@b.fi\r\nSubject: x\r\n";
    let full = |begin: &str, more: &str| {
        let begin = format!("{head}{begin}");
        let times = (THIN - begin.len()) / more.len();
        begin + &more.repeat(times)
    };
    let html = "Content-Type: text/html\r\n\r\n";
    let parts = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
    vec![
        ("fields", full("", "To: a@b.fi\r\n")),
        ("references", full("References: ", "<a@b> ")),
        ("an encoded subject", full("Subject: ", "=?utf-8?q?x?= ")),
        ("parts", full(parts, "--x\r\n\r\na\r\n")),
        ("nested parts", full("", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n")),
        ("mails in mails", full("", "Content-Type: message/rfc822\r\n\r\n")),
        ("lines", full("\r\n", "\r\n")),
        ("quote marks", full("\r\n", ">")),
        ("attributions", full("\r\n", "On 3.6.2026 x wrote:\r\n")),
        ("tags", full(html, "<")),
        ("blocks", full(html, "<blockquote>a")),
        ("marks", full(html, "<p class=gmail_quote>a")),
        ("entities", full(html, "&amp;")),
        ("letters", full("\r\n", "ä")),
    ]
}

#[tokio::test]
async fn whatever_chance_makes_of_a_mail_the_component_bears() {
    let Some(plugin) = crate::plugin("channel/email") else { return };
    let limits = Limits::default();
    let memory = limits.pure.memory;
    let figures: Arc<Mutex<Option<CallFigures>>> = Arc::default();
    let told = Arc::clone(&figures);
    let mut generous = limits;
    // Other tests share the processor: work is counted in instructions, which are the same on every machine.
    generous.pure.busy = Duration::from_secs(60);
    generous.pure.wall = Duration::from_secs(60);
    let options = HostOptions {
        limits: generous,
        breaker: BreakerPolicy { faults: u32::MAX, cool_down: Duration::ZERO },
        metering: true,
        figures: Some(Arc::new(move |call| *told.lock().expect("whole") = Some(call))),
        ..HostOptions::default()
    };
    let ports = HostPorts {
        outbound: Arc::new(Nothing),
        search: Arc::new(Nothing),
        secrets: Arc::new(Nothing),
        clock: Arc::new(Nothing),
        meter: Arc::new(NoMeter),
    };
    let host = Host::new(options, ports).expect("a host");
    let manifest = host.load(&plugin.wasm).expect("it loads").manifest;
    let plugin = PluginUse {
        name: "mail".to_owned(),
        plugin: manifest.id.clone(),
        version: None,
        config: r#"{"address":"support@test.example","trusted":["mx.test.example"]}"#.into(),
        live: false,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    };
    let tenant = TenantId::from("test");
    let mut worst = (0, 0);
    let mut bear = async |name: &str, body: Vec<u8>| {
        let raw = Raw {
            kind: "mail".to_owned(),
            headers: vec![("mailbox".to_owned(), "support@test.example".to_owned())],
            body,
            at_ms: 1_792_000_000_000,
            ..Raw::default()
        };
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "test" };
        let receipt = host.receive(call, &raw).await;
        let empty = raw.body.trim_ascii().is_empty();
        let answered = match &receipt {
            Ok(Receipt::Accepted { .. }) => !empty,
            Ok(Receipt::Malformed { .. }) => empty,
            _ => false,
        };
        assert!(answered, "{name}: {receipt:?}");
        let took = figures.lock().expect("whole").take().expect("a call was made");
        let fuel = took.fuel.expect("a metered call");
        assert!(fuel <= WORK && took.memory <= memory, "{name}: {took:?}");
        worst = (worst.0.max(fuel), worst.1.max(took.memory));
    };
    let seeds = corpora();
    for (n, mail) in seeds.iter().enumerate() {
        bear(&format!("mail {n}"), mail.clone()).await;
    }
    let mut chance = Chance(0x6d61_696c);
    for round in 0..ROUNDS {
        bear(&format!("round {round}"), chance.change(&seeds)).await;
    }
    for (name, mail) in bombs() {
        assert!(mail.len() > THIN - 100, "{name}");
        bear(name, mail.into_bytes()).await;
    }
    println!("at worst {} million instructions and {} KiB", worst.0 / 1_000_000, worst.1 >> 10);
}
