//! Compiled code on disk, so that a second start is quick.
//!
//! Compiled code is trusted code: it is only ever written here by this program, into a folder of its own that
//! nobody else may write to, and read back only for the component and the engine that it was made from. Nothing
//! compiled is ever taken from elsewhere.
//!
//! It is mapped and not copied: of a plugin's code only those pages are in memory that were called. A file is
//! never changed once it has its name, so what is mapped stays what was checked.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::wasm::digest;

/// The cache of one engine.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
    engine: u64,
}

/// Bytes of the sum that ends a file: SHA-256 of the code before it, which is an ELF image and so does not mind.
const SUM: u64 = 32;

impl Cache {
    /// Opens the cache, making the folder if needed. Without a folder everything is compiled anew.
    pub(crate) fn open(folder: Option<&Path>, engine: &Engine) -> io::Result<Self> {
        if let Some(folder) = folder {
            make_private(folder)?;
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder: folder.map(Path::to_owned), engine: hasher.finish() })
    }

    /// The compiled component: from the cache, else compiled and kept.
    pub(crate) fn component(&self, engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        let Some(folder) = &self.folder else { return Component::from_binary(engine, bytes) };
        let file = folder.join(format!("{}-{:016x}.code", digest(bytes), self.engine));
        if is_whole(&file) {
            match map(engine, &file) {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(%error, "compiled plugin in the cache is of no use, compiling anew");
                }
            }
        }
        let code = engine.precompile_component(bytes)?;
        match write(&file, &code) {
            Ok(()) => {
                drop(code);
                map(engine, &file)
            }
            Err(error) => {
                tracing::warn!(%error, "compiled plugin could not be kept");
                // SAFETY: compiled above by the same engine.
                #[expect(unsafe_code, reason = "compiled here and now")]
                unsafe {
                    Component::deserialize(engine, &code)
                }
            }
        }
    }
}

fn map(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file was written by `write` below, from `precompile_component` of an engine with the same
    // compatibility hash; it and its folder are writable by this user alone, its sum shows that it is whole, and
    // nothing here ever changes a file in its place: a new one takes its name.
    #[expect(unsafe_code, reason = "compiled code can only be taken back on trust, see above")]
    unsafe {
        Component::deserialize_file(engine, file)
    }
}

/// Whether the file is there, only its owner may write to it, and its sum fits.
fn is_whole(file: &Path) -> bool {
    match is_private(file) {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("compiled plugin in the cache is writable by others: not used");
            return false;
        }
        Err(_) => return false,
    }
    let fits = fits(file).unwrap_or(false);
    if !fits {
        tracing::warn!("compiled plugin in the cache is damaged: not used");
    }
    fits
}

fn fits(file: &Path) -> io::Result<bool> {
    let mut file = fs::File::open(file)?;
    let Some(length) = file.metadata()?.len().checked_sub(SUM) else { return Ok(false) };
    let mut code = Sha256::new();
    io::copy(&mut (&mut file).take(length), &mut code)?;
    let mut sum = Vec::new();
    file.read_to_end(&mut sum)?;
    Ok(code.finalize().as_slice() == sum)
}

fn write(file: &Path, code: &[u8]) -> io::Result<()> {
    let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut out| {
        out.write_all(code)?;
        out.write_all(&Sha256::digest(code))?;
        out.sync_all()
    });
    match written.and_then(|()| fs::rename(&draft, file)) {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = fs::remove_file(&draft);
            Err(error)
        }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn is_private(file: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::symlink_metadata(file)?;
    Ok(meta.is_file() && meta.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_private(file: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(file)?.is_file())
}
