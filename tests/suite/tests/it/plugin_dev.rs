//! `kerros plugin dev` on a channel fresh from `plugin new`: called by hand, answered by a person, changed, broken and mended.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kerros_suite::kerros::binary;
use kerros_suite::wait::{until, within};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// The first build compiles the SDK and what it stands on, and maybe Rust's own library.
const FIRST: Duration = Duration::from_secs(600);

struct Dev {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Dev {
    async fn start(folder: &Path) -> Self {
        use tokio::io::AsyncBufReadExt as _;
        let mut child = Command::new(binary("kerros").expect("kerros is built"))
            .args(["plugin", "dev", "--no-open", "--listen", "127.0.0.1:0"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().unwrap_or_default();
        let url = first.strip_prefix("kerros plugin dev is on ").expect(&first).to_owned();
        // Read on, so that it never waits for us.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                println!("{line}");
            }
        });
        Self { child, url, http: reqwest::Client::new() }
    }

    /// Asks it to stop, so that its folder goes with it.
    async fn stop(mut self) {
        let pid = self.child.id().expect("it runs").to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(asked.success());
        assert!(self.child.wait().await.unwrap().success());
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}api/{path}", self.url)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let call = self.http.post(format!("{}api/{path}", self.url)).json(body);
        call.send().await.unwrap().json().await.unwrap()
    }

    /// The status once so many builds are ready, or the last one failed.
    async fn built(&self, state: &str, builds: u64) -> Value {
        within(FIRST, &format!("{state}, build {builds}"), async || {
            let now = self.get("state").await["status"].clone();
            (now["state"] == state && now["builds"].as_u64()? >= builds).then_some(now)
        })
        .await
    }

    async fn says(&self) -> Value {
        let call = json!({
            "name": "by hand", "call": "receive", "secrets": { "hook_token": "right" },
            "input": {
                "headers": { "x-token": "right" },
                "body": { "id": "1", "from": "aino", "text": "Hi" },
            },
        });
        self.post("try", &call).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_the_next_call_and_a_fault_is_shown() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mine");
    let made = Command::new(binary("kerros").expect("kerros is built"))
        .args(["plugin", "new", "--kind", "channel", "mine", "--folder"])
        .arg(&folder)
        .output()
        .await
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let dev = Dev::start(&folder).await;
    dev.built("ready", 1).await;

    // One call, with what it took.
    let said = dev.says().await;
    assert_eq!(said["answer"]["events"][0]["text"], "Hi", "{said}");
    assert!(said["figures"]["fuel"].as_u64().unwrap() > 0, "{said}");
    let examples = dev.get("examples").await;
    let calls: Vec<&Value> =
        examples["items"].as_array().unwrap().iter().map(|one| &one["call"]).collect();
    assert!(calls.contains(&&json!("receive")) && calls.contains(&&json!("send")), "{calls:?}");

    // A message in, with the secret filled in; a forged one is refused.
    let hook = |token: &str| {
        json!({
            "headers": [["x-token", token]], "body": r#"{"id":"1","from":"aino","text":"Where is it?"}"#,
        })
    };
    let forged = dev.post("hook", &hook("guess")).await;
    assert!(forged["taken"].as_str().unwrap().starts_with("unauthorized"), "{forged}");
    let came = dev.post("hook", &hook("{secret:hook_token}")).await;
    assert_eq!(
        (&came["taken"], &came["answer"]["receipt"]),
        (&json!("accepted"), &json!("accepted"))
    );
    let talk = until("the conversation", async || {
        let all = dev.get("conversations").await;
        let talk = all["items"].get(0)?.clone();
        (talk["messages"][0]["text"] == "Where is it?").then_some(talk)
    })
    .await;

    // A person answers: the request is shown as it would leave, and what the provider says becomes the message's state.
    let answer = json!({ "status": 200, "headers": [], "body": "{\"id\":\"p-{n}\"}" });
    dev.post("provider", &answer).await;
    dev.post("reply", &json!({ "conversation": talk["id"], "text": "On its way" })).await;
    let asked = until("the request", async || {
        let asked = dev.get("provider").await["asked"].get(0)?.clone();
        asked.is_object().then_some(asked)
    })
    .await;
    assert!(asked["request"].to_string().contains("On its way"), "{asked}");
    assert!(asked["request"].to_string().contains("Bearer {secret:api_token}"), "{asked}");
    until("its state", async || {
        let all = dev.get("conversations").await;
        let sent =
            all["items"][0]["messages"].as_array()?.iter().find(|one| one["by"] == "person")?;
        (sent["delivery"] == "sent" && sent["external_id"] == "p-1").then_some(())
    })
    .await;

    // A change is in the next call; one that does not build is shown and what served goes on; mended, it serves.
    let path = folder.join("src/lib.rs");
    let source = std::fs::read_to_string(&path).unwrap();
    let changed = source.replace("&hook.from, hook.text)", "&hook.from, hook.text.to_uppercase())");
    assert_ne!(source, changed);
    std::fs::write(&path, &changed).unwrap();
    let status = dev.built("ready", 2).await;
    println!("rebuilt in {} ms, swapped in {} ms", status["build_ms"], status["swap_ms"]);
    assert_eq!(dev.says().await["answer"]["events"][0]["text"], "HI");
    std::fs::write(&path, changed.replace("to_uppercase()", "to_uppercase(")).unwrap();
    let status = dev.built("failed", 2).await;
    assert!(status["said"].as_str().unwrap().contains("src/lib.rs"), "{status}");
    assert_eq!(dev.says().await["answer"]["events"][0]["text"], "HI");
    std::fs::write(&path, &source).unwrap();
    dev.built("ready", 3).await;
    assert_eq!(dev.says().await["answer"]["events"][0]["text"], "Hi");

    // Nobody else's page gets anything here, by another name for this address or from elsewhere.
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let call = dev.http.get(format!("{}api/state", dev.url)).header(name, value);
        assert_eq!(call.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{name}");
    }
    let simple = dev.http.post(format!("{}api/reply", dev.url)).body("{}");
    assert_eq!(simple.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let page = dev.http.get(&dev.url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    dev.stop().await;
}
