//! Checks calendars against tables.
