//! Settings and tenants as files.

mod faults;
mod reference;
mod sources;
