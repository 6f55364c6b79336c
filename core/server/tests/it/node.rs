//! A running node: start, files that change, signals, secrets.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::kerros::{Server, copied_config, demo_config, run, warm};

fn change(folder: &Path, tenant: &str, from: &str, to: &str) {
    let path = folder.join("tenants").join(format!("{tenant}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    // As editors do it: a new file in the place of the old one.
    let new = folder.join("new.toml");
    std::fs::write(&new, text.replacen(from, to, 1)).unwrap();
    std::fs::rename(new, path).unwrap();
}

fn greeting(server: &Server, tenant: &str) -> String {
    server.get(&format!("/widget/{tenant}/config.json?language=en")).1
}

#[test]
fn a_changed_tenant_is_taken_in_and_a_faulty_one_refused() {
    let config = copied_config();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config.path(), data.path(), &[], &[]);
    assert_eq!(server.get("/readyz").0, 200);
    assert!(greeting(&server, "aurinko").contains("Hello! How can we help?"));

    change(config.path(), "aurinko", "en = \"Hello! How can we help?\"", "en = \"Good day!\"");
    server.logged("config taken in");
    assert!(greeting(&server, "aurinko").contains("Good day!"));

    change(config.path(), "aurinko", "kind = \"self_service\"", "kind = \"robots\"");
    let told = server.logged("layers[0].kind");
    assert!(told.contains("aurinko.toml:") && told.contains("self_service"), "{told}");
    server.logged("config refused; the old one stays");
    assert!(greeting(&server, "aurinko").contains("Good day!"), "the old one stays");
    assert!(greeting(&server, "vuori").contains("How can we help?"), "others notice nothing");
    let metrics = server.get("/metrics").1;
    assert!(metrics.contains("kerros_config_reloads_total{outcome=\"refused\"} 1"), "{metrics}");

    change(config.path(), "aurinko", "kind = \"robots\"", "kind = \"self_service\"");
    change(config.path(), "aurinko", "en = \"Good day!\"", "en = \"Good evening!\"");
    server.signal("HUP");
    server.logged("config taken in");
    assert!(greeting(&server, "aurinko").contains("Good evening!"));
}

#[test]
fn a_tenant_comes_and_goes_with_its_file() {
    let config = copied_config();
    let data = tempfile::tempdir().unwrap();
    let vuori = config.path().join("tenants/vuori.toml");
    let aside = config.path().join("vuori.aside");
    std::fs::rename(&vuori, &aside).unwrap();
    let server = Server::start(config.path(), data.path(), &[], &[]);
    assert_eq!(server.get("/widget/vuori/config.json").0, 404);
    std::fs::rename(&aside, &vuori).unwrap();
    server.logged("config taken in");
    assert_eq!(server.get("/widget/vuori/config.json").0, 200);
    std::fs::rename(&vuori, &aside).unwrap();
    server.logged("its file is gone");
    assert_eq!(server.get("/widget/vuori/config.json").0, 404);
}

#[test]
fn a_faulty_tenant_at_start_ends_with_2_and_every_fault() {
    let config = copied_config();
    change(config.path(), "aurinko", "under = 0.10", "under = 10");
    change(config.path(), "vuori", "layer = \"warehouse\"\nshare", "layer = \"warehose\"\nshare");
    let data = tempfile::tempdir().unwrap();
    warm(data.path());
    let ended = run(&[
        "serve",
        "--config",
        &config.path().display().to_string(),
        "--data",
        &data.path().display().to_string(),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("(25 % is 0.25)"), "{ended:?}");
    assert!(ended.err.contains("did you mean \"warehouse\"?"), "{ended:?}");
}

#[test]
fn it_stops_when_asked_and_lets_no_second_node_on_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&demo_config(), data.path(), &["--demo"], &[]);
    for part in
        ["/console", "/demo/aurinko", "/demo/vuori", "aino@example.com", "admin@example.com"]
    {
        assert!(server.said.contains(part), "{part} is not said in\n{}", server.said);
    }
    let second = run(&[
        "serve",
        "--config",
        &demo_config().display().to_string(),
        "--data",
        &data.path().display().to_string(),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(second.code, 2);
    assert!(second.err.contains("another kerros serves from"), "{second:?}");

    let began = Instant::now();
    server.signal("TERM");
    let (code, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");
    assert!(began.elapsed() < Duration::from_secs(10), "an idle node stops at once");
    // Everything is closed well: it starts again on the same data.
    let again = Server::start(&demo_config(), data.path(), &[], &[]);
    assert_eq!(again.get("/readyz").0, 200);
}

#[test]
fn no_secret_is_ever_said() {
    const TOKEN: &str = "987654321:AAtelegramTokenThatNobodyMaySee";
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(
        &demo_config(),
        data.path(),
        &[],
        &[
            ("AURINKO_TELEGRAM_TOKEN", TOKEN),
            ("KERROS_LOG__FILTER", "trace"),
            ("KERROS_LOG__FORMAT", "json"),
        ],
    );
    let generated =
        std::fs::read_to_string(data.path().join("secrets/aurinko/partners_in")).unwrap();
    assert_eq!(generated.len(), 64);
    let unsigned = server.post("/hooks/aurinko/partners", "{\"text\":\"hello\"}");
    let untold = server.post("/hooks/aurinko/telegram", "{\"update_id\":1}");
    assert_eq!((unsigned.0, untold.0), (401, 401));
    let metrics = server.get("/metrics").1;
    server.signal("TERM");
    let (_, log) = server.ended();
    for secret in [TOKEN, &generated] {
        for (place, text) in
            [("log", &log), ("metrics", &metrics), ("hook", &unsigned.1), ("hook", &untold.1)]
        {
            assert!(!text.contains(secret), "a secret stands in the {place}");
        }
    }
    assert!(log.lines().count() > 10, "there was something to look through");
}

#[test]
fn a_channel_without_its_secret_answers_503() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&demo_config(), data.path(), &[], &[]);
    assert_eq!(server.post("/hooks/aurinko/telegram", "{\"update_id\":1}").0, 503);
    assert_eq!(server.post("/hooks/aurinko/nothing", "{}").0, 404);
    assert_eq!(server.post("/hooks/nobody/telegram", "{}").0, 404);
}

/// As tokens are that somebody else keeps fresh: nobody sends a signal.
#[test]
fn a_secret_s_file_is_read_again_when_it_changes() {
    let config = copied_config();
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = kept.path().join("token");
    let source = format!("{{ file = {:?} }}", file.display().to_string());
    change(config.path(), "aurinko", "{ env = \"AURINKO_TELEGRAM_TOKEN\" }", &source);
    let server = Server::start(config.path(), data.path(), &[], &[]);
    let hook = || server.post("/hooks/aurinko/telegram", "{\"update_id\":1}").0;
    assert_eq!(hook(), 503);
    std::fs::write(&file, "hunter2hunter2").unwrap();
    server.logged("config taken in");
    assert_eq!(hook(), 401);
    // Of the same length, as tokens are.
    std::fs::write(&file, "hunter3hunter3").unwrap();
    server.logged("config taken in");
    std::fs::remove_file(&file).unwrap();
    server.logged("config taken in");
    assert_eq!(hook(), 503);
    server.signal("TERM");
    let (_, log) = server.ended();
    assert!(!log.contains("hunter"), "{log}");
}

/// A component that the build has made; the plugins' own build folder lies beside the profile's.
fn built_plugin() -> Vec<u8> {
    let binary = Path::new(env!("CARGO_BIN_EXE_kerros"));
    let target = binary.ancestors().find(|folder| folder.join("kerros-plugins").is_dir()).unwrap();
    std::fs::read(target.join("kerros-plugins/plugins/tagger-keywords.wasm")).unwrap()
}

#[test]
fn plugin_files_come_and_go_without_restart() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    let server =
        Server::start(&demo_config(), data.path(), &[], &[("KERROS_PLUGINS__TRUST", "any")]);
    let file = folder.join("mine.wasm");
    std::fs::write(folder.join("mine.part"), built_plugin()).unwrap();
    std::fs::rename(folder.join("mine.part"), &file).unwrap();
    let told = server.logged("plugin loaded");
    assert!(told.contains("tagger/keywords") && told.contains("mine.wasm"), "{told}");
    std::fs::write(&file, b"not WebAssembly").unwrap();
    let told = server.logged("plugin refused");
    assert!(told.contains("what was loaded before stays"), "{told}");
    std::fs::remove_file(&file).unwrap();
    server.logged("the bundled one serves again");
    assert_eq!(server.get("/readyz").0, 200);
}

#[test]
fn a_plugin_file_may_get_another_name() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("kw-0.2.0.wasm"), built_plugin()).unwrap();
    let trust = [("KERROS_PLUGINS__TRUST", "any")];
    let server = Server::start(&demo_config(), data.path(), &[], &trust);
    for (from, to) in [("kw-0.2.0.wasm", "kw-0.3.0.wasm"), ("kw-0.3.0.wasm", "kw-0.1.0.wasm")] {
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
        let told = server.logged("plugin loaded");
        assert!(told.contains(to), "{told}");
    }
    // Two that hold it: the one that stays goes on.
    std::fs::copy(folder.join("kw-0.1.0.wasm"), folder.join("kw.wasm")).unwrap();
    server.logged("plugin loaded");
    std::fs::remove_file(folder.join("kw-0.1.0.wasm")).unwrap();
    server.signal("HUP");
    server.logged("asked to look at the config again");
    std::fs::write(folder.join("other.wasm"), b"not WebAssembly").unwrap();
    server.logged("plugin refused");
    server.signal("TERM");
    let (_, log) = server.ended();
    assert!(!log.contains("its file is gone"), "{log}");
}

#[test]
fn a_second_signal_leaves_at_once() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&demo_config(), data.path(), &[], &[]);
    // A request whose body never comes keeps the first stop waiting.
    let address = server.url.strip_prefix("http://").unwrap();
    let mut held = std::net::TcpStream::connect(address).unwrap();
    let head = "POST /hooks/aurinko/partners HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n";
    std::io::Write::write_all(&mut held, head.as_bytes()).unwrap();
    assert_eq!(server.get("/healthz").0, 200);
    let began = Instant::now();
    server.signal("TERM");
    server.logged("stopping");
    server.signal("TERM");
    let (code, log) = server.ended();
    assert_eq!(code, Some(130), "{log}");
    assert!(began.elapsed() < Duration::from_secs(5), "{log}");
    drop(held);
}

#[test]
fn it_starts_without_a_config_folder_and_takes_the_first_tenant_in() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let server = Server::start(&config, &folder.path().join("data"), &[], &[]);
    assert_eq!(server.get("/readyz").0, 200);
    assert_eq!(server.get("/widget/shop/config.json").0, 404);
    std::fs::create_dir_all(config.join("tenants")).unwrap();
    std::fs::write(config.join("tenants/shop.toml"), include_str!("shop.toml")).unwrap();
    server.logged("config taken in");
    assert_eq!(server.get("/widget/shop/config.json").0, 200);
}

#[test]
fn health_asks_a_running_node() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&demo_config(), data.path(), &[], &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let port = address.rsplit(':').next().unwrap();
    for listen in [&address, &format!("0.0.0.0:{port}")] {
        let ended = run(&["health", "--listen", listen]);
        assert_eq!((ended.code, ended.out.as_str()), (0, "ready\n"), "{ended:?}");
    }
    drop(server);
    let ended = run(&["health", "--listen", &address, "--json"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let said: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(said["ready"], false);
}
