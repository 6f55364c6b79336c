//! Sections of settings as the crates take them.

use kerros_app::work;
use kerros_host::{BreakerPolicy, HostOptions, LaneLimits, Limits, WarmLimits};
use kerros_outbound::Caps;
use kerros_settings::Settings;
use kerros_settings::platform::plugins::{Lane, Warm};
use kerros_settings::platform::security::CookieSecure;
use kerros_settings::platform::server::Rate;
use kerros_settings::quantity::{Bytes, Span};

fn bytes(size: Bytes) -> usize {
    usize::try_from(size.0).unwrap_or(usize::MAX)
}

fn lane(lane: &Lane) -> LaneLimits {
    LaneLimits {
        busy: lane.time.0,
        wall: lane.wall_time.0,
        memory: bytes(lane.memory),
        output: bytes(lane.output),
        parallel: lane.parallel,
        per_tenant: lane.parallel_per_tenant,
        queue: lane.wait.0,
    }
}

fn warm(warm: &Warm) -> WarmLimits {
    WarmLimits {
        memory: bytes(warm.memory),
        per_use: warm.per_use,
        kept: warm.kept,
        idle: warm.idle.0,
        ..WarmLimits::default()
    }
}

/// What the host is started with.
pub fn host_options(settings: &Settings) -> HostOptions {
    let plugins = &settings.plugins;
    HostOptions {
        cache_dir: Some(settings.data.join("cache")),
        limits: Limits {
            pure: lane(&plugins.limits.pure),
            io: lane(&plugins.limits.bot),
            batch: lane(&plugins.limits.report),
            warm: warm(&plugins.limits.warm),
            ..Limits::default()
        },
        breaker: BreakerPolicy {
            faults: plugins.breaker.failures,
            cool_down: plugins.breaker.open_for.0,
        },
        ..HostOptions::default()
    }
}

/// The caps of the guarded client.
pub fn outbound_caps(settings: &Settings) -> Caps {
    let outbound = &settings.outbound;
    Caps {
        connect: outbound.connect_time.0,
        total: outbound.time.0,
        request_bytes: bytes(outbound.request_body),
        response_bytes: bytes(outbound.response_body),
        parallel: outbound.parallel,
        parallel_per_tenant: outbound.parallel_per_tenant,
        ..Caps::default()
    }
}

/// How this node works; `sole` if no other node can be on its database.
pub fn work_config(settings: &Settings, sole: bool) -> work::Config {
    let work = &settings.work;
    let millis = |span: Span| span.as_millis();
    work::Config {
        shards: work.shards,
        deliveries: work.deliveries,
        lease_ms: i64::try_from(millis(work.lease)).unwrap_or(i64::MAX),
        claim_ms: millis(work.claim),
        tick_ms: millis(work.tick),
        route_ms: millis(work.route),
        sole,
    }
}

/// How long people stay logged in.
pub fn web_sessions(settings: &Settings) -> kerros_web::state::Sessions {
    kerros_web::state::Sessions {
        hours: settings.security.session_hours,
        always_secure: settings.security.cookie_secure == CookieSecure::Always,
    }
}

/// How much web takes in.
pub fn web_limits(settings: &Settings) -> kerros_web::Limits {
    let limits = &settings.server.limits;
    let rate = |rate: Rate| kerros_web::limit::Rate::new(rate.per_minute, rate.burst);
    kerros_web::Limits {
        hook_body_bytes: bytes(limits.hook_body),
        hook_mail_bytes: limits.hook_mail.0,
        api_body_bytes: bytes(limits.api_body),
        frame_bytes: bytes(limits.frame),
        hooks: rate(limits.hooks),
        visits: rate(limits.visits),
        visitor: rate(limits.visitor),
        logins: rate(limits.logins),
        api: rate(limits.api),
        sockets_per_address: limits.sockets_per_address,
        sockets: limits.sockets,
        consoles_per_person: limits.consoles_per_person,
        trusted_proxies: settings.server.trusted_proxies,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_settings_say_of_kept_instances_reaches_the_host() {
        let mut settings = Settings::default();
        let usual = host_options(&settings).limits.warm;
        let own = WarmLimits::default();
        assert_eq!(
            (usual.memory, usual.per_use, usual.kept, usual.idle),
            (own.memory, own.per_use, own.kept, own.idle),
            "the defaults of both sides are the same"
        );
        settings.plugins.limits.warm =
            Warm { memory: Bytes(64 << 20), per_use: 2, kept: 0, idle: Span::seconds(7) };
        let limits = host_options(&settings).limits.warm;
        assert_eq!(
            (limits.memory, limits.per_use, limits.kept, limits.idle),
            (64 << 20, 2, 0, Duration::from_secs(7))
        );
    }
}
