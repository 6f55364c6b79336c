//! Tests plugins: runs them under the same engine and limits as production, against a conformance suite per kind,
//! against an author's JSON vectors, and against inputs changed by chance; and tells what calls took in time, fuel
//! and memory, beside what they may take.
//!
//! It is not a mock of the host: it is the host, with ports that answer from the vector. It builds nothing; that is
//! `kerros-build`.
//!
//! Start at [`test_plugin`]; the form of a vector is in `vector.rs`, what is asked of each kind in `kind/`.

mod conformance;
mod dice;
mod hand;
mod kind;
mod matching;
mod mutate;
mod ports;
mod random;
mod recorded;
mod report;
mod rig;
mod run;
mod sample;
mod vector;

pub use hand::{Tried, examples, try_vector};
pub use kerros_host::{Inspection, LoadError, inspect};
pub use report::{Case, Figures, Report, Spent};
pub use rig::Budget;
pub use run::{conformance, run_vectors, test_plugin, test_plugin_within};
pub use vector::{Exchange, Vector};
