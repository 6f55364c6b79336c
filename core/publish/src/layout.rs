//! An OCI image layout (image-spec 1.1, image-layout.md): `oci-layout`, `index.json` and `blobs/sha256`, in a folder
//! or in a tar file.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::{PublishError, io, write_whole};

/// Largest blob, bytes: the host takes no larger component.
const BLOB: u64 = 64 << 20;
/// Largest `index.json` or manifest, bytes.
const DOCUMENT: u64 = 1 << 20;
/// Most files in a tar.
const FILES: usize = 256;

const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Names content by digest and size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// What kind of artifact a manifest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Further words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A manifest: of a plugin, or of a signature (then with a subject).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub schema_version: u32,
    pub media_type: String,
    #[serde(default)]
    pub artifact_type: String,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    manifests: Vec<Descriptor>,
}

/// A layout that was opened or is being made.
#[derive(Debug)]
pub struct Layout {
    path: PathBuf,
    /// The files of a tar; a folder is read as needed.
    archive: Option<BTreeMap<String, Vec<u8>>>,
    index: Vec<Descriptor>,
}

impl Layout {
    /// Opens a folder or a tar file.
    ///
    /// # Errors
    /// It cannot be read, or is no layout.
    pub fn open(path: &Path) -> Result<Self, PublishError> {
        let archive = if path.is_dir() { None } else { Some(untar(path)?) };
        let mut layout = Self { path: path.to_owned(), archive, index: Vec::new() };
        let about: serde_json::Value = layout.document("oci-layout")?;
        if about["imageLayoutVersion"] != "1.0.0" {
            return Err(layout.malformed("oci-layout does not say imageLayoutVersion 1.0.0"));
        }
        let index: Index = layout.document("index.json")?;
        layout.index = index.manifests;
        Ok(layout)
    }

    /// Begins one: a tar file if the name ends in `.tar`, else a folder. [`Self::save`] writes it.
    ///
    /// # Errors
    /// Something is there already that is no layout.
    pub fn create(path: &Path) -> Result<Self, PublishError> {
        let is_tar = path.extension().is_some_and(|end| end == "tar");
        if !is_tar && path.join("index.json").is_file() {
            return Self::open(path);
        }
        let empty = || std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if !is_tar && path.exists() && !empty() {
            return Err(PublishError::Malformed {
                path: path.to_owned(),
                reason: "there is something here that is no package".into(),
            });
        }
        Ok(Self { path: path.to_owned(), archive: is_tar.then(BTreeMap::new), index: Vec::new() })
    }

    /// An empty one in a folder, whatever else is in it.
    pub(crate) fn fresh(folder: &Path) -> Self {
        Self { path: folder.to_owned(), archive: None, index: Vec::new() }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the index names.
    #[must_use]
    pub fn index(&self) -> &[Descriptor] {
        &self.index
    }

    /// Stores content and names it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn put(
        &mut self,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor, PublishError> {
        let digest = Digest::of(bytes);
        let name = blob(&digest);
        match &mut self.archive {
            Some(files) => drop(files.insert(name, bytes.to_vec())),
            None => {
                let path = self.path.join(name);
                // What is there under the digest and whole stays as it is.
                if std::fs::read(&path).map_or(true, |old| old != bytes) {
                    write_whole(&path, bytes)?;
                }
            }
        }
        Ok(Descriptor {
            media_type: media_type.to_owned(),
            digest,
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        })
    }

    /// Stores a manifest and names it in the index, once.
    pub(crate) fn put_manifest(
        &mut self,
        manifest: &Manifest,
        annotations: BTreeMap<String, String>,
    ) -> Result<Descriptor, PublishError> {
        let bytes = serde_json::to_vec(manifest).map_err(|e| self.malformed(&e.to_string()))?;
        let mut descriptor = self.put(MANIFEST, &bytes)?;
        descriptor.artifact_type = Some(manifest.artifact_type.clone());
        descriptor.annotations = annotations;
        self.index.retain(|known| known.digest != descriptor.digest);
        self.index.push(descriptor.clone());
        Ok(descriptor)
    }

    /// Takes the name out of the index; the blobs stay until [`Self::save`] of a tar.
    pub(crate) fn forget(&mut self, digest: &Digest) {
        self.index.retain(|known| known.digest != *digest);
    }

    /// The content of that name, its size and digest checked.
    ///
    /// # Errors
    /// `Tampered` if they do not fit.
    pub fn get(&self, descriptor: &Descriptor) -> Result<Vec<u8>, PublishError> {
        let bytes = self.read(&blob(&descriptor.digest), BLOB)?;
        if bytes.len() as u64 != descriptor.size || Digest::of(&bytes) != descriptor.digest {
            return Err(PublishError::Tampered {
                path: self.path.clone(),
                reason: format!("{} is not what its digest says", descriptor.digest),
            });
        }
        Ok(bytes)
    }

    pub(crate) fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, PublishError> {
        if descriptor.size > DOCUMENT {
            return Err(self.malformed("a manifest is too large"));
        }
        let bytes = self.get(descriptor)?;
        serde_json::from_slice(&bytes).map_err(|e| self.malformed(&format!("a manifest: {e}")))
    }

    /// Writes the index, and the tar if it is one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&mut self) -> Result<(), PublishError> {
        let index = Index {
            schema_version: 2,
            media_type: INDEX.to_owned(),
            manifests: self.index.clone(),
        };
        let index =
            serde_json::to_vec_pretty(&index).map_err(|e| self.malformed(&e.to_string()))?;
        let Some(files) = &mut self.archive else {
            write_whole(&self.path.join("oci-layout"), LAYOUT.as_bytes())?;
            return write_whole(&self.path.join("index.json"), &index);
        };
        files.insert("oci-layout".to_owned(), LAYOUT.as_bytes().to_vec());
        files.insert("index.json".to_owned(), index);
        write_whole(&self.path, &tar(files).map_err(io(&self.path))?)
    }

    pub(crate) fn malformed(&self, reason: &str) -> PublishError {
        PublishError::Malformed { path: self.path.clone(), reason: reason.to_owned() }
    }

    fn document<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, PublishError> {
        let bytes = self.read(name, DOCUMENT)?;
        serde_json::from_slice(&bytes).map_err(|e| self.malformed(&format!("{name}: {e}")))
    }

    fn read(&self, name: &str, most: u64) -> Result<Vec<u8>, PublishError> {
        if let Some(files) = &self.archive {
            let found = files.get(name).cloned();
            return found.ok_or_else(|| self.malformed(&format!("no {name} in it: no package")));
        }
        let path = self.path.join(name);
        let file = std::fs::File::open(&path).map_err(io(&path))?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(io(&path))?;
        if bytes.len() as u64 > most {
            return Err(self.malformed(&format!("{name} has more than {most} bytes")));
        }
        Ok(bytes)
    }
}

fn blob(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

fn untar(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, PublishError> {
    let malformed = |reason: String| PublishError::Malformed { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(io(path))?;
    let mut files = BTreeMap::new();
    let mut room = 2 * BLOB;
    let mut archive = tar::Archive::new(std::io::BufReader::new(file));
    for entry in archive.entries().map_err(io(path))? {
        let entry = entry.map_err(|e| malformed(format!("not a package: {e}")))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map_err(|e| malformed(e.to_string()))?;
        let name = name.to_string_lossy().trim_start_matches("./").to_owned();
        if entry.size() > room || files.len() == FILES {
            return Err(malformed("more in it than a package may have".to_owned()));
        }
        let mut bytes = Vec::new();
        let limit = entry.size();
        entry.take(limit).read_to_end(&mut bytes).map_err(|e| malformed(e.to_string()))?;
        room -= bytes.len() as u64;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// The same files give the same bytes: no times, no owners.
fn tar(files: &BTreeMap<String, Vec<u8>>) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, name, bytes.as_slice())?;
    }
    builder.into_inner()
}
