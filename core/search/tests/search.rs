//! What a customer who types a question finds.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use kerros_app::ports::search::Search;
use kerros_app::tenant::Article;
use kerros_domain::id::{Language, TenantId};
use kerros_search::Articles;

fn article(language: &str, slug: &str, title: &str, body: &str, segments: &[&str]) -> Article {
    Article {
        slug: slug.into(),
        language: Language::from(language),
        title: title.into(),
        body: body.into(),
        segments: segments.iter().map(ToString::to_string).collect(),
    }
}

fn articles() -> Articles {
    let articles = Articles::new();
    let ours = [
        article(
            "fi",
            "tunnusluku",
            "Kortin tunnusluvun vaihtaminen",
            "Voit vaihtaa tunnusluvun sovelluksessa. Avaa asetukset.",
            &[],
        ),
        article(
            "fi",
            "lounas",
            "Lounasedun käyttäminen",
            "Lounasetu kelpaa ravintoloissa. Maksa kortilla tai puhelimella.",
            &[],
        ),
        article(
            "fi",
            "laskutus",
            "Laskut ja laskutus",
            "Työnantajan laskut löytyvät palvelusta.",
            &["employers"],
        ),
        article("sv", "pin", "Byta kortets PIN-kod", "Du kan byta koden i appen.", &[]),
        article(
            "en",
            "pin",
            "Change the card's PIN",
            "You can change the PIN in the app. Open **settings**.",
            &[],
        ),
        article(
            "en",
            "lunch",
            "Use the lunch benefit",
            "Pay with the card or the phone at restaurants.",
            &[],
        ),
    ];
    articles.replace(&TenantId::from("aurinko"), &ours).unwrap();
    let theirs = [article("en", "secret", "Change your boots", "PIN card lunch.", &[])];
    articles.replace(&TenantId::from("vuori"), &theirs).unwrap();
    articles
}

async fn slugs(tenant: &str, language: &str, segment: Option<&str>, query: &str) -> Vec<String> {
    articles()
        .search(&TenantId::from(tenant), &Language::from(language), segment, query, 5)
        .await
        .into_iter()
        .map(|hit| hit.slug)
        .collect()
}

#[tokio::test]
async fn questions_find_the_article_that_answers_them() {
    for (language, query, first) in [
        ("fi", "miten vaihdan kortin tunnusluvun?", "tunnusluku"),
        ("fi", "tunnuslukua", "tunnusluku"),
        ("fi", "Missä voin käyttää lounasetuani", "lounas"),
        ("sv", "hur byter jag koden på kortet", "pin"),
        ("en", "I want to change my PIN", "pin"),
        ("en", "changing pins", "pin"),
        ("en", "paying at restaurant", "lunch"),
        ("en", "restarant", "lunch"),
    ] {
        let found = slugs("aurinko", language, None, query).await;
        assert_eq!(
            found.first().map(String::as_str),
            Some(first),
            "{language}: {query}: {found:?}"
        );
    }
}

#[tokio::test]
async fn nothing_matches_nothing() {
    for query in ["", "???", "the of and", "zebra"] {
        assert_eq!(slugs("aurinko", "en", None, query).await, Vec::<String>::new(), "{query}");
    }
    assert!(slugs("nobody", "en", None, "PIN").await.is_empty());
    assert!(slugs("aurinko", "de", None, "PIN").await.is_empty());
}

#[tokio::test]
async fn tenants_and_segments_never_meet() {
    assert!(!slugs("aurinko", "en", None, "boots PIN").await.contains(&"secret".to_owned()));
    assert!(
        slugs("aurinko", "fi", Some("employers"), "laskut").await.contains(&"laskutus".to_owned())
    );
    assert!(slugs("aurinko", "fi", Some("employees"), "laskut").await.is_empty());
}

#[tokio::test]
async fn an_excerpt_is_plain_text_around_the_match() {
    let hits = articles()
        .search(&TenantId::from("aurinko"), &Language::from("en"), None, "settings", 1)
        .await;
    assert_eq!(hits[0].excerpt, "Open settings.");
    assert_eq!(hits[0].url, "/help/aurinko/en/pin");
}
