//! What was last taken in of each tenant, kept over restarts: files that are as they were then have nothing wrong written
//! in them, whatever refuses the tenant now.

use std::path::{Path, PathBuf};

use kerros_domain::id::TenantId;

fn path(data: &Path, tenant: &TenantId) -> PathBuf {
    data.join("taken").join(tenant.as_str())
}

/// Whether these files, by their digest, were the last ones taken in.
pub fn is_same(data: &Path, tenant: &TenantId, files: &str) -> bool {
    std::fs::read_to_string(path(data, tenant)).is_ok_and(|known| known == files)
}

/// Takes note of them.
pub fn note(data: &Path, tenant: &TenantId, files: &str) {
    if is_same(data, tenant, files) {
        return;
    }
    let path = path(data, tenant);
    let written = path.parent().map_or(Ok(()), crate::compose::make_private_dir);
    if let Err(error) = written.and_then(|()| std::fs::write(&path, files)) {
        tracing::warn!(file = %path.display(), %error, "it could not be noted what was taken in");
    }
}
