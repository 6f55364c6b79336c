//! Windows of time in which a business may write to a customer.

/// After the customer's last message anybody may answer for a day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// And a person, marked as such, for seven (Messenger and Instagram, for accounts that Meta lets).
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// Whether a window is open. Without a message of the customer's there is none.
pub fn is_open(last_inbound_ms: Option<i64>, now_ms: i64, window_ms: i64) -> bool {
    last_inbound_ms.is_some_and(|last| now_ms.saturating_sub(last) < window_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_to_the_millisecond() {
        for (last, now, open) in [
            (None, 0, false),
            (Some(0), 0, true),
            (Some(0), DAY_MS - 1, true),
            (Some(0), DAY_MS, false),
            // A clock that runs ahead of ours.
            (Some(5_000), 0, true),
            (Some(i64::MIN), i64::MAX, false),
        ] {
            assert_eq!(is_open(last, now, DAY_MS), open, "{last:?} {now}");
        }
    }
}
