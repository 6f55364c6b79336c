//! Many units in one transaction: all at once if no check fails, else halved until the faulty ones
//! stand alone. Only they are refused; the others are written.

use std::collections::HashMap;

use kerros_app::ports::bus::News;
use kerros_app::ports::store::StoreError;
use sea_orm::{ConnectionTrait, DbErr, Value};

use super::step::Step;
use super::text::{self, MOST};
use super::unit::Unit;
use crate::error::Fault;
use crate::sql::statement;

/// Why a group of units was not written.
#[derive(Debug)]
struct Failed {
    step: Step,
    fault: Failure,
}

#[derive(Debug)]
enum Failure {
    /// A statement wrote fewer rows than it was given.
    Unmet,
    /// The database refused.
    Fault(Fault),
}

impl Failed {
    /// What a single unit's writer is told.
    fn answer(self) -> StoreError {
        match (self.step, self.fault) {
            (_, Failure::Fault(fault @ (Fault::Rule(_) | Fault::Race(_) | Fault::Down(_)))) => {
                fault.into()
            }
            (Step::Inbound | Step::Jobs, _) => StoreError::Duplicate,
            (Step::Contacts, _) => StoreError::Refused("the contact is another tenant's".into()),
            (Step::Deliveries, _) => {
                StoreError::Refused("the tenant has no such message to move on".into())
            }
            _ => StoreError::Conflict,
        }
    }
}

/// Groups of units in which no two touch the same conversation, contact, message or job, so that
/// each group may be written at once; one group after the other keeps the order of arrival.
pub(crate) fn waves(units: &[Unit]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    let mut last = HashMap::new();
    for (i, unit) in units.iter().enumerate() {
        let wave = unit
            .keys
            .iter()
            .filter_map(|key| last.get(key))
            .max()
            .map_or(0, |wave: &usize| wave + 1);
        for key in &unit.keys {
            last.insert(*key, wave);
        }
        if waves.len() <= wave {
            waves.resize_with(wave + 1, Vec::new);
        }
        waves[wave].push(i);
    }
    waves
}

/// Writes every unit at once, without a way back but the transaction's own.
///
/// # Errors
/// The fault that a single unit would be told; [`Fault::Taken`] also stands for a check unmet.
pub(crate) async fn together(
    connection: &impl ConnectionTrait,
    units: &[Unit],
    waves: &[Vec<usize>],
) -> Result<(), Fault> {
    for wave in waves {
        apply(connection, units, wave).await.map_err(|failed| match failed.fault {
            Failure::Unmet => Fault::Taken,
            Failure::Fault(fault) => fault,
        })?;
    }
    Ok(())
}

/// Writes the units, halving a group that fails until the faulty units are known.
///
/// # Errors
/// Only a fault that ends the whole transaction; the units' own answers are returned.
pub(crate) async fn apart(
    connection: &impl ConnectionTrait,
    units: &[Unit],
    waves: &[Vec<usize>],
) -> Result<Vec<Result<(), StoreError>>, Fault> {
    let mut answers: Vec<Result<(), StoreError>> = units.iter().map(|_| Ok(())).collect();
    for wave in waves {
        // The groups still to write, the next one last.
        let mut groups: Vec<&[usize]> = vec![wave];
        while let Some(group) = groups.pop() {
            plain(connection, "SAVEPOINT unit").await?;
            let Err(failed) = apply(connection, units, group).await else {
                plain(connection, "RELEASE SAVEPOINT unit").await?;
                continue;
            };
            if let Failure::Fault(fault @ (Fault::Down(_) | Fault::Race(_))) = failed.fault {
                return Err(fault);
            }
            plain(connection, "ROLLBACK TO SAVEPOINT unit").await?;
            plain(connection, "RELEASE SAVEPOINT unit").await?;
            if let [one] = group {
                answers[*one] = Err(failed.answer());
            } else {
                let (first, rest) = group.split_at(group.len() / 2);
                groups.extend([rest, first]);
            }
        }
    }
    Ok(answers)
}

/// Tells other nodes, with the commit: PostgreSQL sends it when, and only if, it succeeds.
pub(crate) async fn tell<'a>(
    connection: &impl ConnectionTrait,
    node: &str,
    news: impl Iterator<Item = &'a News>,
) -> Result<(), Fault> {
    let news: Vec<String> = news.filter_map(|news| crate::news::encode(node, news)).collect();
    for some in news.chunks(MOST) {
        let marks: Vec<String> = (1..=some.len()).map(|n| format!("(${n}::text)")).collect();
        let text = format!(
            "SELECT pg_notify('{}', v.news) FROM (VALUES {}) AS v (news)",
            crate::news::CHANNEL,
            marks.join(",")
        );
        let values = some.iter().map(|news| Value::String(Some(news.clone()))).collect();
        let told = statement(connection.get_database_backend(), text, values);
        connection.execute_raw(told).await.map_err(|error: DbErr| Fault::of(&error))?;
    }
    Ok(())
}

async fn plain(connection: &impl ConnectionTrait, sql: &str) -> Result<(), Fault> {
    connection.execute_unprepared(sql).await.map(drop).map_err(|error| Fault::of(&error))
}

async fn apply(
    connection: &impl ConnectionTrait,
    units: &[Unit],
    group: &[usize],
) -> Result<(), Failed> {
    let backend = connection.get_database_backend();
    for step in Step::ALL {
        let rows: usize = group.iter().map(|i| units[*i].len(step)).sum();
        if rows == 0 {
            continue;
        }
        let width = step.columns().len();
        let mut all = group.iter().flat_map(|i| units[*i].rows(step)).cloned();
        let mut left = rows;
        while left > 0 {
            let now = left.min(MOST);
            let (sql, size) = text::of(step, backend, now);
            let mut values = Vec::with_capacity(size * width);
            values.extend(all.by_ref().take(now * width));
            pad(&mut values, step, size - now);
            let written = connection
                .execute_raw(statement(backend, sql, values))
                .await
                .map_err(|error| Failed { step, fault: Failure::Fault(Fault::of(&error)) })?
                .rows_affected();
            if step.exact() && written != now as u64 {
                return Err(Failed { step, fault: Failure::Unmet });
            }
            left -= now;
        }
    }
    Ok(())
}

fn pad(values: &mut Vec<Value>, step: Step, rows: usize) {
    use super::step::Kind;
    for _ in 0..rows {
        values.extend(step.columns().iter().map(|(_, kind)| match kind {
            Kind::Id => Value::Uuid(None),
            Kind::Int => Value::BigInt(None),
            Kind::Text => Value::String(None),
        }));
    }
}
