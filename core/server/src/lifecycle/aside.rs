//! A host that stands aside: it reaches nothing, and nobody calls it but who made it.

use std::sync::Arc;

use kerros_app::ports::meter::NoMeter;
use kerros_host::{Host, HostOptions, HostPorts, StartError};

use super::nothing::{NoOutside, NoStore};
use crate::node::clock::SystemClock;
use crate::node::keyring::Keyring;

/// Makes one.
///
/// # Errors
/// If the engine does not start.
pub fn host(options: HostOptions) -> Result<Host, StartError> {
    let ports = HostPorts {
        outbound: Arc::new(NoOutside),
        search: Arc::new(kerros_search::Articles::new()),
        secrets: Arc::new(Keyring::default()),
        clock: Arc::new(SystemClock),
        meter: Arc::new(NoMeter),
    };
    let host = Host::new(options, ports)?;
    host.keep_in(Arc::new(NoStore));
    Ok(host)
}
