//! Tests plugins: runs them under the same engine and limits as production, against an author's JSON vectors and
//! against a conformance suite per kind, and tells what each call took in time, fuel and memory.
//!
//! It is not a mock of the host: it is the host, with ports that answer from the vector. It builds nothing; that is
//! `kerros-build`.
//!
//! Start at [`test_plugin`]; the form of a vector is in `vector.rs`, what is asked of each kind in `kind/`.

mod conformance;
mod kind;
mod matching;
mod ports;
mod report;
mod rig;
mod run;
mod sample;
mod vector;

pub use kerros_host::{Inspection, LoadError, inspect};
pub use report::{Case, Figures, Report};
pub use rig::Budget;
pub use run::{conformance, run_vectors, test_plugin, test_plugin_within};
pub use vector::{Exchange, Vector};
