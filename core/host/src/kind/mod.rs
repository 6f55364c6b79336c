//! The five kinds, one file each: the WIT bindings, the port, and what an answer must keep to be passed on.

pub(crate) mod bot;
pub(crate) mod channel;
pub(crate) mod report;
pub(crate) mod sla;
pub(crate) mod tagger;

use std::fmt;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::state::CallState;
use crate::wasi;

/// A kind of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Raw things to messages, messages to requests.
    Channel,
    /// Takes turns in a conversation.
    Bot,
    /// Suggests tags.
    Tagger,
    /// Says which promises hold.
    Sla,
    /// Turns a period into a document.
    Report,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Channel, Self::Bot, Self::Tagger, Self::Sla, Self::Report];

    /// The name in ids, folders and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Bot => "bot",
            Self::Tagger => "tagger",
            Self::Sla => "sla",
            Self::Report => "report",
        }
    }

    /// The versions of its contract that this host speaks, the newest first.
    #[must_use]
    pub const fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Channel => &["0.2.0", "0.1.0"],
            Self::Bot | Self::Tagger | Self::Sla | Self::Report => &["0.1.0"],
        }
    }

    /// Whether it only computes: its answer depends on nothing but what it is given.
    #[must_use]
    pub const fn is_pure(self) -> bool {
        matches!(self, Self::Channel | Self::Tagger | Self::Sla)
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A component linked to the host functions of its kind, its imports and exports checked.
pub(crate) enum Code {
    Channel(channel::bindings::ChannelPre<CallState>),
    /// Built against `kerros:channel@0.1.0`.
    Channel01(channel::v0_1::bindings::ChannelPre<CallState>),
    Bot(bot::bindings::BotPre<CallState>),
    Tagger(tagger::bindings::TaggerPre<CallState>),
    Sla(sla::bindings::SlaPre<CallState>),
    Report(report::bindings::ReportPre<CallState>),
}

macro_rules! link {
    ($engine:expr, $component:expr, $code:ident, $($module:ident)::+, $world:ident, $pre:ident) => {{
        use $($module)::+ as bindings;
        let mut linker = Linker::<CallState>::new($engine);
        bindings::$world::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        wasi::link($engine, $component, &mut linker)?;
        let pre = linker.instantiate_pre($component)?;
        Ok(Self::$code(bindings::$pre::new(pre)?))
    }};
}

impl Code {
    /// The engine that it was compiled for.
    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Self::Channel(pre) => pre.engine(),
            Self::Channel01(pre) => pre.engine(),
            Self::Bot(pre) => pre.engine(),
            Self::Tagger(pre) => pre.engine(),
            Self::Sla(pre) => pre.engine(),
            Self::Report(pre) => pre.engine(),
        }
    }

    /// Links a component as the kind that it says it is, by the version of the contract that it says it keeps.
    pub(crate) fn link(
        kind: Kind,
        api: &str,
        engine: &Engine,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        match (kind, api) {
            (Kind::Channel, "0.1.0") => {
                link!(engine, component, Channel01, channel::v0_1::bindings, Channel, ChannelPre)
            }
            (Kind::Channel, _) => {
                link!(engine, component, Channel, channel::bindings, Channel, ChannelPre)
            }
            (Kind::Bot, _) => link!(engine, component, Bot, bot::bindings, Bot, BotPre),
            (Kind::Tagger, _) => {
                link!(engine, component, Tagger, tagger::bindings, Tagger, TaggerPre)
            }
            (Kind::Sla, _) => link!(engine, component, Sla, sla::bindings, Sla, SlaPre),
            (Kind::Report, _) => {
                link!(engine, component, Report, report::bindings, Report, ReportPre)
            }
        }
    }
}
