//! Compiled code on disk, so that a second start is quick.
//!
//! Compiled code is trusted code: it is only ever written here by this program, into a folder of its own that
//! nobody else may write to, and read back only for the component and the engine that it was made from. Nothing
//! compiled is ever taken from elsewhere.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
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

const SUM: usize = 32;

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
        let file = folder.join(format!("{}-{:016x}.cwasm", digest(bytes), self.engine));
        if let Some(code) = read(&file) {
            // SAFETY: the bytes were written by `write` below, from `precompile_component` of an engine with the
            // same compatibility hash: the folder and the file are writable by this user alone, and the sum in
            // front of the code shows that it is whole.
            #[expect(
                unsafe_code,
                reason = "compiled code can only be taken back on trust, see above"
            )]
            let component = unsafe { Component::deserialize(engine, &code[SUM..]) };
            match component {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(%error, "compiled plugin in the cache is of no use, compiling anew");
                }
            }
        }
        let code = engine.precompile_component(bytes)?;
        if let Err(error) = write(&file, &code) {
            tracing::warn!(%error, "compiled plugin could not be kept");
        }
        // SAFETY: compiled in the line above by the same engine.
        #[expect(unsafe_code, reason = "compiled here and now")]
        unsafe {
            Component::deserialize(engine, &code)
        }
    }
}

/// The file, if it is whole and only its owner may write to it.
fn read(file: &Path) -> Option<Vec<u8>> {
    if !is_private(file).ok()? {
        tracing::warn!("compiled plugin in the cache is writable by others: not used");
        return None;
    }
    let content = fs::read(file).ok()?;
    let (sum, code) = content.split_at_checked(SUM)?;
    if Sha256::digest(code).as_slice() != sum {
        tracing::warn!("compiled plugin in the cache is damaged: not used");
        return None;
    }
    Some(content)
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
        out.write_all(&Sha256::digest(code))?;
        out.write_all(code)?;
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
