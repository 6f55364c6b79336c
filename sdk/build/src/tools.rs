//! The compilers of JavaScript and Python plugins, installed on demand from their registries at pinned versions, once for all
//! plugins of a user. What is installed is said.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::scaffold::sdk_file;
use crate::toolchain::in_path;
use crate::{BuildError, io};

/// Node and the folder with componentize-qjs.
pub(crate) struct JsTools {
    pub(crate) node: PathBuf,
    pub(crate) folder: PathBuf,
}

/// Installs what makes components of JavaScript, unless it is there.
pub(crate) fn js() -> Result<JsTools, BuildError> {
    let missing = || {
        BuildError::NoToolchain(
            "JavaScript plugins are built with Node.js 18 or later and npm, which are not here. Install them: \
             on Debian, apt install nodejs npm"
                .into(),
        )
    };
    let (node, npm) = (in_path("node").ok_or_else(missing)?, in_path("npm").ok_or_else(missing)?);
    let files = ["package.json", "package-lock.json", "build.mjs"];
    let folder = installed("js", &files, |folder| {
        say(&format!("installing componentize-qjs with npm into {}", folder.display()));
        let mut call = Command::new(&npm);
        // Not `npm ci`: it refuses a lockfile that lacks a platform which some registry does not carry.
        call.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]);
        run(call.current_dir(folder), "npm could not install componentize-qjs")
    })?;
    Ok(JsTools { node, folder })
}

/// Installs what makes components of Python, unless it is there; the program.
pub(crate) fn python() -> Result<PathBuf, BuildError> {
    let python = in_path("python3").ok_or_else(|| {
        BuildError::NoToolchain(
            "Python plugins are built with Python 3.10 or later, which is not here. Install it: on Debian, \
             apt install python3 python3-venv"
                .into(),
        )
    })?;
    let folder = installed("python", &["requirements.txt"], |folder| {
        say(&format!("installing componentize-py with pip into {}", folder.display()));
        let venv = folder.join("venv");
        let mut make = Command::new(&python);
        run(
            make.args(["-m", "venv", "--clear"]).arg(&venv),
            "python3 -m venv failed (on Debian, apt install python3-venv)",
        )?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--only-binary=:all:",
            "--require-hashes",
            "-r",
        ]);
        run(pip.arg(folder.join("requirements.txt")), "pip could not install componentize-py")
    })?;
    Ok(folder.join("venv/bin/componentize-py"))
}

/// A folder of tools named after what is in its `files`, made by `install` if it is not complete yet.
fn installed(
    lang: &str,
    files: &[&str],
    install: impl FnOnce(&Path) -> Result<(), BuildError>,
) -> Result<PathBuf, BuildError> {
    let texts: Vec<&str> =
        files.iter().map(|file| sdk_file(&format!("{lang}/tools/{file}"))).collect();
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    let home = home();
    let folder = home.join(format!("{lang}-{:016x}", hasher.finish()));
    let done = folder.join(".done");
    if done.is_file() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    // Two builds at once: one installs, the other waits.
    let lock_path = home.join(format!("{lang}.lock"));
    let lock = File::create(&lock_path).map_err(io(&lock_path))?;
    lock.lock().map_err(io(&lock_path))?;
    if done.is_file() {
        return Ok(folder);
    }
    for (file, text) in files.iter().zip(&texts) {
        let path = folder.join(file);
        std::fs::write(&path, text).map_err(io(&path))?;
    }
    install(&folder)?;
    std::fs::write(&done, "").map_err(io(&done))?;
    Ok(folder)
}

/// Where tools are kept: `KERROS_TOOLS`, else `kerros/tools` in the user's cache folder.
fn home() -> PathBuf {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = given("KERROS_TOOLS") {
        let folder = PathBuf::from(folder);
        return std::path::absolute(&folder).unwrap_or(folder);
    }
    let cache = given("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| given("HOME").map(|home| PathBuf::from(home).join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("kerros/tools")
}

fn run(call: &mut Command, fault: &str) -> Result<(), BuildError> {
    let program = PathBuf::from(call.get_program());
    let output = call.stdin(Stdio::null()).output().map_err(io(&program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(12).collect();
    Err(BuildError::NoToolchain(format!("{fault}:\n{}", said.join("\n"))))
}

/// A line for the author, on standard error: standard output belongs to results.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}
