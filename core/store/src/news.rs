//! News between nodes on PostgreSQL: NOTIFY with the commit, LISTEN on a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use kerros_app::ports::bus::News;
use sea_orm::sqlx::postgres::PgListener;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// The channel's name.
pub(crate) const CHANNEL: &str = "kerros_news";

// PostgreSQL takes less than 8,000 bytes. A longer piece of news is one with an absurd thread name;
// it is left out, as news may be lost.
const MOST_BYTES: usize = 7_900;

#[derive(Serialize)]
struct Told<'a> {
    node: &'a str,
    #[serde(flatten)]
    news: &'a News,
}

#[derive(Deserialize)]
struct Heard {
    node: String,
    #[serde(flatten)]
    news: News,
}

/// The text to send, with the node that wrote it.
pub(crate) fn encode(node: &str, news: &News) -> Option<String> {
    let text = serde_json::to_string(&Told { node, news }).ok()?;
    (text.len() <= MOST_BYTES).then_some(text)
}

/// The news in a text that another node sent; `None` for our own and for what does not read.
pub(crate) fn decode(node: &str, text: &str) -> Option<News> {
    let heard: Heard = serde_json::from_str(text).ok()?;
    (heard.node != node).then_some(heard.news)
}

/// Listens until nobody can receive any more. A lost connection is made again by itself; what was
/// said meanwhile is lost, as news may be.
pub(crate) async fn listen(url: String, node: Arc<str>, to: broadcast::WeakSender<News>) {
    loop {
        if let Err(error) = hear(&url, &node, &to).await {
            tracing::warn!(%error, "other nodes' news are not heard");
        }
        if to.strong_count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear(
    url: &str,
    node: &str,
    to: &broadcast::WeakSender<News>,
) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let said = listener.recv().await?;
        let Some(to) = to.upgrade() else { return Ok(()) };
        if let Some(news) = decode(node, said.payload()) {
            // Nobody listening is no fault.
            let _ = to.send(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_domain::id::{ConversationId, TenantId, UserId};

    fn focus(doing: &str) -> News {
        News::Focus {
            tenant: TenantId::from("aurinko"),
            conversation: ConversationId(uuid::Uuid::from_u128(1)),
            user: UserId(uuid::Uuid::from_u128(2)),
            doing: doing.into(),
        }
    }

    #[test]
    fn another_node_s_news_are_heard_and_our_own_are_not() {
        let text = encode("a", &focus("reading")).unwrap();
        assert_eq!(decode("b", &text), Some(focus("reading")));
        assert_eq!(decode("a", &text), None);
        assert_eq!(decode("b", "{}"), None);
    }

    #[test]
    fn what_postgresql_cannot_carry_is_left_out() {
        assert_eq!(encode("a", &focus(&"x".repeat(8_000))), None);
    }
}
