//! A plugin on its way from its author to a tenant: packed by digest as an OCI image layout, signed, verified,
//! installed, and locked to the uses that it serves.
//!
//! It knows files, digests and signatures, and nothing of WebAssembly: what a component says of itself comes in as
//! [`Facts`] from whoever has looked into it. It does not decide what is trusted; [`Trust`] is the platform's setting.
//!
//! Start reading at [`pack`] and [`sign`] (the author's side), then [`open`](package::open), [`Shelf`] and
//! [`lock`] (the operator's). The formats are described for people in `sdk/docs/lifecycle.md`.

mod digest;
mod facts;
mod key;
mod layout;
pub mod lock;
mod pack;
pub mod package;
mod shelf;
mod sign;
mod trust;

pub use digest::Digest;
pub use facts::Facts;
pub use key::{KeyError, PublicKey, SecretKey};
pub use layout::{Descriptor, Layout};
pub use pack::pack;
pub use package::{Package, Signature};
pub use shelf::{Installed, Shelf};
pub use sign::{payload, sign};
pub use trust::{Publisher, Refusal, Trust, Trusted};

use std::path::{Path, PathBuf};

/// Why a package could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is there, but not what it should be.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Its bytes are not those that their digest names.
    #[error("{}: tampered with: {reason}", path.display())]
    Tampered {
        /// The package.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> PublishError {
    let path = path.to_owned();
    move |source| PublishError::Io { path, source }
}

/// Writes a file whole: beside it, to the disk, then in its place.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let written = std::fs::File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&draft, path)).map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        io(path)(error)
    })
}
