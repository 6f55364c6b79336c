//! Mails that a mail service brings by hook, with the real email plugin: whoever does not know the secret brings none.

use kerros_suite::config::Config;
use kerros_suite::database;
use kerros_suite::kerros::Start;
use kerros_suite::wait::until;
use reqwest::header::AUTHORIZATION;
use serde_json::json;

/// Rows that a hook could have written.
const WRITTEN: &str = "SELECT (SELECT count(*) FROM inbound) + (SELECT count(*) FROM jobs) \
    + (SELECT count(*) FROM conversations) + (SELECT count(*) FROM contacts) \
    + (SELECT count(*) FROM files)";

const SECRET: &str = "mail-hook-77ab10";

const SUMU: &str = r#"
title = "Sumu"
languages = ["fi", "en"]
time_zone = "Europe/Helsinki"

[[layers]]
id = "first-line"
title = { fi = "Etulinja", en = "First line" }
kind = "personal"
assignment = "manual"
capacity = 100

# With a secret.
[channels.mail]
plugin = "channel/email"
[channels.mail.config]
address = "tuki@sumu.example"
trusted = ["mx.sumu.example"]
hook_secret = "mail_hook"
[channels.mail.secrets]
mail_hook = { env = "SUITE_MAIL_HOOK" }

# Without one no hook is taken.
[channels.post]
plugin = "channel/email"
[channels.post.config]
address = "posti@sumu.example"
"#;

fn mail(id: &str, text: &str) -> String {
    format!(
        "From: Aino Salo <aino@example.fi>\r\nTo: tuki@sumu.example\r\nSubject: Lasku\r\n\
         Message-ID: <{id}@example.fi>\r\nAuthentication-Results: mx.sumu.example; \
         dmarc=pass header.from=example.fi\r\n\r\n{text}\r\n"
    )
}

/// A mail with a file that nobody would hold in memory.
fn big(id: &str) -> String {
    let line = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4\r\n";
    format!(
        "From: Aino Salo <aino@example.fi>\r\nTo: tuki@sumu.example\r\nSubject: Kuvat\r\n\
         Message-ID: <{id}@example.fi>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\
         Liitteenä.\r\n--b\r\nContent-Type: application/zip; name=kuvat.zip\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        line.repeat(50_000)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_knows_the_secret_brings_mails() {
    let config = Config::new().tenant("sumu", SUMU);
    let data = tempfile::tempdir().unwrap();
    let start = Start::new(&config, data.path())
        .env("SUITE_MAIL_HOOK", SECRET)
        .env("KERROS_PLUGINS__LIMITS__PURE__TIME", "5s")
        .env("KERROS_PLUGINS__LIMITS__PURE__WALL_TIME", "20s");
    start.add_user("aino@sumu.example", "Aino", "agent", &["sumu"]).await;
    let kerros = start.serve().await;
    let post = async |channel: &str, proof: Option<&str>, kind: &str, body: String| {
        let request = kerros.http.post(format!("{}/hooks/sumu/{channel}", kerros.url)).body(body);
        // Claims that only the host may make of a mail that it fetched itself.
        let request = request.header("content-type", kind).header("mailbox", "aino@example.fi");
        let request = request.header("original", "0").header("digest", "0");
        let request = match proof {
            Some(proof) => request.header(AUTHORIZATION, proof),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    let right = format!("Bearer {SECRET}");
    let basic = |password: &str| {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("mail:{password}"));
        format!("Basic {pair}")
    };
    for kind in ["message/rfc822", "Message/RFC822; charset=utf-8", "text/plain"] {
        for (what, proof) in [
            ("no secret", None),
            ("a wrong one", Some("Bearer guess".to_owned())),
            ("an empty one", Some("Bearer ".to_owned())),
            ("a wrong password", Some(basic("guess"))),
        ] {
            let status = post("mail", proof.as_deref(), kind, mail("m1", "Forged")).await;
            assert_eq!(status, 401, "{what}, {kind}");
        }
        let status = post("post", Some(&right), kind, mail("m1", "Forged")).await;
        assert_eq!(status, 401, "a channel without a secret, {kind}");
    }
    let status = post("mail", Some("Bearer guess"), "message/rfc822", big("m2")).await;
    assert_eq!(status, 401, "a big one");
    assert_eq!(database::in_data(data.path(), WRITTEN).await, 0, "nothing is written");

    let taken = post("mail", Some(&right), "message/rfc822", mail("m1", "Maksoin jo.")).await;
    assert_eq!(taken, 200);
    let again =
        post("mail", Some(&basic(SECRET)), "message/rfc822", mail("m1", "Maksoin jo.")).await;
    assert_eq!(again, 200, "a repeat is dropped");
    let aino = kerros.person("aino@sumu.example").await;
    let id = until("the conversation", async || {
        let all = aino.conversations("sumu").await;
        Some(all.first()?["id"].as_str()?.to_owned())
    })
    .await;
    let messages = aino.messages(&id).await;
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert_eq!(
        (&messages[0]["author"], &messages[0]["text"]),
        (&json!("contact"), &json!("Maksoin jo.")),
        "the claim of a mailbox made nobody one of us"
    );

    // A big one streams into the files: what was lifted out, and the original, both of the message.
    assert_eq!(post("mail", Some(&right), "message/rfc822", big("m2")).await, 200);
    let messages = until("the big mail", async || {
        let all = aino.conversations("sumu").await;
        let other = all.iter().find(|row| row["id"] != json!(id))?;
        Some(aino.messages(other["id"].as_str()?).await).filter(|messages| !messages.is_empty())
    })
    .await;
    assert_eq!(messages[0]["text"], "Liitteenä.");
    kerros.stop().await;
    let taken = "SELECT count(*) FROM files WHERE message IS NOT NULL";
    assert_eq!(database::in_data(data.path(), taken).await, 2);
    let whole =
        "SELECT count(*) FROM files WHERE message IS NOT NULL AND media_type = 'message/rfc822'";
    assert_eq!(database::in_data(data.path(), whole).await, 1);
    let kept = "SELECT count(*) FROM inbound WHERE kept = 0";
    assert_eq!(database::in_data(data.path(), kept).await, 0, "mails are kept for good");
    start.verify().await;
}
