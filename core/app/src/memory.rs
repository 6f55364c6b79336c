//! A store for tests and tools.
