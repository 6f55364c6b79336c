//! Every template rendered from sample contexts in every language. A missing message, asset or field fails.
//!
//! `KERROS_PREVIEW=folder cargo test -p kerros-web samples` also writes the pages as files with their
//! assets, to be looked at in a browser without a server.

mod cases;
mod channels;
mod letters;
mod people;
mod world;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::render::{FILES, render};
use super::view::shell::{Shell, Theme};
use crate::i18n::{Lang, speech};
use world::World;

/// A rendered sample.
struct Sample {
    name: String,
    template: &'static str,
    html: String,
}

fn shown<P: Serialize>(name: &str, lang: Lang, template: &'static str, context: &P) -> Sample {
    let html = render(lang, template, context).unwrap_or_else(|why| panic!("{name}: {why}"));
    Sample { name: name.to_owned(), template, html }
}

fn all(lang: Lang, theme: Theme) -> Vec<Sample> {
    let world = World::new(lang);
    let mut out = Vec::new();
    let say = speech(lang);
    let mut page = |name: &str,
                    template: &'static str,
                    section: &'static str,
                    me: bool,
                    page: &dyn erased::Page| {
        let mut shell = Shell::new(say, theme, section, name.to_owned(), page.value())
            .letters(say, false)
            .here("/console?view=mine");
        if me {
            shell = shell.me(people::me(section != "agent"));
        }
        out.push(shown(name, lang, template, &shell));
    };
    for (name, inbox) in world.inboxes() {
        page(&name, "console/inbox.html", "inbox", true, &inbox);
    }
    page("board", "console/board.html", "board", true, &world.board(true));
    page("board-empty", "console/board.html", "board", true, &world.board(false));
    for (name, report) in world.reports() {
        page(&name, "console/reports.html", "reports", true, &report);
    }
    page("health", "console/health.html", "health", true, &world.health(true));
    page("plugins", "console/plugins.html", "plugins", true, &world.plugins(true));
    page("plugins-empty", "console/plugins.html", "plugins", true, &world.plugins(false));
    page("health-empty", "console/health.html", "health", true, &world.health(false));
    page("login", "console/login.html", "login", false, &world.login(None));
    page("login-wrong", "console/login.html", "login", false, &world.login(Some("login-wrong")));
    for (name, fault) in world.faults() {
        page(&name, "fault.html", "fault", false, &fault);
    }
    page("help", "help/list.html", "help", false, &world.help("", true));
    page("help-found", "help/list.html", "help", false, &world.help("lounas", true));
    page("help-nothing", "help/list.html", "help", false, &world.help("xyzzy", false));
    page("article", "help/article.html", "help", false, &world.article());
    for kind in ["benefits", "shop", "company"] {
        page(&format!("demo-{kind}"), "demo/page.html", "demo", false, &world.demo(kind));
    }
    for (name, template, context) in world.fragments() {
        out.push(shown(&name, lang, template, &context));
    }
    out
}

mod erased {
    //! Contexts of different types in one list.
    use serde::Serialize;

    pub trait Page {
        fn value(&self) -> serde_json::Value;
    }
    impl<T: Serialize> Page for T {
        fn value(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

/// The templates that a template brings along.
fn brought(template: &str, seen: &mut BTreeSet<String>) {
    if !seen.insert(template.to_owned()) {
        return;
    }
    let (_, text) = FILES.iter().find(|(name, _)| *name == template).unwrap();
    for sign in ["{% include \"", "{% extends \"", "{% from \""] {
        for (at, _) in text.match_indices(sign) {
            let rest = &text[at + sign.len()..];
            brought(rest.split('"').next().unwrap(), seen);
        }
    }
}

#[test]
fn every_template_renders_in_every_language() {
    let mut reached = BTreeSet::new();
    for lang in Lang::ALL {
        for sample in all(lang, Theme::Auto) {
            assert!(!sample.html.contains("{{") && !sample.html.contains("{%"), "{}", sample.name);
            brought(sample.template, &mut reached);
        }
    }
    let every: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        every.difference(&reached).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "never rendered"
    );
}

#[test]
fn every_message_named_in_a_template_exists() {
    let english = speech(Lang::En);
    for (name, text) in FILES {
        for quote in ['"', '\''] {
            let sign = format!("t({quote}");
            for (at, _) in text.match_indices(&sign) {
                // `asset("…")` ends alike.
                if text[..at].ends_with(|c: char| c.is_alphanumeric()) {
                    continue;
                }
                let rest = &text[at + sign.len()..];
                let (id, after) = rest.split_once(quote).unwrap();
                let joined = after.trim_start().starts_with('~');
                assert!(joined || english.has(id), "{name}: no message {id:?}");
            }
        }
    }
}

#[test]
fn pages_carry_no_inline_script_or_style_and_label_what_one_can_press() {
    for lang in Lang::ALL {
        for Sample { name, html, .. } in all(lang, Theme::Auto) {
            assert!(!html.contains(" style=") && !html.contains("<style"), "{name}: inline style");
            assert!(
                !html.contains(" onclick=") && !html.contains("javascript:"),
                "{name}: inline script"
            );
            for tag in html.split("<script").skip(1) {
                let open = tag.split('>').next().unwrap_or("");
                assert!(open.contains("src="), "{name}: inline script: {open}");
            }
            for tag in html.split("<button").skip(1) {
                let inside = tag.split("</button>").next().unwrap_or("");
                let (open, body) = inside.split_once('>').unwrap();
                let text: String = strip(body);
                assert!(open.contains("aria-label=") || !text.trim().is_empty(), "{name}: {open}");
            }
            for tag in html.split("<img").skip(1) {
                assert!(
                    tag.split('>').next().unwrap_or("").contains("alt="),
                    "{name}: an image without text"
                );
            }
            // Ids are unique, else labels point at the wrong thing.
            let mut ids = BTreeSet::new();
            for id in html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(ids.insert(id.to_owned()), "{name}: the id {id} stands twice");
            }
        }
    }
}

#[test]
fn what_customers_write_stays_text() {
    for Sample { name, html, .. } in all(Lang::En, Theme::Auto) {
        assert!(!html.contains(people::ATTACK), "{name}");
        assert!(!html.contains("<b>bold</b>"), "{name}");
    }
}

fn strip(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => out.push(letter),
            _ => {}
        }
    }
    out
}

#[test]
fn previews_are_written_when_asked_for() {
    let Ok(folder) = std::env::var("KERROS_PREVIEW") else { return };
    let folder = Path::new(&folder);
    let assets = folder.join("assets");
    std::fs::create_dir_all(&assets).unwrap();
    for asset in super::assets::ASSETS {
        std::fs::write(assets.join(asset.file), asset.raw).unwrap();
    }
    std::fs::write(
        assets.join("tenants.css"),
        ".tenant-aurinko{--tenant:#e8a317;--on-tenant:#111}\n.tenant-vuori{--tenant:#1f6f5c;--on-tenant:#fff}\n",
    )
    .unwrap();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            for sample in all(lang, theme) {
                let name = format!("{}-{}-{}.html", sample.name, lang.code(), theme.key());
                let html = sample.html.replace("&#x2f;", "/").replace("\"/assets/", "\"assets/");
                std::fs::write(folder.join(name), html).unwrap();
            }
        }
    }
}
