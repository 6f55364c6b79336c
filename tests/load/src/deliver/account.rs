//! What the service says became of its messages, against what the provider took.

use std::path::Path;

use anyhow::Context;
use sea_orm::{ConnectionTrait as _, Database, Statement};

use super::provider::Book;

/// An outbound message as the service keeps it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub id: String,
    pub state: String,
    /// People are asked: it may have gone out.
    pub unknown: bool,
}

/// Every message that a person wrote, from the database of a service that has ended.
pub async fn read(data: &Path) -> anyhow::Result<Vec<Sent>> {
    let url = format!("sqlite://{}?mode=ro", data.join("kerros.db").display());
    let database = Database::connect(url).await.context("the service's database")?;
    let text = "SELECT id, delivery, failure FROM messages WHERE delivery IS NOT NULL";
    let statement = Statement::from_string(database.get_database_backend(), text);
    let rows = database.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let id: Vec<u8> = row.try_get("", "id")?;
            let failure: Option<String> = row.try_get("", "failure")?;
            Ok(Sent {
                // As the service names it outside.
                id: format!("msg_{}", uuid::Uuid::from_slice(&id)?.simple()),
                state: row.try_get("", "delivery")?,
                unknown: failure.is_some_and(|failure| failure.contains("\"maybe_sent\":true")),
            })
        })
        .collect()
}

/// The sums, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub sent: u64,
    pub unknown: u64,
    /// Given up although the provider would have taken them.
    pub failed: u64,
    /// Neither sent nor given up.
    pub open: u64,
    /// Taken more than once.
    pub doubled: u64,
    /// Sent again although their answer had been given.
    pub needless: u64,
    /// Said to be sent, and never taken.
    pub lost: u64,
    /// Taken, and unknown to the service.
    pub strange: u64,
}

impl Sums {
    /// Compares.
    pub fn of(sent: &[Sent], book: &Book) -> Self {
        let mut sums = Self::default();
        let ids: std::collections::HashSet<&str> = sent.iter().map(|one| one.id.as_str()).collect();
        for one in sent {
            let taken = book.kept.get(&one.id).map_or(0, |kept| kept.taken);
            match one.state.as_str() {
                "pending" => sums.open += 1,
                "failed" if one.unknown => sums.unknown += 1,
                "failed" => sums.failed += 1,
                _ => {
                    sums.sent += 1;
                    sums.lost += u64::from(taken == 0);
                }
            }
        }
        for (id, kept) in &book.kept {
            sums.doubled += u64::from(kept.taken > 1);
            sums.needless += u64::from(kept.needless);
            sums.strange += u64::from(!ids.contains(id.as_str()));
        }
        sums
    }

    /// Whether all is as it should be. Where the provider drops repeats nobody needs to be asked.
    pub const fn is_right(&self, drops_repeats: bool) -> bool {
        let wrong =
            self.failed + self.open + self.doubled + self.needless + self.lost + self.strange;
        wrong == 0 && (self.unknown == 0 || !drops_repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::provider::Kept;

    fn one(id: &str, state: &str, unknown: bool) -> Sent {
        Sent { id: id.to_owned(), state: state.to_owned(), unknown }
    }

    #[test]
    fn what_is_lost_doubled_or_left_is_found() {
        let mut book = Book::default();
        let taken = |taken| Kept { taken, ..Kept::default() };
        book.kept.insert("a".to_owned(), taken(1));
        book.kept.insert("b".to_owned(), taken(1));
        let fine = [one("a", "sent", false), one("b", "failed", true)];
        let sums = Sums::of(&fine, &book);
        assert!(sums.is_right(false) && !sums.is_right(true), "{sums:?}");

        book.kept.insert("c".to_owned(), taken(2));
        let wrong = [
            one("a", "sent", false),
            one("b", "failed", false),
            one("d", "read", false),
            one("e", "pending", false),
        ];
        let sums = Sums::of(&wrong, &book);
        let expected = Sums {
            sent: 2,
            failed: 1,
            open: 1,
            doubled: 1,
            lost: 1,
            strange: 1,
            ..Sums::default()
        };
        assert_eq!(sums, expected);
        assert!(!sums.is_right(false));
    }
}
