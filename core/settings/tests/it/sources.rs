//! Which source wins, and what counts as one.

use kerros_settings::platform::{Flags, load};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_last_source_that_names_a_key_wins() {
    let folder = folder(&[
        ("default.toml", "data = 'a'\n[work]\nshards = 1\n[log]\nfilter = 'warn'\n"),
        ("kerros.toml", "[work]\nshards = 2\n[server]\nlisten = '127.0.0.1:1'\n"),
    ]);
    let environment = variables(&[
        ("KERROS_WORK__SHARDS", "3"),
        ("KERROS_SERVER__LISTEN", "127.0.0.1:2"),
        ("KERROS_SERVER__LIMITS__HOOKS__BURST", "7"),
        ("KERROS_METRICS__BUCKETS", "[1.5, 90]"),
        ("KERROS_DATA", "/srv/kerros"),
        ("HOME", "/nowhere"),
    ]);
    let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
    let loaded = load(folder.path(), &environment, &flags);
    assert_eq!(loaded.faults, []);
    let settings = loaded.settings.unwrap();
    assert_eq!(settings.server.listen, "127.0.0.1:3");
    assert_eq!(settings.base_url(), "http://127.0.0.1:3");
    assert_eq!(settings.work.shards, 3);
    assert_eq!(settings.server.limits.hooks.burst, 7);
    assert_eq!(settings.server.limits.hooks.per_minute, 60_000, "the rest of a table stays");
    assert_eq!(settings.metrics.buckets, [1.5, 90.0]);
    assert_eq!(settings.data, std::path::Path::new("/srv/kerros"));
    assert_eq!(settings.log.filter, "warn");
}

#[test]
fn no_folder_gives_the_defaults() {
    let loaded = load(std::path::Path::new("/nowhere/at/all"), &[], &Flags::default());
    assert_eq!(loaded.faults, []);
    assert_eq!(loaded.settings.unwrap(), kerros_settings::Settings::default());
}

#[test]
fn names_that_a_platform_sets_are_let_be_but_misspelt_settings_are_not() {
    let folder = folder(&[]);
    let set_by_kubernetes =
        variables(&[("KERROS_PORT", "tcp://10.0.0.1:80"), ("KERROS_SERVICE_HOST", "10.0.0.1")]);
    assert_eq!(load(folder.path(), &set_by_kubernetes, &Flags::default()).faults, []);
    let misspelt = variables(&[("KERROS_SERVER__LISTN", "127.0.0.1:1")]);
    let loaded = load(folder.path(), &misspelt, &Flags::default());
    assert!(loaded.settings.is_none());
    insta::assert_snapshot!(
        loaded.faults[0],
        @r##"KERROS_SERVER__LISTN: server.listn: found an unknown key; did you mean "listen"?"##
    );
}

#[test]
fn a_database_password_shows_nowhere() {
    let folder = folder(&[("kerros.toml", "[database]\nurl = 'mysql://u:hunter2@h/d'\n")]);
    let loaded = load(folder.path(), &[], &Flags::default());
    let shown = format!("{loaded:?} {}", loaded.faults[0]);
    assert!(shown.contains("postgres://USER"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let environment = variables(&[("KERROS_DATABASE__URL", "postgres://u:hunter2@h/d")]);
    let settings = load(tempfile::tempdir().unwrap().path(), &environment, &Flags::default())
        .settings
        .unwrap();
    assert!(
        !format!("{settings:?} {}", serde_json::to_string(&settings).unwrap()).contains("hunter2")
    );
}
