//! The clients that tests serve.

use std::path::Path;

use crate::config::Config;
use crate::kerros::Start;
use crate::provider::Provider;

/// With a bot, always open people and every kind of plugin.
pub const AAMU: &str = include_str!("../tenants/aamu.toml");
/// Without a bot, with channels of a provider.
const KAIKU: &str = include_str!("../tenants/kaiku.toml");

/// Without a bot, with a shared channel, a system for leads and calls.
const LUMI: &str = include_str!("../tenants/lumi.toml");
/// Aurinko as it stands in the repository's config.
pub const AURINKO: &str = include_str!("../../../config/tenants/aurinko.toml");

/// The token of Lumi's bot at Slack.
pub const SLACK_TOKEN: &str = "xoxb-suite-c0ffee-token";
/// What Slack signs with.
pub const SLACK_SIGNING: &str = "slack-signing-8d1f";

/// What the shop signs with.
pub const SHOP_IN: &str = "shop-in-5f1b0c7e";
/// What Kerros signs with towards the shop.
pub const SHOP_OUT: &str = "shop-out-93aa41d2";
/// The Telegram bot's token.
pub const TELEGRAM_TOKEN: &str = "7261544:AAH-suite-c0ffee-token";
/// What Telegram sends with each update.
pub const TELEGRAM_HOOK: &str = "telegram-hook-0d9c";

/// Aamu's only article.
pub const LOST_CARD: &str = "\
# My card is lost
Block the card at once in the app: Card, then Block card. Your balance is kept.
";

/// Kaiku's file, with its channels at a provider.
pub fn kaiku(provider: &Provider) -> String {
    KAIKU.replace("@PROVIDER@", &provider.address)
}

/// Lumi's file, with everybody at a provider.
pub fn lumi(provider: &Provider) -> String {
    LUMI.replace("@PROVIDER@", &provider.address)
}

/// A config with Aamu alone.
pub fn with_aamu() -> Config {
    Config::new().tenant("aamu", AAMU).article("aamu", "en", "lost-card", LOST_CARD)
}

/// A start with Kaiku's secrets set, and with time for plugins on a machine that is busy with other tests: what
/// a plugin's time-out does is the hostile plugin's story.
pub fn start<'a>(config: &'a Config, data: &'a Path) -> Start<'a> {
    Start::new(config, data)
        .env("SUITE_SHOP_IN", SHOP_IN)
        .env("SUITE_SHOP_OUT", SHOP_OUT)
        .env("SUITE_TELEGRAM_TOKEN", TELEGRAM_TOKEN)
        .env("SUITE_TELEGRAM_HOOK", TELEGRAM_HOOK)
        .env("SUITE_SLACK_TOKEN", SLACK_TOKEN)
        .env("SUITE_SLACK_SIGNING", SLACK_SIGNING)
        .env("KERROS_PLUGINS__LIMITS__PURE__TIME", "5s")
        .env("KERROS_PLUGINS__LIMITS__PURE__WALL_TIME", "20s")
}
