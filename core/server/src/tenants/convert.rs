//! From a tenant's file to the tenant that the use cases know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kerros_app::tenant::{
    Approved, Article, ChannelRole, Grants, Manners, PluginUse, Rate, Sending, Takes, Tenant,
    WidgetLook,
};
use kerros_domain::call::CallPlan;
use kerros_domain::id::{
    CalendarId, ChannelId, Language, LayerId, PluginId, SegmentId, Tag, TenantId,
};
use kerros_domain::policy::{
    Assignment, BriefingField, Goal, Layer, LayerKind, OutOfHours, Segment, Share, TenantPolicy,
};
use kerros_domain::sla::Owner;
use kerros_settings::quantity::Span;
use kerros_settings::tenant::plugins::{Placed, Template};
use kerros_settings::tenant::{goals, layers, plugins};
use kerros_settings::text::Texts;
use kerros_settings::{Faults, TenantFile, tenant};

use super::calendar;

/// A use of a plugin, with what it was found to be allowed.
pub struct Granted {
    /// Where it stands, and how it is configured.
    pub placed: Placed,
    /// What it may reach.
    pub grants: Grants,
    /// Which version serves; `None` is what serves the id.
    pub version: Option<Arc<str>>,
    /// Whether messages reach the customer without deliveries.
    pub live: bool,
    /// What a channel is for.
    pub role: ChannelRole,
    /// The addresses that a channel writes to.
    pub takes: Option<Takes>,
}

/// Puts the tenant together; tells what is wrong with its calendars.
pub fn tenant(
    file: &TenantFile,
    config: &tenant::Tenant,
    plugins: Vec<Granted>,
    digest: String,
    faults: &mut Faults<'_>,
) -> Tenant {
    let languages = config.language_names();
    let texts = |texts: &Texts| -> BTreeMap<Language, String> {
        let by_name = texts.in_languages(&languages);
        by_name.into_iter().map(|(language, text)| (Language::from(language), text)).collect()
    };
    let policy = TenantPolicy {
        id: TenantId::from(file.id.as_str()),
        title: config.title.clone(),
        languages: languages.iter().map(|name| Language::from(name.as_str())).collect(),
        segments: config
            .segments
            .iter()
            .map(|segment| Segment {
                id: SegmentId::from(segment.id.as_str()),
                title: texts(&segment.title),
            })
            .collect(),
        layers: config.layers.iter().map(|one| layer(one, &texts)).collect(),
        goals: config.goals.iter().map(goal).collect(),
        calendars: calendar::all(config, faults),
        time_zone: config.time_zone.clone(),
        reopen_window_s: config.reopen_window.as_secs(),
        tags: config.tags.allowed.iter().map(|tag| Tag::from(tag.as_str())).collect(),
        tag_required: config.tags.required,
        bot_silence_s: config.bot_silence.as_secs(),
    };
    let mut made = Tenant {
        policy,
        channels: BTreeMap::new(),
        bots: BTreeMap::new(),
        taggers: Vec::new(),
        sla: None,
        reports: BTreeMap::new(),
        widget: config.widget.as_ref().map_or_else(WidgetLook::default, |widget| WidgetLook {
            channel: Some(ChannelId::from(widget.channel.as_str())),
            accent: widget.accent.clone(),
            title: texts(&widget.title),
            greeting: texts(&widget.greeting),
            origins: widget.origins.clone(),
        }),
        articles: file.articles.iter().map(article).collect(),
        closed_notice: texts(&config.texts.closed),
        manners: Manners {
            inbound_days: days(config.inbound_kept),
            calls: CallPlan {
                waits_s: config.call_waits.iter().map(|wait| wait.as_secs()).collect(),
            },
            closed_answers_a_day: config.closed_answers_a_day,
            automatic_mails_a_day: config.automatic_mails_a_day,
            fcr_window_days: days(config.fcr_window),
        },
        addresses: addresses(config),
        digest,
    };
    for granted in plugins {
        place(granted, &mut made);
    }
    for (name, used) in &made.channels {
        // One that is not there was told already.
        let via = used.sending.answers_via.as_ref();
        let takes = |via: &ChannelId| made.channels.get(via).map(|one| one.sending.takes);
        if let Some(via) = via.filter(|via| takes(via) == Some(None)) {
            let allowed =
                "a channel is needed whose plugin writes to mail addresses or phone numbers";
            faults.wrong(&format!("channels.{name}.answers_via"), &format!("{via:?}"), allowed);
        }
    }
    made
}

/// Mailboxes' addresses, and those that mails are sent as. `*@b.fi` is a whole company's, its people's too.
fn addresses(config: &tenant::Tenant) -> BTreeSet<String> {
    let fetched = config.mailboxes.values().map(|mailbox| &mailbox.address);
    let sent = config.outboxes.values().flat_map(|outbox| &outbox.senders);
    let own = fetched.chain(sent.filter(|sender| !sender.starts_with('*')));
    own.map(|address| address.to_lowercase()).collect()
}

fn days(span: Span) -> u32 {
    u32::try_from(span.as_secs() / 86_400).unwrap_or(u32::MAX)
}

fn sending(uses: &plugins::PluginUse, takes: Option<Takes>) -> Sending {
    let usual = Sending::default();
    Sending {
        rate: uses.rate.map(|rate| Rate { count: rate.count, per_s: rate.per_s }),
        expires_s: uses.expires.map_or(usual.expires_s, Span::as_secs),
        idempotent: uses.idempotent,
        templates: uses.templates.iter().cloned().map(approved).collect(),
        takes,
        answers_via: uses.answers_via.as_deref().map(ChannelId::from),
    }
}

fn place(granted: Granted, tenant: &mut Tenant) {
    let Granted { placed, grants, version, live, role, takes } = granted;
    let name = placed.name;
    let sending = sending(&placed.uses, takes);
    let config = serde_json::Value::Object(placed.uses.config).to_string();
    let uses = PluginUse {
        name: name.clone(),
        plugin: PluginId::from(placed.uses.plugin),
        version,
        config: config.into(),
        live,
        role,
        grants,
        sending,
    };
    match placed.kind {
        "channel" => drop(tenant.channels.insert(ChannelId::from(name), uses)),
        "bot" => drop(tenant.bots.insert(LayerId::from(name), uses)),
        "tagger" => tenant.taggers.push(uses),
        "sla" => tenant.sla = Some(uses),
        _ => drop(tenant.reports.insert(name, uses)),
    }
}

fn approved(template: Template) -> Approved {
    let Template { name, language, text, parameters } = template;
    Approved { name, language, text, parameters }
}

fn layer(layer: &layers::Layer, texts: &dyn Fn(&Texts) -> BTreeMap<Language, String>) -> Layer {
    let expert = layer.kind == layers::Kind::Expert;
    Layer {
        id: LayerId::from(layer.id.as_str()),
        title: texts(&layer.title),
        kind: match layer.kind {
            layers::Kind::SelfService => LayerKind::SelfService,
            layers::Kind::Personal => LayerKind::Personal,
            layers::Kind::Expert => LayerKind::Expert,
        },
        owner: match layer.owner {
            Some(layers::Owner::Client) => Owner::Client,
            Some(layers::Owner::Vendor) => Owner::Vendor,
            None if expert => Owner::Client,
            None => Owner::Vendor,
        },
        calendar: layer.calendar.as_deref().map(CalendarId::from),
        out_of_hours: match layer.out_of_hours {
            layers::OutOfHours::Capture => OutOfHours::Capture,
            layers::OutOfHours::Queue => OutOfHours::Queue,
        },
        assignment: match layer.assignment {
            Some(layers::Assignment::Auto) => Assignment::Auto,
            Some(layers::Assignment::Manual) => Assignment::Manual,
            None if expert => Assignment::Manual,
            None => Assignment::Auto,
        },
        capacity: layer.capacity,
        skills: layer.skills.clone(),
        briefing: layer
            .briefing
            .iter()
            .map(|field| BriefingField {
                key: field.key.clone(),
                title: texts(&field.title),
                required: field.required,
            })
            .collect(),
    }
}

fn goal(goal: &goals::Goal) -> Goal {
    Goal {
        layer: LayerId::from(goal.layer.as_str()),
        share: match goal.share {
            goals::Share::OfDemand => Share::OfDemand,
            goals::Share::OfEntered => Share::OfEntered,
            goals::Share::Cumulative => Share::Cumulative,
            goals::Share::Entered => Share::Entered,
        },
        at_least: goal.at_least,
        under: goal.under,
    }
}

fn article(article: &kerros_settings::article::Article) -> Article {
    Article {
        slug: article.slug.clone(),
        language: Language::from(article.language.as_str()),
        title: article.title.clone(),
        body: article.body.clone(),
        segments: article.segments.clone(),
    }
}
