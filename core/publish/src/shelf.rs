//! The versions installed on a node: one layout in the data folder, by digest, as many as were installed.

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::facts::Facts;
use crate::layout::Layout;
use crate::package::{self, Package};
use crate::{PublishError, io};

/// The installed versions.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// One installed version.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The package as it lies there.
    pub package: Package,
}

impl Installed {
    /// Its facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.package.facts
    }

    /// The component's digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.package.component
    }
}

impl Shelf {
    /// The shelf in this folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything installed, in the order of installing.
    ///
    /// # Errors
    /// The shelf is damaged.
    pub fn list(&self) -> Result<Vec<Installed>, PublishError> {
        if !self.folder.join("index.json").is_file() {
            return Ok(Vec::new());
        }
        let layout = Layout::open(&self.folder)?;
        Ok(package::all(&layout)?.into_iter().map(|package| Installed { package }).collect())
    }

    /// The component's bytes, checked against its digest.
    ///
    /// # Errors
    /// They are not there, or tampered with.
    pub fn wasm(&self, installed: &Installed) -> Result<Vec<u8>, PublishError> {
        let layout = Layout::open(&self.folder)?;
        installed.package.wasm(&layout)
    }

    /// Takes a package in from another layout, with its signatures; says whether anything is new. The same package
    /// again adds signatures that are new.
    ///
    /// # Errors
    /// Something in it is tampered with, or the shelf cannot be written.
    pub fn install(&self, from: &Layout, package: &Package) -> Result<bool, PublishError> {
        std::fs::create_dir_all(&self.folder).map_err(io(&self.folder))?;
        let _turn = self.turn()?;
        let mut shelf = if self.folder.join("index.json").is_file() {
            Layout::open(&self.folder)?
        } else {
            Layout::fresh(&self.folder)
        };
        let before = shelf.index().to_vec();
        for part in [&package.layer, &package.config] {
            shelf.put(&part.media_type, &from.get(part)?)?;
        }
        let manifest = from.manifest(&package.manifest)?;
        if !before.iter().any(|known| known.digest == package.manifest.digest) {
            shelf.put_manifest(&manifest, package.facts.annotations())?;
        }
        for signature in &package.signatures {
            if before.iter().any(|known| known.digest == signature.manifest.digest) {
                continue;
            }
            let manifest = from.manifest(&signature.manifest)?;
            for part in manifest.layers.iter().chain([&manifest.config]) {
                shelf.put(&part.media_type, &from.get(part)?)?;
            }
            shelf.put_manifest(&manifest, signature.manifest.annotations.clone())?;
        }
        if shelf.index() == before {
            return Ok(false);
        }
        shelf.save()?;
        Ok(true)
    }

    /// Takes a version off the shelf; says whether it was there. Its bytes go too unless another needs them.
    ///
    /// # Errors
    /// The shelf cannot be written.
    pub fn remove(&self, digest: &Digest) -> Result<bool, PublishError> {
        if !self.folder.join("index.json").is_file() {
            return Ok(false);
        }
        let _turn = self.turn()?;
        let mut shelf = Layout::open(&self.folder)?;
        let packages = package::all(&shelf)?;
        let (gone, stay): (Vec<_>, Vec<_>) =
            packages.into_iter().partition(|package| package.component == *digest);
        for package in &gone {
            shelf.forget(&package.manifest.digest);
            package.signatures.iter().for_each(|one| shelf.forget(&one.manifest.digest));
        }
        if gone.is_empty() {
            return Ok(false);
        }
        shelf.save()?;
        if !stay.iter().any(|package| package.component == *digest) {
            let path = self.folder.join("blobs/sha256").join(digest.hex());
            std::fs::remove_file(&path).map_err(io(&path))?;
        }
        Ok(true)
    }

    /// Two commands at once take turns.
    fn turn(&self) -> Result<std::fs::File, PublishError> {
        let path = self.folder.join(".turn");
        let file = std::fs::File::create(&path).map_err(io(&path))?;
        file.lock().map_err(io(&path))?;
        Ok(file)
    }
}
