//! The text of a commit's statements: one per kind of row and size, made once.

use std::fmt::Write;
use std::sync::OnceLock;

use sea_orm::DbBackend;

use super::step::{Kind, Step};

/// Rows in one statement, at most: 17 columns stay far below SQLite's 32,766 values.
pub(crate) const MOST: usize = 256;

/// How many rows statements are made for: few sizes stay prepared, and less than half is padding.
const SIZES: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, MOST];

type Texts = [[OnceLock<Box<str>>; SIZES.len()]; Step::ALL.len()];

const fn none() -> Texts {
    [const { [const { OnceLock::new() }; SIZES.len()] }; Step::ALL.len()]
}

static SQLITE: Texts = none();
static POSTGRES: Texts = none();

/// The statement that writes up to `rows` rows of a step, and how many rows of values it takes: the
/// missing ones are rows of NULLs, which it passes over.
pub(crate) fn of(step: Step, backend: DbBackend, rows: usize) -> (&'static str, usize) {
    let place = SIZES.iter().position(|size| *size >= rows).unwrap_or(SIZES.len() - 1);
    let texts = if backend == DbBackend::Postgres { &POSTGRES } else { &SQLITE };
    let text =
        texts[step as usize][place].get_or_init(|| write(step, backend, SIZES[place]).into());
    (text, SIZES[place])
}

fn write(step: Step, backend: DbBackend, rows: usize) -> String {
    // `tenants` is empty for the platform, else a list that begins and ends with U+001F.
    const HELD: &str = "j.id = v.id AND j.owner = v.owner AND (v.tenants = '' \
        OR {instr}(v.tenants, '\u{1f}' || j.tenant || '\u{1f}') > 0)";
    let columns = step.columns();
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut sql = format!("WITH v ({names}) AS (VALUES {}) ", values(backend, columns, rows));
    // A failed statement is always followed by a rollback of the transaction or savepoint, so
    // SQLite need not be able to undo it alone: OR FAIL saves it a copy of every page it changes.
    let or = match (backend, step) {
        (DbBackend::Postgres, _) | (_, Step::Contacts) => "",
        (_, step) if step.skips() => "",
        _ => " OR FAIL",
    };
    if let Some(table) = step.table() {
        let _ = write!(
            sql,
            "INSERT{or} INTO {table} ({names}) SELECT {names} FROM v WHERE v.{} IS NOT NULL",
            columns[0].0
        );
    }
    let instr = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    let body = step.body().replace("{held}", HELD).replace("{instr}", instr).replace("{or}", or);
    sql + &body
}

fn values(backend: DbBackend, columns: &[(&str, Kind)], rows: usize) -> String {
    if backend != DbBackend::Postgres {
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        return vec![row; rows].join(",");
    }
    // PostgreSQL takes the types of the first row for all.
    let mut text = String::with_capacity(rows * columns.len() * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for (i, (_, kind)) in columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let cast = match kind {
                Kind::Id => "::uuid",
                Kind::Int => "::bigint",
                Kind::Text => "::text",
            };
            let _ = write!(text, "{comma}${}{cast}", row * columns.len() + i + 1);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_takes_what_is_asked_and_little_more() {
        for rows in 1..=MOST {
            let (text, size) = of(Step::Journal, DbBackend::Sqlite, rows);
            assert!(size >= rows && size < rows * 3 / 2 + 2, "{rows} in {size}");
            assert_eq!(text.matches('?').count(), size * Step::Journal.columns().len());
        }
        assert_eq!(of(Step::Journal, DbBackend::Sqlite, MOST + 1).1, MOST);
    }

    #[test]
    fn postgresql_is_told_the_types() {
        let (text, _) = of(Step::Done, DbBackend::Postgres, 2);
        let values = "VALUES ($1::uuid,$2::text,$3::text),($4::uuid,$5::text,$6::text)";
        assert!(text.contains(values), "{text}");
    }
}
