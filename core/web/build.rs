//! Builds the front end (npm packages by lockfile, then esbuild) and lists templates and locales, so that the
//! binary carries all of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const INSTALL: &str = "Kerros needs Node.js 18 or newer with npm to build its front end.\n\
     Debian or Ubuntu: apt-get install nodejs npm. macOS: brew install node. Others: https://nodejs.org";

fn main() {
    if let Err(fault) = run() {
        // Cargo prints a build script's error output as it is when the script fails.
        eprintln!("{fault}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|e| e.to_string())?);
    for path in
        ["assets", "widget/src", "templates", "locales", "package.json", "package-lock.json"]
    {
        println!("cargo:rerun-if-changed={path}");
    }
    let said = |e: io::Error| e.to_string();
    packages(&web)?;
    bundle(&web, &out.join("assets"))?;
    table(&web.join("templates"), &out.join("templates.rs"), "html").map_err(said)?;
    table(&web.join("locales"), &out.join("locales.rs"), "ftl").map_err(said)
}

/// Installs the packages when they are missing or the lockfile has changed since.
fn packages(web: &Path) -> Result<(), String> {
    let lock = fs::read_to_string(web.join("package-lock.json"))
        .map_err(|e| format!("core/web/package-lock.json: {e}"))?;
    let stamp = web.join("node_modules/.kerros-lock");
    if fs::read_to_string(&stamp).is_ok_and(|seen| seen == lock) {
        return Ok(());
    }
    let done = Command::new("npm")
        .args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(web)
        .output()
        .map_err(|e| format!("cannot run npm: {e}\n{INSTALL}"))?;
    if !done.status.success() {
        return Err(format!(
            "npm ci failed in core/web ({}). It needs the npm registry, or a filled npm cache.\n{}",
            done.status,
            String::from_utf8_lossy(&done.stderr)
        ));
    }
    fs::write(&stamp, lock).map_err(|e| format!("{}: {e}", stamp.display()))
}

/// Runs esbuild and the rest of assets/build.mjs.
fn bundle(web: &Path, out: &Path) -> Result<(), String> {
    let done = Command::new("node")
        .arg("assets/build.mjs")
        .arg(out)
        .current_dir(web)
        .output()
        .map_err(|e| format!("cannot run node: {e}\n{INSTALL}"))?;
    for line in String::from_utf8_lossy(&done.stdout).lines() {
        println!("{line}");
    }
    if done.status.success() {
        Ok(())
    } else {
        Err(format!("building the front end failed:\n{}", String::from_utf8_lossy(&done.stderr)))
    }
}

/// Writes `&[("console/page.html", include_str!(…)), …]` for every file below `root`.
fn table(root: &Path, to: &Path, extension: &str) -> io::Result<()> {
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == extension)) {
        let name = file.strip_prefix(root).unwrap_or(file).display().to_string().replace('\\', "/");
        text.push_str(&format!(
            "    ({name:?}, include_str!({:?})),\n",
            file.display().to_string()
        ));
    }
    text.push_str("]\n");
    fs::write(to, text)
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
