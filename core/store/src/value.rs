//! Values bound to statements. Both databases get the same three types: ids, numbers, text.

use kerros_domain::time::Timestamp;
use sea_orm::Value;
use uuid::Uuid;

/// An id.
pub(crate) fn id(id: Uuid) -> Value {
    Value::Uuid(Some(id))
}

/// An id or NULL.
pub(crate) fn id_or_null(id: Option<Uuid>) -> Value {
    Value::Uuid(id)
}

/// A number.
pub(crate) fn int(n: i64) -> Value {
    Value::BigInt(Some(n))
}

/// A count. More than 2^63 of anything is not stored.
pub(crate) fn count(n: u64) -> Value {
    Value::BigInt(Some(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// A moment.
pub(crate) fn at(moment: Timestamp) -> Value {
    Value::BigInt(Some(moment.0))
}

/// A moment or NULL.
pub(crate) fn at_or_null(moment: Option<Timestamp>) -> Value {
    Value::BigInt(moment.map(|m| m.0))
}

/// Text. PostgreSQL takes no NUL in text, so it becomes the replacement character on both.
pub(crate) fn text(text: impl Into<String>) -> Value {
    let text: String = text.into();
    Value::String(Some(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }))
}

/// Text or NULL.
pub(crate) fn text_or_null(maybe: Option<&str>) -> Value {
    maybe.map_or(Value::String(None), text)
}
