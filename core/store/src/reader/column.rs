//! Columns of a row that was read.

use kerros_app::ports::store::StoreError;
use kerros_domain::time::Timestamp;
use sea_orm::{FromQueryResult, QueryResult, TryGetable};
use serde::de::DeserializeOwned;

use crate::error::broken;

/// The column at a place.
pub(crate) fn get<T: TryGetable>(row: &QueryResult, place: usize) -> Result<T, StoreError> {
    row.try_get_by_index(place).map_err(broken)
}

/// The moment at a place.
pub(crate) fn moment(row: &QueryResult, place: usize) -> Result<Timestamp, StoreError> {
    get(row, place).map(Timestamp)
}

/// The count at a place.
pub(crate) fn count(row: &QueryResult, place: usize) -> Result<u64, StoreError> {
    u64::try_from(get::<i64>(row, place)?).map_err(broken)
}

/// What the JSON text at a place says.
pub(crate) fn json<T: DeserializeOwned>(row: &QueryResult, place: usize) -> Result<T, StoreError> {
    parse(&get::<String>(row, place)?)
}

/// What the JSON text at a place says; `None` for NULL.
pub(crate) fn json_or_null<T: DeserializeOwned>(
    row: &QueryResult,
    place: usize,
) -> Result<Option<T>, StoreError> {
    get::<Option<String>>(row, place)?.as_deref().map(parse).transpose()
}

/// What JSON text says.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(broken)
}

/// The whole row as an entity.
pub(crate) fn model<M: FromQueryResult>(row: &QueryResult) -> Result<M, StoreError> {
    M::from_query_result(row, "").map_err(broken)
}
