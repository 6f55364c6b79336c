//! Lists the files of the SDK, the contract and the templates, so that they travel in the binary.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let sdk = here.parent().unwrap_or(&here);
    let mut files = Vec::new();
    let mut stdout = std::io::stdout();
    for part in ["rust", "js", "python", "wit", "templates"] {
        writeln!(stdout, "cargo:rerun-if-changed={}", sdk.join(part).display())?;
        walk(&sdk.join(part), &mut files)?;
    }
    files.sort();
    let mut source = String::from("static FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let place = file.strip_prefix(sdk).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        // Writing to a String cannot fail.
        let _ = writeln!(source, "    ({place:?}, include_str!({:?})),", file.to_string_lossy());
    }
    source.push_str("];\n");
    std::fs::write(out.join("files.rs"), source)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What an editor or a build leaves behind is no part of the SDK.
        let left = ["target", "Cargo.lock", "node_modules", "__pycache__"].contains(&name.as_str());
        if left || name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
